"""Words, subwords and windows: what every model that labels subwords has in common.

A sentence is `prefix + subwords of word 0 + subwords of word 1 + ... + suffix`. Each word is encoded by itself, so that
the subwords of a word are known without comparing character offsets, and a batch of masked sentences needs its few
distinct words encoded once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

from ner_lime.errors import UnsupportedTaggerError
from ner_lime.types import IntArray, Marginals, Tokens

Aggregation: TypeAlias = Literal["first", "mean", "max"]

Encode: TypeAlias = Callable[[list[str]], Sequence[Sequence[int]]]
"""Texts in, their subword ids out, without the special ones around a sentence."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer, as far as a tagger needs it.

    Attributes
    ----------
    encode : Encode
    prefix, suffix : ids around every sequence ([CLS] and [SEP], say).
    unknown : the id of a word that the tokenizer makes nothing of (control or zero-width characters alone).
    padding : any id; it is never attended to.
    mask : the mask token as text and id, or None.
    spaced : a word that is not the first is encoded with a space before it (byte-level tokenizers, where the space
        belongs to the subword).
    """

    encode: Encode
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    unknown: int
    padding: int
    mask: tuple[str, int] | None
    spaced: bool

    def words(self, sentences: Sequence[Tokens]) -> list[list[tuple[int, ...]]]:
        """For each sentence the subword ids of each word, at least one a word."""
        texts = [
            [" " + word if self.spaced and place else word for place, word in enumerate(sentence)]
            for sentence in sentences
        ]
        distinct = list(dict.fromkeys(text for sentence in texts for text in sentence))
        encoded = self.encode(distinct) if distinct else []
        known = {text: tuple(ids) or (self.unknown,) for text, ids in zip(distinct, encoded, strict=True)}
        if self.mask is not None:
            text, number = self.mask
            known[text] = known[" " + text] = (number,)
        return [[known[text] for text in sentence] for sentence in texts]


def known_word(encode: Encode, vocabulary: Callable[[], Mapping[str, int]], special: Collection[int]) -> str:
    """A word of which a tokenizer makes more than special ids: one to try it with.

    Raises
    ------
    UnsupportedTaggerError
        There is none.
    """

    def candidates() -> Iterator[str]:
        yield "a"
        yield from (word for _, word in sorted((number, word) for word, number in vocabulary().items()))

    for word in candidates():
        if set(encode([word])[0]).difference(special):
            return word
    raise UnsupportedTaggerError(
        "expected a tokenizer that knows words, found special tokens only: is a file of it missing, such as "
        "tokenizer.json?"
    )


def is_spaced(encode: Encode, word: str = "a") -> bool:
    """Whether a space belongs to the subword after it, and must be put there: seen from what "a a" becomes."""
    pair, alone, spaced = (list(ids) for ids in encode([f"{word} {word}", word, f" {word}"]))
    return pair != alone + alone and pair == alone + spaced


def frame(alone: Sequence[int], framed: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What stands before and after a text's own ids, from its ids without and with special ones.

    Raises
    ------
    UnsupportedTaggerError
        The text's own ids are not among them.
    """
    for start in range(len(framed) - len(alone) + 1):
        if list(framed[start : start + len(alone)]) == list(alone):
            return tuple(framed[:start]), tuple(framed[start + len(alone) :])
    raise UnsupportedTaggerError(
        f"expected a tokenizer that puts special tokens around a text, found {list(alone)} without and {list(framed)} "
        "with them"
    )


def habits(
    encode: Encode,
    framed: Callable[[str], Sequence[int]],
    vocabulary: Callable[[], Mapping[str, int]],
    special: Collection[int],
) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """A tokenizer's prefix, suffix and whether it is spaced (see `Vocabulary`), from a word that it knows.

    Parameters
    ----------
    encode : Encode
    framed : the ids of a text with the special ones around it.
    vocabulary : gives the id of each subword; only asked where the tokenizer does not know Latin letters.
    special : ids that stand for no text.

    Raises
    ------
    UnsupportedTaggerError
        It knows no word, or changes a text's ids where it puts special ones around them.
    """
    word = known_word(encode, vocabulary, special)
    return *frame(encode([word])[0], framed(word)), is_spaced(encode, word)


@dataclass(frozen=True, slots=True)
class Window:
    """Subwords that are seen together: sees start..end-1, answers for first..last-1."""

    start: int
    end: int
    first: int
    last: int


def windows(length: int, capacity: int) -> list[Window]:
    """Windows of at most `capacity` subwords that overlap by a quarter; none for an empty sentence.

    The middle of an overlap parts the answers: every subword is answered for where it sees at least an eighth of the
    window on both sides.
    """
    if length <= capacity:
        return [Window(0, length, 0, length)] if length else []
    step = capacity - capacity // 4
    starts = [*range(0, length - capacity, step), length - capacity]
    cuts = [(left + capacity + right) // 2 for left, right in pairwise(starts)]
    return [
        Window(start, start + capacity, first, last)
        for start, first, last in zip(starts, [0, *cuts], [*cuts, length], strict=True)
    ]


def to_words(probabilities: Marginals, counts: IntArray, aggregation: Aggregation) -> Marginals:
    """(n, S, L) for S subwords to (n, T, L) for T words of `counts` subwords each.

    "first" is a word's first subword, "mean" the mean over its subwords, "max" the subword that is surest of its label.
    """
    starts = counts.cumsum() - counts
    if aggregation == "first":
        return probabilities[:, starts]
    if aggregation == "mean":
        return np.asarray(np.add.reduceat(probabilities, starts, axis=1) / counts[:, None])
    surest = probabilities.max(axis=2)
    chosen = [
        start + surest[:, start : start + count].argmax(axis=1) for start, count in zip(starts, counts, strict=True)
    ]
    return np.take_along_axis(probabilities, np.stack(chosen, axis=1)[:, :, None], axis=1)
