"""What the kernel surrogate says of a product law, in closed form.

The kernel is a product over components, and so is the law: an expectation of the surrogate is a product of one factor a
component. With e_j = exp(-g_j), a fitted mask x and the law keeping each component with probability q, the factor's
mean is s_j(x) = q + (1 - q) e_j where x_j = 1 and q e_j + (1 - q) where x_j = 0; with z_j = 1 it is 1 or e_j, with
z_j = 0 it is e_j or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.kernel import KernelSurrogate
from ner_lime.types import FloatArray


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
