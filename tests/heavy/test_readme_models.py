"""The README's snippet for models of other libraries, as it stands, on real ones; and the five answers side by side."""

from __future__ import annotations

import doctest
import re
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import ner_lime as nl
from ner_lime.taggers.http import HttpTagger
from ner_lime.taggers.onnx import OnnxTagger
from ner_lime.taggers.spacy import SpacyTagger
from ner_lime.taggers.transformers import TransformersTagger

from ..conftest import ROOT
from ..servers.serving import ner_lime_serve

NEEDS = "needs torch, transformers, onnxruntime and spaCy: scripts/test --all"
for library in ("torch", "transformers", "onnxruntime", "spacy"):
    pytest.importorskip(library, reason=NEEDS)

pytestmark = pytest.mark.heavy

README = (ROOT / "README.md").read_text(encoding="utf-8")
WITH_EXTRAS = re.findall(r"<!-- with extras -->\n```python\n(.*?)```", README, flags=re.DOTALL)


def test_the_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, train_part: nl.Corpus) -> None:
    """As the README draws them, from the explanation that it has made before."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("pandas")
    (snippet,) = [snippet for snippet in WITH_EXTRAS if "plot_fidelity" in snippet]
    monkeypatch.chdir(tmp_path)
    explainer = nl.NERExplainer(nl.CRFTagger().fit(train_part))
    explanation = explainer.explain("6+ years of Web UI/UX design experience")
    names: dict[str, Any] = {"nl": nl, "explainer": explainer, "explanation": explanation}
    exec(compile(snippet, "README.md", "exec"), names)
    assert (tmp_path / "word.png").read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in (tmp_path / "sentence.svg").read_text(encoding="utf-8")
    assert len(names["frame"]) == 7 * len(explanation.labels) * 7


@pytest.mark.parametrize("name", ["onnx", "spacy", "transformers"])
def test_examples_of_the_adapters(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    transformer: Path,
    onnx_folder: Path,
    pipeline: Any,
) -> None:
    """Those of their docstrings, with models under the names that they use."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(transformer, "my-bert")
    shutil.copytree(onnx_folder, "my-bert-onnx")
    pipeline.to_disk("my-spacy")
    result = doctest.testmod(import_module(f"ner_lime.taggers.{name}"))
    assert (result.failed, result.attempted > 0) == (0, True)


def test_five_models_explain_the_same_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    train_part: nl.Corpus,
    transformer: Path,
    onnx_folder: Path,
    pipeline: Any,
) -> None:
    (snippet,) = [snippet for snippet in WITH_EXTRAS if "my-bert" in snippet]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NER_LIME_CACHE", str(tmp_path / "cache"))
    shutil.copytree(transformer, "my-bert")
    shutil.copytree(onnx_folder, "my-bert-onnx")
    pipeline.to_disk("my-spacy")
    nl.CRFTagger().fit(train_part).save("my-model")
    with ner_lime_serve("--model", "my-model") as service:
        names: dict[str, Any] = {"nl": nl, "address": service.base, "token": service.token}
        names["crf"] = nl.as_tagger("my-model")
        exec(compile(snippet, "README.md", "exec"), names)
    assert isinstance(names["bert"], TransformersTagger)
    assert isinstance(names["onnx"], OnnxTagger)
    assert isinstance(names["spacy"], SpacyTagger)
    assert isinstance(names["service"], HttpTagger)
    lines = capsys.readouterr().out.splitlines()
    found = [re.findall(r"([^ ]+) ([+-]\d\.\d{3})", line) for line in lines]
    crf, bert, _, spacy, remote = lines
    assert crf.startswith("I-SKILLS 0.998:  design +0.36")
    assert remote.startswith("I-SKILLS 0.998:  ")  # the same model; a service has no mask string of its own, so UNK is
    assert re.match(r"[BI]-SKILLS 0\.\d{3}:  ", bert)
    assert re.match(r"(O|[BI]-[A-Z]+) 0\.\d{3}:  ", spacy)
    for exported, own in zip(found[2], found[1], strict=True):
        assert exported[0] == own[0]
        assert float(exported[1]) == pytest.approx(float(own[1]), abs=0.002)
