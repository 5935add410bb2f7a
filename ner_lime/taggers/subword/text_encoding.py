"""Subwords of a whole text and the words that they belong to, from a fast tokenizer's offsets.

A tokenizer's treatment of spaces, and of what is no word, shows only in whole texts: byte-level and SentencePiece
models see a space as part of the subword after it. So a text is encoded as its pipeline encodes it, and words are found
in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ner_lime.corpus.tokenizer import Offsets
from ner_lime.types import IntArray

NO_WORD = -1
"""The owner of a subword that belongs to no word, such as a space of its own."""


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """The S subwords of a text, without the special ones around it.

    Attributes
    ----------
    ids : subword ids.
    offsets : pairs (start, end) of characters; a leading space may belong to a subword.
    words : the number of each subword's pre-token, or None.

    Examples
    --------
    >>> encoding = TextEncoding([5, 6, 7], [(0, 3), (3, 5), (5, 8)], [0, 0, 1])
    >>> words_in("Annas ok", encoding)
    ((0, 5), (6, 8))
    """

    ids: Sequence[int]
    offsets: Sequence[tuple[int, int]]
    words: Sequence[int | None]


EncodeText: TypeAlias = Callable[[list[str]], list[TextEncoding]]
"""Texts in, their encodings out."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedSentence:
    """The S subwords of a sentence of T words.

    Attributes
    ----------
    ids : (S,)
    owner : (S,)
        The word index of each subword, ascending; `NO_WORD` where it belongs to none.

    Examples
    --------
    >>> EncodedSentence.of_words([(5, 6), (7,)]).owner.tolist()
    [0, 0, 1]
    """

    ids: IntArray
    owner: IntArray

    @classmethod
    def of_words(cls, words: Sequence[Sequence[int]]) -> EncodedSentence:
        """A sentence whose words were encoded one by one."""
        ids = np.asarray([i for word in words for i in word], dtype=np.int64)
        return cls(ids, np.repeat(np.arange(len(words)), [len(word) for word in words]))


def words_in(text: str, encoding: TextEncoding) -> Offsets:
    """The words of a text: its tokenizer's pre-tokens, cut at white space.

    Pre-tokens of the same characters (the three of an ellipsis that the tokenizer spells out) are one word.
    """
    words: list[tuple[int, int]] = []
    before: int | None = None
    for (first, last), number in zip(encoding.offsets, encoding.words, strict=True):
        start, end = _stripped(text, first, last)
        if start == end:
            continue
        if words and start < words[-1][1]:
            words[-1] = (words[-1][0], max(words[-1][1], end))
        elif words and number == before and not any(map(str.isspace, text[words[-1][1] : start])):
            words[-1] = (words[-1][0], end)
        else:
            words.append((start, end))
        before = number
    return tuple(words)


def aligned(text: str, offsets: Offsets, encoding: TextEncoding) -> EncodedSentence | None:
    """The subwords of a text with the words at these offsets; None where a subword is in two words, or a word has none.

    What stands between the words belongs to none.
    """
    starts = [start for start, _ in offsets]
    owner = np.full(len(encoding.ids), NO_WORD, dtype=np.int64)
    for k, (first, last) in enumerate(encoding.offsets):
        start, end = _stripped(text, first, last)
        if start == end:
            continue
        word = bisect_right(starts, start) - 1
        if word >= 0 and start < offsets[word][1]:
            if end > offsets[word][1]:
                return None
            owner[k] = word
        elif word + 1 < len(starts) and end > starts[word + 1]:
            return None
    kept = owner[owner != NO_WORD]
    if (np.diff(kept) < 0).any() or len(set(kept.tolist())) != len(offsets):
        return None
    return EncodedSentence(np.asarray(encoding.ids, dtype=np.int64), owner)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """The characters of a subword without the white space around them."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
