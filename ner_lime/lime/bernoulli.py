"""The product law: every component is kept with the same probability, independently of the others."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np

from ner_lime.errors import InputError
from ner_lime.lime.kernel import KernelSurrogate
from ner_lime.lime.law import Ends, Law
from ner_lime.lime.projection import linear_coefficients
from ner_lime.types import BoolArray, FloatArray, IntArray, KeepRates, Masks, Moments

MIN_RATE = 0.001
"""Least probability with which a component is kept, and with which it is hidden. An effect is a difference of two
conditional means, one of them over this share of all masks: below it, rounding is all that is left of it."""


@dataclass(frozen=True, slots=True)
class Bernoulli(Law):
    """Every component is kept with probability `keep`, independently; every mask weighs 1.

    Sampling from the weighted law instead of weighting afterwards: GLIME-binomial (Tan, Tian, Li, NeurIPS 2023,
    section 4.1). The design is orthogonal, so each weight is E[f | z_j = 1] - E[f | z_j = 0].

    Raises
    ------
    InputError
        A keep-rate outside of 0.001 to 0.999.

    Examples
    --------
    >>> Bernoulli(keep=0.7).probability(np.array([[True, False]])).round(2).tolist()
    [0.21]
    """

    keep: float = 0.7

    def __post_init__(self) -> None:
        if not isinstance(self.keep, Real) or not MIN_RATE <= float(self.keep) <= 1.0 - MIN_RATE:
            raise InputError(f"expected a keep-rate from {MIN_RATE} to {1.0 - MIN_RATE}, found {self.keep!r}")

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        return rng.random((n, n_components)) < self.keep

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): q^kept (1 - q)^hidden."""
        kept = masks.sum(axis=1)
        return np.asarray(self.keep**kept * (1.0 - self.keep) ** (masks.shape[1] - kept))

    def keep_rate(self, masks: Masks) -> float:
        """Its own."""
        return self.keep

    def keeps_weights(self, ridge: float | None) -> bool:
        """The design is orthogonal, unless a penalty shrinks it."""
        return ridge is None

    def project(self, surrogate: KernelSurrogate, kept: int | None) -> tuple[FloatArray, FloatArray]:
        """In closed form, for any number of components."""
        return linear_coefficients(surrogate, self.keep, kept=kept)

    def mixture(self, n_components: int) -> KeepRates:
        """One product law, whatever the level."""
        return lambda _level: [(self.keep, 1.0)]

    def from_moments(self, moments: Moments, ends: Ends) -> tuple[FloatArray, FloatArray]:
        """Weights are the effects themselves, and b0 = E[f] - q sum_j beta_j."""
        return moments.mean - self.keep * moments.effects.sum(axis=2), moments.effects

    def second_moments(
        self,
        moments: Moments,
        bias: FloatArray,
        weights: FloatArray,
        kept: IntArray | None,
    ) -> tuple[FloatArray, FloatArray] | None:
        """Covariance of f, and what is left: R2 = q (1 - q) sum_j beta_j^2 / Var f."""
        if moments.second is None:
            return None
        variance = moments.second - moments.mean[:, :, None] * moments.mean[:, None, :]
        explained = self.keep * (1.0 - self.keep) * moments.effects @ moments.effects.swapaxes(1, 2)
        return variance, variance - explained

    def product(self) -> Bernoulli:
        """Itself."""
        return self

    def conditioned(self, kept: BoolArray) -> Law:
        """Itself: the components are independent."""
        return self
