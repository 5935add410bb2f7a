"""`ner-lime corpus`: run, status, resume, summary; one line where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ner_lime as nl
from ner_lime.batch import Run
from ner_lime.cli import main
from ner_lime.cli.corpus_runs import model_name
from ner_lime.cli.model import ModelSource


@pytest.fixture(scope="module")
def model(crf: nl.CRFTagger, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("cli-corpus") / "model"
    crf.save(path)
    return str(path)


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    path = tmp_path / "corpus.tsv"
    path.write_text("5+\tB-EXPERIENCE\nyears\tI-EXPERIENCE\n\nJava\tB-SKILLS\n\nno\tO\n")
    return str(path)


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["corpus", *arguments])
    return status, *capsys.readouterr()


def test_run_status_resume_and_summary(
    corpus: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(tmp_path / "run")
    options = ["--model", model, "--workers", "1", "--shard", "2", "--targets", "O,B-SKILLS", "--top", "1"]
    assert called(capsys, "run", corpus, "-o", run, *options, "--seed", "3", "--keep", "0.5") == (0, "", "")
    opened = Run(run)
    assert (opened.settings.shard, opened.settings.targets, opened.settings.top) == (2, ("O", "B-SKILLS"), 1)
    assert (opened.parameters.seed, opened.parameters.keep) == (3, 0.5)
    assert opened.progress().contributions == 2 * 4
    status, text, _ = called(capsys, "status", run)
    assert status == 0
    assert text.startswith("finished: 3 of 3 sentences in 2 shards\n4 words, 8 contributions, 0 sentences failed\n")
    found = json.loads(called(capsys, "status", run, "--format", "json", "--failed")[1])
    assert (found["sentences"], found["finished"], found["failures"]) == (3, True, [])
    assert called(capsys, "resume", run, "--workers", "1") == (0, "", "")
    pytest.importorskip("duckdb")
    page = tmp_path / "page.html"
    assert called(capsys, "summary", run, "-o", str(page), "--title", "<T>") == (0, "", "")
    assert "<title>&lt;T&gt;</title>" in page.read_text()


def test_failed_sentences_are_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, run = tmp_path / "corpus.tsv", str(tmp_path / "run")
    path.write_text("good\tO\n\nbad\tO\n")
    status, output, errors = called(
        capsys, "run", str(path), "-o", run, "--model", "corpus_models:fragile", "--workers", "1"
    )
    assert (status, output) == (1, "")
    assert errors.startswith("ner-lime: error: the run is done, and 1 of its sentences could not be explained")
    assert errors.count("\n") == 1
    assert "sentence 1: TaggerError: the tagger failed" in called(capsys, "status", run, "--failed")[1]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["run", "-", "-o", "RUN", "--model", "m"], 2, "reads files"),
        (["run", "no.tsv", "-o", "RUN", "--model", "m"], 1, "no.tsv: expected a file"),
        (["run", "CORPUS", "-o", "RUN", "--model", "no-model"], 1, "no-model: expected the folder"),
        (["run", "CORPUS", "-o", "RUN", "--model", "m", "--address", "auto"], 2, "--address is for"),
        (["run", "CORPUS", "-o", "RUN", "--model", "m", "--split", "9"], 2, "--split is for"),
        (["run", "CORPUS", "-o", "RUN", "--model", "m", "--keep", "0.5", "--method", "shapley"], 1, "keep is for"),
        (["status", "RUN"], 1, "expected the folder of a corpus run"),
        (["resume", "RUN"], 1, "expected the folder of a corpus run"),
        (["summary", "RUN", "-o", "page.html"], 1, "expected the folder of a corpus run"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, words: str
) -> None:
    places = {"RUN": str(tmp_path / "run"), "CORPUS": corpus, "page.html": str(tmp_path / "page.html")}
    found, output, errors = called(capsys, *(places.get(word, word) for word in arguments))
    assert (found, output) == (status, "")
    assert words in errors
    assert "Traceback" not in errors
    assert status == 2 or errors.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_headers_of_the_environment_reach_the_model_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NER_LIME_HEADERS", "Authorization: Bearer s3cret")
    source = ModelSource("https://example.org/tag?key=s3cret", None, ('labels=["O"]',))
    name = model_name(source)
    assert name.options == {"headers": {"Authorization": "Bearer s3cret"}, "labels": ["O"]}
    assert "s3cret" not in repr(name.public())
