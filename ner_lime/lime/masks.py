"""Sets of masks: all of them, or distinct draws with their counts."""

from __future__ import annotations

import numpy as np

from ner_lime.lime.neighbourhoods import Neighbourhood
from ner_lime.types import IntArray, Masks


def all_masks(n_components: int) -> Masks:
    """(2^C, C): every mask, counting upwards with component 0 as the lowest bit; the last one keeps everything."""
    numbers = np.arange(2**n_components)
    return np.asarray((numbers[:, None] >> np.arange(n_components)) & 1, dtype=bool)


def distinct(masks: Masks) -> tuple[Masks, IntArray]:
    """The distinct rows in the order of their first appearance, and how often each came."""
    packed = np.packbits(masks, axis=1)
    keys = packed.view([("", packed.dtype)] * packed.shape[1]).ravel()
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    order = first.argsort()
    return masks[first[order]], counts[order]


def draw_distinct(
    neighbourhood: Neighbourhood, rng: np.random.Generator, n: int, n_components: int, *, known: Masks | None = None
) -> Masks:
    """Up to n masks of the neighbourhood that differ from each other and from the `known` ones.

    Fewer than n come back where the law has hardly any more masks to give.
    """
    found = np.empty((0, n_components), dtype=bool) if known is None else known
    start = len(found)
    for _ in range(20):
        missing = start + n - len(found)
        if missing <= 0:
            break
        drawn = neighbourhood.draw(rng, max(2 * missing, 32), n_components)
        found, _ = distinct(np.concatenate([found, drawn]))
    return found[start : start + n]
