"""Sets of masks: all of them, or distinct draws."""

from __future__ import annotations

import numpy as np

from ner_lime.lime.laws import Neighbourhood
from ner_lime.types import IntArray, Masks


def all_masks(n_components: int) -> Masks:
    """(2^C, C): every mask, counting upwards with component 0 as the lowest bit; the last one keeps everything."""
    numbers = np.arange(2**n_components)
    return np.asarray((numbers[:, None] >> np.arange(n_components)) & 1, dtype=bool)


def first_seen(masks: Masks) -> IntArray:
    """The rows that differ from all rows before them."""
    packed = np.packbits(masks, axis=1)
    keys = packed.view([("", packed.dtype)] * packed.shape[1]).ravel()
    return np.asarray(np.sort(np.unique(keys, return_index=True)[1]))


def draw_distinct(
    neighbourhood: Neighbourhood, rng: np.random.Generator, n: int, n_components: int, *, known: Masks | None = None
) -> tuple[Masks, int]:
    """Up to n masks that differ from each other and from the `known` ones, and the number of draws it took.

    Fewer than n come back where the law has hardly any more masks to give.
    """
    found = np.empty((0, n_components), dtype=bool) if known is None else known
    wanted, n_known, n_draws = len(found) + n, len(found), 0
    for _ in range(20):
        if len(found) >= wanted:
            break
        drawn = neighbourhood.draw(rng, max(2 * (wanted - len(found)), 32), n_components)
        together = np.concatenate([found, drawn])
        first = first_seen(together)[:wanted]
        # Draws behind the last mask that was wanted do not count: nobody looked at them.
        n_draws += int(first[-1]) + 1 - len(found) if len(first) == wanted else len(drawn)
        found = together[first]
    return found[n_known:], n_draws
