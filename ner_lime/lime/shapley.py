"""Shapley values: as a weighted sum over all masks, and as the mean of the Bernoulli effects over all keep-rates."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np

from ner_lime.lime.neighbourhoods import hide_random
from ner_lime.types import FloatArray, Masks


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


def integrate_keep_rates(
    effects: Callable[[float], FloatArray], *, tolerance: float, nodes: int = 2, most: int = 32
) -> tuple[FloatArray, float]:
    """Shapley values as the integral of the Bernoulli(q) effects over q in [0, 1].

    The multilinear extension of Owen (Management Science 1972, section 4), by Gauss-Legendre; the
    nodes are doubled until no value changes by more than `tolerance`.

    Returns
    -------
    values, change : array like `effects`' result, and the largest change in the last doubling.
    """
    previous: FloatArray | None = None
    change = np.inf
    while True:
        at, weight = np.polynomial.legendre.leggauss(nodes)
        values = np.asarray(sum(w / 2.0 * effects((x + 1.0) / 2.0) for x, w in zip(at, weight, strict=True)))
        if previous is not None:
            change = float(np.abs(values - previous).max(initial=0.0))
        if change <= tolerance or 2 * nodes > most:
            return values, change
        previous, nodes = values, 2 * nodes


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
