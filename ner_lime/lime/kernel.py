"""The kernel surrogate: a smooth function of the mask, fitted to the answers, with projections in closed form.

Fitting it first and reading the wanted coefficients off it (regression-adjusted estimation; cf. Witter, Liu, Musco,
arXiv 2506.11849) removes most of the noise of a direct linear fit: what the draw of the masks happened to hit no
longer matters.

k(z, z') = prod_j exp(-g_j [z_j != z'_j]). The g_j say how much each component matters: by its distance from the
explained position where there is one, g_j = g0 exp(-distance / reach) + floor, or by what a linear fit makes of it,
g_j = g0 (|b_j| / max |b|)^sharpness + floor. Which, and how much, is learned by leave-one-out error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ner_lime.types import FloatArray, Masks, Values

FLOOR = 1e-3
STRENGTHS = (0.1, 0.3, 1.0, 3.0)
REACHES = (1.0, 2.0, 5.0, 20.0)
SHARPNESSES = (1.0, 2.0)
NOISES = tuple(10.0**k for k in range(-6, -1))
SEARCH_ROWS = 128
"""Largest number of masks on which the kernel is chosen: a search on more costs more than it gains."""

COARSE = (1, 3)
"""Every decay is tried on half of these masks, with these of the noises; the best on all, with the noises next to it.
Taking the second and third best along changed no error by more than its own spread."""


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
    whitening : (n, n)
        W, lower triangular, with W'W = (K + noise I)^-1.
    scale : (K,)
        Variance of the Gaussian process behind the kernel, by cross-validation: the mean of residual^2 over its
        variance 1 / [(K + noise I)^-1]_kk (Bachoc, Computational Statistics & Data Analysis 2013, section 2.2).
    """

    masks: Masks
    decay: FloatArray
    mean: FloatArray
    coefficients: FloatArray
    residuals: Values
    whitening: FloatArray
    scale: FloatArray

    def predict(self, masks: Masks) -> Values:
        """(m, K) for masks (m, C)."""
        return np.asarray(self.mean + gram(masks, self.masks, self.decay) @ self.coefficients)


def gram(left: Masks, right: Masks, decay: FloatArray) -> FloatArray:
    """(m, n): k(z, z') = exp(-sum_j g_j [z_j != z'_j])."""
    a = left * decay
    result = a @ (2.0 * right.T)  # in place from here on: at 512 masks, temporaries cost more than the product
    result -= a.sum(axis=1)[:, None]
    result -= right @ decay
    return np.asarray(np.exp(result, out=result))


def choose_kernel(masks: Masks, values: Values, distance: FloatArray | None, relevance: FloatArray) -> Kernel:
    """The kernel with the least leave-one-out error on the first masks.

    Two families compete: by distance from the explained position (all components alike where there is none), and by the
    relevance that a linear fit gives the components, which finds what acts from afar. In each, one hyper-parameter is
    chosen after the other; the noise is always the best for the rest.

    Parameters
    ----------
    masks : (n, C)
    values : (n, K)
    distance : (C,) or None
        In any unit of which a component or two make a difference, such as words.
    relevance : (C,)
        Non-negative, in any unit.
    """
    masks, values = masks[:SEARCH_ROWS], values[:SEARCH_ROWS]
    share = relevance / max(float(relevance.max(initial=0.0)), 1e-300)
    away = np.zeros(masks.shape[1]) if distance is None else distance
    reaches = REACHES[:1] if distance is None else REACHES

    def by_distance(reach: float, strength: float) -> FloatArray:
        return np.asarray(strength * np.exp(-away / reach) + FLOOR)

    def by_relevance(sharpness: float, strength: float) -> FloatArray:
        return np.asarray(strength * share**sharpness + 1e-2 * FLOOR)

    few = slice(None, None, 2 if len(masks) > SEARCH_ROWS // 2 else 1)

    def promise(decay: FloatArray) -> tuple[float, int, FloatArray]:
        errors = leave_one_out_errors(masks[few], values[few], decay, [NOISES[k] for k in COARSE])
        return min(errors), COARSE[errors.index(min(errors))], decay

    tried = []
    for family, shapes, first in ((by_distance, reaches, 0.3), (by_relevance, SHARPNESSES, 1.0)):
        by_shape = [(promise(family(shape, first)), shape) for shape in shapes]
        _, shape = min(by_shape, key=lambda pair: pair[0][0])
        tried += [found for found, _ in by_shape]
        tried += [promise(family(shape, strength)) for strength in STRENGTHS if strength != first]
    _, k, decay = min(tried, key=lambda found: found[0])
    noises = NOISES[k - 1 : k + 2]
    errors = leave_one_out_errors(masks, values, decay, noises)
    return Kernel(decay, noises[errors.index(min(errors))])


def leave_one_out_errors(masks: Masks, values: Values, decay: FloatArray, noises: Sequence[float]) -> list[float]:
    """The sum of the squared leave-one-out errors for each noise."""
    matrix, centred = gram(masks, masks, decay), values - values.mean(axis=0)
    errors = []
    for noise in noises:
        whitening = whiten(matrix.copy(), noise)
        coefficients = whitening.T @ (whitening @ centred)
        errors.append(float(((coefficients / precision(whitening)[:, None]) ** 2).sum()))
    return errors


def precision(whitening: FloatArray) -> FloatArray:
    """(n,): [(K + noise I)^-1]_kk."""
    return np.asarray(np.einsum("ik,ik->k", whitening, whitening))


def whiten(matrix: FloatArray, noise: float) -> FloatArray:
    """(n, n): W, lower triangular, with W'W = (K + noise I)^-1; K is overwritten."""
    from scipy.linalg import lapack

    matrix.ravel()[:: len(matrix) + 1] += noise
    # A symmetric matrix is its own transpose, which LAPACK takes without a copy.
    factor, _ = lapack.dpotrf(matrix.T, lower=1, overwrite_a=1)
    whitening, _ = lapack.dtrtri(factor, lower=1, overwrite_c=1)
    return np.asarray(whitening)


def fit_kernel(masks: Masks, values: Values, kernel: Kernel) -> KernelSurrogate:
    """Kernel ridge regression; all K targets share one factorisation.

    The leave-one-out error at mask k is a_k / [(K + noise I)^-1]_kk (Rasmussen and Williams 2006, equation 5.12).

    Parameters
    ----------
    masks : (n, C)
    values : (n, K)
    """
    whitening = whiten(gram(masks, masks, kernel.decay), kernel.noise)
    mean = values.mean(axis=0)
    coefficients = whitening.T @ (whitening @ (values - mean))
    residuals = coefficients / precision(whitening)[:, None]
    scale = (residuals * coefficients).mean(axis=0)
    return KernelSurrogate(masks, kernel.decay, mean, coefficients, residuals, whitening, scale)
