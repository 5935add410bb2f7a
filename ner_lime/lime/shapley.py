"""Shapley values: as a weighted sum over all masks, and as the mean of the Bernoulli effects over all keep-rates."""

from __future__ import annotations

from math import comb

import numpy as np

from ner_lime.lime.laws import hide_random
from ner_lime.types import FloatArray, Masks

MOST_NODES = 32
FINEST = 5
"""The level at which these are reached."""


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
    with the level: 3, 4, 6, 10, 18, ... Among C components the effects are polynomials of degree C - 1 in q, for which
    ceil(C / 2) nodes are exact: there are never more, nor more than `MOST_NODES`.
    """
    exact = max((n_components + 1) // 2, 1)
    nodes, weights = np.polynomial.legendre.leggauss(min(2**level + 2, exact, MOST_NODES))
    return [(float(node + 1.0) / 2.0, float(weight) / 2.0) for node, weight in zip(nodes, weights, strict=True)]


class ShapleyLaw:
    """The law from which sampled Shapley values draw: the number kept is uniform on 0..C, then a random subset.

    It is the mixture of all Bernoulli laws over a uniform keep-rate, the law behind Owen's integral.
    """

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        return hide_random(rng, rng.integers(0, n_components + 1, n), n_components)

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): ones."""
        return np.ones(len(masks))

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): 1 / ((C + 1) binomial(C, kept))."""
        n_components = masks.shape[1]
        by_count = np.array([1.0 / ((n_components + 1) * comb(n_components, s)) for s in range(n_components + 1)])
        return np.asarray(by_count[masks.sum(axis=1)])
