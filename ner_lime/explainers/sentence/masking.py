"""How a hidden token is hidden: from tokens to the words that stand in their place; the length stays.

A masking names one or more *replacements* of the whole sentence; under a mask, token j is the sentence's own where it
is kept and the replacement's where it is hidden. With several replacements the tagger's answers are averaged over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from ner_lime.errors import InputError
from ner_lime.types import Masks, SupportsMaskToken, Tagger, Tokens

Replacement: TypeAlias = tuple[str, ...]

UNKNOWN = ("xqz", "zjq", "qvx", "vxj", "jzv")
"""Strings that hide a word from a tagger that names none: the first that is no word of the sentence."""

LEFT_OUT = ""
"""The replacement of a token that is left out, and not replaced."""


@runtime_checkable
class Masking(Protocol):
    """A way of hiding tokens.

    A masking of one string a sentence that is chosen by the tagger may have `named(replacements)`, which says as code
    what was chosen; others are named by their `repr`.
    """

    def replacements(self, tokens: Tokens, tagger: Tagger, rng: np.random.Generator) -> list[Replacement]:
        """One or more sequences, each of the sentence's length."""
        ...


@dataclass(frozen=True, slots=True)
class MaskString:
    """Every hidden token becomes the same string; "UNK" is the classic one.

    Note that ``"UNK".isupper()`` is True: a model with the usual features sees an acronym there.

    Examples
    --------
    >>> MaskString("xqz").replacements(["in", "Bern"], None, None)
    [('xqz', 'xqz')]
    """

    text: str = "UNK"

    def __post_init__(self) -> None:
        if not self.text:
            raise InputError("expected a mask string of at least one character, found ''")

    def replacements(self, tokens: Tokens, tagger: Tagger, rng: np.random.Generator) -> list[Replacement]:
        """The mask string, once a token."""
        return [(self.text,) * len(tokens)]


@dataclass(frozen=True, slots=True)
class AutoMask:
    """What is neutral to the tagger: its mask token, or the string that fires the fewest features.

    A tagger that does not say gets a lower-case string that is no word of any language: "UNK" has the shape of an
    acronym, and models know it as one.
    """

    def replacements(self, tokens: Tokens, tagger: Tagger, rng: np.random.Generator) -> list[Replacement]:
        """The tagger's string, once a token."""
        if isinstance(tagger, SupportsMaskToken):
            text = tagger.mask_string(tokens)
        else:
            present = {token.lower() for token in tokens}
            text = next((unknown for unknown in UNKNOWN if unknown not in present), UNKNOWN[0])
        return [(text,) * len(tokens)]

    def named(self, replacements: Sequence[Replacement]) -> str:
        """The `MaskString` that was chosen."""
        shown = {words[0] for words in replacements if words and len(set(words)) == 1}
        return f"MaskString({shown.pop()!r})" if len(shown) == 1 else repr(self)


class Resample:
    """Every hidden token becomes a word of the same shape drawn from a corpus: the input stays realistic.

    Parameters
    ----------
    corpus : iterable of sentences
        `Sentence` objects or token lists.
    draws : int
        Number of replacements of the sentence that are drawn and averaged over.

    Examples
    --------
    >>> words = Resample([["Rome", "at"]], draws=1)
    >>> words.replacements(["in", "Bern"], None, np.random.default_rng(0))
    [('at', 'Rome')]
    """

    def __init__(self, corpus: Iterable[Iterable[str]], *, draws: int = 8) -> None:
        if draws < 1:
            raise InputError(f"expected at least one draw, found draws={draws}")
        self.draws = draws
        self._words = [str(word) for sentence in corpus for word in getattr(sentence, "tokens", sentence) if word]
        if not self._words:
            raise InputError("expected a corpus to draw words from, found no word in it")

    def __repr__(self) -> str:
        return f"Resample(corpus of {len(self._words)} words, draws={self.draws})"

    @cached_property
    def _by_shape(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for word in self._words:
            groups.setdefault(word_shape(word), []).append(word)
        return groups

    def replacements(self, tokens: Tokens, tagger: Tagger, rng: np.random.Generator) -> list[Replacement]:
        """`draws` sequences; a shape that the corpus does not have falls back to any word of it."""
        pools = [self._by_shape.get(word_shape(token), self._words) for token in tokens]
        return [tuple(pool[int(rng.integers(len(pool)))] for pool in pools) for _ in range(self.draws)]


@dataclass(frozen=True, slots=True)
class Delete:
    """A hidden token is left out, and the others close up; each one's answer is read at its new place.

    A token that is not there has no label, so the explained token itself is always kept (``context_only``).

    Examples
    --------
    >>> apply(np.array([[True, False]]), ["in", "Bern"], Delete().replacements(["in", "Bern"], None, None)[0])
    [['in']]
    """

    def replacements(self, tokens: Tokens, tagger: Tagger, rng: np.random.Generator) -> list[Replacement]:
        """Empty strings: `apply` leaves them out."""
        return [(LEFT_OUT,) * len(tokens)]


def masking_name(masking: Masking, replacements: Sequence[Replacement]) -> str:
    """A masking as code, after it chose these replacements."""
    named = getattr(masking, "named", None)
    return repr(masking) if named is None else str(named(replacements))


def word_shape(word: str) -> str:
    """Case, digits and punctuation, runs folded: ``Web-2.0`` is ``Xx-d.d``."""
    kinds = ["X" if c.isupper() else "d" if c.isdigit() else "x" if c.isalpha() else c for c in word[:50]]
    return "".join(kind for i, kind in enumerate(kinds) if i == 0 or kind != kinds[i - 1])


def deletes(replacement: Replacement) -> bool:
    """Whether hidden tokens are left out: their replacement is the empty string."""
    return LEFT_OUT in replacement


def apply(masks: Masks, tokens: Tokens, replacement: Replacement) -> list[list[str]]:
    """(n, T) masks to n token sequences; empty replacements leave the token out."""
    pairs = list(zip(tokens, replacement, strict=True))
    return [
        [own if kept else other for (own, other), kept in zip(pairs, mask, strict=True) if kept or other != LEFT_OUT]
        for mask in masks.tolist()
    ]


def resolve(masking: str | Masking) -> Masking:
    """Take a masking as it is, and "auto" for `AutoMask`.

    Raises
    ------
    InputError
        Anything else.
    """
    if masking == "auto":
        return AutoMask()
    if isinstance(masking, str) or not isinstance(masking, Masking):
        raise InputError(f'expected "auto" or a masking such as MaskString("UNK"), found {masking!r}')
    return masking
