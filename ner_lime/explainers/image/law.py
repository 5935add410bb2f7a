"""lime's law for pictures: fair coins, weighed by the cosine distance to the full picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.law import Law
from ner_lime.types import FloatArray, Masks


@dataclass(frozen=True, slots=True)
class FairCosine(Law):
    """Every patch is kept with probability 1/2; a mask weighs sqrt(exp(-(1 - sqrt(kept share))^2 / width^2)).

    ``lime.lime_image``'s neighbourhood; its cosine distance of a mask to the full one is 1 - sqrt(kept share).

    Examples
    --------
    >>> FairCosine().weight(np.array([[True, True], [False, False]])).round(4).tolist()
    [1.0, 0.0003]
    """

    width: float = 0.25

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        return rng.random((n, n_components)) < 0.5

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): the kernel."""
        distance = 1.0 - np.sqrt(masks.mean(axis=1))
        return np.asarray(np.exp(-(distance**2) / (2.0 * self.width**2)))

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): all alike."""
        return np.full(len(masks), 0.5 ** masks.shape[1])
