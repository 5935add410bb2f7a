"""What the kernel surrogate says of a product law, or of a law by counts, in closed form.

The kernel is a product over components, and so is the law: an expectation of the surrogate is a product of one factor a
component. With e_j = exp(-g_j), a fitted mask x and the law keeping each component with probability q, the factor's
mean is s_j(x) = q + (1 - q) e_j where x_j = 1 and q e_j + (1 - q) where x_j = 0; with z_j = 1 it is 1 or e_j, with
z_j = 0 it is e_j or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.kernel import KernelSurrogate
from ner_lime.types import FloatArray, Masks

CHUNK = 2_000_000
"""Largest number of cells of an array of prefixes by mask, component and count."""

VANISHING = 1e-12
"""A variance of at most this is nothing but rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """The factors of one surrogate under one product law.

    Attributes
    ----------
    mean : (n, C)
        s_j(x_k).
    difference : (n, C)
        The factor with z_j = 1 minus the factor with z_j = 0.
    product : (n,)
        The product of all means.
    """

    mean: FloatArray
    difference: FloatArray
    product: FloatArray


def factors(surrogate: KernelSurrogate, keep: float, *, kept: int | None = None) -> Factors:
    """The factors for Bernoulli(keep); component `kept` (if any) is always kept."""
    decay = np.exp(-surrogate.decay)
    seen = surrogate.masks
    mean = np.where(seen, keep + (1.0 - keep) * decay, keep * decay + (1.0 - keep))
    difference = np.where(seen, 1.0 - decay, decay - 1.0)
    if kept is not None:
        mean[:, kept] = np.where(seen[:, kept], 1.0, decay[kept])
        difference[:, kept] = 0.0
    return Factors(mean, difference, mean.prod(axis=1))


def effect_rows(surrogate: KernelSurrogate, keep: float, *, kept: int | None = None) -> FloatArray:
    """(C + 1, n): rows that turn the surrogate's coefficients into E[f] - mean and E[f | z_j = 1] - E[f | z_j = 0].

    Every factor is positive (the decay is finite), so leaving one out of the product is a division.
    """
    parts = factors(surrogate, keep, kept=kept)
    effects = parts.product[:, None] * parts.difference / parts.mean
    return np.vstack([parts.product, effects.T])


def linear_coefficients(
    surrogate: KernelSurrogate, keep: float, *, kept: int | None = None
) -> tuple[FloatArray, FloatArray]:
    """Bias (K,) and weights (C, K) of the least-squares linear fit to the surrogate under Bernoulli(keep).

    The design is orthogonal under a product law, so each weight is a difference of two conditional means (a weighted
    Banzhaf value), and b0 = E[f] - q sum_j beta_j.
    """
    answers = effect_rows(surrogate, keep, kept=kept) @ surrogate.coefficients
    expectation, weights = surrogate.mean + answers[0], answers[1:]
    return expectation - keep * weights.sum(axis=0), weights


def posterior_variance(surrogate: KernelSurrogate, keep: float, *, kept: int | None = None) -> FloatArray:
    """(C,): what the fitted masks leave open about each effect, in units of the surrogate's `scale`.

    Bayesian quadrature (O'Hagan, J. Stat. Plan. Inference 1991): the prior variance of E[f | z_j = 1] - E[f | z_j =
    0], which the product form gives too, less what the masks tell. It sees what residuals can't: masks unlike any
    that was asked.
    """
    decay = np.exp(-surrogate.decay)
    mean = keep**2 + (1.0 - keep) ** 2 + 2.0 * keep * (1.0 - keep) * decay
    difference = 2.0 * (1.0 - decay)
    if kept is not None:
        mean[kept], difference[kept] = 1.0, 0.0
    prior = mean.prod() / mean * difference
    rows = effect_rows(surrogate, keep, kept=kept)[1:]
    return np.asarray(np.maximum(prior - ((surrogate.whitening @ rows.T) ** 2).sum(axis=0), 0.0))


def pair_interactions(surrogate: KernelSurrogate, keep: float, *, kept: int | None = None) -> FloatArray:
    """(C, C, K): E of the mixed second difference of f over each pair of components; zero on the diagonal.

    The weighted Banzhaf interaction index (Grabisch, Roubens 1999; Marichal, Mathonet 2011).
    """
    parts = factors(surrogate, keep, kept=kept)
    scaled = parts.difference / parts.mean
    pairs = np.einsum("n,ni,nj,nk->ijk", parts.product, scaled, scaled, surrogate.coefficients, optimize=True)
    pairs[np.diag_indices(len(pairs))] = 0.0
    return np.asarray(pairs)


def coefficients_by_counts(
    surrogate: KernelSurrogate, by_kept: FloatArray, *, kept: int | None = None
) -> tuple[FloatArray, FloatArray]:
    """Bias (K,) and weights (C, K) of the least-squares linear fit to the surrogate under a law by counts.

    Components are exchangeable under such a law, so the covariance of the masks is (a - b) I + b 11' with a = Var z_j
    and b = Cov(z_j, z_k), and its inverse is known.

    Parameters
    ----------
    surrogate : KernelSurrogate
    by_kept : (C + 1,)
        Share of all masks that keep 0, 1, ..., C components; those of one size are alike. Sums to 1.
    kept : int or None
        The component that is always kept: the law is the given one conditioned on it.
    """
    n_components = surrogate.masks.shape[1]
    free, whole = np.arange(n_components), np.ones(len(surrogate.masks))
    if kept is not None:
        by_kept = given_kept(by_kept, 1)
        free = np.delete(free, kept)
        whole = np.where(surrogate.masks[:, kept], 1.0, np.exp(-surrogate.decay[kept]))
    n, sizes = len(free), np.arange(len(free) + 1)
    rate = float(by_kept @ sizes) / n
    together = float(by_kept @ (sizes * (sizes - 1))) / (n * (n - 1)) if n > 1 else 0.0
    mean, joint = count_means(surrogate.masks[:, free], np.exp(-surrogate.decay[free]), by_kept)
    coefficients = whole[:, None] * surrogate.coefficients
    expectation = mean @ coefficients
    covariance = joint.T @ coefficients - rate * expectation
    single, shared = rate - together, together - rate**2
    alike = single + n * shared
    # Masks of one size only do not tell what all components do together: the solution of least norm.
    weights = np.zeros((n_components, surrogate.coefficients.shape[1]))
    average = covariance.mean(axis=0)
    if single > VANISHING:
        weights[free] = (covariance - average) / single
    if alike > VANISHING:
        weights[free] += average / alike
    return surrogate.mean + expectation - rate * weights.sum(axis=0), weights


def count_means(masks: Masks, decay: FloatArray, by_kept: FloatArray) -> tuple[FloatArray, FloatArray]:
    """E[k(z, x)] (n,) and E[z_j k(z, x)] (n, C) over z of a law by counts, for each fitted mask x.

    The mean of the kernel over the subsets of one size is an elementary symmetric function of its factors. It is summed
    as a chain: the first j components hold m kept ones, and the next is one of them with probability (m + 1) / (j + 1).
    A second pass, backward, holds what is still to come, so that every component's share costs no pass of its own. No
    term is negative, and none above 1.

    Parameters
    ----------
    masks : (n, C)
    decay : (C,)
        e_j: the factor where z_j and x_j differ.
    by_kept : (C + 1,)
    """
    n_masks, n_components = masks.shape
    mean, joint = np.empty(n_masks), np.empty((n_masks, n_components))
    step = max(CHUNK // max(n_components * (n_components + 1), 1), 1)
    for first in range(0, n_masks, step):
        rows = slice(first, first + step)
        mean[rows], joint[rows] = _count_means(masks[rows], decay, by_kept)
    return mean, joint


def _count_means(masks: Masks, decay: FloatArray, by_kept: FloatArray) -> tuple[FloatArray, FloatArray]:
    n_components = masks.shape[1]
    on, off = np.where(masks, 1.0, decay), np.where(masks, decay, 1.0)
    before = [np.ones((len(masks), 1))]
    for j in range(1, n_components + 1):
        share = np.arange(1, j + 1) / j  # that of m kept ones among j components which the last of them has
        after = np.zeros((len(masks), j + 1))
        after[:, :-1] = off[:, j - 1, None] * share[::-1] * before[-1]
        after[:, 1:] += on[:, j - 1, None] * share * before[-1]
        before.append(after)
    joint = np.empty((len(masks), n_components))
    ahead = np.broadcast_to(by_kept, (len(masks), n_components + 1))
    for j in range(n_components, 0, -1):
        share = np.arange(1, j + 1) / j
        kept = on[:, j - 1, None] * share * ahead[:, 1:]
        joint[:, j - 1] = (kept * before[j - 1]).sum(axis=1)
        ahead = kept + off[:, j - 1, None] * share[::-1] * ahead[:, :-1]
    return before[-1] @ by_kept, joint


def given_kept(by_kept: FloatArray, n_kept: int) -> FloatArray:
    """(C - n_kept + 1,): the shares of the sizes among the other components, given that `n_kept` are kept.

    Of the masks with m kept components, binomial(C - n_kept, m - n_kept) / binomial(C, m) keep those.
    """
    size = np.arange(len(by_kept), dtype=float)
    chance = np.prod([(size - k) / (len(by_kept) - 1 - k) for k in range(n_kept)], axis=0)
    shares = (by_kept * chance)[n_kept:]
    return np.asarray(shares / shares.sum())
