"""The messages that reach each token of a CRF under all 2^T masks: entries that are merged where they agree.

Under a product law (each token kept with probability q) the message from the left takes one value for each mask of the
words before. Messages forget: most of these values are nearly equal. So a pass carries a small set of *entries*
(message, probability) and merges those that agree to within `width` in centred log space. For every entry and earlier
word it remembers two things: how often the word is kept in it, and which way the message leans when it is. With the
second, what a merge loses is quadratic in the width. The same from the right, in the same arrays.

With window features the emission of token t depends on the bits z_{t-w}..z_{t+w} only: a *pattern*, written as a number
with the oldest bit highest. A left entry at t knows its *key*, the first 2w bits of the pattern; a right entry, read
from the other end, the last 2w.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ner_lime.types import FloatArray, IntArray

MOST_ENTRIES = 40_000
"""A pass that would need more entries than this at one token gives up: the width is too fine for the memory."""


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
    """The messages into one token (or, with a leading axis, into several): K keys, m entries a key, R lags.

    Lag r is the word r before the last one that the key knows. Entries are padded with probability 0; words beyond the
    last lag are kept with probability q in every entry, and no message leans on them any more.

    Attributes
    ----------
    message : (..., K, m, L)
        Mean message, normalised.
    probability : (..., K, m)
        Given the key.
    kept : (..., K, m, R)
        P(z = 1 | entry) of the word at each lag.
    lean : (..., K, m, R, L)
        E[(message - mean message) z | entry].
    """

    message: FloatArray
    probability: FloatArray
    kept: FloatArray
    lean: FloatArray

    def __getitem__(self, index: int | IntArray) -> Entries:
        """Some of the first axis."""
        return Entries(self.message[index], self.probability[index], self.kept[index], self.lean[index])


class TooManyEntriesError(Exception):
    """The merge width is too fine for the memory."""


def message_passes(
    emissions: Emissions, keep: float, widths: Sequence[float], wanted: IntArray
) -> list[tuple[dict[int, Entries], dict[int, Entries]]]:
    """For each width the entries at each wanted token from the left and from the right.

    All passes are made in the same arrays: axis 0 is the side, 2k from the left and 2k + 1 from the right at width k.
    """
    w, table = emissions.window, emissions.table
    length, n_patterns, n_labels = table.shape
    n_keys = n_patterns // 2
    mirrored = table[::-1][:, reversed_bits(2 * w + 1)]
    both = np.stack([table, mirrored] * len(widths), axis=1)
    potentials = np.exp(both - both.max(axis=3, keepdims=True))
    step = np.exp(emissions.transitions - emissions.transitions.max())
    steps = np.stack([step, step.T] * len(widths))
    by_side = np.repeat(np.asarray(widths), 2)
    pattern = np.arange(n_patterns)
    newest, parent = (pattern & 1).astype(float), pattern >> 1
    spread = _hash_multipliers(n_labels)
    forget = min(1e-5, 1e-4 * min(widths))

    entries = _first_entries(w, length, len(by_side), n_keys, n_labels)
    found: list[tuple[dict[int, Entries], dict[int, Entries]]] = [({}, {}) for _ in widths]
    lasts = int(wanted.max()), length - 1 - int(wanted.min())
    sought = set(wanted.tolist())
    for t in range(max(lasts) + 1):
        for k, (left, right) in enumerate(found):
            if t in sought:
                left[t] = entries[2 * k]
            if length - 1 - t in sought:
                right[length - 1 - t] = entries[2 * k + 1]
        if t == max(lasts):
            break
        potential = potentials[t][:, :, None, :]
        raw = (entries.message[:, parent] * potential) @ steps[:, None]
        scale = raw.sum(axis=3, keepdims=True)
        message = raw / scale
        leaning = entries.lean[:, parent] * potential[..., None, :]
        leaning = (leaning.reshape(len(steps), -1, n_labels) @ steps).reshape(leaning.shape)
        leaning -= message[..., None, :] * leaning.sum(axis=4, keepdims=True)
        leaning /= scale[..., None]
        kept = entries.kept[:, parent]
        share = entries.probability[:, parent]
        if t + w >= length:
            share *= newest[:, None]
        # The oldest bit (the highest of the pattern) is forgotten: a new key has two kinds of sources.
        oldest = keep if t - w >= 0 else 1.0
        share[:, :n_keys] *= 1.0 - oldest
        share[:, n_keys:] *= oldest
        bits = np.broadcast_to(newest[:, None, None], (*kept.shape[:3], 1))
        kept = np.concatenate([bits, kept], axis=3)
        leaning = np.concatenate([np.zeros((*leaning.shape[:3], 1, n_labels)), leaning], axis=3)
        entries = _merge(Entries(message, share, kept, leaning), n_keys, by_side, spread)
        entries = _forget(entries, keep, 2 * w + 1, forget)
    return found


def _first_entries(w: int, length: int, n_sides: int, n_keys: int, n_labels: int) -> Entries:
    """At the first token of each side: bits before the sentence are 1, bits of the first w words are free."""
    key = np.arange(n_keys)
    known = min(w, length)
    outside = sum(1 << r for r in range(2 * w) if not 0 <= w - 1 - r < length)
    possible = (key & outside) == outside
    kept = np.stack([(key >> r) & 1 for r in range(w - known, w)], axis=1) if known else np.zeros((n_keys, 0))
    if known < w:  # lags of words beyond the end of a very short sentence: always 1, never read
        kept = np.concatenate([np.ones((n_keys, w - known)), kept], axis=1)
    shape = (n_sides, n_keys, 1, w)
    return Entries(
        np.full((n_sides, n_keys, 1, n_labels), 1.0 / n_labels),
        np.broadcast_to(possible.astype(float)[:, None], (n_sides, n_keys, 1)),
        np.broadcast_to(kept[:, None, :].astype(float), shape),
        np.zeros((*shape, n_labels)),
    )


def _merge(entries: Entries, n_keys: int, widths: FloatArray, spread: np.ndarray) -> Entries:
    """Entries of the same side and key whose messages round to the same cell become one.

    The new lean is what the members leaned, and how their messages differ from the mean where the word is kept:
    E[(x - v) z] = sum_i p_i (lean_i + kept_i (v_i - v)).
    """
    side, at, slot = np.nonzero(entries.probability > 0.0)
    rows, weight = entries.message[side, at, slot], entries.probability[side, at, slot]
    kept, lean = entries.kept[side, at, slot], entries.lean[side, at, slot]
    logs = np.log(np.maximum(rows, 1e-300))
    logs = (logs - logs.mean(axis=1, keepdims=True)) / widths[side, None]
    cells = np.rint(logs).astype(np.int64).view(np.uint64)
    # 56 bits of hash below 8 bits of side and key: one sort groups the cells and lays the groups out by key.
    tag = ((cells * spread).sum(axis=1) * _MIX) >> np.uint64(8)
    tag |= (side * n_keys + at % n_keys).astype(np.uint64) << np.uint64(56)
    order = tag.argsort(kind="stable")
    tag = tag[order]
    new = np.concatenate([[True], tag[1:] != tag[:-1]])
    starts = np.flatnonzero(new)
    if len(starts) > MOST_ENTRIES:
        raise TooManyEntriesError
    group = new.cumsum() - 1
    rows, weight, kept, lean = rows[order], weight[order], kept[order], lean[order]
    total = np.add.reduceat(weight, starts)
    part = weight / total[group]
    merged = np.add.reduceat(rows * part[:, None], starts)
    lean = lean + kept[:, :, None] * (rows - merged[group])[:, None, :]

    key = (tag[starts] >> np.uint64(56)).astype(np.int64)
    rank = np.arange(len(key)) - np.searchsorted(key, key)
    size, n_labels, n_lags = int(rank.max()) + 1, rows.shape[1], kept.shape[1]
    n_cells = len(widths) * n_keys
    message = np.full((n_cells, size, n_labels), 1.0 / n_labels)
    probability = np.zeros((n_cells, size))
    new_kept = np.zeros((n_cells, size, n_lags))
    new_lean = np.zeros((n_cells, size, n_lags, n_labels))
    message[key, rank] = merged
    probability[key, rank] = total
    new_kept[key, rank] = np.add.reduceat(kept * part[:, None], starts)
    new_lean[key, rank] = np.add.reduceat(lean * part[:, None, None], starts)
    shape = (len(widths), n_keys, size)
    return Entries(
        message.reshape(*shape, n_labels),
        probability.reshape(shape),
        new_kept.reshape(*shape, n_lags),
        new_lean.reshape(*shape, n_lags, n_labels),
    )


def _forget(entries: Entries, keep: float, fewest: int, threshold: float) -> Entries:
    """Drop the oldest lags that no entry says anything about any more."""
    n_lags = entries.kept.shape[3]
    while n_lags > fewest:
        here = entries.probability > 0.0
        news = np.abs(entries.kept[..., n_lags - 1] - keep)[here].max()
        if news > threshold or np.abs(entries.lean[..., n_lags - 1, :]).max() > threshold:
            break
        n_lags -= 1
    return Entries(entries.message, entries.probability, entries.kept[..., :n_lags], entries.lean[..., :n_lags, :])


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
