"""A law of masks: the distribution, with its weights, in which an explanation holds (the neighbourhood).

A law draws masks and weighs them; that is all it must do. What else it can do makes its answers exact or cheaper, and
the engines ask for that, never for its class: give the probability of a mask, be a mixture of product laws, project a
kernel surrogate in closed form, know some answers beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ner_lime.errors import InputError
from ner_lime.lime.linear import LinearMap, linear_map
from ner_lime.lime.masks import all_masks
from ner_lime.lime.projection import coefficients_by_counts
from ner_lime.types import BoolArray, FloatArray, IntArray, KeepRates, Masks, Moments, Values

if TYPE_CHECKING:
    from ner_lime.lime.bernoulli import Bernoulli
    from ner_lime.lime.kernel import KernelSurrogate

PROJECTION_DRAWS = 2**14
"""Masks of the surrogate by which a law without a closed form is projected; they cost no call of the model."""

Ends = Callable[[], tuple[FloatArray, FloatArray, FloatArray]]
"""Answers (P, K) with every component hidden and with all kept, and (P, 1, C) ones where a component may be hidden."""


class Law:
    """A distribution over masks of C components.

    A subclass must have `draw` and `weight`; an object that has no more than these two becomes one by `as_law`.

    Attributes
    ----------
    method : "lime" or "shapley"
        Whether the coefficients are those of a least-squares fit or Shapley values.

    Examples
    --------
    >>> class HalfHidden(Law):
    ...     def draw(self, rng, n, n_components):
    ...         return rng.random((n, n_components)) < 0.5
    >>> HalfHidden().draw(np.random.default_rng(0), 2, 3).shape
    (2, 3)
    """

    method: ClassVar[str] = "lime"

    @property
    def words(self) -> str:
        """The law as pages and tables name it."""
        return repr(self)

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        raise NotImplementedError

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): how much a drawn mask counts; ones unless a law says otherwise."""
        return np.ones(len(masks))

    def probability(self, masks: Masks) -> FloatArray | None:
        """(n,): how often each mask is drawn; None where the law can't tell."""
        return None

    def by_kept(self, n_components: int) -> FloatArray | None:
        """(C + 1,): share of the masks that keep 0, 1, ..., C components, weights included; sums to 1.

        None where two masks of one size may count differently.
        """
        return None

    def keep_rate(self, masks: Masks) -> float:
        """The keep-rate of the product law nearest to this one, of which these masks, (n, C), were drawn."""
        return float(masks.mean())

    def anchors(self, n_components: int, centres: IntArray | None = None) -> Masks:
        """(a, C): the masks that are always asked: the one that keeps everything.

        `centres` (P,) are the components that are always kept, one a position; None where nothing is.
        """
        return np.ones((1, n_components), dtype=bool)

    def conditional_weight(self, masks: Masks) -> FloatArray:
        """(n,): factor by which a mask counts where one of its kept components is one that must be kept."""
        return np.ones(len(masks))

    def keeps_weights(self, ridge: float | None) -> bool:
        """Whether leaving out some components leaves the weights of the others as they are (an orthogonal design)."""
        return False

    def coefficients(self, masks: Masks, share: FloatArray) -> FloatArray:
        """(C + 1, n): answers on all masks to bias and weights, given the share (n,) of each mask."""
        if masks.shape[1] == 0:
            return np.asarray((share / share.sum())[None, :])
        return linear_map(masks, share).matrix

    def regression(
        self,
        masks: Masks,
        sample_weight: FloatArray,
        kept: int | None,
        *,
        ridge: float = 0.0,
    ) -> LinearMap:
        """Answers on drawn masks, (n, C), to the estimate of bias and weights; component `kept` is always kept.

        Parameters
        ----------
        masks : (n, C)
        sample_weight : (n,)
            How often each mask is expected to come, times its weight.
        kept : int or None
        ridge : float
        """
        return linear_map(masks, sample_weight, ridge=ridge)

    def project(self, surrogate: KernelSurrogate, kept: int | None) -> tuple[FloatArray, FloatArray]:
        """Bias (K,) and weights (C, K) of a kernel surrogate under this law; component `kept` is always kept.

        In closed form where only the number kept matters; else from all masks, where their probabilities are known and
        there are at most `PROJECTION_DRAWS` of them; else from a draw of a fixed stream.
        """
        n_components = surrogate.masks.shape[1]
        by_kept = self.by_kept(n_components)
        if by_kept is not None and n_components > 2:
            return coefficients_by_counts(surrogate, by_kept, kept=kept)
        masks = all_masks(n_components) if 2**n_components <= PROJECTION_DRAWS else None
        share = None if masks is None else shares(self, masks)
        if masks is None or share is None:
            masks = self.draw(np.random.default_rng(0), PROJECTION_DRAWS, n_components)
            share = self.weight(masks)
        if kept is not None:
            share = share * masks[:, kept]
        return linear_map(masks, share).fit(surrogate.predict(masks))

    def constrain(
        self,
        bias: FloatArray,
        weights: FloatArray,
        masks: Masks,
        values: Values,
        kept: int | None,
    ) -> tuple[FloatArray, FloatArray]:
        """Bias (K,) and weights (C, K) made to agree with what the answers (n, K) on the anchors say exactly."""
        return bias, weights

    def mixture(self, n_components: int) -> KeepRates | None:
        """The law as a mixture of product laws; None where it is none."""
        return None

    def from_moments(self, moments: Moments, ends: Ends) -> tuple[FloatArray, FloatArray]:
        """Bias (P, K) and weights (P, K, C) from the moments of the mixture."""
        raise NotImplementedError

    def second_moments(
        self,
        moments: Moments,
        bias: FloatArray,
        weights: FloatArray,
        kept: IntArray | None,
    ) -> tuple[FloatArray, FloatArray] | None:
        """(P, K, K) each: covariance of the answers, and what the surrogate leaves of it; None where unknown.

        Parameters
        ----------
        moments : Moments
        bias : (P, K)
        weights : (P, K, C)
        kept : (P,) or None
            The component that is always kept, of each position.
        """
        return None

    def product(self) -> Bernoulli | None:
        """The law as one product law; None where it is none."""
        return None

    def conditioned(self, kept: BoolArray) -> Law | None:
        """The law of the other components, given that those of `kept` (C,) are always kept.

        None where it has no form of its own: `ner_lime.lime.conditional.conditioned_on` draws it by rejection then.
        """
        return None


class DrawnLaw(Law):
    """A law of a user's own, of which only `draw` and `weight` are known (and `probability`, where it has one).

    Raises
    ------
    InputError
        When it is used: masks that are no (n, C) booleans, or weights that are not n finite numbers of 0 or more.
    """

    def __init__(self, own: Any) -> None:
        self.own = own

    def __repr__(self) -> str:
        return repr(self.own)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DrawnLaw) and bool(self.own == other.own)

    def __hash__(self) -> int:
        return hash(id(self.own))

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        masks = np.asarray(self.own.draw(rng, n, n_components))
        if masks.shape != (n, n_components) or masks.dtype != bool:
            raise InputError(
                f"{self.own!r}: expected draw(rng, n, n_components) to give booleans of shape {(n, n_components)}, "
                f"found {masks.dtype} of shape {masks.shape}"
            )
        return masks

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): how much each mask counts."""
        weight = np.asarray(self.own.weight(masks), dtype=np.float64)
        if weight.shape != (len(masks),) or not np.isfinite(weight).all() or (weight < 0.0).any():
            raise InputError(f"{self.own!r}: expected weight(masks) to give one finite number of 0 or more a mask")
        return weight

    def probability(self, masks: Masks) -> FloatArray | None:
        """(n,): how often each mask is drawn, where the law tells."""
        known = getattr(self.own, "probability", None)
        return None if known is None else np.asarray(known(masks), dtype=np.float64)


def as_law(law: Any) -> Law:
    """Take a law as it is, and make one of any object with `draw` and `weight`.

    Raises
    ------
    InputError
        The object has no such methods.
    """
    if isinstance(law, Law):
        return law
    if isinstance(law, type) or not all(callable(getattr(law, name, None)) for name in ("draw", "weight")):
        raise InputError(
            f"expected a neighbourhood such as Bernoulli(keep=0.7), or an object with draw and weight, found {law!r}"
        )
    return DrawnLaw(law)


def shares(law: Law, masks: Masks) -> FloatArray | None:
    """(n,): share of each mask of a complete list: how often it is drawn, times its weight; sums to 1.

    None where the law does not know how often a mask is drawn. One component leaves nothing to choose: it is seen or
    hidden, both alike.
    """
    if masks.shape[1] == 1:
        return np.full(len(masks), 1.0 / len(masks))
    probability = law.probability(masks)
    if probability is None:
        return None
    share = probability * law.weight(masks)
    return np.asarray(share / share.sum())


def expected_counts(probability: FloatArray, n_draws: int) -> FloatArray:
    """(n,): how often each of these distinct masks comes in `n_draws` draws, on average, given that it came at all.

    A mask that is asked once however often it was drawn stands for n p / (1 - (1 - p)^n) draws (Horvitz, Thompson, JASA
    1952). Masks that the law never draws, such as lime's full sentence, came once.
    """
    chance = np.minimum(probability, 1.0 - 1e-12)
    seen = -np.expm1(n_draws * np.log1p(-chance))
    return np.asarray(np.where(chance * n_draws > 0.0, n_draws * chance / np.maximum(seen, 1e-300), 1.0))
