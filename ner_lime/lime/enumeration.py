"""Engine: all 2^C masks. The answer is exact: expectations are sums."""

from __future__ import annotations

import numpy as np

from ner_lime.lime.estimate import Estimate, Question, Samples, target_share
from ner_lime.lime.fidelity import agreement
from ner_lime.lime.laws import law
from ner_lime.lime.linear import linear_map
from ner_lime.lime.masks import all_masks
from ner_lime.lime.shapley import ShapleyLaw, shapley_matrix
from ner_lime.types import FloatArray, Masks


def enumerate_masks(question: Question) -> Estimate:
    """Ask the function for every mask once, and sum.

    Under `target_kept` each position has a law of its own (its component is always 1), so the fits are made one by one.
    """
    masks = all_masks(question.n_components)
    neighbourhood = ShapleyLaw() if question.method == "shapley" else question.neighbourhood
    share = law(neighbourhood, masks)
    values = question.function(masks)
    by_position = target_share(share, masks, question)
    n_positions, n_labels = values.shape[1:]
    bias = np.zeros((n_positions, n_labels))
    weights = np.zeros((n_positions, n_labels, question.n_components))
    if not question.target_kept:
        coefficients = coefficient_matrix(question.method, masks, share) @ values.reshape(len(masks), -1)
        bias[:] = coefficients[0].reshape(n_positions, n_labels)
        weights[:] = coefficients[1:].T.reshape(n_positions, n_labels, -1)
    else:
        for p, centre in enumerate(question.centres):
            rows = masks[:, centre]
            others = np.delete(np.arange(question.n_components), centre)
            matrix = coefficient_matrix(question.method, masks[np.ix_(rows, others)], by_position[rows, p])
            coefficients = matrix @ values[rows, p]
            bias[p] = coefficients[0]
            weights[p][:, others] = coefficients[1:].T
    return Estimate(
        bias=bias,
        weights=weights,
        std_errors=np.zeros_like(weights),
        agreement=agreement(masks, by_position, values, bias, weights),
        n_masks=len(masks),
        measured_on=f"all {len(masks)} masks",
        estimator="all masks",
        tolerance=0.0,
        samples=Samples(masks, by_position, values),
    )


def coefficient_matrix(method: str, masks: Masks, share: FloatArray) -> FloatArray:
    """(C + 1, n): answers on all masks to bias and weights."""
    if method == "shapley":
        return shapley_matrix(masks)
    if masks.shape[1] == 0:
        return np.asarray((share / share.sum())[None, :])
    return linear_map(masks, share).matrix
