"""Engine: all 2^C masks. The answer is exact: expectations are sums."""

from __future__ import annotations

import numpy as np

from ner_lime.lime.fidelity import measure
from ner_lime.lime.law import shares
from ner_lime.lime.masks import all_masks
from ner_lime.lime.question import Estimate, Question, Samples, position_shares


def enumerate_masks(question: Question) -> Estimate:
    """Ask the function for every mask once, and sum. The law knows how often it draws each mask.

    Where a component must be kept each position has a law of its own, so the fits are made one by one.
    """
    masks = all_masks(question.n_components)
    share = shares(question.law, masks)
    assert share is not None, "the engine enumerates only where the law knows its probabilities"
    values = question.function(masks)
    by_position = position_shares(share, masks, question)
    n_positions, n_targets = values.shape[1:]
    bias = np.zeros((n_positions, n_targets))
    weights = np.zeros((n_positions, n_targets, question.n_components))
    if question.kept is None:
        coefficients = question.law.coefficients(masks, share) @ values.reshape(len(masks), -1)
        bias[:] = coefficients[0].reshape(n_positions, n_targets)
        weights[:] = coefficients[1:].T.reshape(n_positions, n_targets, -1)
    else:
        for p, centre in enumerate(question.kept):
            rows = masks[:, centre]
            others = np.delete(np.arange(question.n_components), centre)
            matrix = question.law.coefficients(masks[np.ix_(rows, others)], by_position[rows, p])
            coefficients = matrix @ values[rows, p]
            bias[p] = coefficients[0]
            weights[p][:, others] = coefficients[1:].T
    measured_on = f"all {len(masks)} masks"
    return Estimate(
        bias=bias,
        weights=weights,
        std_errors=np.zeros_like(weights),
        fidelity=measure(
            masks,
            by_position,
            values,
            bias,
            weights,
            measured_on=measured_on,
            is_distribution=question.is_distribution,
        ),
        estimator="all masks",
        tolerance=0.0,
        samples=Samples(masks, by_position, values),
    )
