"""Long texts in two levels: which stretches matter, then the words of those.

With more words than masks no word can be told from another. First the text is hidden by lines (sentences where it has
few lines), neighbours taken together where they are many; then the words of the stretches with the largest weights
stand alone, and every other stretch stays one component.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ner_lime.explainers.document.parts import Components, Offsets, grouped
from ner_lime.types import FloatArray

MAX_STRETCHES = 64
"""Number of components of the first level, at most."""

MIN_STRETCHES = 4
"""Number of lines below which sentences are taken, and of sentences below which equal pieces are."""

MAX_WORDS = 100
"""Number of words that stand alone in the second level, at most, unless one stretch has more."""


def stretches(text: str, offsets: Offsets) -> Components:
    """Lines, else sentences, else pieces of equal length; at most `MAX_STRETCHES` of them."""
    found: Components = ()
    for kind in ("lines", "sentences"):
        found = grouped(text, offsets, kind)
        if len(found) >= MIN_STRETCHES:
            break
    if len(found) < MIN_STRETCHES or max(map(len, found)) > len(offsets) / MIN_STRETCHES:
        parts = np.array_split(np.arange(len(offsets)), min(MAX_STRETCHES, max(MIN_STRETCHES, len(offsets) // 20)))
        return tuple(tuple(part.tolist()) for part in parts)
    if len(found) <= MAX_STRETCHES:
        return found
    size = len(offsets) / MAX_STRETCHES
    merged: list[list[int]] = [[]]
    for group in found:
        if merged[-1] and len(merged[-1]) + len(group) / 2 > size and len(merged) < MAX_STRETCHES:
            merged.append([])
        merged[-1].extend(group)
    return tuple(map(tuple, merged))


def words_of_the_best(components: Components, weights: FloatArray) -> Components:
    """The components of the second level.

    Parameters
    ----------
    components : C tuples of word indices
        Of the first level.
    weights : (K, C)
        The largest over the K classes decides.
    """
    strength = np.abs(weights).max(axis=0)
    alone: list[int] = []
    kept: list[tuple[int, ...]] = []
    for number in np.argsort(-strength, kind="stable").tolist():
        words = components[number]
        if not alone or len(alone) + len(words) <= MAX_WORDS:
            alone += words
        else:
            kept.append(words)
    return tuple(sorted([*kept, *_singles(alone)]))


def _singles(words: Sequence[int]) -> list[tuple[int, ...]]:
    return [(word,) for word in words]
