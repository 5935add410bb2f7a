"""Pair interactions under a product law: from the answers on all masks, or from a sample of them."""

from __future__ import annotations

import numpy as np

from ner_lime.lime.draws import Draw
from ner_lime.lime.kernel import choose_kernel, fit_kernel
from ner_lime.lime.law import expected_counts, shares
from ner_lime.lime.linear import linear_map
from ner_lime.lime.projection import pair_interactions
from ner_lime.lime.question import Question
from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, Masks, Values


def interactions(question: Question, draw: Draw, p: int, combination: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(C, C) each: the interaction of every pair of components, and its standard error, 0 where exact.

    Parameters
    ----------
    question : Question
        Under a product law.
    draw : Draw
        Answers on all masks, or on a draw from that law.
    p : int
        Which of the P positions.
    combination : (K,)
        The target as a combination of the K answers.
    """
    law = question.law.product()
    assert law is not None, "interactions are stated under a product law"
    kept = question.kept_at(p)
    rows = np.ones(len(draw.masks), dtype=bool) if kept is None else draw.masks[:, kept]
    free = np.delete(np.arange(question.n_components), [] if kept is None else [kept])
    masks, answers = draw.masks[rows][:, free], (draw.values[rows, p] @ combination)[:, None]
    weights, std_errors = np.zeros((2, question.n_components, question.n_components))
    if len(draw.masks) == 2**question.n_components:
        share = shares(law, masks)
        assert share is not None
        weights[np.ix_(free, free)] = enumerated_interactions(masks, share, answers)[:, :, 0]
        return weights, std_errors
    counts = expected_counts(law.probability(draw.masks), draw.n_draws)[rows]
    distance = question.distance_at(p)
    near = None if distance is None else distance[free]
    with single_blas_thread():
        pairs, errors = sampled_interactions(masks, counts, answers, law.keep, near)
    weights[np.ix_(free, free)], std_errors[np.ix_(free, free)] = pairs, errors
    return weights, std_errors


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
    masks: Masks, sample_weight: FloatArray, values: Values, keep: float, distance: FloatArray | None
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
    distance : (C,) or None
        From the explained position.
    """
    relevance = np.abs(linear_map(masks, sample_weight).fit(values)[1][:, 0])
    surrogate = fit_kernel(masks, values, choose_kernel(masks, values, distance, relevance))
    pairs = pair_interactions(surrogate, keep)[:, :, 0]
    scaled = ((masks - keep) / (keep * (1.0 - keep))) ** 2
    error = sample_weight * surrogate.residuals[:, 0] / sample_weight.sum()
    variance = (scaled * error[:, None] ** 2).T @ scaled
    variance[np.diag_indices(len(variance))] = 0.0
    return pairs, np.sqrt(variance)
