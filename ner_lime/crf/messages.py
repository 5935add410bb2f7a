"""The distribution of the forward and backward messages of a CRF over all 2^T masks, by quantisation.

Under a product law (each token kept with probability q) the message from the left takes one value for each mask of the
words before. The chain forgets: most of these values are nearly equal. So a pass carries a small set of *entries*
(message, probability) and merges those that fall into the same bin of `width` in centred log space. For every entry and
earlier word it carries the probability that the word is kept, and the covariance of the message with that event. With
the covariance, the error of a merge is of second order in the width. The same from the right, in the same arrays.

With window features the emission of token t depends on the bits z_{t-w}..z_{t+w} only: a *pattern*, written as a number
with the oldest bit highest. A left entry at t knows its *key*, the first 2w bits of the pattern; a right entry, read
from the other end, the last 2w.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from ner_lime.errors import IntractableError
from ner_lime.types import FloatArray, IntArray

MAX_COVARIANCES = 5_000_000
"""Maximum size of the covariances at one token (entries x lags x labels, float64 numbers): a pass beyond it raises."""

MAX_CELLS = 256
"""Maximum number of (pass, key) cells: 8 bits of the tag that entries are merged by; two laws for w = 3."""


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
        Mean message, normalised.
    probability : (m,)
        Given the key.
    kept : (m, R)
        P(z = 1 | entry) of the word at each lag.
    covariance : (m, R, L)
        E[(message - mean message) z | entry].
    """

    cell: IntArray
    rank: IntArray
    message: FloatArray
    probability: FloatArray
    kept: FloatArray
    covariance: FloatArray

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
                self.covariance[first:last],
            )
            for number, (first, last) in enumerate(pairwise(bounds))
        ]


@dataclass(frozen=True, slots=True)
class Law:
    """A product law, each word kept with probability `keep`, and the bin width of the messages (natural logarithms)."""

    keep: float
    width: float


def message_passes(
    emissions: Emissions, laws: Sequence[Law], wanted: IntArray
) -> list[tuple[dict[int, Entries], dict[int, Entries]]]:
    """For each law the entries at each wanted token from the left and from the right.

    All passes share their arrays. With N laws, pass k is the forward one under law k and pass N + k the backward one.
    """
    w, table = emissions.window, emissions.table
    length, n_patterns, _ = table.shape
    n_keys, n_laws = n_patterns // 2, len(laws)
    both = np.stack([table, table[::-1][:, reversed_bits(2 * w + 1)]], axis=1)
    potentials = np.exp(both - both.max(axis=3, keepdims=True))
    step = np.exp(emissions.transitions - emissions.transitions.max())
    keeps, widths = (np.asarray([*column, *column]) for column in zip(*((o.keep, o.width) for o in laws), strict=True))
    chain = Chain(potentials, (step, step.T), w, keeps, widths)
    assert len(widths) * n_keys <= MAX_CELLS, "the cells of all passes must fit into 8 bits of the tag"
    independence = min(1e-5, 1e-4 * widths.min())

    entries = _first_entries(chain)
    found: list[tuple[dict[int, Entries], dict[int, Entries]]] = [({}, {}) for _ in laws]
    lasts = int(wanted.max()), length - 1 - int(wanted.min())
    sought = set(wanted.tolist())
    for t in range(max(lasts) + 1):
        here = entries.by_pass(2 * n_laws, n_keys)
        for k, (left, right) in enumerate(found):
            if t in sought:
                left[t] = here[k]
            if length - 1 - t in sought:
                right[length - 1 - t] = here[n_laws + k]
        if t == max(lasts):
            break
        entries = _drop_independent_lags(_merge(_propagate(entries, chain, t), chain), chain, independence)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """What all steps of the passes share: the potentials in both directions, and the law of each pass.

    Attributes
    ----------
    potentials : (T, 2, 2^(2w+1), L)
        The exponentials of the emissions, read from the left and from the right.
    steps : two (L, L)
        Those of the transitions, in each direction.
    window : int
    keeps, widths : (passes,)
    """

    potentials: FloatArray
    steps: tuple[FloatArray, FloatArray]
    window: int
    keeps: FloatArray
    widths: FloatArray

    @property
    def n_keys(self) -> int:
        """Number of keys: 4^w values of 2w bits."""
        return int(4**self.window)


def _first_entries(chain: Chain) -> Entries:
    """At the first token of each pass: bits before the sentence are 1, bits of the first w words are free."""
    w, length, n_passes = chain.window, len(chain.potentials), len(chain.widths)
    known = min(w, length)
    outside = sum(1 << r for r in range(2 * w) if not 0 <= w - 1 - r < length)
    key = np.arange(chain.n_keys)
    key = key[(key & outside) == outside]
    kept = np.stack([(key >> r) & 1 for r in range(w - known, w)], axis=1) if known else np.zeros((len(key), 0))
    if known < w:  # lags of words beyond the end of a very short sentence: always 1, never read
        kept = np.concatenate([np.ones((len(key), w - known)), kept], axis=1)
    cell = (np.arange(n_passes)[:, None] * chain.n_keys + key).ravel()
    n_labels = chain.potentials.shape[3]
    return Entries(
        cell,
        np.zeros_like(cell),
        np.full((len(cell), n_labels), 1.0 / n_labels),
        np.ones(len(cell)),
        np.tile(kept.astype(float), (n_passes, 1)),
        np.zeros((len(cell), w, n_labels)),
    )


def _propagate(entries: Entries, chain: Chain, t: int) -> Entries:
    """The messages into the next token: each entry twice, with the new word hidden and kept; not merged yet."""
    w, n_keys, n_labels = chain.window, chain.n_keys, chain.potentials.shape[3]
    bits = [1] if t + w >= len(chain.potentials) else [0, 1]
    parent = np.arange(len(bits) * len(entries.cell)) // len(bits)
    number, key = np.divmod(entries.cell[parent], n_keys)
    newest = np.arange(len(parent)) % 2 if len(bits) == 2 else np.ones_like(parent)
    pattern = 2 * key + newest
    backward = number >= len(chain.widths) // 2
    n_forward = int(np.count_nonzero(~backward))
    potential = chain.potentials[t][backward.astype(np.int64), pattern]

    def transfer(array: FloatArray) -> FloatArray:
        flat = array.reshape(len(array), -1, array.shape[-1])
        passed = np.empty_like(flat)
        for rows, step in zip((slice(0, n_forward), slice(n_forward, None)), chain.steps, strict=True):
            here = flat[rows]
            passed[rows] = (here.reshape(-1, here.shape[2]) @ step).reshape(here.shape)
        return passed.reshape(array.shape)

    message = transfer(entries.message[parent] * potential)
    scale = message.sum(axis=1, keepdims=True)
    message /= scale
    passed = transfer(entries.covariance[parent] * potential[:, None, :])
    # Sums and outer products over so few labels are slow in numpy's own way, fast as a product and by einsum.
    total = (passed.reshape(-1, n_labels) @ np.ones(n_labels)).reshape(passed.shape[:2])
    passed -= np.einsum("nl,nr->nrl", message, total)
    passed /= scale[:, None]
    covariance = np.concatenate([np.zeros((len(parent), 1, n_labels)), passed], axis=1)
    kept = np.concatenate([newest[:, None].astype(float), entries.kept[parent]], axis=1)
    # The oldest bit (the highest of the pattern) is summed out: a new key has two kinds of sources.
    oldest = chain.keeps[number] if t - w >= 0 else 1.0
    share = entries.probability[parent] * np.where(pattern >= n_keys, oldest, 1.0 - oldest)
    cell = number * n_keys + (pattern & (n_keys - 1))
    return Entries(cell, np.zeros_like(cell), message, share, kept, covariance)


def _merge(entries: Entries, chain: Chain) -> Entries:
    """Entries of the same cell whose messages round to the same multiples of the width become one.

    By the law of total covariance, E[(x - v) z] = sum_i p_i (covariance_i + kept_i (v_i - v)).
    """
    logs = np.log(np.maximum(entries.message, 1e-300))
    logs -= logs.sum(axis=1, keepdims=True) / logs.shape[1]
    logs /= chain.widths[entries.cell // chain.n_keys, None]
    rounded = np.rint(logs).astype(np.int64).view(np.uint64)
    # 56 bits of hash below 8 bits of pass and key: one sort groups the entries and orders the groups by cell.
    tag = ((rounded * _hash_multipliers(logs.shape[1])).sum(axis=1) * _MIX) >> np.uint64(8)
    tag |= entries.cell.astype(np.uint64) << np.uint64(56)
    order = tag.argsort(kind="stable")
    tag = tag[order]
    starts = np.flatnonzero(np.concatenate([[True], tag[1:] != tag[:-1]]))
    n_numbers = len(starts) * entries.covariance[0].size
    if n_numbers > MAX_COVARIANCES:
        raise IntractableError(
            f"under different masks the messages of this CRF differ too much to be merged ({len(starts)} at one word, "
            f'{n_numbers} numbers; at most {MAX_COVARIANCES}): use engine="sample"'
        )
    cell = (tag[starts] >> np.uint64(56)).astype(np.int64)
    rank = np.arange(len(cell)) - np.searchsorted(cell, cell)
    members = np.concatenate([starts[1:], [len(tag)]]) - starts
    rows, weight, kept = entries.message[order], entries.probability[order], entries.kept[order]
    total = np.add.reduceat(weight, starts)
    part = weight / np.repeat(total, members)
    message = np.add.reduceat(rows * part[:, None], starts)
    rows -= np.repeat(message, members, axis=0)
    covariance = np.einsum("nr,nl->nrl", kept, rows)
    covariance += entries.covariance[order]
    covariance *= part[:, None, None]
    kept *= part[:, None]
    return Entries(cell, rank, message, total, np.add.reduceat(kept, starts), np.add.reduceat(covariance, starts))


def _drop_independent_lags(entries: Entries, chain: Chain, threshold: float) -> Entries:
    """Drop the oldest lags whose words are independent of every message."""
    n_lags, keep = entries.kept.shape[1], chain.keeps[entries.cell // chain.n_keys]
    while n_lags > 2 * chain.window + 1:
        dependence = np.abs(entries.kept[:, n_lags - 1] - keep).max()
        if dependence > threshold or np.abs(entries.covariance[:, n_lags - 1]).max() > threshold:
            break
        n_lags -= 1
    kept, covariance = entries.kept[:, :n_lags], entries.covariance[:, :n_lags]
    return Entries(entries.cell, entries.rank, entries.message, entries.probability, kept, covariance)


def reversed_bits(n_bits: int) -> IntArray:
    """(2^n,): each number with its bits in the opposite order."""
    numbers = np.arange(2**n_bits)
    bits = [((numbers >> k) & 1) << (n_bits - 1 - k) for k in range(n_bits)]
    return np.asarray(sum(bits)) if bits else numbers


_MIX = np.uint64(0x9E3779B97F4A7C15)


@cache
def _hash_multipliers(n_labels: int) -> np.ndarray:
    """(L,) fixed odd 64-bit numbers: two cells share a hash with probability 2^-56."""
    rng = np.random.default_rng(20221)
    return np.asarray(rng.integers(0, 2**63, n_labels, dtype=np.uint64) * np.uint64(2) + np.uint64(1))
