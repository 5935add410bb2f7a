"""Every verb with a service behind HTTP: the same answers as the model itself, and no key in any message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import ner_lime as nl
from ner_lime.cli import main
from ner_lime.cli.model import HEADERS

from ..servers.serving import JSON, Service, ner_lime_serve

pytest.importorskip("starlette")
pytest.importorskip("httpx")

TEXT = "6+ years of Web UI/UX design experience"


@pytest.fixture(scope="module")
def saved(jobs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "crf"
    nl.CRFTagger(max_iterations=15).fit(nl.read_iob(jobs / "test.tsv")[:150]).save(path)
    return path


@pytest.fixture(scope="module")
def service(saved: Path) -> Iterator[Service]:
    with ner_lime_serve("--model", str(saved)) as running:
        yield running


@pytest.fixture
def address(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(HEADERS, f"Authorization: Bearer {service.token}")
    return service.base


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    return status, *capsys.readouterr()


def test_tag_evaluate_and_report(
    address: str, saved: Path, jobs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A service gives probabilities and no best sequence, so the best label of each word is taken."""
    tagger = nl.CRFTagger.load(saved)
    (probabilities,) = tagger.predict_proba([TEXT.split()])
    expected = [
        f"{token}\t{tagger.labels[row.argmax()]}\t{row.max():.4f}"
        for token, row in zip(TEXT.split(), probabilities, strict=True)
    ]
    status, output, errors = run(capsys, "tag", address, "--tokens", TEXT)
    assert (status, output.split("\n")[:-2], errors) == (0, expected, "")
    corpus = tmp_path / "few.tsv"
    nl.write_iob(nl.read_iob(jobs / "test.tsv")[:40], corpus)
    status, output, errors = run(capsys, "evaluate", "--model", address, str(corpus), "--format", "json")
    assert (status, errors) == (0, "")
    assert json.loads(output)["accuracy"] > 0.8
    page = tmp_path / "report.html"
    arguments = ["report", "--model", f"{address}/api/tag?key=private", str(corpus), "--per-kind", "1"]
    assert run(capsys, *arguments, "-o", str(page)) == (0, "", "")
    written = page.read_text(encoding="utf-8")
    assert f"{address}/api/tag on few.tsv" in written
    assert "private" not in written


def test_explain(address: str, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "--word-index", "4", "--format", "json", "--mask-string", "unk", "--tokens", TEXT]
    status, output, errors = run(capsys, *arguments, "--model", address)
    assert (status, errors) == (0, "")
    found = nl.Explanation.from_dict(json.loads(output))
    explainer = nl.NERExplainer(nl.CRFTagger.load(saved), masking=nl.MaskString("unk"))
    expected = explainer.explain(TEXT.split(), positions=[4])
    assert found.probabilities == pytest.approx(expected.probabilities)
    assert found.weights == pytest.approx(expected.weights, abs=0.02)  # sampled there, exact here
    status, output, errors = run(capsys, *arguments[:3], "--white-box", "--tokens", TEXT, "--model", address)
    assert (status, output) == (1, "")
    assert "linear-chain CRF" in errors


def test_serve(address: str) -> None:
    with ner_lime_serve("--model", address) as relay:
        status, answer = relay.post("/api/tag", {"sentences": [TEXT.split()]}, **JSON)
    assert status == 200
    assert len(answer["probabilities"][0]) == 7


def test_a_refused_key_is_not_shown(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HEADERS, "Authorization: Bearer not-the-token")
    status, output, errors = run(capsys, "tag", address, TEXT)
    assert (status, output, errors.count("\n")) == (1, "", 1)
    assert "401" in errors
    assert "not-the-token" not in errors
