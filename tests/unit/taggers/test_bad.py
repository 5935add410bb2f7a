"""Taggers that answer badly: the explainer names what is wrong, and where."""

from __future__ import annotations

import numpy as np
import pytest

from ner_lime import MaskString, NERExplainer
from ner_lime.errors import NerLimeError, TaggerError
from ner_lime.testing import Trigger, TriggerTagger

TOKENS = ["a", "b", "c"]
GOOD = [0.25, 0.75]


class Bad:
    """Answers `row` for word 1 of every sentence (of the `nth` call on), a good row elsewhere."""

    labels = ("O", "B-X")

    def __init__(self, row, *, from_call=1, dtype=np.float64):
        self.row, self.from_call, self.dtype, self.calls = row, from_call, dtype, 0

    def predict_proba(self, sentences):
        self.calls += 1
        row = self.row if self.calls >= self.from_call else GOOD
        return [np.asarray([GOOD, row, *[GOOD] * (len(s) - 2)], dtype=self.dtype)[: len(s)] for s in sentences]


class Answers:
    labels = ("O", "B-X")

    def __init__(self, function):
        self.predict_proba = function


def good(sentences):
    return [np.full((len(sentence), 2), 0.5) for sentence in sentences]


@pytest.mark.parametrize("from_call", [1, 3])
@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([np.nan, 0.5], "sentence 0: expected finite probabilities, found nan at word 1"),
        ([np.inf, 0.5], "finite probabilities, found inf at word 1"),
        ([-0.5, 1.5], r"in \[0, 1\], found -0.5: are these scores or logits"),
        ([3.0, -2.0], "scores or logits"),
        ([0.5, 0.6], "sum to 1, found 1.1 at word 1"),
        ([0.5, 0.4998], "sum to 1, found 0.9998 at word 1"),
        ([0.0, 0.0], "sum to 1, found 0 at word 1"),
    ],
)
def test_rows_that_are_no_probabilities(row, words, from_call):
    with pytest.raises(TaggerError, match=words):
        NERExplainer(Bad(row, from_call=from_call)).explain(TOKENS)


@pytest.mark.parametrize(("row", "dtype"), [([0.30003, 0.7], np.float64), ([1 / 3, 2 / 3], np.float32)])
def test_rounding_is_mended(row, dtype):
    explanation = NERExplainer(Bad(row, dtype=dtype)).explain(TOKENS)
    assert np.abs(explanation.probabilities.sum(axis=1) - 1.0).max() < 1e-15
    assert explanation.probabilities.dtype == np.float64


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda s: good(s)[:-1], "expected 1 answers of the tagger, one a sentence, found 0"),
        (lambda s: [*good(s), np.ones((3, 2))], "found 2"),
        (lambda s: [a[:, :1] for a in good(s)], r"shape \(3 tokens, 2 labels\), found \(3, 1\)"),
        (lambda s: [a[:-1] for a in good(s)], r"shape \(3 tokens, 2 labels\), found \(2, 2\)"),
        (lambda s: [a.ravel() for a in good(s)], r"found \(6,\)"),
        (lambda s: [["O", "O", "O"] for _ in s], "expected a matrix of probabilities"),
        (lambda s: [{"O": 1.0} for _ in s], "expected a matrix of probabilities"),
        (lambda s: [[[0.5, 0.5], [1.0], [0.5, 0.5]] for _ in s], "expected a matrix of probabilities"),
        (lambda _: None, "the tagger failed on 1 sentences: TypeError"),
        (lambda _: {}[0], "the tagger failed on 1 sentences: KeyError: 0"),
        (lambda _: (x for x in ()).throw(MemoryError("out of memory")), "MemoryError: out of memory"),
    ],
)
def test_answers_that_are_no_matrices(function, words):
    with pytest.raises(TaggerError, match=words) as caught:
        NERExplainer(Answers(function)).explain(TOKENS)
    assert "\n" not in str(caught.value)


def test_a_fault_of_the_library_itself_is_not_wrapped():
    def refuse(sentences):
        raise NerLimeError("say it plainly")

    with pytest.raises(NerLimeError, match=r"^say it plainly$"):
        NERExplainer(Answers(refuse)).explain(TOKENS)


def test_an_interrupt_is_not_swallowed():
    def interrupt(sentences):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        NERExplainer(Answers(interrupt)).explain(TOKENS)


def test_answers_that_change_from_call_to_call():
    rng = np.random.default_rng(0)

    def dropout(sentences):
        shares = [rng.random((len(sentence), 1)) for sentence in sentences]
        return [np.hstack([share, 1.0 - share]) for share in shares]

    with pytest.raises(TaggerError, match=r"the same sentence changed by 0\.\d+: .*evaluation mode"):
        NERExplainer(Answers(dropout)).explain(TOKENS)


@pytest.mark.parametrize("n_tokens", [3, 12])
def test_a_constant_tagger_has_nothing_to_explain(n_tokens):
    tagger = TriggerTagger([Trigger.all_of("B-X", 0.5, "absent")], base=0.25)
    explanation = NERExplainer(tagger, masking=MaskString("xxx"), n_samples=64).explain(
        [f"w{i}" for i in range(n_tokens)]
    )
    assert np.abs(explanation.weights).max() < 1e-12
    for position in range(n_tokens):
        assert explanation[position].verdict.level == "do not trust"
        assert "nothing to explain" in str(explanation[position].verdict)


def many_labels(n):
    return ("O", *(f"{prefix}-TYPE{k}" for k in range(n) for prefix in "BI"))[:n]


@pytest.mark.parametrize(
    "labels",
    [("B-X", "I-X"), ("NOUN", "VERB", "DET"), ("X", "O"), many_labels(500)],
    ids=["no O", "tags", "bare", "500"],
)
def test_unusual_label_sets_are_fine(labels):
    scores = np.random.default_rng(4).normal(size=(7, len(labels)))

    def answer(sentences):
        rows = [np.array([scores[sum(map(ord, word)) % 7] for word in sentence]) for sentence in sentences]
        return [np.exp(row) / np.exp(row).sum(axis=1, keepdims=True) for row in rows]

    tagger = Answers(answer)
    tagger.labels = labels
    words = ["a", "man", "walks", "into", "the", "bar", "of", "an", "old", "inn"]
    explanation = NERExplainer(tagger, masking=MaskString("xxx"), n_samples=64).explain(words)
    assert explanation.weights.shape == (10, len(labels), 10)
    shown = answer([words])[0]
    hidden = answer([["xxx"]])[0][0]
    for position in range(10):
        effect = shown[position] - hidden  # nothing but the word itself counts
        assert explanation.weights[position, :, position] == pytest.approx(effect, abs=1e-6)
        assert explanation[position].label in explanation.to_text(position)
    assert labels[-1] in explanation.to_html()
