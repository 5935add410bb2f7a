"""The public test double: its probabilities are as announced, and its closed-form weights equal brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from ner_lime import MaskString, NERExplainer
from ner_lime.errors import InputError, LabelError
from ner_lime.testing import Trigger, TriggerTagger
from ner_lime.types import Tagger

TOKENS = ["a", "b", "c", "a", "d", "e"]
CASES = {
    "single": [Trigger.all_of("B-X", 0.4, "b")],
    "against": [Trigger.all_of("B-X", -0.05, "b")],
    "and": [Trigger.all_of("B-X", 0.4, "b", "d", "e")],
    "or": [Trigger.any_of("B-X", 0.4, "b", "d")],
    "repeated": [Trigger.all_of("B-X", 0.4, "a", "e")],
    "repeated or": [Trigger.any_of("B-X", 0.4, "a", "e")],
    "and of or": [Trigger("B-X", 0.4, (("a", "b"), ("d", "e")))],
    "absent": [Trigger.all_of("B-X", 0.4, "b", "nowhere")],
    "several": [Trigger.all_of("B-X", 0.2, "b"), Trigger.all_of("B-X", 0.2, "b", "c"), Trigger.any_of("B-Y", 0.2, "a")],
    "decoy": [Trigger.all_of("B-X", 0.4, "b", at=2), Trigger.all_of("B-X", 0.4, "c", at=1)],
}


def brute_force(tagger, position, label, keep):
    """E[f | z_j = 1] - E[f | z_j = 0] over all masks."""
    column, n = tagger.labels.index(label), len(TOKENS)
    sums = np.zeros((2, n))
    for mask in product((0, 1), repeat=n):
        seen = [token if kept else "xxx" for token, kept in zip(TOKENS, mask, strict=True)]
        value = tagger.predict_proba([seen])[0][position, column]
        for j in range(n):
            others = sum(mask) - mask[j]
            sums[mask[j], j] += keep**others * (1 - keep) ** (n - 1 - others) * value
    return sums[1] - sums[0]


@pytest.mark.parametrize("keep", [0.3, 0.7])
@pytest.mark.parametrize("triggers", CASES.values(), ids=CASES)
def test_the_closed_form_is_brute_force(triggers, keep):
    tagger = TriggerTagger(triggers, labels=("B-Y", "O", "B-X"), base=0.1)
    for label in tagger.labels:
        for position in (1, 2):
            found = tagger.expected_weights(TOKENS, position, label, keep=keep)
            assert np.allclose(found, brute_force(tagger, position, label, keep), atol=1e-14)


@pytest.mark.parametrize("triggers", CASES.values(), ids=CASES)
def test_the_exact_engine_finds_it(triggers):
    tagger = TriggerTagger(triggers, base=0.1)
    explanation = NERExplainer(tagger, masking=MaskString("xxx"), engine="exact").explain(TOKENS)
    for position in range(len(TOKENS)):
        for row, label in enumerate(tagger.labels):
            wanted = tagger.expected_weights(TOKENS, position, label, keep=0.7)
            assert np.allclose(explanation.weights[position, row], wanted, atol=1e-12)


def test_the_weights_that_words_are_known_by():
    keep = 0.7

    def weight(trigger, word):
        tokens = ["a", "b", "c", "d"]
        return TriggerTagger([trigger]).expected_weights(tokens, 0, "B-X", keep=keep)[tokens.index(word)]

    assert weight(Trigger.all_of("B-X", 0.5, "b"), "b") == 0.5
    assert weight(Trigger.all_of("B-X", 0.5, "a", "b", "c"), "b") == pytest.approx(0.5 * 0.7**2)
    assert weight(Trigger.any_of("B-X", 0.5, "a", "b"), "a") == pytest.approx(0.5 * 0.3)
    assert weight(Trigger.all_of("B-X", 0.5, "b"), "c") == 0.0


def test_it_is_a_tagger_that_counts():
    tagger = TriggerTagger.additive({"a": {"B-X": 0.3, "B-Y": 0.1}, "b": {"B-X": -0.1}}, base=0.15)
    assert isinstance(tagger, Tagger)
    assert tagger.labels == ("O", "B-X", "B-Y")
    rows = [[0.3, 0.45, 0.25], [0.4, 0.35, 0.25], [0.8, 0.05, 0.15], [0.7, 0.15, 0.15]]
    sentences = [["a", "z"], ["a", "b", "a"], ["b"], ["z"], []]
    answers = tagger.predict_proba(sentences)
    for answer, sentence, row in zip(answers, sentences, [*rows, [0.0] * 3], strict=True):
        assert np.allclose(answer, np.tile(row, (len(sentence), 1)))
        assert answer.shape == (len(sentence), 3)
    tagger.predict_proba(sentences[:2])
    assert (tagger.n_calls, tagger.n_sentences) == (2, 7)


def test_a_trigger_acts_where_it_is_told_to():
    tagger = TriggerTagger([Trigger.all_of("B-X", 0.5, "a", at=1), Trigger.all_of("B-X", 0.5, "a", at=7)])
    assert tagger.predict_proba([["a", "b", "c"]])[0][:, 1].tolist() == [0.0, 0.5, 0.0]


@pytest.mark.parametrize("groups", [(), ((),), (("a",), ("a", "b")), (("a", "a"),)])
def test_groups_of_words_are_disjoint(groups):
    with pytest.raises(InputError, match="groups of words"):
        Trigger("B-X", 0.1, groups)


@pytest.mark.parametrize(
    ("triggers", "options", "words"),
    [
        ([Trigger.all_of("O", 0.1, "a")], {}, "triggers of the others"),
        ([Trigger.all_of("B-X", 0.1, "a")], {"labels": ("O", "B-Y")}, "triggers of the others"),
        ([], {"labels": ("B-Y",)}, "labels with O"),
        ([Trigger.all_of("B-X", 0.6, "a"), Trigger.all_of("B-X", 0.6, "b", at=3)], {}, r"probabilities in \[0, 1\]"),
        ([Trigger.all_of("B-X", -0.1, "a")], {"base": 0.05}, r"probabilities in \[0, 1\]"),
        (
            [Trigger.all_of("B-X", 0.1, "a"), Trigger.all_of("B-Y", 0.1, "a")],
            {"base": 0.45},
            r"probabilities in \[0, 1\]",
        ),
    ],
)
def test_what_could_leave_the_probabilities_is_refused(triggers, options, words):
    with pytest.raises(InputError, match=words):
        TriggerTagger(triggers, **options)


def test_a_label_it_does_not_have():
    with pytest.raises(LabelError, match=r"expected one of \('O', 'B-X'\), found 'B-Z'"):
        TriggerTagger(CASES["and"]).expected_weights(TOKENS, 0, "B-Z", keep=0.7)
