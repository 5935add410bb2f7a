"""The embedded model: trained once, kept, and never trusted blindly."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ner_lime import CRFTagger, embedded, read_iob
from ner_lime.embedded import CACHE_VARIABLE, jobs_corpus, jobs_tagger
from ner_lime.errors import CorpusError

ROOT = Path(__file__).resolve().parents[2]
TOKENS = ["6+", "years", "of", "Web", "UI/UX", "design", "experience"]
QUICK = {"max_iterations": 2}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of one's own, and a training that takes a moment."""
    folder, few = tmp_path / "cache", jobs_corpus("test")[:30]
    monkeypatch.setattr(embedded, "jobs_corpus", lambda _: few)
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    monkeypatch.setattr(embedded, "SETTINGS", QUICK)
    return folder


def answer(tagger: CRFTagger) -> list[list[float]]:
    return tagger.predict_proba([TOKENS])[0].tolist()


def in_a_process(before: str) -> subprocess.Popen[bytes]:
    """Ask for the embedded model in a process of its own, after some preparations."""
    script = f"""
from ner_lime import embedded
few = embedded.jobs_corpus("test")[:30]
embedded.jobs_corpus = lambda _: few
embedded.SETTINGS = {QUICK!r}
{before}
embedded.jobs_tagger()
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, env=environment)


def test_the_corpus_is_the_project_s(jobs: Path) -> None:
    assert jobs_corpus() == jobs_corpus("train") == read_iob(jobs / "train.tsv")
    assert jobs_corpus("test") == read_iob(jobs / "test.tsv")


def test_a_package_without_its_data_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedded, "files", lambda _: tmp_path)
    monkeypatch.setattr(embedded, "__file__", str(tmp_path / "ner_lime" / "embedded.py"))
    with pytest.raises(CorpusError, match=r"train\.tsv: expected the jobs corpus in the package"):
        jobs_corpus()


def test_the_data_in_the_package_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "jobs"
    folder.mkdir(parents=True)
    (folder / "test.tsv").write_text("Java\tB-SKILLS\n")
    monkeypatch.setattr(embedded, "files", lambda _: tmp_path)
    assert [sentence.tokens for sentence in jobs_corpus("test")] == [("Java",)]
    assert jobs_corpus("train").n_tokens > 10_000  # beside the package, as in a checkout


def test_it_is_trained_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    first = jobs_tagger(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2, 2)
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(CRFTagger, "fit", None)
    assert answer(jobs_tagger()) == answer(first)


def test_other_settings_are_another_model(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = jobs_tagger()
    monkeypatch.setattr(embedded, "SETTINGS", {"max_iterations": 3})
    assert answer(jobs_tagger()) != answer(first)
    monkeypatch.setattr(embedded, "__version__", "99.0")
    jobs_tagger()
    assert len(list(cache.iterdir())) == 3


@pytest.mark.parametrize(
    "damage", ["cut the model", "cut the description", "lose a file", "file for folder", "foreign file"]
)
def test_a_damaged_model_is_trained_again(cache: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = answer(jobs_tagger())
    (place,) = cache.iterdir()
    model, description = place / "model.crfsuite", place / "model.json"
    if damage == "cut the model":
        model.write_bytes(model.read_bytes()[:100])
    elif damage == "cut the description":
        description.write_bytes(description.read_bytes()[:100])
    elif damage == "lose a file":
        model.unlink()
    elif damage == "foreign file":
        description.write_text(json.dumps({"format": "of somebody else"}))
        (place / "other").write_text("other")
    else:
        for file in place.iterdir():
            file.unlink()
        place.rmdir()
        place.write_text("no folder")
    assert answer(jobs_tagger()) == expected
    monkeypatch.setattr(CRFTagger, "fit", None)
    assert answer(jobs_tagger()) == expected  # and kept
    assert list(cache.iterdir()) == [place]


def test_without_a_cache_it_is_trained_in_memory(
    cache: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = answer(jobs_tagger())
    assert not caplog.records
    cache.with_name("file").write_text("no folder")
    monkeypatch.setenv(CACHE_VARIABLE, str(cache.with_name("file") / "cache"))
    with caplog.at_level(logging.WARNING, logger="ner_lime"):
        assert answer(jobs_tagger()) == expected
    (record,) = caplog.records
    assert CACHE_VARIABLE in record.getMessage()
    assert str(cache.with_name("file")) in record.getMessage()


def test_it_is_kept_in_the_user_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("XDG_CACHE_HOME is Linux's")
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    jobs_tagger()
    (place,) = (tmp_path / "xdg" / "ner-lime").iterdir()
    assert place.name.startswith("jobs-")


def test_processes_at_once_all_get_the_model(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = [in_a_process("pass") for _ in range(2)]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, b"")
    (place,) = cache.iterdir()
    monkeypatch.setattr(CRFTagger, "fit", None)
    assert answer(jobs_tagger()) == answer(CRFTagger.load(place))


def test_a_model_saved_by_another_process_meanwhile_is_no_fault(
    cache: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = CRFTagger.save

    def beaten(self: CRFTagger, path: Path) -> None:
        save(self, path)
        raise OSError(39, "Directory not empty")

    monkeypatch.setattr(CRFTagger, "save", beaten)
    jobs_tagger()
    assert not caplog.records


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_kill_while_it_is_saved_leaves_no_half_model(cache: Path) -> None:
    kill = f"lambda *_: os.kill(os.getpid(), {int(signal.SIGKILL)})"
    process = in_a_process(f"import os; from ner_lime.crf import store; store._sync_folder = {kill}")
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert not [path for path in cache.iterdir() if not path.name.startswith(".")]
    expected = answer(jobs_tagger())
    (place,) = (path for path in cache.iterdir() if not path.name.startswith("."))
    assert answer(CRFTagger.load(place)) == expected
