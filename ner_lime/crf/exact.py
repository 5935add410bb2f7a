"""Expectations of a CRF's marginals over all 2^T masks, without sampling: the merged-message programme.

Under a product law (each token kept with probability q) the message that reaches a token from the left takes one
value for each mask of the words before it. Messages forget: most of these values are nearly equal. So the forward
pass carries a small set of *entries* (message, probability), merges those that agree to within `width` in centred log
space, and remembers for every entry how often each earlier word is kept in it. The same from the right. Then, at each
token, every left entry meets every right one.

With window features the emission of token t depends on the bits z_{t-w}..z_{t+w} only: a *pattern*, written as a
number with the oldest bit highest. A left entry at t knows its *key*, the first 2w bits of the pattern; a right entry
the last 2w.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.crf.lattice import single_blas_thread
from ner_lime.types import FloatArray

MOST_ENTRIES = 20_000
"""A pass that would need more entries than this at one token gives up: the width is too fine for the memory."""

CHUNK = 4_000_000
"""Products of left and right entries are formed for so many positions at a time that about as many numbers are held."""


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
    """The messages into one token from one side: K keys, m entries a key (padded with probability 0).

    Attributes
    ----------
    message : (K, m, L)
        Normalised.
    probability : (K, m)
        Given the key.
    kept : (K, m, T)
        P(z_j = 1 | entry) for the words on this side.
    """

    message: FloatArray
    probability: FloatArray
    kept: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Expectations:
    """P positions, L labels, T tokens.

    Attributes
    ----------
    mean : (P, L)
        E[f].
    effects : (P, L, T)
        E[f | z_j = 1] - E[f | z_j = 0].
    second : (P, L, L)
        E[f_l f_m].
    most_entries : int
        The largest number of entries at one token.
    """

    mean: FloatArray
    effects: FloatArray
    second: FloatArray
    most_entries: int


class TooManyEntriesError(Exception):
    """The merge width is too fine for the memory."""


def expectations(
    emissions: Emissions, keep: float, width: float, *, positions: np.ndarray | None = None, target_kept: bool = False
) -> Expectations:
    """All expectations at one merge width.

    Parameters
    ----------
    emissions : Emissions
    keep : float
        q.
    width : float
        Messages whose centred logs agree after rounding to multiples of this are merged.
    positions : (P,) int or None
        Only these tokens.
    target_kept : bool
        Condition on the explained token itself being kept; its own effect is then 0.
    """
    length = len(emissions.table)
    wanted = np.arange(length) if positions is None else np.asarray(positions)
    with single_blas_thread(), np.errstate(divide="ignore"):
        left = _passes(emissions, keep, width, wanted)
        mirrored = _mirror(emissions)
        right = _passes(mirrored, keep, width, length - 1 - wanted)
        bits = _reversed_bits(2 * emissions.window)
        parts = []
        for chunk in _chunks(wanted, left, right, emissions):
            ins = [left[t] for t in chunk]
            outs = [right[length - 1 - t] for t in chunk]
            outs = [Entries(e.message[bits], e.probability[bits], e.kept[bits, :, ::-1]) for e in outs]
            parts.append(_combine(emissions, keep, np.asarray(chunk), _stack(ins), _stack(outs), target_kept))
    mean, effects, second = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    most = max(int((e.probability > 0).sum()) for side in (left, right) for e in side.values())
    return Expectations(mean, effects, second, most)


def _passes(emissions: Emissions, keep: float, width: float, wanted: np.ndarray) -> dict[int, Entries]:
    """The entries at each wanted token, from left to right."""
    w, table = emissions.window, emissions.table
    length, n_patterns, n_labels = table.shape
    n_keys = n_patterns // 2
    potentials = np.exp(table - table.max(axis=2, keepdims=True))
    step = np.exp(emissions.transitions - emissions.transitions.max())
    pattern = np.arange(n_patterns)
    newest, parent = pattern & 1, pattern >> 1
    spread = _hash_multipliers(n_labels)

    # The key of token 0: bits before the sentence are 1, bits 0..w-1 are free.
    probability = np.zeros((n_keys, 1))
    kept = np.zeros((n_keys, 1, length))
    for key in range(n_keys):
        before = key >> w
        if before == n_keys // 2**w - 1 and _inside(key, w, length):
            probability[key] = 1.0
            for j in range(min(w, length)):
                kept[key, 0, j] = (key >> (w - 1 - j)) & 1
    entries = Entries(np.full((n_keys, 1, n_labels), 1.0 / n_labels), probability, kept)
    found: dict[int, Entries] = {}
    last = int(wanted.max())
    wanted_set = set(wanted.tolist())
    for t in range(last + 1):
        if t in wanted_set:
            found[t] = entries
        if t == last:
            break
        message = (entries.message[parent] * potentials[t][:, None, :]) @ step
        message /= message.sum(axis=2, keepdims=True)
        history = entries.kept[parent]
        if t + w < length:
            history[:, :, t + w] = newest[:, None]
        share = entries.probability[parent].copy()
        if t + w >= length:
            share[newest == 0] = 0.0
        # The oldest bit (the highest of the pattern) is forgotten: the new key has two kinds of sources.
        oldest = keep if t - w >= 0 else 1.0
        share[:n_keys] *= 1.0 - oldest
        share[n_keys:] *= oldest
        entries = _merge(message, share, history, n_keys, width, spread)
    return found


def _inside(key: int, w: int, length: int) -> bool:
    """Bits that stand for words beyond the end of a short sentence must be 1."""
    return all((key >> (w - 1 - j)) & 1 for j in range(length, w))


def _merge(
    message: FloatArray, share: FloatArray, kept: FloatArray, n_keys: int, width: float, spread: np.ndarray
) -> Entries:
    """Entries of the same key whose messages round to the same cell become one, weighted by probability."""
    at, slot = np.nonzero(share > 0.0)
    rows, weight, history = message[at, slot], share[at, slot], kept[at, slot]
    logs = np.log(np.maximum(rows, 1e-300))
    cells = np.rint((logs - logs.mean(axis=1, keepdims=True)) / width).astype(np.int64).view(np.uint64)
    # 58 bits of hash below 6 bits of key: one sort groups the cells and lays the groups out by key.
    tag = ((cells * spread).sum(axis=1) * _MIX) >> np.uint64(6)
    tag |= (at % n_keys).astype(np.uint64) << np.uint64(58)
    order = tag.argsort(kind="stable")
    tag = tag[order]
    starts = np.flatnonzero(np.concatenate([[True], tag[1:] != tag[:-1]]))
    if len(starts) > MOST_ENTRIES:
        raise TooManyEntriesError
    weight = weight[order]
    total = np.add.reduceat(weight, starts)
    part = (weight / np.repeat(total, np.diff(starts, append=len(weight))))[:, None]
    merged = np.add.reduceat(rows[order] * part, starts, axis=0)
    merged_history = np.add.reduceat(history[order] * part, starts, axis=0)
    key = (tag[starts] >> np.uint64(58)).astype(np.int64)
    rank = np.arange(len(key)) - np.searchsorted(key, key)
    size = int(rank.max()) + 1
    n_labels, length = message.shape[2], kept.shape[2]
    out = Entries(
        np.full((n_keys, size, n_labels), 1.0 / n_labels),
        np.zeros((n_keys, size)),
        np.zeros((n_keys, size, length)),
    )
    out.message[key, rank] = merged
    out.probability[key, rank] = total
    out.kept[key, rank] = merged_history
    return out


def _combine(
    emissions: Emissions, keep: float, at: np.ndarray, left: Entries, right: Entries, target_kept: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, effects and second moments at the positions `at`; the entries carry a leading axis over them."""
    w, table = emissions.window, emissions.table
    length, n_patterns, n_labels = table.shape
    n_keys = n_patterns // 2
    pattern = np.arange(n_patterns)
    bit = (pattern[:, None] >> np.arange(2 * w, -1, -1)) & 1
    probability = _pattern_probability(bit, at, w, length, keep, target_kept)
    potentials = np.exp(table[at] - table[at].max(axis=2, keepdims=True))
    ins = left.message[:, pattern >> 1] * potentials[:, :, None, :]
    outs = right.message[:, pattern & (n_keys - 1)]
    norm = ins @ outs.swapaxes(2, 3)
    joint = (
        probability[:, :, None, None]
        * left.probability[:, pattern >> 1][:, :, :, None]
        * right.probability[:, pattern & (n_keys - 1)][:, :, None, :]
    )
    share = joint / norm
    by_left = ins * (share @ outs)
    by_right = outs * (share.swapaxes(2, 3) @ ins)
    by_pattern = by_left.sum(axis=2)
    mean = by_pattern.sum(axis=1)

    flat = (len(at), -1, n_labels)
    known_left = left.kept[:, pattern >> 1].reshape(len(at), -1, length)
    known_right = right.kept[:, pattern & (n_keys - 1)].reshape(len(at), -1, length)
    from_left = by_left.reshape(flat).swapaxes(1, 2) @ known_left
    from_right = by_right.reshape(flat).swapaxes(1, 2) @ known_right
    word = np.arange(length)
    kept = np.where((word < at[:, None])[:, None, :], from_left, from_right)
    near = by_pattern.swapaxes(1, 2) @ bit.astype(float)
    for offset in range(-w, w + 1):
        inside = (at + offset >= 0) & (at + offset < length)
        rows = np.flatnonzero(inside)
        kept[rows, :, at[rows] + offset] = near[rows, :, offset + w]
    effects = kept / keep - (mean[:, :, None] - kept) / (1.0 - keep)
    if target_kept:
        effects[np.arange(len(at)), :, at] = 0.0

    squared = share / norm
    second = np.empty((len(at), n_labels, n_labels))
    for label in range(n_labels):
        # E[f_l f_m] for all m: one label at a time keeps the memory at that of the mean.
        row = ins * ins[..., [label]] * (squared @ (outs * outs[..., [label]]))
        second[:, label] = row.sum(axis=(1, 2))
    return mean, effects, second


def _pattern_probability(
    bit: np.ndarray, at: np.ndarray, w: int, length: int, keep: float, target_kept: bool
) -> FloatArray:
    """(P, 2^(2w+1)): bits outside of the sentence, and the target's where it is always kept, are 1 for sure."""
    word = at[:, None] + np.arange(-w, w + 1)
    rate = np.where((word >= 0) & (word < length), keep, 1.0)
    if target_kept:
        rate[:, w] = 1.0
    return np.asarray(np.where(bit[None], rate[:, None, :], 1.0 - rate[:, None, :]).prod(axis=2))


def _mirror(emissions: Emissions) -> Emissions:
    """The sentence read from right to left."""
    bits = _reversed_bits(2 * emissions.window + 1)
    return Emissions(emissions.table[::-1][:, bits], emissions.transitions.T, emissions.window)


def _reversed_bits(n_bits: int) -> np.ndarray:
    numbers = np.arange(2**n_bits)
    return np.asarray(sum(((numbers >> k) & 1) << (n_bits - 1 - k) for k in range(n_bits)) if n_bits else numbers)


def _chunks(
    wanted: np.ndarray, left: dict[int, Entries], right: dict[int, Entries], emissions: Emissions
) -> list[list[int]]:
    """Runs of positions whose products fit into memory together."""
    length, n_patterns, n_labels = emissions.table.shape
    chunks: list[list[int]] = [[]]
    ins = outs = 1
    for t in wanted.tolist():
        new_ins = max(ins, left[t].message.shape[1])
        new_outs = max(outs, right[length - 1 - t].message.shape[1])
        size = new_ins * new_outs + (new_ins + new_outs) * (length + 3 * n_labels)
        if chunks[-1] and (len(chunks[-1]) + 1) * n_patterns * size > CHUNK:
            chunks.append([])
            new_ins, new_outs = left[t].message.shape[1], right[length - 1 - t].message.shape[1]
        chunks[-1].append(t)
        ins, outs = new_ins, new_outs
    return chunks


def _stack(entries: list[Entries]) -> Entries:
    """Pad to the same number of entries and add a leading axis."""
    n_keys, _, n_labels = entries[0].message.shape
    size = max(e.message.shape[1] for e in entries)
    message = np.full((len(entries), n_keys, size, n_labels), 1.0 / n_labels)
    probability = np.zeros((len(entries), n_keys, size))
    kept = np.zeros((len(entries), n_keys, size, entries[0].kept.shape[2]))
    for row, e in enumerate(entries):
        m = e.message.shape[1]
        message[row, :, :m] = e.message
        probability[row, :, :m] = e.probability
        kept[row, :, :m] = e.kept
    return Entries(message, probability, kept)


_MIX = np.uint64(0x9E3779B97F4A7C15)


def _hash_multipliers(n_labels: int) -> np.ndarray:
    """(L,) fixed odd 64-bit numbers: two cells share a hash with probability 2^-58."""
    rng = np.random.default_rng(20221)
    return np.asarray(rng.integers(0, 2**63, n_labels, dtype=np.uint64) * np.uint64(2) + np.uint64(1))
