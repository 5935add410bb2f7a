"""The kernel surrogate: a smooth function of the mask, fitted to the answers, with projections in closed form.

Fitting it first and reading the wanted coefficients off it (regression-adjusted estimation; cf. Witter, Liu, Musco,
arXiv 2506.11849) removes most of the noise of a direct linear fit: what the draw of the masks happened to hit no
longer matters.

k(z, z') = prod_j exp(-g_j [z_j != z'_j]). The g_j say how much each component matters: by its distance from the
explained word, g_j = g0 exp(-distance / reach) + floor, or by what a linear fit makes of it, g_j = g0 (|b_j| / max
|b|)^sharpness + floor. Which, and how much, is learned by leave-one-out error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.types import FloatArray, Masks, Values

FLOOR = 1e-3
STRENGTHS = (0.1, 0.3, 1.0, 3.0)
REACHES = (1.0, 2.0, 5.0, 20.0)
SHARPNESSES = (1.0, 2.0)
NOISES = tuple(10.0**k for k in range(-6, -1))
SEARCH_ROWS = 128
"""The kernel is chosen on at most so many masks: a search on more costs more than it gains."""


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """The hyper-parameters of one fit: decay (C,), that is g_j, and the noise."""

    decay: FloatArray
    noise: float


@dataclass(frozen=True, slots=True, eq=False)
class KernelSurrogate:
    """f(z) = mean + sum_k coefficients_k k(z, masks_k), for K targets.

    Attributes
    ----------
    masks : (n, C)
    decay : (C,)
        g_j.
    mean : (K,)
    coefficients : (n, K)
    residuals : (n, K)
        Leave-one-out errors.
    inverse : (n, n)
        (K + noise I)^-1.
    scale : (K,)
        Variance of the Gaussian process behind the kernel, by cross-validation: the mean of residual^2 over its
        variance 1 / [(K + noise I)^-1]_kk (Bachoc, Computational Statistics & Data Analysis 2013, section 2.2).
    """

    masks: Masks
    decay: FloatArray
    mean: FloatArray
    coefficients: FloatArray
    residuals: Values
    inverse: FloatArray
    scale: FloatArray

    def predict(self, masks: Masks) -> Values:
        """(m, K) for masks (m, C)."""
        return np.asarray(self.mean + gram(masks, self.masks, self.decay) @ self.coefficients)


def gram(left: Masks, right: Masks, decay: FloatArray) -> FloatArray:
    """(m, n): k(z, z') = exp(-sum_j g_j [z_j != z'_j])."""
    a, b = left * decay, right.astype(float)
    differing = a.sum(axis=1)[:, None] + (right * decay).sum(axis=1) - 2.0 * a @ b.T
    return np.asarray(np.exp(-np.maximum(differing, 0.0)))


def choose_kernel(masks: Masks, values: Values, distance: FloatArray, relevance: FloatArray) -> Kernel:
    """The kernel with the least leave-one-out error on the first masks.

    Two families compete: by distance from the explained word, and by the relevance that a linear fit gives the
    components, which finds what acts from afar. In each, one hyper-parameter is chosen after the other; the noise is
    always the best for the rest.

    Parameters
    ----------
    masks : (n, C)
    values : (n, K)
    distance : (C,)
        In words.
    relevance : (C,)
        Non-negative, in any unit.
    """
    masks, values = masks[:SEARCH_ROWS], values[:SEARCH_ROWS]
    centred = values - values.mean(axis=0)
    share = relevance / max(float(relevance.max(initial=0.0)), 1e-300)

    def by_distance(reach: float, strength: float) -> FloatArray:
        return np.asarray(strength * np.exp(-distance / reach) + FLOOR)

    def by_relevance(sharpness: float, strength: float) -> FloatArray:
        return np.asarray(strength * share**sharpness + 1e-2 * FLOOR)

    def scored(decay: FloatArray) -> tuple[float, Kernel]:
        spectrum, basis = np.linalg.eigh(gram(masks, masks, decay))
        rotated, squared = basis.T @ centred, basis**2
        tried = []
        for noise in NOISES:
            inverse = 1.0 / (np.maximum(spectrum, 0.0) + noise)
            error = (basis @ (inverse[:, None] * rotated)) / (squared @ inverse)[:, None]
            tried.append((float((error**2).sum()), Kernel(decay, noise)))
        return min(tried, key=_error)

    best = []
    for family, shapes, first in ((by_distance, REACHES, 0.3), (by_relevance, SHARPNESSES, 1.0)):
        tried = [(scored(family(shape, first)), shape) for shape in shapes]
        found, shape = min(tried, key=lambda pair: pair[0][0])
        others = [scored(family(shape, strength)) for strength in STRENGTHS if strength != first]
        best.append(min([found, *others], key=_error))
    return min(best, key=_error)[1]


def _error(scored: tuple[float, Kernel]) -> float:
    return scored[0]


def fit_kernel(masks: Masks, values: Values, kernel: Kernel) -> KernelSurrogate:
    """Kernel ridge regression; all K targets share one factorisation.

    The leave-one-out error at mask k is a_k / [(K + noise I)^-1]_kk (Rasmussen and Williams 2006, equation 5.12).

    Parameters
    ----------
    masks : (n, C)
    values : (n, K)
    """
    from scipy.linalg import lapack

    matrix = gram(masks, masks, kernel.decay)
    matrix[np.diag_indices_from(matrix)] += kernel.noise
    factor, _ = lapack.dpotrf(matrix, lower=1)
    half, _ = lapack.dpotri(factor, lower=1)
    inverse = np.tril(half) + np.tril(half, -1).T
    mean = values.mean(axis=0)
    coefficients = inverse @ (values - mean)
    residuals = coefficients / inverse.diagonal()[:, None]
    scale = (residuals * coefficients).mean(axis=0)
    return KernelSurrogate(masks, kernel.decay, mean, coefficients, residuals, inverse, scale)
