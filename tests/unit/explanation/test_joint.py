"""What words do together: asked where it is cheap, for the words that need it, and not where no model is at hand."""

from __future__ import annotations

import pickle

import pytest

import ner_lime as nl
from ner_lime.crf import CRFTagger
from ner_lime.explanation import Explanation
from ner_lime.explanation.joint import Joint, joint
from ner_lime.explanation.verdict import GOOD_FIT
from ner_lime.testing import Trigger, TriggerTagger

TEXT = "6+ years of Web UI/UX design experience"


@pytest.fixture(scope="module")
def explanation(crf: CRFTagger) -> Explanation:
    return nl.NERExplainer(crf).explain(TEXT)


def test_entities_and_the_strongest_pair_of_the_words_that_adding_up_does_not_explain(explanation: Explanation) -> None:
    found = joint(explanation)
    assert list(found.entities) == explanation.entities
    for word in explanation:
        if word.r2() >= GOOD_FIT:
            assert word.word_index not in found.pairs
    assert found.pairs
    for index, pair in found.pairs.items():
        assert pair == explanation.interactions(index)[0]


def test_of_one_word_only_its_pair(explanation: Explanation) -> None:
    everything = joint(explanation)
    for word in explanation:
        one = joint(explanation, word.word_index)
        assert one.entities == ()
        assert one.pairs == {k: v for k, v in everything.pairs.items() if k == word.word_index}


def test_what_left_its_process_has_nothing_to_tell(explanation: Explanation) -> None:
    assert joint(pickle.loads(pickle.dumps(explanation))) == Joint()
    assert "Entities:" not in pickle.loads(pickle.dumps(explanation)).to_html()


def test_a_black_box_is_asked_only_at_any_cost() -> None:
    asked: list[int] = []
    tagger = TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs")])

    class Counting:
        labels = tagger.labels

        def predict_proba(self, sentences: list[list[str]]) -> object:
            asked.append(len(sentences))
            return tagger.predict_proba(sentences)

    explanation = nl.NERExplainer(Counting()).explain(["Mrs", "Smith", "said"])
    before = sum(asked)
    assert joint(explanation) == Joint()
    assert sum(asked) == before
    assert joint(explanation, at_any_cost=True).entities == tuple(explanation.entities)
    assert sum(asked) > before
