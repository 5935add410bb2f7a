"""Fixtures that every part of the suite shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

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
