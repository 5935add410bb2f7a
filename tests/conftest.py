"""Fixtures that every part of the suite shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from ner_lime.corpus import Corpus, read_iob
from ner_lime.crf import CRFTagger

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("ner-lime", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("ner-lime")


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The real corpora, which lie beside the project and are read in place."""
    folder = ROOT.parent / "shared" / "corpora"
    if not folder.is_dir():
        pytest.skip(f"the real corpora are not at {folder.parent.name}/corpora beside the project")
    return folder


@pytest.fixture(scope="session")
def jobs() -> Path:
    """The project's own corpus."""
    return ROOT / "data" / "jobs"


@pytest.fixture(scope="session")
def crf(jobs: Path) -> CRFTagger:
    """A small CRF with features of the words next to each word."""
    return CRFTagger(max_iterations=30).fit(read_iob(jobs / "train.tsv")[:400])


@pytest.fixture(scope="session")
def wide_crf(jobs: Path) -> CRFTagger:
    """The same with two words on each side."""
    return CRFTagger(window=2, max_iterations=30).fit(read_iob(jobs / "train.tsv")[:400])


@pytest.fixture(scope="session")
def advertisements(jobs: Path) -> Corpus:
    """Sentences that those two have not seen."""
    return read_iob(jobs / "test.tsv")
