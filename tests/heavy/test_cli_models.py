"""Every verb with a transformer, an ONNX model and a spaCy pipeline: the library's answers, nothing else printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ner_lime as nl
from ner_lime.cli import main
from ner_lime.taggers.decoding import score

from ..servers.serving import JSON, ner_lime_serve

NEEDS = "needs torch, transformers, onnxruntime and spaCy: scripts/test --all"
for library in ("torch", "transformers", "onnxruntime", "spacy"):
    pytest.importorskip(library, reason=NEEDS)

pytestmark = pytest.mark.heavy

TEXT = "6+ years of Web UI/UX design experience"


@pytest.fixture(scope="module", params=["transformer", "onnx", "spacy"])
def model(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    transformer: Path,
    onnx_folder: Path,
    pipeline: Any,
) -> str:
    if request.param == "spacy":
        folder = tmp_path_factory.mktemp("cli") / "spacy"
        pipeline.to_disk(folder)
        return str(folder)
    return str({"transformer": transformer, "onnx": onnx_folder}[request.param])


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capfd.readouterr()
    status = main(list(arguments))
    return status, *capfd.readouterr()


def test_explain(model: str, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["--word-index", "4", "--n-samples", "32", "--format", "json", "--tokens", TEXT]
    status, output, errors = run(capfd, "explain", "--model", model, *arguments)
    assert (status, errors) == (0, "")
    expected = nl.NERExplainer(nl.as_tagger(model), n_samples=32).explain(TEXT.split(), positions=[4])
    assert nl.Explanation.from_dict(json.loads(output)).weights == pytest.approx(expected.weights, abs=1e-6)


def test_tag_evaluate_and_report(
    model: str, test_part: nl.Corpus, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "few.tsv"
    nl.write_iob(test_part[:30], corpus)
    status, output, errors = run(capfd, "tag", model, "--tokens", TEXT)
    assert (status, errors) == (0, "")
    assert [line.split("\t")[0] for line in output.splitlines() if line] == TEXT.split()
    status, output, errors = run(capfd, "evaluate", model, str(corpus))
    assert (status, errors) == (0, "")
    assert output == score(nl.as_tagger(model), test_part[:30]).to_text() + "\n"
    page = tmp_path / "report.html"
    assert run(capfd, "report", "--model", model, str(corpus), "-o", str(page), "--per-kind", "1") == (0, "", "")
    assert f"{Path(model).name} on few.tsv" in page.read_text(encoding="utf-8")


def test_serve(model: str) -> None:
    with ner_lime_serve("--model", model) as service:
        status, answer = service.post("/api/tag", {"sentences": [TEXT.split()]}, **JSON)
    assert status == 200
    assert answer["labels"] == list(nl.as_tagger(model).labels)
    expected = nl.as_tagger(model).predict_proba([TEXT.split()])[0]
    assert answer["probabilities"][0] == pytest.approx(expected, abs=1e-6)


def test_options_of_the_adapter(transformer: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, output, errors = run(
        capfd,
        "tag",
        str(transformer),
        "--tokens",
        TEXT,
        "--model-option",
        "aggregation=max",
        "--model-option",
        "dtype=x",
    )
    assert (status, output) == (1, "")
    assert "expected dtype" in errors
