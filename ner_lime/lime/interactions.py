"""Pair interactions under a product law: from the answers on all masks, or from a sample of them."""

from __future__ import annotations

import numpy as np

from ner_lime.lime.kernel import choose_kernel, fit_kernel
from ner_lime.lime.linear import linear_map
from ner_lime.lime.projection import pair_interactions
from ner_lime.types import FloatArray, Masks, Values


def enumerated_interactions(masks: Masks, share: FloatArray, values: Values) -> FloatArray:
    """(C, C, K): E[f | 11] - E[f | 10] - E[f | 01] + E[f | 00] for each pair of components; zero on the diagonal.

    The weighted Banzhaf interaction index (Marichal, Mathonet 2011) when `share` is a product law.

    Parameters
    ----------
    masks : (2^C, C)
    share : (2^C,)
        The law.
    values : (2^C, K)
    """
    kept = masks.astype(float)
    signs = np.where(masks, 1.0, -1.0) / np.where(masks, share @ kept, 1.0 - share @ kept)
    weighted = share[:, None] * values
    pairs = np.stack([(signs * weighted[:, [k]]).T @ signs for k in range(values.shape[1])], axis=2)
    pairs[np.diag_indices(len(pairs))] = 0.0
    return np.asarray(pairs)


def sampled_interactions(
    masks: Masks, sample_weight: FloatArray, values: Values, keep: float, distance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(C, C): those of the kernel surrogate, in closed form, and their standard errors.

    Under Bernoulli(keep) an interaction is E[f u_i u_j] with u_j = (z_j - q) / (q (1 - q)), so the surrogate's is wrong
    by the mean of its error times u_i u_j. The standard error is that of this mean over the sample, with leave-one-out
    errors: the sandwich of the weights, for a column u_i u_j and the Gram matrix that the law has.

    Parameters
    ----------
    masks : (n, C)
        Distinct.
    sample_weight : (n,)
    values : (n, 1)
    keep : float
    distance : (C,)
        From the explained word.
    """
    relevance = np.abs(linear_map(masks, sample_weight).fit(values)[1][:, 0])
    surrogate = fit_kernel(masks, values, choose_kernel(masks, values, distance, relevance))
    pairs = pair_interactions(surrogate, keep)[:, :, 0]
    scaled = ((masks - keep) / (keep * (1.0 - keep))) ** 2
    error = sample_weight * surrogate.residuals[:, 0] / sample_weight.sum()
    variance = (scaled * error[:, None] ** 2).T @ scaled
    variance[np.diag_indices(len(variance))] = 0.0
    return pairs, np.sqrt(variance)
