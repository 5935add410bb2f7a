"""Where forward and backward messages meet: moments of the marginals, and the size of what merging leaves out.

At a word, a message v of one side is read by what stands opposite, b(l) = (potential of the word) x (message of the
other side): f(l) = v(l) b(l) / v.b. An entry's messages v + d spread about the mean v that stands for them; with the
gradient g of f at v and beta = d.b / v.b,

    f(v + d) = f(v) + g.d - (g.d) beta / (1 + beta)        exactly.

The first-order term vanishes in E[f] and is in E[f z] by the entry's covariance with z. The last one is what merging
leaves out. Its expectation is E[(g.d) beta] / (1 + beta) with the entry's spread for E[d d'], and with the smallest
1 + beta of its messages; in E[f z] there is more of it if it is z itself that moves the messages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.crf.entries import Emissions, Entries, Law, reversed_bits
from ner_lime.types import FloatArray, IntArray

SCALE_ALONE = 0.05
"""An entry whose smallest 1 + beta is more than this part of the largest ratio of its smallest to its mean messages has
messages that differ in their scale, of which f does not depend."""

MAX_IMPROBABLE = 1e-6
"""Largest expected probability of a label whose error is bounded by that probability, and not worked out."""

IMPROBABLE = 2.5e-3
"""The same, relative to the square of the width."""

SMALLEST_FACTOR = 1e-100
"""Smallest 1 + beta to divide by; the result is cut at the probability of the pair."""


@dataclass(frozen=True, slots=True, eq=False)
class Padded:
    """`Entries` of P tokens: K keys, m entries a key, R lags; where there are fewer, entries of probability 0.

    Attributes
    ----------
    message, least : (P, K, m, L)
    probability : (P, K, m)
    kept : (P, K, m, R)
    deviations : (P, K, m, L + R, L)
    """

    message: FloatArray
    least: FloatArray
    probability: FloatArray
    kept: FloatArray
    deviations: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """P tokens at which the entries of both sides meet, under one law.

    Attributes
    ----------
    at : (P,)
        The tokens.
    length, window : int
        T and w.
    keep : float
    bits : (2^(2w+1), 2w+1)
        Of each pattern.
    potentials : (P, 2^(2w+1), 1, L)
    chance : (P, 2^(2w+1))
        Probability of each pattern.
    improbable : float
        Expected probability up to which the error of a label is bounded by it.
    """

    at: IntArray
    length: int
    window: int
    keep: float
    bits: FloatArray
    potentials: FloatArray
    chance: FloatArray
    improbable: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one side contributes.

    Attributes
    ----------
    value : (P, 2^(2w+1), L)
        E[f] by pattern.
    second : (P, L, L)
        E[f_l f_m] by the mean messages.
    within : (P, L, L)
        What the spread of the messages about their means adds to it.
    kept : (P, L, R - 2w)
        E[f z] of the words beyond the pattern.
    size : (P, 2^(2w+1), L)
        What merging on this side leaves out of E[f], by pattern.
    size_kept : (P, L, R - 2w)
        The same of E[f z], as far as it does not depend on z.
    size_effect : (P, L, R - 2w)
        The same of E[f | z = 1] - E[f | z = 0], where it is z that moves the messages.
    """

    value: FloatArray
    second: FloatArray
    within: FloatArray
    kept: FloatArray
    size: FloatArray
    size_kept: FloatArray
    size_effect: FloatArray


def meeting(emissions: Emissions, law: Law, at: IntArray, *, target_kept: bool) -> Meeting:
    """Lay out the patterns at the tokens `at`; bits outside of the sentence, and a target that is kept, are 1."""
    w, table = emissions.window, emissions.table
    length, n_patterns, _ = table.shape
    bits = (np.arange(n_patterns)[:, None] >> np.arange(2 * w, -1, -1)) & 1
    word = at[:, None] + np.arange(-w, w + 1)
    rate = np.where((word >= 0) & (word < length), law.keep, 1.0)
    if target_kept:
        rate[:, w] = 1.0
    chance = np.where(bits[None], rate[:, None, :], 1.0 - rate[:, None, :]).prod(axis=2)
    potentials = np.exp(table[at] - table[at].max(axis=2, keepdims=True))[:, :, None, :]
    improbable = min(MAX_IMPROBABLE, IMPROBABLE * law.width**2)
    return Meeting(at, length, w, law.keep, bits.astype(float), potentials, chance, improbable)


def pair(of: Meeting, left: Padded, right: Padded) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Mean (P, L), effects (P, L, T) and second moments (P, L, L) of f; and (P, L, T + 1) sizes of what is left out.

    The last column of the sizes is that of the mean, the others those of the effects.
    """
    pattern, w = np.arange(len(of.bits)), of.window
    # Right entries know their key as read from the other end.
    first, last = pattern >> 1, reversed_bits(2 * w)[pattern & (len(pattern) // 2 - 1)]
    ins, outs = left.message[:, first] * of.potentials, right.message[:, last]
    norm = ins @ outs.swapaxes(2, 3)
    chance = of.chance[:, :, None, None] * left.probability[:, first][..., None]
    chance = chance * right.probability[:, last][:, :, None, :]
    from_left = _read(left, first, outs * of.potentials, norm, chance, of)
    from_right = _read(right, last, ins, norm.swapaxes(2, 3), chance.swapaxes(2, 3), of)

    mean = from_left.value.sum(axis=1)
    kept = _by_word(of, mean, from_left.value, from_left.kept, from_right.kept)
    effects = kept / of.keep - (mean[:, :, None] - kept) / (1.0 - of.keep)

    by_pattern = from_left.size + from_right.size
    size = by_pattern.sum(axis=1)
    # Merges on the other side of a word do not depend on it.
    elsewhere = [of.keep * side.size.sum(axis=1)[:, :, None] for side in (from_right, from_left)]
    kept = _by_word(of, size, by_pattern, from_left.size_kept + elsewhere[0], from_right.size_kept + elsewhere[1])
    sizes = kept / of.keep + (size[:, :, None] - kept) / (1.0 - of.keep)
    moved = np.zeros_like(sizes)
    _scatter_lags(moved, from_left.size_effect, of.at - w - 1, -1)
    _scatter_lags(moved, from_right.size_effect, of.at + w + 1, 1)
    second = from_left.second + from_left.within + from_right.within
    return mean, effects, second, np.concatenate([sizes + moved, size[:, :, None]], axis=2)


def _read(
    entries: Padded, key: IntArray, reading: FloatArray, norm: FloatArray, chance: FloatArray, of: Meeting
) -> Reading:
    """Read the m entries of one side against the n opposite ones.

    Parameters
    ----------
    entries : Padded
    key : (2^(2w+1),)
        Of each pattern.
    reading : (P, 2^(2w+1), n, L)
        b.
    norm, chance : (P, 2^(2w+1), m, n)
        v.b, and the probability of the pair.
    """
    message = entries.message[:, key]
    n_rows, n_patterns, size, n_labels = message.shape
    square = n_labels, n_labels
    share = chance / norm
    squared = share / norm
    read = share @ reading
    value = message * read
    pairs = np.einsum("pkal,pkam->pkalm", reading, reading).reshape(*reading.shape[:3], -1)
    coupling = (squared @ pairs).reshape(n_rows, n_patterns, size, *square)
    second = np.einsum("pkalm,pkalm->plm", coupling, message[..., :, None] * message[..., None, :])

    probability = np.maximum(chance.sum(axis=3), 1e-300)[..., None]
    # What merging takes from E[f f'] is E[g.d g'.d]; here at the mean reading of the entry.
    common = read / probability
    gradient = message[..., :, None] * -common[..., None, :] * common[..., :, None]
    gradient[..., np.arange(n_labels), np.arange(n_labels)] += common
    within = (
        gradient @ entries.deviations[:, key, :, :n_labels] @ gradient.swapaxes(3, 4) * probability[..., None]
    ).sum(axis=(1, 2))
    lost = _left_out(entries, key, reading, norm, chance, value, of.improbable)

    # Patterns that share a key share its entries: they are added up before they meet the lags.
    n_keys, w = entries.message.shape[1], of.window
    member = (key == np.arange(n_keys)[:, None]).astype(float)

    def by_key(array: FloatArray) -> FloatArray:
        summed = member @ array.reshape(n_rows, n_patterns, -1)
        return np.asarray(summed.reshape(n_rows, n_keys * size, *array.shape[3:]))

    def lags(array: FloatArray) -> FloatArray:
        return array[:, :, :, 2 * w :].reshape(n_rows, n_keys * size, -1, *array.shape[4:])

    if entries.kept.shape[3] <= 2 * w:
        nothing = np.zeros((n_rows, n_labels, 0))
        return Reading(value.sum(axis=2), second, within, nothing, lost.sum(axis=2), nothing, nothing)
    kept = lags(entries.kept)
    covariance = entries.deviations[:, :, :, n_labels + 2 * w :].reshape(n_rows, n_keys * size, -1, n_labels)
    covariance = covariance.swapaxes(2, 3)
    means = entries.message.reshape(n_rows, n_keys * size, n_labels, 1)
    along = by_key(coupling) @ covariance
    change = by_key(read)[..., None] * covariance - means * along
    # Where z alone moves the messages, d is c / P(z = 1) or - c / P(z = 0), for the covariance c.
    probability = by_key(probability)
    beta = np.sqrt(np.maximum((covariance * along).sum(axis=2), 0.0) / probability)
    kept_or_not = np.clip(kept, 1e-9, 1.0 - 1e-9)
    ratio = entries.least / entries.message
    smallest = (ratio.min(axis=3) / ratio.max(axis=3)).reshape(n_rows, -1, 1)
    smallest = np.maximum(smallest, 1.0 - 2.0 * beta / np.minimum(kept_or_not, 1.0 - kept_or_not))
    beta *= (1.0 / (kept_or_not * of.keep) + 1.0 / ((1.0 - kept_or_not) * (1.0 - of.keep))) / smallest
    return Reading(
        value.sum(axis=2),
        second,
        within,
        by_key(value).swapaxes(1, 2) @ kept + change.sum(axis=1),
        lost.sum(axis=2),
        by_key(lost).swapaxes(1, 2) @ kept,
        (np.abs(change) * beta[:, :, None]).sum(axis=1),
    )


def _left_out(
    entries: Padded,
    key: IntArray,
    reading: FloatArray,
    norm: FloatArray,
    chance: FloatArray,
    value: FloatArray,
    improbable: float,
) -> FloatArray:
    """(P, 2^(2w+1), m, L): E|(g.d) beta / (1 + beta)| of each entry, summed over what it is read by.

    E[(g.d) beta] = b S b f - b (S b), over v.b squared. No more than E[f] of a label can be lost.
    """
    labels = np.flatnonzero(value.sum(axis=(1, 2)).max(axis=0) > improbable)
    message, least = entries.message[:, key], entries.least[:, key]
    some = reading[..., labels].swapaxes(2, 3)
    spread = entries.deviations[..., labels[:, None], labels][:, key]
    n_rows, n_patterns = message.shape[:2]
    of_spread = (spread.reshape(n_rows, n_patterns, -1, len(labels)) @ some).reshape(*spread.shape[:4], -1)
    of_spread *= some[:, :, None]
    total = of_spread.sum(axis=3, keepdims=True)
    total = message[..., labels, None] * some[:, :, None] * (total / norm[:, :, :, None])
    total -= of_spread
    # The smallest 1 + beta of the entry's messages; what they all have in common, the scale, does not count.
    common = (least / message).max(axis=3, keepdims=True)
    factor = (least @ reading.swapaxes(2, 3)) / norm
    factor = np.where(factor > SCALE_ALONE * common, factor / np.maximum(common, SMALLEST_FACTOR), factor)
    np.abs(total, out=total)
    total *= (chance / norm**2 / np.maximum(factor, SMALLEST_FACTOR))[:, :, :, None]
    n_labels = value.shape[3]
    spreads = np.einsum("pkmll->pkm", entries.deviations[:, :, :, :n_labels])[:, key] > 0.0
    lost = value * spreads[..., None]
    lost[..., labels] = np.minimum(total, chance[:, :, :, None], out=total).sum(axis=4)
    return np.asarray(lost)


def _by_word(of: Meeting, mean: FloatArray, by_pattern: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """(P, L, T): E[. z_j], of the words of the pattern by its bits, of others by the lags, of the rest independent."""
    w = of.window
    kept = np.repeat(of.keep * mean[:, :, None], of.length, axis=2)
    near = by_pattern.swapaxes(1, 2) @ of.bits
    for offset in range(-w, w + 1):
        rows = np.flatnonzero((of.at + offset >= 0) & (of.at + offset < of.length))
        kept[rows, :, of.at[rows] + offset] = near[rows, :, offset + w]
    _scatter_lags(kept, left, of.at - w - 1, -1)
    _scatter_lags(kept, right, of.at + w + 1, 1)
    return kept


def _scatter_lags(table: FloatArray, values: FloatArray, start: IntArray, direction: int) -> None:
    """Scatter lag r into the column of word start + r x direction; lags outside of the sentence are dropped."""
    word = start[:, None] + direction * np.arange(values.shape[2])
    row, lag = np.nonzero((word >= 0) & (word < table.shape[2]))
    table[row, :, word[row, lag]] = values[row, :, lag]


def pad(entries: list[Entries], n_keys: int, keep: float) -> Padded:
    """Pad the entries of several tokens to the same shape."""
    n_labels = entries[0].message.shape[1]
    n_lags = max(e.kept.shape[1] for e in entries)
    shape = len(entries), n_keys, max(int(e.rank.max()) for e in entries) + 1
    padded = Padded(
        message=np.full((*shape, n_labels), 1.0 / n_labels),
        least=np.full((*shape, n_labels), 1.0 / n_labels),
        probability=np.zeros(shape),
        kept=np.full((*shape, n_lags), keep),
        deviations=np.zeros((*shape, n_labels + n_lags, n_labels)),
    )
    for row, e in enumerate(entries):
        lags = slice(e.kept.shape[1])
        padded.message[row, e.cell, e.rank] = e.message
        padded.least[row, e.cell, e.rank] = e.least
        padded.probability[row, e.cell, e.rank] = e.probability
        padded.kept[row, e.cell, e.rank, lags] = e.kept
        padded.deviations[row, e.cell, e.rank, : n_labels + e.kept.shape[1]] = e.deviations
    return padded
