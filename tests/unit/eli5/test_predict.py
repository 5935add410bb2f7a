"""`predict_function`: texts in, one word's probabilities out, and the word never moves unnoticed."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence

import numpy as np
import pytest

from ner_lime.eli5 import MaskedText, predict_function
from ner_lime.eli5.texts import as_sentence
from ner_lime.errors import InputError, TaggerError, WordIndexError

TEXT = "6+ years of Web UI/UX design experience."


class Spelling:
    """Answers with the length and the place of each token, so that a moved index shows."""

    labels = ("O", "LONG", "LATE")

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def predict_proba(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
        self.asked += map(tuple, sentences)
        return [np.array([self.row(word, i) for i, word in enumerate(tokens)]) for tokens in sentences]

    @staticmethod
    def row(word: str, i: int) -> list[float]:
        scores = np.array([1.0, len(word), i])
        return list(scores / scores.sum())


def test_rows_are_the_taggers_own_answers_at_the_word_in_label_order() -> None:
    f = predict_function(Spelling(), 4)
    answers = f([TEXT, "a b c d extraordinary"])
    assert answers.dtype == np.float64
    np.testing.assert_allclose(answers, [Spelling.row("UI/UX", 4), Spelling.row("extraordinary", 4)], atol=1e-15)
    assert f.labels == ("O", "LONG", "LATE")


@pytest.mark.parametrize(
    "texts",
    [
        [TEXT, TEXT + " x"],
        (TEXT, TEXT + " x"),
        np.array([TEXT, TEXT + " x"]),
        np.array([TEXT, TEXT + " x"], dtype=object),
        [list(as_sentence(TEXT).tokens), [*as_sentence(TEXT).tokens, "x"]],
        iter([TEXT, TEXT + " x"]),
    ],
    ids=["list", "tuple", "array", "object array", "token lists", "iterator"],
)
def test_every_kind_of_list_is_taken(texts: Sequence[str]) -> None:
    np.testing.assert_allclose(predict_function(Spelling(), 4)(texts), [Spelling.row("UI/UX", 4)] * 2, atol=1e-15)


def test_no_text_gives_no_row() -> None:
    assert predict_function(Spelling(), 4)([]).shape == (0, 3)


def test_a_text_that_comes_again_is_asked_for_once() -> None:
    tagger = Spelling()
    answers = predict_function(tagger, 1)(["a b", "c dd", "a b", "a  b"])
    assert tagger.asked == [("a", "b"), ("c", "dd")]
    np.testing.assert_array_equal(answers[[0, 2, 3]], answers[[0, 0, 0]])


def test_a_short_text_is_named_with_its_number_and_the_index() -> None:
    with pytest.raises(WordIndexError, match=r"text 1 \('UNK years'\): word index 4 needs at least 5 tokens, found 2"):
        predict_function(Spelling(), 4)([TEXT, "UNK years"])
    with pytest.raises(IndexError):
        predict_function(Spelling(), 4)(["", TEXT])


def test_a_moved_word_is_logged_or_refused(caplog: pytest.LogCaptureFixture) -> None:
    shorter = TEXT.replace("of ", "")
    with caplog.at_level(logging.WARNING, "ner_lime"):
        predict_function(Spelling(), 4)([TEXT, shorter])
    assert "word 4 may not be the same word" in caplog.text
    with pytest.raises(InputError, match=r"text 1 .*expected 8 tokens, found 7"):
        predict_function(Spelling(), 4, sentence=TEXT)([TEXT, shorter])


def test_an_index_outside_of_the_sentence_is_refused_before_the_first_call() -> None:
    with pytest.raises(WordIndexError, match="word index 9"):
        predict_function(Spelling(), 9, sentence=TEXT)
    with pytest.raises(WordIndexError, match="from 0, found -1"):
        predict_function(Spelling(), -1)


@pytest.mark.parametrize("texts", ["one text", b"bytes", np.array(TEXT), np.array([[TEXT]]), 3])
def test_what_is_no_list_of_texts_is_refused(texts: object) -> None:
    with pytest.raises(InputError, match="expected a list of texts"):
        predict_function(Spelling(), 0)(texts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "tokenizer", [str.split, lambda text: (text.split(), ())], ids=["tokens", "tokens and offsets"]
)
def test_another_tokenizer(tokenizer: object) -> None:
    answers = predict_function(Spelling(), 6, tokenizer)([TEXT])  # type: ignore[arg-type]
    np.testing.assert_allclose(answers, [Spelling.row("experience.", 6)], atol=1e-15)


def test_a_tokenizer_that_gives_no_tokens_is_named() -> None:
    with pytest.raises(InputError, match="tokenizer"):
        predict_function(Spelling(), 0, lambda text: text.upper())([TEXT])


def test_a_masked_text_is_never_cut_again() -> None:
    assert len(as_sentence("[MASK]").tokens) == 3, "the mask must be one that the tokenizer would cut"
    text = MaskedText("[MASK] years", ("[MASK]", "years"))
    np.testing.assert_allclose(predict_function(Spelling(), 1)([text]), [Spelling.row("years", 1)], atol=1e-15)
    assert text == "[MASK] years"
    assert copy.deepcopy(text).tokens == text.tokens


def test_float32_rows_become_exact_probabilities() -> None:
    class Float32(Spelling):
        def predict_proba(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
            return [answer.astype(np.float32) for answer in super().predict_proba(sentences)]

    total = predict_function(Float32(), 4)([TEXT, TEXT.upper()]).sum(axis=1)
    np.testing.assert_allclose(total, 1.0, atol=1e-15)  # numpy's choice(p=...) wants 1e-8, and eli5 calls it


def test_a_tagger_that_gives_no_probabilities_is_refused() -> None:
    class Logits(Spelling):
        def predict_proba(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
            return [answer * 9 for answer in super().predict_proba(sentences)]

    with pytest.raises(TaggerError):
        predict_function(Logits(), 0)([TEXT])
