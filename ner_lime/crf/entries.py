"""The messages into a token of a CRF under all masks, as a small set of entries; and the scores that they come from.

With window features the emission of token t depends on the bits z_{t-w}..z_{t+w} only: a *pattern*, written as a number
with the oldest bit highest. A left entry at t knows its *key*, the first 2w bits of the pattern; a right entry, read
from the other end, the last 2w.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ner_lime.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Emissions:
    """The emission scores of a sentence under every pattern.

    Attributes
    ----------
    table : (T, 2^(2w+1), L)
        Log-scores; patterns whose bits outside of the sentence are not 1 are never read.
    transitions : (L, L)
    window : int
        w.
    """

    table: FloatArray
    transitions: FloatArray
    window: int


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """The messages into one token: m entries in the order of their cells, R lags.

    Lag r is the word r before the last one that the key knows. Words beyond the last lag are independent of the
    message.

    Attributes
    ----------
    cell : (m,)
        The key; during a pass, key + index of the pass x number of keys.
    rank : (m,)
        Number of the entry among those of its cell.
    message : (m, L)
        Mean message, scaled so that reference . message = 1.
    probability : (m,)
        Given the key.
    kept : (m, R)
        P(z = 1 | entry) of the word at each lag.
    deviations : (m, L + R, L)
        Covariance of the message with itself, and with the bit of each lag: E[(message - mean message) z | entry].
    least : (m, L)
        A lower bound of all the messages, by label.
    reference : (m, L)
        See `ner_lime.crf.reference`.
    """

    cell: IntArray
    rank: IntArray
    message: FloatArray
    probability: FloatArray
    kept: FloatArray
    deviations: FloatArray
    least: FloatArray
    reference: FloatArray

    @property
    def n_numbers(self) -> int:
        """Size of all arrays."""
        return self.deviations.size + self.kept.size + 3 * self.message.size

    def by_pass(self, n_passes: int, n_keys: int) -> list[Entries]:
        """Split into the entries of each pass."""
        bounds = np.searchsorted(self.cell, n_keys * np.arange(n_passes + 1)).tolist()
        return [
            Entries(
                self.cell[first:last] - number * n_keys,
                self.rank[first:last],
                self.message[first:last],
                self.probability[first:last],
                self.kept[first:last],
                self.deviations[first:last],
                self.least[first:last],
                self.reference[first:last],
            )
            for number, (first, last) in enumerate(pairwise(bounds))
        ]


@dataclass(frozen=True, slots=True)
class Law:
    """A product law and its precision.

    Attributes
    ----------
    keep : float
        Probability that a word is kept.
    width : float
        Root of the maximum distortion of an entry: (root of its probability) x (root of the mean squared distance of
        its messages from their mean). Distances are those of `ner_lime.crf.reference.coordinates`.
    """

    keep: float
    width: float


def reversed_bits(n_bits: int) -> IntArray:
    """(2^n,): each number with its bits in the opposite order."""
    numbers = np.arange(2**n_bits)
    bits = [((numbers >> k) & 1) << (n_bits - 1 - k) for k in range(n_bits)]
    return np.asarray(sum(bits)) if bits else numbers
