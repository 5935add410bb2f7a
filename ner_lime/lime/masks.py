"""Sets of masks: all of them, or distinct draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ner_lime.types import FloatArray, IntArray, Masks

if TYPE_CHECKING:
    from ner_lime.lime.law import Law


def all_masks(n_components: int) -> Masks:
    """(2^C, C): every mask, counting upwards with component 0 as the lowest bit; the last one keeps everything."""
    numbers = np.arange(2**n_components)
    return np.asarray((numbers[:, None] >> np.arange(n_components)) & 1, dtype=bool)


def first_seen(masks: Masks) -> IntArray:
    """The rows that differ from all rows before them."""
    packed = np.packbits(masks, axis=1)
    keys = packed.view([("", packed.dtype)] * packed.shape[1]).ravel()
    return np.asarray(np.sort(np.unique(keys, return_index=True)[1]))


def hide_random(rng: np.random.Generator, counts: IntArray, n_components: int) -> Masks:
    """(n, C): row r hides `counts[r]` components chosen at random."""
    order = rng.random((len(counts), n_components)).argsort(axis=1).argsort(axis=1)
    return np.asarray(order >= counts[:, None])


def draw_distinct(
    law: Law, rng: np.random.Generator, n: int, n_components: int, *, known: Masks
) -> tuple[Masks, FloatArray, IntArray, int]:
    """Draw until n masks came that differ from each other and from the `known` ones.

    Fewer than n come where the law has hardly any more masks to give.

    Returns
    -------
    masks : (n, C)
        The new ones.
    counts : (known + n,)
        How often each mask, known or new, came in these draws.
    came : (n,)
        The number of draws before each of the new ones.
    n_draws : int
        The number of draws.
    """
    found, wanted, n_draws = known, len(known) + n, 0
    counts, came = np.zeros(len(known)), np.zeros(0, dtype=np.int64)
    for _ in range(20):
        if len(found) >= wanted:
            break
        drawn = law.draw(rng, max(2 * (wanted - len(found)), 32), n_components)
        together = np.concatenate([found, drawn])
        first = first_seen(together)[:wanted]
        # Draws behind the last mask that was wanted do not count: nobody looked at them.
        used = int(first[-1]) + 1 - len(found) if len(first) == wanted else len(drawn)
        came = np.concatenate([came, n_draws + first[len(found) :] - len(found)])
        n_draws += used
        counts = np.pad(counts, (0, len(first) - len(found))) + occurrences(together[first], drawn[:used])
        found = together[first]
    return found[len(known) :], counts, came, n_draws


def occurrences(masks: Masks, drawn: Masks) -> FloatArray:
    """(n,): how often each of the distinct masks (n, C) is among the drawn ones (m, C), all of which they contain."""
    together = np.packbits(np.concatenate([masks, drawn]), axis=1)
    _, first, inverse = np.unique(together, axis=0, return_index=True, return_inverse=True)
    by_group = np.bincount(inverse.ravel()[len(masks) :], minlength=len(first))
    return np.asarray(by_group[inverse.ravel()[: len(masks)]], dtype=np.float64)
