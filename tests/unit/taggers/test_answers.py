"""What a tagger answers is checked once: each fault is told with the sentence, the word and what was found."""

from __future__ import annotations

import numpy as np
import pytest

from ner_lime.errors import InputError, TaggerError
from ner_lime.taggers.answers import ask, check_probabilities, check_repeated

GOOD = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])


class Fixed:
    """Answers what it was given."""

    labels = ("O", "B-X", "I-X")

    def __init__(self, *answers):
        self.answers = answers

    def predict_proba(self, _sentences):
        return self.answers


class Failing:
    labels = ("O",)

    def __init__(self, error):
        self.error = error

    def predict_proba(self, _sentences):
        raise self.error


def changed(value, where=(1, 0)):
    matrix = GOOD.copy()
    matrix[where] = value
    return matrix


class TestAccepted:
    def test_probabilities_come_back_as_they_are(self):
        (found,) = ask(Fixed(GOOD), [["a", "b"]])
        assert np.array_equal(found, GOOD)
        assert found.dtype == np.float64

    def test_single_precision_is_renormalised(self):
        rough = GOOD.astype(np.float32) * np.float32(1.00009)
        (found,) = ask(Fixed(rough), [["a", "b"]])
        assert found.sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-15)
        assert found == pytest.approx(GOOD, abs=1e-6)

    def test_rounding_below_zero_and_above_one_is_cut(self):
        (found,) = ask(Fixed([[1.00005, -0.00005, 0.0], [0.2, 0.3, 0.5]]), [["a", "b"]])
        assert found.min() == 0.0
        assert found[0].tolist() == [1.0, 0.0, 0.0]

    def test_the_answer_is_a_copy(self):
        mine = GOOD.copy()
        (found,) = ask(Fixed(mine), [["a", "b"]])
        found[0, 0] = 9.0
        assert np.array_equal(mine, GOOD)

    def test_nested_lists_generators_and_empty_sentences(self):
        class Lazy(Fixed):
            def predict_proba(self, _sentences):
                return (answer for answer in self.answers)

        found = ask(Lazy(GOOD.tolist(), np.zeros((0, 3))), [["a", "b"], []])
        assert [matrix.shape for matrix in found] == [(2, 3), (0, 3)]


class TestRefused:
    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (GOOD[:, :2], r"shape \(2 tokens, 3 labels\), found \(2, 2\)"),
            (GOOD[:1], r"shape \(2 tokens, 3 labels\), found \(1, 3\)"),
            (GOOD[None], r"found \(1, 2, 3\)"),
            (changed(np.nan), "finite probabilities, found nan at word 1"),
            (changed(np.inf, (0, 2)), "finite probabilities, found inf at word 0"),
            (changed(-0.2), r"in \[0, 1\], found -0.2: are these scores or logits"),
            (changed(3.5), r"in \[0, 1\], found 3.5"),
            (changed(0.5), "sum to 1, found 0.5 at word 1"),
            (changed(0.9998), "sum to 1, found 0.9998 at word 1"),
            ([["a", "b", "c"]] * 2, "expected a matrix of probabilities, found list"),
            ([[0.2, 0.8], [1.0]], "expected a matrix of probabilities, found list"),
            (None, "expected"),
            (0.5, r"found \(\)"),
        ],
    )
    def test_each_fault_by_its_name(self, answer, message):
        with pytest.raises(TaggerError, match=message) as caught:
            ask(Fixed(GOOD, answer), [["a", "b"], ["c", "d"]])
        assert "sentence 1" in str(caught.value)
        assert isinstance(caught.value, ValueError)
        assert "\n" not in str(caught.value)

    def test_too_few_answers(self):
        with pytest.raises(TaggerError, match="expected 2 answers of the tagger, one a sentence, found 1"):
            ask(Fixed(GOOD), [["a", "b"], ["c", "d"]])

    def test_a_tagger_that_fails(self):
        with pytest.raises(TaggerError, match="failed on 2 sentences: KeyError: 'c'") as caught:
            ask(Failing(KeyError("c")), [["a"], ["b"]])
        assert isinstance(caught.value.__cause__, KeyError)

    def test_its_own_clear_errors_pass_through(self):
        with pytest.raises(InputError, match="mine"):
            ask(Failing(InputError("mine")), [["a"]])

    def test_no_answer_at_all(self):
        class Nothing(Fixed):
            def predict_proba(self, _sentences):
                return None

        with pytest.raises(TaggerError, match="TypeError"):
            ask(Nothing(), [["a"]])

    def test_where_it_was_is_said(self):
        with pytest.raises(TaggerError, match=r"^row 7: expected"):
            check_probabilities(GOOD, 3, 3, where="row 7")


class TestRepeated:
    def test_an_answer_that_changes_is_refused(self):
        with pytest.raises(TaggerError, match=r"changed by 0\.01: .*dropout"):
            check_repeated(GOOD, GOOD + np.array([[0.0, 0.01, -0.01]]))

    def test_rounding_is_no_change(self):
        check_repeated(GOOD, GOOD.astype(np.float32))
