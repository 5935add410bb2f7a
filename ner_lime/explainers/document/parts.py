"""The words of a text with their places, and what is hidden as one: words, sentences, lines, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

from ner_lime.checks import whole_number
from ner_lime.errors import InputError

Offsets: TypeAlias = tuple[tuple[int, int], ...]
Components: TypeAlias = tuple[tuple[int, ...], ...]
Split: TypeAlias = str | Callable[[str], Sequence[tuple[int, int]]]
Groups: TypeAlias = Literal["sentences", "lines", "paragraphs"] | Sequence[Sequence[int]]

WORD = r"\w+"
"""A run of letters, digits and underscores: what lime and eli5 take for a word."""

BREAKS = {
    "sentences": r"[.!?…]+[\"'”’)\]]*(?:\s|$)|\n\s*\n",
    "lines": r"\n",
    "paragraphs": r"\n\s*\n",
}
"""What ends a group."""


def word_places(text: str, split: Split) -> Offsets:
    """(start, end) of every word, in order.

    Parameters
    ----------
    text : str
    split : str or callable
        A regular expression that matches a word, or a function from the text to (start, end) pairs.

    Raises
    ------
    InputError
        No string, no words, a regular expression that is none, or pairs that overlap.
    """
    if not isinstance(text, str):
        raise InputError(f"expected a text (str), found {type(text).__name__}")
    if callable(split):
        places = tuple((int(start), int(end)) for start, end in split(text))
        if any(a[1] > b[0] for a, b in pairwise(places)) or any(not 0 <= s < e <= len(text) for s, e in places):
            raise InputError(
                f"expected split= to give (start, end) pairs in order within the text, found {places!r:.100}"
            )
    else:
        try:
            places = tuple(match.span() for match in re.finditer(split, text) if match.group())
        except re.error as error:
            raise InputError(
                f"expected split= to be a regular expression of a word, found {split!r:.60}: {error}"
            ) from error
    if not places:
        found = "an empty text" if not text.strip() else f"no word in {text!r:.60}"
        raise InputError(f"expected a text of at least one word, found {found}")
    return places


def occurrences(words: Sequence[str], *, together: bool) -> Components:
    """Each word alone, or all occurrences of a word as one component, in the order in which they come first."""
    if not together:
        return tuple((number,) for number in range(len(words)))
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        places.setdefault(word, []).append(number)
    return tuple(map(tuple, places.values()))


def grouped(text: str, offsets: Offsets, groups: Groups) -> Components:
    """Sentences, lines or paragraphs, or the groups given as lists of word indices; other words stand alone.

    Raises
    ------
    InputError
        An unknown name, indices outside of the text, or groups that overlap.
    """
    if isinstance(groups, str):
        if groups not in BREAKS:
            raise InputError(
                f"expected groups {', '.join(map(repr, BREAKS))} or lists of word indices, found {groups!r:.60}"
            )
        ends = [match.end() for match in re.finditer(BREAKS[groups], text)]
        found: list[list[int]] = [[]]
        for number, (start, _) in enumerate(offsets):
            while ends and start >= ends[0]:
                ends.pop(0)
                found.append([])
            found[-1].append(number)
        return tuple(tuple(group) for group in found if group)
    chosen = [tuple(whole_number(i, "a word index of groups=", least=0) for i in group) for group in groups if group]
    inside = [i for group in chosen for i in group]
    if len(set(inside)) < len(inside) or any(i >= len(offsets) for i in inside):
        raise InputError(
            f"expected groups of different word indices from 0 to {len(offsets) - 1}, found {groups!r:.100}"
        )
    alone = set(range(len(offsets))) - set(inside)
    return tuple(sorted([*chosen, *((i,) for i in alone)]))
