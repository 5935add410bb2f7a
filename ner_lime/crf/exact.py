"""Expectations of a CRF's marginals over all 2^T masks, by pairs of forward and backward messages.

The messages and how they are merged are in `ner_lime.crf.messages`. With them the expectation of a marginal, of its
product with the bit of any word, and of its square are sums over pairs of entries at one token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ner_lime.crf.messages import MAX_CELLS, Emissions, Entries, Law, message_passes, reversed_bits
from ner_lime.errors import IntractableError
from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, IntArray

CHUNK_NUMBERS = 200_000
"""Target size of the arrays of one block of positions, in float64 numbers: a block stays in the processor's cache."""

MAX_PRODUCTS = 500_000_000_000
"""Maximum number of multiplications where forward and backward messages are paired: some minutes of one processor."""

COARSE_WIDTH = 0.05
"""Smallest bin width (natural logarithms) at which several laws share the same arrays; finer ones have too many
entries for that."""


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
    max_entries : int
        The largest number of entries at one token.
    """

    mean: FloatArray
    effects: FloatArray
    second: FloatArray
    max_entries: int


@dataclass(frozen=True, slots=True, eq=False)
class Padded:
    """`Entries` of P tokens: K keys, m entries a key, R lags; where there are fewer, entries of probability 0.

    Attributes
    ----------
    message : (P, K, m, L)
    probability : (P, K, m)
    kept : (P, K, m, R)
    covariance : (P, K, m, R, L)
    """

    message: FloatArray
    probability: FloatArray
    kept: FloatArray
    covariance: FloatArray


def expectations(
    emissions: Emissions,
    laws: Sequence[Law],
    *,
    positions: IntArray | None = None,
    target_kept: bool = False,
) -> list[Expectations]:
    """All expectations, once for each law.

    Parameters
    ----------
    emissions : Emissions
    laws : sequence of Law
        Coarsely quantised laws are computed in the same arrays: two cost hardly more than one.
    positions : (P,) int or None
        Only these tokens.
    target_kept : bool
        Condition on the explained token itself being kept; its own effect is then 0.

    Raises
    ------
    IntractableError
        A width is too fine for the memory, or for the time; or the scores are too far apart for floating-point numbers.
    """
    length = len(emissions.table)
    wanted = np.arange(length) if positions is None else np.asarray(positions)
    with single_blas_thread():
        found = []
        for group in _batches(laws, emissions.window):
            passes = message_passes(emissions, group, wanted)
            found += [
                _pair_messages(emissions, law.keep, wanted, *pair, target_kept=target_kept)
                for law, pair in zip(group, passes, strict=True)
            ]
        return found


def _batches(laws: Sequence[Law], window: int) -> list[list[Law]]:
    """Neighbouring laws in groups whose passes share their arrays."""
    max_laws = MAX_CELLS // (2 * 4**window)
    groups: list[list[Law]] = []
    for law in laws:
        if groups and len(groups[-1]) < max_laws and min(law.width, groups[-1][-1].width) >= COARSE_WIDTH:
            groups[-1].append(law)
        else:
            groups.append([law])
    return groups


def _pair_messages(
    emissions: Emissions,
    keep: float,
    wanted: IntArray,
    left: dict[int, Entries],
    right: dict[int, Entries],
    *,
    target_kept: bool,
) -> Expectations:
    """Pair the forward and backward entries at all wanted positions."""
    chunks, products = _chunks(wanted, left, right, emissions)
    if products > MAX_PRODUCTS:
        raise IntractableError(
            f"under different masks the messages of this CRF differ too much to be paired ({products:.1g} products, at "
            f'most {MAX_PRODUCTS:.1g}): use engine="sample"'
        )
    parts = []
    for chunk in chunks:
        ins = _pad([left[t] for t in chunk], emissions, keep)
        outs = _pad([right[t] for t in chunk], emissions, keep)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            parts.append(_moments_at(emissions, keep, np.asarray(chunk), ins, outs, target_kept))
    mean, effects, second = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if not (np.isfinite(effects).all() and np.isfinite(second).all()):
        raise IntractableError(
            'the scores of this CRF differ by too much for floating-point numbers: use engine="sample"'
        )
    max_entries = max(len(e.cell) for side in (left, right) for e in side.values())
    return Expectations(mean, effects, second, max_entries)


def _moments_at(
    emissions: Emissions, keep: float, at: IntArray, left: Padded, right: Padded, target_kept: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, effects and second moments at the positions `at`.

    For a pattern, a left message v, a right message u and the word's potentials e: f(l) = v(l) e(l) u(l) / D,
    D = sum v e u; its probability is that of the pattern times those of the two entries given their keys.
    """
    w, table = emissions.window, emissions.table
    length, n_patterns, n_labels = table.shape
    n_keys = n_patterns // 2
    pattern = np.arange(n_patterns)
    # Right entries know their key as read from the other end.
    first, last = pattern >> 1, reversed_bits(2 * w)[pattern & (n_keys - 1)]
    bit = (pattern[:, None] >> np.arange(2 * w, -1, -1)) & 1
    potentials = np.exp(table[at] - table[at].max(axis=2, keepdims=True))[:, :, None, :]
    ins = left.message[:, first] * potentials
    outs = right.message[:, last]
    norm = ins @ outs.swapaxes(2, 3)
    chance = _pattern_probability(bit, at, w, length, keep, target_kept)[:, :, None, None]
    chance = chance * left.probability[:, first][..., None] * right.probability[:, last][:, :, None, :]
    share = chance / norm
    squared = share / norm
    from_right, from_left = share @ outs, share.swapaxes(2, 3) @ ins
    by_left, by_right = ins * from_right, outs * from_left
    by_pattern = by_left.sum(axis=2)
    mean = by_pattern.sum(axis=1)

    pairs_out, pairs_in = (np.einsum("pkal,pkam->pkalm", x, x).reshape(*x.shape[:3], -1) for x in (outs, ins))
    crossed = squared @ pairs_out
    second = np.einsum("pkax,pkax->px", pairs_in, crossed).reshape(-1, n_labels, n_labels)

    # E[f z_j]: the words of the pattern by its bits, the others by the entries' keep probabilities and covariances.
    kept = np.repeat(keep * mean[:, :, None], length, axis=2)
    near = by_pattern.swapaxes(1, 2) @ bit.astype(float)
    for offset in range(-w, w + 1):
        rows = np.flatnonzero((at + offset >= 0) & (at + offset < length))
        kept[rows, :, at[rows] + offset] = near[rows, :, offset + w]
    square = (*ins.shape[:3], n_labels, n_labels)
    coupling = crossed.reshape(square) * (potentials[..., :, None] * potentials[..., None, :])
    distant = _distant_moments(by_left, potentials * from_right, coupling, left, first, w)
    _scatter_lags(kept, distant, at - w - 1, -1)
    coupling = (squared.swapaxes(2, 3) @ pairs_in).reshape(*outs.shape[:3], n_labels, n_labels)
    distant = _distant_moments(by_right, from_left, coupling, right, last, w)
    _scatter_lags(kept, distant, at + w + 1, 1)

    effects = kept / keep - (mean[:, :, None] - kept) / (1.0 - keep)
    if target_kept:
        effects[np.arange(len(at)), :, at] = 0.0
    return mean, effects, second


def _distant_moments(
    value: FloatArray, diagonal: FloatArray, coupling: FloatArray, entries: Padded, key: IntArray, w: int
) -> FloatArray:
    """(P, L, R - 2w): E[f z] for the words at the lags beyond the pattern.

    An entry gives its part of E[f] times kept, and, for the covariance d of its message with the bit, the first-order
    term J d, where J = diag(diagonal) - diag(message) coupling is the Jacobian of f in the message.

    Parameters
    ----------
    value, diagonal : (P, 2^(2w+1), m, L)
    coupling : (P, 2^(2w+1), m, L, L)
    key : (2^(2w+1),)
        The entries' key for each pattern.
    """
    n, n_patterns, size, n_labels = value.shape
    n_keys, n_lags = entries.kept.shape[1], max(entries.kept.shape[3] - 2 * w, 0)
    # Patterns that share a key share its entries: they are added up before they meet the lags.
    member = (key == np.arange(n_keys)[:, None]).astype(float)

    def by_key(array: FloatArray) -> FloatArray:
        summed = member @ array.reshape(n, n_patterns, -1)
        return np.asarray(summed.reshape(n, n_keys * size, *array.shape[3:]))

    kept = entries.kept[..., 2 * w :].reshape(n, n_keys * size, n_lags)
    distant = by_key(value).swapaxes(1, 2) @ kept
    covariance = entries.covariance[..., 2 * w :, :]
    if not covariance.any():
        return np.asarray(distant)
    change, label = by_key(coupling), np.arange(n_labels)
    change *= -entries.message.reshape(n, n_keys * size, n_labels, 1)
    change[..., label, label] += by_key(diagonal)
    change = change.transpose(0, 2, 1, 3).reshape(n, n_labels, -1)
    return np.asarray(distant + change @ covariance.swapaxes(3, 4).reshape(n, -1, n_lags))


def _scatter_lags(kept: FloatArray, distant: FloatArray, start: IntArray, direction: int) -> None:
    """Scatter lag r into the column of word start + r x direction; lags outside of the sentence are dropped."""
    word = start[:, None] + direction * np.arange(distant.shape[2])
    row, lag = np.nonzero((word >= 0) & (word < kept.shape[2]))
    kept[row, :, word[row, lag]] = distant[row, :, lag]


def _pattern_probability(
    bit: IntArray, at: IntArray, w: int, length: int, keep: float, target_kept: bool
) -> FloatArray:
    """(P, 2^(2w+1)): bits outside of the sentence, and the target's where it is always kept, are 1 for sure."""
    word = at[:, None] + np.arange(-w, w + 1)
    rate = np.where((word >= 0) & (word < length), keep, 1.0)
    if target_kept:
        rate[:, w] = 1.0
    return np.asarray(np.where(bit[None], rate[:, None, :], 1.0 - rate[:, None, :]).prod(axis=2))


def _chunks(
    wanted: IntArray, left: dict[int, Entries], right: dict[int, Entries], emissions: Emissions
) -> tuple[list[list[int]], int]:
    """Blocks of positions whose products fit into memory together; and the number of products in all blocks."""
    _, n_patterns, n_labels = emissions.table.shape
    chunks: list[list[int]] = [[]]
    ins = outs = 1
    products = 0
    for t in wanted.tolist():
        here = int(left[t].rank.max()) + 1, int(right[t].rank.max()) + 1
        products += n_patterns * here[0] * here[1] * n_labels**2
        ins, outs = max(ins, here[0]), max(outs, here[1])
        size = ins * outs + 3 * (ins + outs) * n_labels**2
        if chunks[-1] and (len(chunks[-1]) + 1) * n_patterns * size > CHUNK_NUMBERS:
            chunks.append([])
            ins, outs = here
        chunks[-1].append(t)
    return chunks, products


def _pad(entries: list[Entries], emissions: Emissions, keep: float) -> Padded:
    """Pad the entries of several tokens to the same shape."""
    _, n_patterns, n_labels = emissions.table.shape
    n_lags = max(e.kept.shape[1] for e in entries)
    shape = len(entries), n_patterns // 2, max(int(e.rank.max()) for e in entries) + 1
    padded = Padded(
        message=np.full((*shape, n_labels), 1.0 / n_labels),
        probability=np.zeros(shape),
        kept=np.full((*shape, n_lags), keep),
        covariance=np.zeros((*shape, n_lags, n_labels)),
    )
    for row, e in enumerate(entries):
        lags = slice(e.kept.shape[1])
        padded.message[row, e.cell, e.rank] = e.message
        padded.probability[row, e.cell, e.rank] = e.probability
        padded.kept[row, e.cell, e.rank, lags] = e.kept
        padded.covariance[row, e.cell, e.rank, lags] = e.covariance
    return padded
