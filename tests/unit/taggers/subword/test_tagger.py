"""Subword taggers over a model of a few lines: alignment, windows, batches, memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_lime.errors import InputError, TaggerError, UnsupportedTaggerError
from ner_lime.taggers.subword.aggregation import to_words
from ner_lime.taggers.subword.tagger import SubwordTagger
from ner_lime.taggers.subword.vocabulary import Vocabulary, frame, is_spaced, probe_tokenizer
from ner_lime.taggers.subword.windows import windows

LETTERS = "?[]#abcdefghijklmnopqrstuvwxyz "
START, END, PAD, MASK, UNKNOWN = 100, 101, 102, 103, 104


def encode(texts: list[str]) -> list[list[int]]:
    """Two letters a subword; what is no letter vanishes."""
    kept = ["".join(letter for letter in text if letter in LETTERS) for text in texts]
    return [[hash_of(text[k : k + 2]) for k in range(0, len(text), 2)] for text in kept]


def hash_of(pair: str) -> int:
    return sum((LETTERS.index(letter) + 1) * 40**k for k, letter in enumerate(pair)) % 97


def near(ids: np.ndarray[Any, Any], attention: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Logits of 3 labels from each subword and one neighbour on either side, padding left out."""
    value = np.where(attention == 1, np.sin(ids * 1.7), 0.0)
    value[np.isin(ids, (START, END))] = 0.0
    padded = np.pad(value, ((0, 0), (1, 1)))
    left, right = padded[:, :-2], padded[:, 2:]
    return np.stack([value * 2, left - right, value * left], axis=2)


def make(
    forward: Callable[..., Any] = near, *, capacity: int = 1000, batch_size: int | None = None, **options: Any
) -> SubwordTagger:
    vocabulary = Vocabulary(encode, (START,), (END,), UNKNOWN, PAD, ("[m]", MASK), spaced=False)
    options = {"aggregation": "first", **options}
    return SubwordTagger(tuple("ABC"), vocabulary, forward, capacity=capacity, batch_size=batch_size, **options)


WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=7), min_size=1, max_size=40)


@given(length=st.integers(1, 500), capacity=st.integers(4, 120))
def test_windows_answer_for_each_subword_once_and_from_within(length: int, capacity: int) -> None:
    found = windows(length, capacity)
    assert [place for window in found for place in range(window.first, window.last)] == list(range(length))
    for window in found:
        assert window.start <= window.first < window.last <= window.end <= length
        assert window.end - window.start <= capacity
        assert window.start == 0 or window.first - window.start >= capacity // 8
        assert window.end == length or window.end - window.last >= capacity // 8


def test_an_empty_sentence_has_no_window_and_no_rows() -> None:
    assert windows(0, 10) == []
    assert [answer.shape for answer in make().predict_proba([[], ["ab"], []])] == [(0, 3), (1, 3), (0, 3)]


@given(words=WORDS, capacity=st.integers(26, 60))
def test_windows_do_not_change_what_a_model_of_short_sight_says(words: list[str], capacity: int) -> None:
    whole = make().predict_proba([words])[0]
    parts = make(capacity=capacity).predict_proba([words])[0]
    np.testing.assert_allclose(parts, whole, atol=1e-12)


@given(sentences=st.lists(WORDS, min_size=1, max_size=12), batch_size=st.integers(1, 5))
def test_batches_do_not_change_the_answers_or_their_order(sentences: list[list[str]], batch_size: int) -> None:
    alone = [make().predict_proba([words])[0] for words in sentences]
    together = make(batch_size=batch_size).predict_proba(sentences)
    for one, other, words in zip(alone, together, sentences, strict=True):
        assert one.shape == (len(words), 3)
        np.testing.assert_allclose(other, one, atol=1e-12)


@given(words=WORDS, data=st.data())
def test_masks_put_the_mask_token_over_every_subword(words: list[str], data: st.DataObject) -> None:
    masks = np.asarray(
        data.draw(st.lists(st.lists(st.booleans(), min_size=len(words), max_size=len(words)), max_size=4))
    )
    masks = masks.reshape(-1, len(words))
    prepared = make(capacity=40).under_masks(words, ["[m]"] * len(words))
    assert prepared is not None
    for mask, answer in zip(masks, prepared.marginals(masks), strict=True):
        # Every subword by itself as a word, so that the masked ones can be named.
        pieces = [
            (word[k : k + 2] if kept else "[m]", k == 0)
            for word, kept in zip(words, mask, strict=True)
            for k in range(0, len(word), 2)
        ]
        expected = make(capacity=40).predict_proba([[text for text, _ in pieces]])[0]
        np.testing.assert_allclose(answer, expected[[first for _, first in pieces]], atol=1e-12)


def test_masks_over_some_words_of_a_long_text_run_only_the_windows_that_answer_for_them() -> None:
    words = ["abcd"] * 400
    widths: list[int] = []

    def counting(ids: Any, attention: Any) -> Any:
        widths.extend(len(row) for row in ids)
        return near(ids, attention)

    prepared = make(counting, capacity=82).under_masks(words, ["[m]"] * 400, 200, 210)
    assert prepared is not None
    masks = np.zeros((3, 10), dtype=bool)
    hidden = make().predict_proba([[*words[:200], *["[m]", "[m]"] * 10, *words[210:]]])[0]
    np.testing.assert_allclose(prepared.marginals(masks), [hidden[200:220:2]] * 3, atol=1e-12)
    assert len(widths) <= 2 * 3


def test_replacements_of_other_lengths_are_left_to_the_ordinary_path() -> None:
    assert make().under_masks(["abcd", "ef"], ["ab", "ef"]) is None
    prepared = make().under_masks(["abcd", "ef"], ["efgh", "ab"])
    assert prepared is not None
    expected = make().predict_proba([["efgh", "ef"], ["abcd", "ab"]])
    np.testing.assert_allclose(prepared.marginals(np.asarray([[False, True], [True, False]])), expected)


@pytest.mark.parametrize("strange", ["\u200b", "\x00", "0"])
def test_a_word_without_subwords_is_the_unknown_one(strange: str) -> None:
    seen: list[list[int]] = []

    def keeping(ids: Any, attention: Any) -> Any:
        seen.extend(ids.tolist())
        return near(ids, attention)

    answer = make(keeping).predict_proba([["ab", strange]])[0]
    assert seen[0][2] == UNKNOWN
    np.testing.assert_allclose(answer.sum(axis=1), 1.0)


def test_aggregations_read_a_word_from_its_subwords() -> None:
    subwords = np.asarray([[[0.5, 0.5], [0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]])
    counts = np.asarray([3, 1])
    np.testing.assert_allclose(to_words(subwords, counts, "first"), [[[0.5, 0.5], [0.3, 0.7]]])
    np.testing.assert_allclose(to_words(subwords, counts, "mean"), [[[1.4 / 3, 1.6 / 3], [0.3, 0.7]]])
    np.testing.assert_allclose(to_words(subwords, counts, "max"), [[[0.1, 0.9], [0.3, 0.7]]])


class CudaOutOfMemoryError(RuntimeError):
    """What torch raises has a class of its own, known only where torch is."""


@pytest.mark.parametrize(
    "error",
    [
        CudaOutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("std::bad_alloc"),
        MemoryError(),
    ],
)
def test_batches_are_halved_for_good_when_memory_runs_out(error: Exception) -> None:
    asked: list[tuple[int, int]] = []

    def small(ids: Any, attention: Any) -> Any:
        asked.append(ids.shape)
        if ids.size > 14:
            raise error
        return near(ids, attention)

    words = [["abc", "de"], ["f"], ["gh"], ["a", "b", "c"], ["d"], ["e"], ["f"], ["g"], ["h"], ["abcdefgh"]]
    tagger = make(small)
    for one, other in zip(make().predict_proba(words), tagger.predict_proba(words), strict=True):
        np.testing.assert_allclose(one, other)
    assert asked[:3] == [(10, 6), (5, 6), (2, 6)]
    tagger.predict_proba(words)
    assert max(rows * width for rows, width in asked[3:]) == 12
    asked.clear()
    tagger.predict_proba([["a"]] * 8)  # shorter ones fit, more of them
    assert asked == [(4, 3), (4, 3)]


def test_one_sequence_that_does_not_fit_says_what_to_do() -> None:
    def none(ids: Any, attention: Any) -> Any:
        raise MemoryError

    with pytest.raises(TaggerError, match="one sequence of 5 subwords: use a smaller max_length"):
        make(none).predict_proba([["abcd", "ef"]])


def test_other_faults_of_the_model_are_not_taken_for_memory() -> None:
    def broken(ids: Any, attention: Any) -> Any:
        raise RuntimeError("expected scalar type Long")

    with pytest.raises(RuntimeError, match="scalar type"):
        make(broken).predict_proba([["ab"], ["cd"]])


def test_a_model_that_labels_whole_sentences_is_refused() -> None:
    def one_row_a_sentence(ids: Any, attention: Any) -> Any:
        return np.zeros((len(ids), 3))

    with pytest.raises(TaggerError, match=r"found \(1, 3\): is this a model for token classification"):
        make(one_row_a_sentence).predict_proba([["ab"]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"aggregation": "last"}, "aggregation"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": 2.5}, "batch_size.*found 2.5"),
        ({"capacity": 5}, "max_length"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(**options)


def test_labels_that_repeat_are_refused_at_once() -> None:
    vocabulary = Vocabulary(encode, (START,), (END,), UNKNOWN, PAD, None, spaced=False)
    with pytest.raises(InputError, match="every label once, found 'O' twice"):
        SubwordTagger(("O", "B-X", "O"), vocabulary, near, aggregation="first", capacity=100, batch_size=None)


def test_a_tagger_shows_what_it_is() -> None:
    assert repr(make(capacity=82)) == "SubwordTagger(3 labels, max_length=82)"


def test_a_space_is_put_before_later_words_where_it_belongs_to_the_subword() -> None:
    assert not is_spaced(lambda texts: [[ord(letter) for letter in text if letter != " "] for text in texts])
    assert is_spaced(lambda texts: [[ord(letter) for letter in text] for text in texts])
    tokenizer = Vocabulary(encode, (), (), UNKNOWN, PAD, ("[m]", MASK), spaced=True)
    found = tokenizer.words([["ab", "ab", "[m]"], ["[m]", "ab"]])
    ab, spaced = tuple(encode(["ab"])[0]), tuple(encode([" ab"])[0])
    assert found == [[ab, spaced, (MASK,)], [(MASK,), spaced]]


def test_special_ids_stand_around_the_text() -> None:
    assert frame([5], [1, 5, 2]) == ((1,), (2,))
    assert frame([5], [5]) == ((), ())
    with pytest.raises(UnsupportedTaggerError, match=r"found \[5\] without and \[1, 6, 2\] with them"):
        frame([5], [1, 6, 2])
    assert frame([5, 6], [5, 6, 3, 4]) == ((), (3, 4))


def greek(texts: list[str]) -> list[list[int]]:
    """A subword a letter; what is no Greek letter vanishes."""
    return [["αβγδ".index(letter) + 3 for letter in text if letter in "αβγδ"] for text in texts]


def test_special_ids_are_found_with_a_word_that_the_tokenizer_knows() -> None:
    def framed(text: str) -> list[int]:
        return [0, *greek([text])[0], 1, 2]

    names = {"<s>": 0, "</s>": 1, "<end>": 2, "γ": 5}
    assert probe_tokenizer(greek, framed, lambda: names, (0, 1, 2)) == ((0,), (1, 2), False)


@pytest.mark.parametrize("found", [[], [7]])
def test_a_tokenizer_that_knows_only_special_tokens_is_refused(found: list[int]) -> None:
    with pytest.raises(UnsupportedTaggerError, match=r"knows words, found special tokens only.*tokenizer\.json"):
        probe_tokenizer(
            lambda texts: [found] * len(texts), lambda _: [1, *found, 2], lambda: {"[UNK]": 7, "[CLS]": 1}, (1, 2, 7)
        )
