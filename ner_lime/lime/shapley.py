"""Shapley values: as a weighted sum over all masks, and as the mean of the Bernoulli effects over all keep-rates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import comb
from typing import ClassVar

import numpy as np

from ner_lime.lime.kernel import KernelSurrogate
from ner_lime.lime.law import Ends, Law
from ner_lime.lime.linear import LinearMap
from ner_lime.lime.masks import hide_random
from ner_lime.lime.projection import linear_coefficients
from ner_lime.types import BoolArray, FloatArray, IntArray, KeepRates, Masks, Moments, Values

MAX_NODES = 32
"""Number of Gauss-Legendre nodes of the finest quadrature over the keep-rate."""

FINEST = 5
"""The level at which `MAX_NODES` are reached."""


@dataclass(frozen=True, slots=True)
class Shapley(Law):
    """The law of Shapley values: the number kept is uniform on 0..C, then a random subset.

    It is the mixture of all Bernoulli laws over a uniform keep-rate, the law behind Owen's integral. The weights are
    not those of a least-squares fit but the Shapley values: bias f(nothing kept), and they add up to f(all kept).

    Examples
    --------
    >>> Shapley().probability(np.array([[True, True], [True, False]])).round(3).tolist()
    [0.333, 0.167]
    """

    method: ClassVar[str] = "shapley"

    @property
    def words(self) -> str:
        """The law as pages and tables name it."""
        return "all keep-rates alike"

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n masks, (n, C), in pairs: each is followed by its complement.

        What is even in the mask adds nothing to a Shapley value, and in a pair it adds no noise either (Covert, Lee,
        AISTATS 2021, section 4.2).
        """
        masks = hide_random(rng, rng.integers(0, n_components + 1, (n + 1) // 2), n_components)
        return np.asarray(np.stack([masks, ~masks], axis=1).reshape(-1, n_components)[:n])

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): 1 / ((C + 1) binomial(C, kept))."""
        n_components = masks.shape[1]
        by_count = np.array([1.0 / ((n_components + 1) * comb(n_components, s)) for s in range(n_components + 1)])
        return np.asarray(by_count[masks.sum(axis=1)])

    def anchors(self, n_components: int, centres: IntArray | None = None) -> Masks:
        """(a, C): everything kept, and nothing, or nothing but what is always kept: efficiency needs both answers."""
        full = np.ones((1, n_components), dtype=bool)
        if centres is None:
            return np.concatenate([full, ~full]) if n_components else full
        alone = np.zeros((len(centres), n_components), dtype=bool)
        alone[np.arange(len(alone)), centres] = True
        return np.asarray(np.unique(np.concatenate([full, alone]), axis=0)[::-1])

    def conditional_weight(self, masks: Masks) -> FloatArray:
        """(n,): 1 / kept: larger masks are the likelier ones to keep a component; so all sizes are alike again."""
        return np.asarray(1.0 / np.maximum(masks.sum(axis=1), 1))

    def keeps_weights(self, ridge: float | None) -> bool:
        """A Shapley value is the component's own, whichever others are shown."""
        return True

    def regression(self, masks: Masks, sample_weight: FloatArray, kept: int | None, *, ridge: float = 0.0) -> LinearMap:
        """The Shapley values as a weighted regression through both ends (KernelSHAP), of draws of this law.

        A coalition of s of n players weighs 1 / (binomial(n, s) s (n - s)) (Lundberg, Lee, NIPS 2017, theorem 2), over
        its chance to be drawn; that the values add up to f(full) - f(empty) is a constraint (Covert, Lee, AISTATS 2021,
        section 3). Sizes drawn uniformly are nearly the leverage scores of this regression (Musco, Witter, ICLR 2025).
        """
        players = np.delete(np.arange(masks.shape[1]), [] if kept is None else [kept])
        n, seen = max(len(players), 1), masks[:, players].astype(float)
        size = seen.sum(axis=1)
        full, empty = size == len(players), size == 0.0
        weight = sample_weight * ~(full | empty) / np.maximum(size * (n - size), 1.0)
        if kept is not None:
            weight /= size + 1.0  # larger masks are the likelier ones to keep it
        centred = seen - size[:, None] / n
        gram = (centred * weight[:, None]).T @ centred
        gram[np.diag_indices_from(gram)] += ridge
        slopes = np.linalg.pinv(gram, rcond=1e-12, hermitian=True) @ (centred * weight[:, None]).T
        leverage = (centred * slopes.T).sum(axis=1)
        # The regression is one of f - f(empty) - (f(full) - f(empty)) s / n.
        matrix = np.zeros((masks.shape[1] + 1, len(masks)))
        matrix[1 + players] = slopes
        reached, whole = slopes @ (size / n), slopes.sum(axis=1)
        matrix[np.ix_(1 + players, full)] += (1.0 / n - reached)[:, None]
        matrix[np.ix_(1 + players, empty)] += (reached - whole - 1.0 / n)[:, None]
        matrix[0, empty] = 1.0
        return LinearMap(matrix, leverage, full | empty)

    def coefficients(self, masks: Masks, share: FloatArray) -> FloatArray:
        """(C + 1, 2^C): see `shapley_matrix`."""
        return shapley_matrix(masks)

    def project(self, surrogate: KernelSurrogate, kept: int | None) -> tuple[FloatArray, FloatArray]:
        """The surrogate's own values by quadrature over the keep-rate, exact for its number of components.

        The bias is known (see `constrain`), so the one that comes back has no meaning.
        """
        rates = keep_rates(surrogate.masks.shape[1], FINEST)
        weights = sum(share * linear_coefficients(surrogate, keep, kept=kept)[1] for keep, share in rates)
        return surrogate.mean, np.asarray(weights)

    def constrain(
        self,
        bias: FloatArray,
        weights: FloatArray,
        masks: Masks,
        values: Values,
        kept: int | None,
    ) -> tuple[FloatArray, FloatArray]:
        """Bias f(empty), and every weight with the same share of what is missing to f(full) - f(empty).

        The projection onto the efficiency constraint (Musco, Witter, ICLR 2025, lemma 3.1).
        """
        players = [j for j in range(masks.shape[1]) if j != kept]
        full = values[masks.all(axis=1)][0]
        empty = values[~masks[:, players].any(axis=1)][0]
        weights = weights.copy()
        weights[players] += (full - empty - weights.sum(axis=0)) / max(len(players), 1)
        return empty, weights

    def mixture(self, n_components: int) -> KeepRates:
        """All product laws, by quadrature."""
        return partial(keep_rates, n_components)

    def from_moments(self, moments: Moments, ends: Ends) -> tuple[FloatArray, FloatArray]:
        """Bias f(nothing kept), and the mean effects, which then add up to f(everything kept).

        Efficiency holds exactly for the exact values: what the merging left out is shared evenly (Musco, Witter, ICLR
        2025).
        """
        empty, full, players = ends()
        missing = full - empty - moments.effects.sum(axis=2)
        return empty, moments.effects + players * (missing / np.maximum(players.sum(axis=2), 1.0))[:, :, None]

    def second_moments(
        self, moments: Moments, bias: FloatArray, weights: FloatArray, kept: IntArray | None
    ) -> tuple[FloatArray, FloatArray] | None:
        """Under the mixture: with a keep-rate uniform on [0, 1], E[z_j] = 1/2 and E[z_j z_k] = 1/3.

        Shapley values are no least-squares fit, so the second moment of the error f - b - z.w has all of its terms.
        """
        if moments.second is None:
            return None
        # What is always kept (its weight is 0) belongs to the bias.
        if kept is not None:
            weights = weights.copy()
            weights[np.arange(len(weights)), :, kept] = 0.0
        total = weights.sum(axis=2)
        fitted = bias + 0.5 * total
        squares = weights @ weights.swapaxes(1, 2)
        crossed = moments.mean[:, :, None] * bias[:, None, :] + moments.joint @ weights.swapaxes(1, 2)
        both = bias[:, :, None] * fitted[:, None, :] + 0.5 * total[:, :, None] * bias[:, None, :]
        both += total[:, :, None] * total[:, None, :] / 3.0 + squares / 6.0
        variance = moments.second - moments.mean[:, :, None] * moments.mean[:, None, :]
        return variance, moments.second - crossed - crossed.swapaxes(1, 2) + both

    def conditioned(self, kept: BoolArray) -> Law:
        """Itself: the game of the others, in which all their coalitions are alike again."""
        return self


def shapley_matrix(masks: Masks) -> FloatArray:
    """(C + 1, 2^C): bias and Shapley values as a linear map of the answers on all masks.

    phi_j = sum over coalitions S without j of |S|! (C - |S| - 1)! / C! (f(S + j) - f(S)) (Shapley 1953); the bias is
    the answer with everything hidden, so that bias + sum of phi is the answer on the full sentence (efficiency).
    """
    n_components = masks.shape[1]
    # weight of a coalition of size s without j: 1 / (C binomial(C - 1, s))
    gain = np.array([1.0 / (n_components * comb(n_components - 1, s)) for s in range(n_components)] + [0.0])
    size = masks.sum(axis=1)
    joined, left = gain[size - 1], gain[size]
    weights = np.where(masks.T, joined, -left)
    bias = (size == 0).astype(float)
    return np.vstack([bias, weights])


def keep_rates(n_components: int, level: int) -> list[tuple[float, float]]:
    """Keep-rates and their shares: the Shapley value is the mean of the Bernoulli(q) effects over all q in [0, 1].

    The multilinear extension of Owen (Management Science 1972, section 4), by Gauss-Legendre. The number of nodes grows
    with the level: 3, 4, 6, 10, 18, ... Among C components the effects are polynomials of degree C - 1 in q, and the
    means of degree C, for which C // 2 + 1 nodes are exact: there are never more, nor more than `MAX_NODES`.
    """
    exact = n_components // 2 + 1
    nodes, weights = np.polynomial.legendre.leggauss(min(2**level + 2, exact, MAX_NODES))
    return [(float(node + 1.0) / 2.0, float(weight) / 2.0) for node, weight in zip(nodes, weights, strict=True)]
