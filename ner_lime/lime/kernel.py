"""The kernel surrogate: a smooth function of the mask, fitted to the answers, with projections in closed form.

Fitting it first and reading the wanted coefficients off it (regression-adjusted estimation; cf. Witter, Liu, Musco,
arXiv 2506.11849) removes most of the noise of a direct linear fit: what the draw of the masks happened to hit no
longer matters.

k(z, z') = prod_j exp(-g_j [z_j != z'_j]),  g_j = g0 exp(-|j - centre| / reach) + floor: what stands near the
explained word matters more, and how much more is learned by leave-one-out error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.types import FloatArray, Masks, Values

FLOOR = 1e-3
STRENGTHS = (0.1, 0.3, 1.0, 3.0)
REACHES = (1.0, 2.0, 5.0, 20.0)
NOISES = tuple(10.0**k for k in range(-6, -1))
SEARCH_ROWS = 128
"""The hyper-parameters are chosen on at most so many masks: a search on more costs more than it gains."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """The hyper-parameters of one fit."""

    strength: float
    reach: float
    noise: float

    def decay(self, distance: FloatArray) -> FloatArray:
        """(C,): g_j for components at these distances (in words) from the explained one."""
        return np.asarray(self.strength * np.exp(-distance / self.reach) + FLOOR)


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
    """

    masks: Masks
    decay: FloatArray
    mean: FloatArray
    coefficients: FloatArray
    residuals: Values

    def predict(self, masks: Masks) -> Values:
        """(m, K) for masks (m, C)."""
        return np.asarray(self.mean + gram(masks, self.masks, self.decay) @ self.coefficients)


def gram(left: Masks, right: Masks, decay: FloatArray) -> FloatArray:
    """(m, n): k(z, z') = exp(-sum_j g_j [z_j != z'_j])."""
    a, b = left * decay, right.astype(float)
    differing = a.sum(axis=1)[:, None] + (right * decay).sum(axis=1) - 2.0 * a @ b.T
    return np.asarray(np.exp(-np.maximum(differing, 0.0)))


def choose_kernel(masks: Masks, values: Values, distance: FloatArray) -> Kernel:
    """The hyper-parameters with the least leave-one-out error on the first masks.

    One parameter after the other, reach first, the noise always the best for the rest: a third of the full grid, and
    on the taggers that were measured the same choice.
    """
    masks, values = masks[:SEARCH_ROWS], values[:SEARCH_ROWS]
    centred = values - values.mean(axis=0)

    def best_noise(strength: float, reach: float) -> tuple[float, Kernel]:
        decay = Kernel(strength, reach, 0.0).decay(distance)
        spectrum, basis = np.linalg.eigh(gram(masks, masks, decay))
        rotated, squared = basis.T @ centred, basis**2
        tried = []
        for noise in NOISES:
            inverse = 1.0 / (np.maximum(spectrum, 0.0) + noise)
            error = (basis @ (inverse[:, None] * rotated)) / (squared @ inverse)[:, None]
            tried.append((float((error**2).sum()), Kernel(strength, reach, noise)))
        return min(tried, key=lambda pair: pair[0])

    error, kernel = min((best_noise(0.3, reach) for reach in REACHES), key=lambda pair: pair[0])
    for strength in STRENGTHS:
        if strength != 0.3:
            rival_error, rival = best_noise(strength, kernel.reach)
            if rival_error < error:
                error, kernel = rival_error, rival
    return kernel


def fit_kernel(masks: Masks, values: Values, distance: FloatArray, kernel: Kernel) -> KernelSurrogate:
    """Kernel ridge regression; all K targets share one factorisation.

    The leave-one-out error at mask k is a_k / [(K + noise I)^-1]_kk (Rasmussen and Williams 2006, equation 5.12).

    Parameters
    ----------
    masks : (n, C)
    values : (n, K)
    distance : (C,)
        In words, from the explained one.
    """
    from scipy.linalg import lapack

    decay = kernel.decay(distance)
    matrix = gram(masks, masks, decay)
    matrix[np.diag_indices_from(matrix)] += kernel.noise
    factor, _ = lapack.dpotrf(matrix, lower=1)
    half, _ = lapack.dpotri(factor, lower=1)
    inverse = np.tril(half) + np.tril(half, -1).T
    mean = values.mean(axis=0)
    coefficients = inverse @ (values - mean)
    residuals = coefficients / inverse.diagonal()[:, None]
    return KernelSurrogate(masks, decay, mean, coefficients, residuals)
