"""Kinds of models of a user's own: asked first, refused twice, forgotten, and explained like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.errors import InputError, UnsupportedTaggerError
from ner_lime.taggers.registry import registered_kinds
from ner_lime.testing import Trigger, TriggerTagger

NAMES = ("a gazetteer", "a gazetteer file", "another")


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test leaves a kind behind."""
    assert registered_kinds() == ()
    yield
    for name in registered_kinds():
        nl.unregister_tagger(name)


class Gazetteer:
    """A model of nobody's library: names it knows, and a confidence. It is callable, as many models are."""

    def __init__(self, names: list[str], confidence: float = 0.75) -> None:
        self.names = names
        self.confidence = confidence

    def __call__(self, text: str) -> list[str]:
        return [word for word in text.split() if word in self.names]


class GazetteerTagger:
    """The user's adapter."""

    labels = ("O", "NAME")

    def __init__(self, model: Gazetteer, *, confidence: float | None = None) -> None:
        self.model = model
        self.confidence = model.confidence if confidence is None else confidence

    def predict_proba(self, sentences):
        share = [np.array([[w in self.model.names] for w in words]) * self.confidence for words in sentences]
        return [np.hstack([1.0 - row, row]) for row in share]


def is_gazetteer(model: object) -> bool:
    return isinstance(model, Gazetteer)


def is_gazetteer_file(model: object) -> bool:
    return isinstance(model, (str, Path)) and str(model).endswith(".names.json")


def read_gazetteer(path: str | Path, *, confidence: float = 0.5) -> GazetteerTagger:
    return GazetteerTagger(Gazetteer(json.loads(Path(path).read_text()), confidence))


def test_a_class_of_the_user_s_own_is_explained() -> None:
    nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=GazetteerTagger)
    explanation = nl.NERExplainer(Gazetteer(["Anna"])).explain("Anna met Ben")
    assert explanation.predicted == ("NAME", "O", "O")
    assert explanation.weights[0, 1] == pytest.approx([0.75, 0.0, 0.0], abs=1e-9)


def test_a_file_of_the_user_s_own_is_explained_through_the_command_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from ner_lime.cli import main

    path = tmp_path / "mine.names.json"
    path.write_text('["Anna"]')
    nl.register_tagger("a gazetteer file", recognises=is_gazetteer_file, adapter=read_gazetteer)
    assert nl.NERExplainer(path).explain("Anna met Ben")[0].contributions()[0].token == "Anna"
    assert nl.as_tagger(str(path), confidence=0.25).predict_proba([["Anna"]])[0].tolist() == [[0.75, 0.25]]
    assert main(["tag", str(path), "Anna met Ben"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "Anna\tO\t0.5000"


def test_a_name_that_is_no_path_reaches_the_user_s_kind() -> None:
    nl.register_tagger("another", recognises=lambda model: model == "hub:mine", adapter=lambda _: TriggerTagger([]))
    assert nl.as_tagger("hub:mine").labels == ("O",)


def test_without_its_kind_the_model_is_taken_for_a_function() -> None:
    with pytest.raises(Exception, match=r"labels|failed"):
        nl.as_tagger(Gazetteer(["Anna"]))


def test_the_latest_registration_is_asked_first() -> None:
    first, second = (TriggerTagger([Trigger.all_of(label, 0.5, "x")]) for label in ("B-1", "B-2"))
    nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=lambda _: first)
    nl.register_tagger("another", recognises=is_gazetteer, adapter=lambda _: second)
    assert registered_kinds() == ("another", "a gazetteer")
    assert nl.as_tagger(Gazetteer([])) is second
    nl.unregister_tagger("another")
    assert nl.as_tagger(Gazetteer([])) is first


def test_a_name_is_taken_once_unless_it_is_replaced() -> None:
    nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=GazetteerTagger)
    with pytest.raises(InputError, match="registered already"):
        nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=read_gazetteer)
    other = TriggerTagger([])
    nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=lambda _: other, replace=True)
    assert nl.as_tagger(Gazetteer([])) is other


def test_what_is_not_registered_can_not_be_forgotten() -> None:
    nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=GazetteerTagger)
    with pytest.raises(InputError, match=r"\('a gazetteer'\), found 'gazetteer'"):
        nl.unregister_tagger("gazetteer")


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": " ", "recognises": is_gazetteer, "adapter": GazetteerTagger},
        {"name": 3, "recognises": is_gazetteer, "adapter": GazetteerTagger},
        {"name": "a gazetteer", "recognises": "yes", "adapter": GazetteerTagger},
        {"name": "a gazetteer", "recognises": is_gazetteer, "adapter": None},
    ],
)
def test_what_is_no_kind_is_refused(arguments: dict) -> None:
    name = arguments.pop("name")
    with pytest.raises(InputError, match="expected"):
        nl.register_tagger(name, **arguments)
    assert registered_kinds() == ()


def test_options_are_those_of_the_adapter() -> None:
    nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=GazetteerTagger)
    assert nl.as_tagger(Gazetteer(["A"]), confidence=1.0).predict_proba([["A"]])[0].tolist() == [[0.0, 1.0]]
    with pytest.raises(InputError, match=r"a gazetteer \(Gazetteer\) takes confidence=: found labels="):
        nl.as_tagger(Gazetteer([]), labels=["O"])


def test_a_recogniser_that_fails_is_named() -> None:
    nl.register_tagger("a gazetteer", recognises=lambda model: model.names, adapter=GazetteerTagger)
    with pytest.raises(UnsupportedTaggerError, match="recogniser of the registered kind 'a gazetteer' failed on int"):
        nl.as_tagger(3)


def test_an_adapter_that_makes_no_tagger_is_named() -> None:
    nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=lambda model: model.names)
    with pytest.raises(UnsupportedTaggerError, match=r"adapter of the registered kind 'a gazetteer'.*found list"):
        nl.as_tagger(Gazetteer([]))


def test_the_list_of_what_is_accepted_names_it() -> None:
    nl.register_tagger("a gazetteer", recognises=is_gazetteer, adapter=GazetteerTagger)
    with pytest.raises(UnsupportedTaggerError, match=r"accepted are: a gazetteer; .* an http"):
        nl.as_tagger(3)
