"""Decoding many sentences: those of the same length together, and the best label sequence of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ner_lime.types import FloatArray, IntArray, Tokens

_BATCH = 2**16
"""Maximum number of tokens decoded together: bounds the memory of a corpus."""


def by_length(sentences: Sequence[Tokens], decode: Callable[[Sequence[Tokens]], NDArray[Any]]) -> list[NDArray[Any]]:
    """Decode sentences of equal length together and answer in the given order.

    Parameters
    ----------
    sentences : sequence of token sequences
        n sentences of any lengths.
    decode : callable
        m sentences of the same length to an array whose first axis has length m.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for k, tokens in enumerate(sentences):
        members[len(tokens)].append(k)
    answers: dict[int, NDArray[Any]] = {}
    for length, same in members.items():
        step = max(1, _BATCH // max(1, length))
        for start in range(0, len(same), step):
            batch = same[start : start + step]
            answers.update(zip(batch, decode([sentences[k] for k in batch]), strict=True))
    return [answers[k] for k in range(len(sentences))]


def viterbi(emissions: FloatArray, transitions: FloatArray) -> IntArray:
    """Most probable label sequence of every lattice (Rabiner 1989, section III.B); of equals, the first label wins.

    Parameters
    ----------
    emissions : (n, T, L)
        Log-scores of the labels at each token.
    transitions : (L, L)
        Log-scores of going from a label (row) to the next (column).

    Returns
    -------
    (n, T) int64, columns of the labels.
    """
    n, length, n_labels = emissions.shape
    paths = np.zeros((n, length), dtype=np.int64)
    if not length:
        return paths
    origins = np.zeros((length, n, n_labels), dtype=np.int64)
    best = emissions[:, 0]
    for t in range(1, length):
        arrivals = best[:, :, None] + transitions
        origins[t] = arrivals.argmax(axis=1)
        best = arrivals.max(axis=1) + emissions[:, t]
    paths[:, -1] = best.argmax(axis=1)
    every = np.arange(n)
    for t in range(length - 1, 0, -1):
        paths[:, t - 1] = origins[t][every, paths[:, t]]
    return paths
