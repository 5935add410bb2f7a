"""The distribution of the forward and backward messages of a CRF over all 2^T masks, by quantisation.

Under a product law (each token kept with probability q) the message from the left takes one value for each mask of the
words before. The chain forgets: most of these values are nearly equal. So a pass carries a small set of *entries*
(`ner_lime.crf.entries`) and merges those that are alike to within `width`. For every entry and earlier word it carries
the probability that the word is kept, and the covariance of the message with that event: so the error of a merge is of
second order in the width. The same from the right, in the same arrays. How alike messages are is said in
`ner_lime.crf.reference`; which are merged, in `ner_lime.crf.quantisation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ner_lime.crf.entries import Emissions, Entries, Law, reversed_bits
from ner_lime.crf.quantisation import bisect
from ner_lime.crf.reference import References, coordinates, references
from ner_lime.errors import IntractableError
from ner_lime.types import FloatArray, IntArray

MAX_COVARIANCES = 5_000_000
"""Maximum size of the covariances at one token (entries x lags x labels, float64 numbers): a pass beyond it raises."""

MAX_STORED = 16_000_000
"""Maximum size of the entries that are kept for the wanted tokens (float64 numbers)."""

INDEPENDENT = 1e-3
"""Maximum covariance of a word that is taken to be independent of the messages, relative to the width and to the
variance of the word's bit."""

MAX_INDEPENDENT = 1e-5
"""The same, relative to the variance of the word's bit alone."""


class StorageExceededError(Exception):
    """The entries at the wanted tokens exceed `MAX_STORED`: ask for fewer tokens at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Passes:
    """The entries at the wanted tokens."""

    left: dict[int, Entries]
    right: dict[int, Entries]


def message_passes(emissions: Emissions, laws: Sequence[Law], wanted: IntArray) -> list[Passes]:
    """For each law the entries at each wanted token from the left and from the right.

    All passes share their arrays. With N laws, pass k is the forward one under law k and pass N + k the backward one.

    Raises
    ------
    StorageExceededError
        There are several wanted tokens, and their entries do not fit into the memory together.
    """
    w, table = emissions.window, emissions.table
    length, n_patterns, _ = table.shape
    n_keys, n_laws = n_patterns // 2, len(laws)
    both = np.stack([table, table[::-1][:, reversed_bits(2 * w + 1)]], axis=1)
    potentials = np.exp(both - both.max(axis=3, keepdims=True))
    step = np.exp(emissions.transitions - emissions.transitions.max())
    keeps, widths = (np.asarray([*column, *column]) for column in zip(*((o.keep, o.width) for o in laws), strict=True))
    steps = step, step.T
    chain = Chain(potentials, steps, w, keeps, widths, references(potentials, steps, w, keeps[:n_laws]))

    entries = _first_entries(chain)
    found: list[tuple[dict[int, Entries], dict[int, Entries]]] = [({}, {}) for _ in laws]
    lasts = int(wanted.max()), length - 1 - int(wanted.min())
    sought = set(wanted.tolist())
    stored = 0
    for t in range(max(lasts) + 1):
        stored += entries.n_numbers * (t in sought or length - 1 - t in sought)
        if stored > MAX_STORED and len(sought) > 1:
            raise StorageExceededError
        here = entries.by_pass(2 * n_laws, n_keys)
        for k, (left, right) in enumerate(found):
            if t in sought:
                left[t] = here[k]
            if length - 1 - t in sought:
                right[length - 1 - t] = here[n_laws + k]
        if t == max(lasts):
            break
        entries = _advance(entries, chain, t)
    return [Passes(*pair) for pair in found]


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
    reference : (passes, T, 4^w, L)
        See `ner_lime.crf.reference`.
    """

    potentials: FloatArray
    steps: tuple[FloatArray, FloatArray]
    window: int
    keeps: FloatArray
    widths: FloatArray
    reference: References

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
    reference = _reference(chain, cell, 0)
    message = 1.0 / np.repeat(reference.sum(axis=1, keepdims=True), n_labels, axis=1)
    return Entries(
        cell,
        np.zeros_like(cell),
        message,
        np.ones(len(cell)),
        np.tile(kept.astype(float), (n_passes, 1)),
        np.zeros((len(cell), n_labels + w, n_labels)),
        message,
        reference,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Children:
    """What the entries become at the next token before they are merged: n of them, at most two an entry.

    Attributes
    ----------
    parent : (n,)
        Which entry.
    newest : (n,)
        The new bit.
    cell : (n,)
    probability : (n,)
        Given the key.
    potential : (n, L)
        Of the token that is left.
    n_forward : int
        Those of the forward passes come first.
    """

    parent: IntArray
    newest: IntArray
    cell: IntArray
    probability: FloatArray
    potential: FloatArray
    n_forward: int


def _children(entries: Entries, chain: Chain, t: int) -> Children:
    """Each entry at token t twice, with the new word hidden and kept."""
    w, n_keys = chain.window, chain.n_keys
    bits = [1] if t + w >= len(chain.potentials) else [0, 1]
    parent = np.arange(len(bits) * len(entries.cell)) // len(bits)
    number, key = np.divmod(entries.cell[parent], n_keys)
    newest = np.arange(len(parent)) % 2 if len(bits) == 2 else np.ones_like(parent)
    pattern = 2 * key + newest
    backward = number >= len(chain.widths) // 2
    # The oldest bit (the highest of the pattern) is summed out: a new key has two kinds of sources.
    oldest = chain.keeps[number] if t - w >= 0 else 1.0
    return Children(
        parent,
        newest,
        number * n_keys + (pattern & (n_keys - 1)),
        entries.probability[parent] * np.where(pattern >= n_keys, oldest, 1.0 - oldest),
        chain.potentials[t][backward.astype(np.int64), pattern],
        int(np.count_nonzero(~backward)),
    )


def _transfer(array: FloatArray, steps: tuple[FloatArray, FloatArray], n_forward: int) -> FloatArray:
    """Multiply the last axis by the one step in the forward passes and by the other in the backward ones."""
    flat = array.reshape(len(array), -1, array.shape[-1])
    passed = np.empty_like(flat)
    for rows, step in zip((slice(0, n_forward), slice(n_forward, None)), steps, strict=True):
        here = flat[rows]
        passed[rows] = (here.reshape(-1, here.shape[2]) @ step).reshape(here.shape)
    return passed.reshape(array.shape)


def _advance(entries: Entries, chain: Chain, t: int) -> Entries:
    """The entries at the next token, merged.

    All but the scale of a message is passed on linearly, and the scale of a message is of no account: deviations are
    passed on as they are. Merging is by the laws of total expectation and total covariance.
    """
    child = _children(entries, chain, t)
    number = child.cell // chain.n_keys
    reference = _reference(chain, child.cell, t + 1)
    parent = child.parent
    both = np.stack([entries.message, entries.least], axis=1)[parent] * child.potential[:, None, :]
    both = _transfer(both, chain.steps, child.n_forward)
    scale = np.einsum("nl,nl->n", both[:, 0], reference)[:, None]
    both /= scale[:, None]
    message, potential = both[:, 0], child.potential / scale

    spread = chain.reference.spread[t + 1].reshape(-1, message.shape[1])[child.cell]
    order, starts = bisect(
        coordinates(message * reference, spread), child.probability, child.cell, chain.widths[number] ** 2
    )
    n_rows, n_labels = entries.deviations.shape[1:]
    n_deviations = len(starts) * (n_rows + 1) * n_labels
    if n_deviations > MAX_COVARIANCES:
        raise IntractableError(
            f"under different masks the messages of this CRF differ too much to be merged ({len(starts)} at one word, "
            f'{n_deviations} numbers; at most {MAX_COVARIANCES}): use engine="sample"'
        )
    first = order[starts]
    cell = child.cell[first]
    n_forward = int(np.searchsorted(cell // chain.n_keys, len(chain.widths) // 2))
    parent, sizes = parent[order], np.diff(starts, append=len(order))
    weight = child.probability[order]
    total = np.add.reduceat(weight, starts)
    part = (weight / np.repeat(total, sizes))[:, None]
    rows, potential = message[order], potential[order]
    mean = np.add.reduceat(rows * part, starts)
    rows = rows - np.repeat(mean, sizes, axis=0)
    kept = np.concatenate([child.newest[order, None].astype(float), entries.kept[parent]], axis=1)

    # The deviations of the merged messages from their mean, and those that each of them brings.
    own = np.einsum("nr,nl->nrl", np.concatenate([rows, kept], axis=1) * part, rows)
    deviations = np.add.reduceat(own, starts)
    brought = entries.deviations[parent] * (part * potential)[:, None, :]
    brought[:, :n_labels] *= potential[:, :, None]
    brought = _transfer(np.add.reduceat(brought, starts), chain.steps, n_forward)
    deviations[:, :n_labels] += _transfer(brought[:, :n_labels].swapaxes(1, 2), chain.steps, n_forward)
    deviations[:, n_labels + 1 :] += brought[:, n_labels:]

    advanced = Entries(
        cell,
        np.arange(len(cell)) - np.searchsorted(cell, cell),
        mean,
        total,
        np.add.reduceat(kept * part, starts),
        deviations,
        np.minimum.reduceat(both[order, 1], starts),
        reference[first],
    )
    return _drop_independent_lags(advanced, chain)


def _reference(chain: Chain, cell: IntArray, t: int) -> FloatArray:
    """(m, L): the reference of each entry at token t."""
    weights = chain.reference.weights[t]
    return np.asarray(weights.reshape(-1, weights.shape[2])[cell])


def dependence_left_out(width: float) -> float:
    """Largest error of an effect by the words that are taken to be independent of the messages.

    The first-order change of a marginal is at most a quarter of the range of the message's relative changes, whatever
    it is read by; those that depend on the entry's probability of the word come on top.
    """
    return 1.25 * min(INDEPENDENT * width, MAX_INDEPENDENT)


def _drop_independent_lags(entries: Entries, chain: Chain) -> Entries:
    """Drop the oldest lags whose words are independent of every message."""
    number = entries.cell // chain.n_keys
    n_lags, keep = entries.kept.shape[1], chain.keeps[number]
    n_labels = entries.message.shape[1]
    threshold = np.minimum(INDEPENDENT * chain.widths[number], MAX_INDEPENDENT) * keep * (1.0 - keep)
    while n_lags > 2 * chain.window + 1:
        if (np.abs(entries.kept[:, n_lags - 1] - keep) > threshold).any():
            break
        change = entries.deviations[:, n_labels + n_lags - 1] / entries.message
        if (change.max(axis=1) - change.min(axis=1) > threshold).any():
            break
        n_lags -= 1
    if n_lags == entries.kept.shape[1]:
        return entries
    return replace(entries, kept=entries.kept[:, :n_lags], deviations=entries.deviations[:, : n_labels + n_lags])
