"""A law given that some components are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.law import Law
from ner_lime.lime.projection import given_kept
from ner_lime.types import BoolArray, FloatArray, Masks

DRAWS = 2**14
"""Number of draws, of a fixed stream, by which the probability that all of them are kept is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Law):
    """A law over the components that are not always kept: the whole law, conditioned on the others being kept.

    Attributes
    ----------
    law : Law
        Of all components.
    kept : (C,)
        Which components are always kept.
    """

    law: Law
    kept: BoolArray

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C - kept), by rejection."""
        found = np.empty((0, n_components), dtype=bool)
        while len(found) < n:
            drawn = self.law.draw(rng, max(2 * n, 1024), len(self.kept))
            fitting = drawn[drawn[:, self.kept].all(axis=1)]
            found = np.concatenate([found, fitting[:, ~self.kept]])
        return found[:n]

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): that of the whole masks."""
        return self.law.weight(self.expand(masks))

    def probability(self, masks: Masks) -> FloatArray | None:
        """(n,): that of the whole masks, over the probability that all of these are kept."""
        probability = self.law.probability(self.expand(masks))
        if probability is None:
            return None
        drawn = self.law.draw(np.random.default_rng(0), DRAWS, len(self.kept))
        share = max(float(drawn[:, self.kept].all(axis=1).mean()), 1.0 / DRAWS)
        return np.asarray(probability / share)

    def by_kept(self, n_components: int) -> FloatArray | None:
        """(C - kept + 1,): that of the whole law, given that many are kept."""
        whole = self.law.by_kept(len(self.kept))
        return None if whole is None else given_kept(whole, int(self.kept.sum()))

    def expand(self, masks: Masks) -> Masks:
        """(n, C): the masks with what is always kept."""
        expanded = np.ones((len(masks), len(self.kept)), dtype=bool)
        expanded[:, ~self.kept] = masks
        return expanded


def conditioned_on(law: Law, kept: BoolArray) -> Law:
    """The law of the other components, given that those of `kept` (C,) are always kept."""
    if not kept.any() or kept.all():
        return law
    return law.conditioned(kept) or Conditional(law, kept)
