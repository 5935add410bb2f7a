"""Machine words in plain ones: every law and every masking of the package is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from explanations import make

import ner_lime as nl
from ner_lime.render.wording import diagnostics, how, in_code, together
from ner_lime.testing import Trigger, TriggerTagger

TAGGER = TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs")])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "each word is kept with probability 0.7"),
        ({"neighbourhood": nl.Cosine()}, "versions closer to the sentence count more, as in lime"),
        ({"neighbourhood": nl.UniformCount()}, "a share of up to 0.7 of the words is hidden"),
        ({"method": "shapley"}, "in every order (Shapley values)"),
        ({"masking": nl.MaskString("UNK")}, "a hidden word becomes “UNK”"),
        ({"masking": nl.Resample([["a", "b"]])}, "a hidden word becomes one drawn from a corpus"),
        ({"engine": "sample", "n_samples": 64}, "estimated from a sample"),
        ({}, "computed without sampling"),
    ],
)
def test_every_law_and_masking_has_plain_words(settings: dict[str, object], words: str) -> None:
    found = nl.NERExplainer(TAGGER, **settings).explain(["Mrs", "Smith", "said"]).settings
    assert words in "; ".join(how(found))
    assert "(keep=" not in "; ".join(how(found))
    assert found.neighbourhood in in_code(found)


def test_what_is_not_known_is_said_as_it_is() -> None:
    strange = replace(make().settings, neighbourhood="Mine(a=1)", masking="Own()", engine="eli5", n_calls=0)
    assert how(strange)[:3] == ["Mine(a=1)", "Own()", "read from eli5 (all masks)"]


def test_the_word_itself_is_said_to_be_kept() -> None:
    assert "the explained word itself is always seen" in how(replace(make().settings, context_only=True))


def test_figures_about_the_masking_that_are_nothing_are_left_out() -> None:
    assert diagnostics({"entity_probability_all_hidden": 0.001, "o_to_entity_rate": 0.0}) == []
    assert diagnostics({"o_to_entity_rate": 0.2, "mine_too": 0.5}) == [
        "20% of the words labelled O turn into entities when they are hidden",
        "mine too 0.5",
    ]


def test_what_a_pair_does_together() -> None:
    assert together(-0.2).startswith("−.20 beyond what each adds by itself: one of them is nearly enough")
    assert together(0.2).startswith("+.20 beyond what each adds by itself: one needs the other")
