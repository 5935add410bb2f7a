"""CRFs of other packages by name: their own tokens, their own labels, their own marginals, explained exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.cli import main
from ner_lime.corpus.sentence import as_sentence
from ner_lime.errors import InputError, MissingExtraError, TaggerError
from ner_lime.taggers.packaged import located

pytestmark = pytest.mark.heavy

ADDRESSES = [
    "123 Main St. Suite 100, Chicago, IL 60601",
    "PO Box 12, (rear), Springfield OH",
    "Main St & 5th Ave, New York",
    "#4 Elm St.; Boston MA 02108",
    "1600 Pennsylvania Ave NW Washington DC 20500",
]
NAMES = ["Mr. John Q. Smith", "Smith, Jane", "Acme-Labs, Inc.", "John & Mary O'Neil", "Dr. (Bob) Jones c/o IBM"]


@pytest.mark.parametrize(
    ("name", "texts"), [("usaddress", ADDRESSES), ("probablepeople", NAMES)], ids=["usaddress", "probablepeople"]
)
class TestParsers:
    def test_tokens_and_labels_are_the_package_s(self, name: str, texts: list[str]) -> None:
        package = pytest.importorskip(name)
        tagger = nl.as_tagger(name)
        for text in texts:
            sentence = as_sentence(text, tagger.tokenize)
            assert list(zip(sentence.tokens, tagger.predict([sentence])[0], strict=True)) == package.parse(text)
            for token, (start, end) in zip(sentence.tokens, sentence.offsets or (), strict=True):
                assert text[start:end] == token

    def test_marginals_are_the_package_s(self, name: str, texts: list[str]) -> None:
        package = pytest.importorskip(name)
        tagger = nl.as_tagger(name)
        for text in texts:
            tokens = package.tokenize(text)
            package.TAGGER.set(package.tokens2features(tokens))
            own = [[package.TAGGER.marginal(label, i) for label in tagger.labels] for i in range(len(tokens))]
            assert tagger.predict_proba([tokens])[0] == pytest.approx(np.array(own), abs=1e-6)

    def test_a_text_is_explained_exactly(self, name: str, texts: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        package = pytest.importorskip(name)
        explanation = nl.NERExplainer(name).explain(texts[0])
        assert explanation.settings.engine == "exact"
        assert list(zip(explanation.tokens, explanation.predicted, strict=True)) == package.parse(texts[0])
        assert main(["explain", "--model", name, "--word-index", "1", "--format", "json", texts[0]]) == 0
        assert json.loads(capsys.readouterr().out)["tokens"] == list(explanation.tokens)

    def test_the_module_itself(self, name: str, texts: list[str]) -> None:
        package = pytest.importorskip(name)
        own = nl.as_tagger(package)
        assert own.labels == nl.as_tagger(name).labels
        assert list(own.tokenize(texts[0])[0]) == package.tokenize(texts[0])


def test_variants() -> None:
    package = pytest.importorskip("probablepeople")
    tagger = nl.as_tagger("probablepeople", variant="company")
    assert tagger.predict([package.tokenize("Acme-Labs, Inc.")])[0] == [
        label for _, label in package.parse("Acme-Labs, Inc.", type="company")
    ]
    with pytest.raises(InputError, match="'generic' or 'person' or 'company' of probablepeople, found 'animal'"):
        nl.as_tagger("probablepeople", variant="animal")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "usaddress", None)
    with pytest.raises(MissingExtraError, match=r"usaddress is not installed.*'ner-lime\[parsers\]'"):
        nl.as_tagger("usaddress")


def test_a_folder_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    nl.CRFTagger().fit([nl.Sentence(("Anna", "saw"), ("B-X", "O"))]).save("usaddress")
    assert nl.as_tagger("usaddress").labels == ("B-X", "O")


def test_tokens_that_are_not_in_the_text() -> None:
    assert located("a b a", ["a", "a"]) == (("a", "a"), ((0, 1), (4, 5)))
    with pytest.raises(TaggerError, match="found 'c' after character 1"):
        located("a b", ["a", "c"])


def test_underthesea_segments_words_exactly() -> None:
    package = pytest.importorskip("underthesea")
    tagger = nl.as_tagger("underthesea")
    text = "Chàng trai 9X Quảng Trị khởi nghiệp từ nấm sò"
    explanation = nl.NERExplainer(tagger).explain(text)
    words: list[str] = []
    for token, label in zip(explanation.tokens, explanation.predicted, strict=True):
        if label == "I-W":
            words[-1] += f" {token}"
        else:
            words.append(token)
    assert words == package.word_tokenize(text)
    assert explanation.settings.engine == "exact"


def test_a_tagger_of_underthesea_core(tmp_path: Path) -> None:
    core = pytest.importorskip("underthesea_core")

    def features(tokens: Any, i: int) -> list[str]:
        return [f"w={tokens[i]}", f"b={tokens[i - 1] if i else '-'}"]

    sentences = [["Anna", "saw", "Ben"], ["a", "dog", "saw", "Ben"], ["Anna", "ran"]]
    tags = [["P", "O", "P"], ["O", "O", "O", "P"], ["P", "O"]]
    trainer = core.CRFTrainer()
    model = trainer.train([[features(words, i) for i in range(len(words))] for words in sentences], tags)
    model.save(str(tmp_path / "model.bin"))
    own = core.CRFTagger()
    own.load(str(tmp_path / "model.bin"))
    tagger = nl.as_tagger(own, features=features)
    described = [features(sentences[0], i) for i in range(3)]
    assert tagger.predict([sentences[0], []]) == [own.tag(described), []]
    assert tagger.predict_proba([sentences[0]])[0] == pytest.approx(np.array(own.marginals(described)))
    assert nl.NERExplainer(tagger).explain(sentences[0])[0].label == "P"
    from_file = nl.as_tagger(tmp_path / "model.bin", features=features)
    assert set(from_file.labels) == set(tagger.labels)
    order = [from_file.labels.index(label) for label in tagger.labels]
    assert from_file.predict_proba([sentences[0]])[0][:, order] == pytest.approx(
        tagger.predict_proba([sentences[0]])[0], abs=1e-4
    )
    with pytest.raises(InputError, match="features=fn"):
        nl.as_tagger(own)
    with pytest.raises(InputError, match="without weights, found 'x' of 2"):
        nl.as_tagger(own, features=lambda tokens, i: {"x": 2.0}).predict_proba([["a"]])
