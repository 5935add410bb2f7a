"""From the label probabilities of subwords to those of words."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from ner_lime.types import IntArray, Marginals

Aggregation: TypeAlias = Literal["first", "mean", "max"]
"""How a word's probabilities come from its subwords': see `to_words`."""


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
