"""Functions whose values are means over drawn replicates: what the draw of these few leaves open.

A masking that draws the words which stand in for hidden ones is such a function. Whatever engine answers, the mean over
all draws is what is asked for, and only some were drawn.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np

from ner_lime.lime.law import shares
from ner_lime.lime.question import Estimate, Question
from ner_lime.types import FloatArray, Masks


@runtime_checkable
class Replicated(Protocol):
    """A mask function that is a mean over R drawn replicates."""

    @property
    def n_replicates(self) -> int:
        """R."""
        ...

    def replicates(self, masks: Masks, /) -> FloatArray:
        """(n, C) masks to (R, n, P, K) values; masks that were asked before cost no call of the model."""
        ...

    def replicate_effects(self) -> FloatArray | None:
        """(R, P, K, C): the effects of each replicate in the moments that were asked for last; None before."""
        ...


def with_error_of_draws(question: Question, estimate: Estimate) -> Estimate:
    """Add the variance of the mean over the replicates to the standard errors; then nothing is exact any more.

    The standard error of a mean over R draws is itself an estimate, so it is stated larger by the ratio of Student's
    quantile to the normal one: 1.96 of it is half of a 95 % interval.
    """
    function = question.function
    if not isinstance(function, Replicated) or function.n_replicates < 2:
        return estimate
    from scipy.special import stdtrit

    n = function.n_replicates
    weights = _weights(question, estimate, function)
    error = weights.std(axis=0, ddof=1) / np.sqrt(n) * stdtrit(n - 1, 0.975) / stdtrit(np.inf, 0.975)
    return replace(
        estimate,
        std_errors=np.hypot(estimate.std_errors, error),
        estimator=f"{estimate.estimator}, mean over {n} draws of what stands for hidden parts",
        tolerance=None,
    )


def _weights(question: Question, estimate: Estimate, function: Replicated) -> FloatArray:
    """(R, P, K, C): the weights of each replicate; of a sample those of a linear fit to the masks that were asked."""
    samples, law = estimate.samples, question.law
    if samples is None:
        effects = function.replicate_effects()
        assert effects is not None, "an answer without samples comes from moments"
        return effects
    values = function.replicates(samples.masks)
    complete = shares(law, samples.masks) if len(samples.masks) == 2**question.n_components else None
    weights = np.zeros((len(values), question.n_positions, values.shape[3], question.n_components))
    for p in range(question.n_positions):
        kept = question.kept_at(p)
        rows = samples.share[:, p] > 0.0 if kept is None else samples.masks[:, kept]
        weight = complete if complete is not None else _drawn(question, estimate, p)
        linear = law.regression(samples.masks[rows], weight[rows], kept)
        weights[:, p] = np.stack([linear.fit(one[rows, p])[1].T for one in values])
    return weights


def _drawn(question: Question, estimate: Estimate, p: int) -> FloatArray:
    """(n,): how much each mask counts, without what the law adds where a component is kept."""
    assert estimate.samples is not None
    share = estimate.samples.share[:, p]
    if question.kept is None:
        return share
    return np.asarray(share / question.law.conditional_weight(estimate.samples.masks))
