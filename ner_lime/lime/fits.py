"""One position, all targets: the linear fit, the kernel's, their errors, and the coefficients read off them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ner_lime.lime.draws import Draw
from ner_lime.lime.kernel import SEARCH_ROWS, Kernel, KernelSurrogate, choose_kernel, fit_kernel
from ner_lime.lime.law import expected_counts
from ner_lime.lime.linear import LinearMap, leave_one_out, sandwich
from ner_lime.lime.projection import posterior_variance
from ner_lime.lime.question import Question
from ner_lime.types import FloatArray, IntArray, Masks, Values

KERNEL_ROWS = 1024
"""Largest number of masks that the kernel is fitted to, since its cost grows with their cube. What it gets wrong on the
others corrects its coefficients."""


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """All that was asked so far.

    Attributes
    ----------
    draw : Draw
    weight : (n,)
        How much each mask counts.
    unseen : (n,)
        The chance of each mask not to have come.
    linear : LinearMap or None
        The linear fit, where all positions share it.
    """

    draw: Draw
    weight: FloatArray
    unseen: FloatArray
    linear: LinearMap | None

    def at(self, question: Question, p: int, *, ridge: float) -> Round:
        """That of one position: where a component must be kept there, of the masks that do."""
        if self.linear is not None:
            return self
        draw, kept = self.draw, question.kept_at(p)
        rows = draw.masks[:, kept]
        masks, weight = draw.masks[rows], self.weight[rows]
        inside = replace(draw, masks=masks, counts=draw.counts[rows], came=draw.came[rows], values=draw.values[rows])
        return Round(inside, weight, self.unseen[rows], question.law.regression(masks, weight, kept, ridge=ridge))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One position: what was fitted to which answers, and the leave-one-out errors.

    `surrogate` is None where the linear fit is as good, and then `linear` is that fit; else it is the map that turns
    what the surrogate gets wrong into standard errors. `correction` is bias (K,) and weights (C, K) to add to the
    surrogate's own.
    """

    masks: Masks
    values: Values
    linear: LinearMap
    kernel: Kernel | None
    surrogate: KernelSurrogate | None
    errors: Values
    std_errors: FloatArray
    correction: tuple[FloatArray, FloatArray] | None = None


def fit_position(question: Question, p: int, asked: Round, kernel: Kernel | None, *, ridge: float | None) -> Fit:
    """The linear fit, and the kernel's where its leave-one-out error is smaller; only the linear one with a `ridge`."""
    asked = asked.at(question, p, ridge=ridge or 0.0)
    masks, values, linear = asked.draw.masks, asked.draw.values[:, p], asked.linear
    assert linear is not None
    error = leave_one_out(linear, masks, values)
    surrogate = None
    if ridge is None and len(masks) > 8:
        if kernel is None or _is_rare(error):
            relevance = np.linalg.norm(linear.fit(values)[1], axis=1)
            telling = _telling_rows(error)
            kernel = choose_kernel(masks[telling], values[telling], question.distance_at(p), relevance)
        surrogate = fit_kernel(masks[:KERNEL_ROWS], values[:KERNEL_ROWS], kernel)
        if (surrogate.residuals**2).sum() >= (error[:KERNEL_ROWS] ** 2).sum():
            surrogate = None
    if surrogate is None:
        return Fit(masks, values, linear, kernel, None, error, sandwich(linear, error, asked.unseen))
    wrong = values[KERNEL_ROWS:] - surrogate.predict(masks[KERNEL_ROWS:])
    errors = np.concatenate([surrogate.residuals, wrong])
    if len(wrong):
        linear = question.law.regression(surrogate.masks, asked.weight[:KERNEL_ROWS], question.kept_at(p))
    left = sandwich(linear, surrogate.residuals, asked.unseen[:KERNEL_ROWS])
    std_errors = np.sqrt(left**2 + _left_open(question, p, surrogate))
    fit = Fit(masks, values, linear, kernel, surrogate, errors, std_errors)
    return _corrected(question, p, fit, asked) if len(wrong) > masks.shape[1] + 1 else fit


def _corrected(question: Question, p: int, fit: Fit, asked: Round) -> Fit:
    """The surrogate's coefficients with those of what it gets wrong, as the masks that it was not fitted to tell.

    A control variate. Where it was fitted, what it gets wrong is known: those masks stand for themselves, and the
    draws that came later for all others. The correction takes away the surrogate's own error and adds that of a linear
    fit: both shrink with the number of masks behind them, so their shares in it are the least of all sums' where each
    weighs by that number.
    """
    surrogate, draw, law = fit.surrogate, asked.draw, question.law
    assert surrogate is not None
    later = draw.n_draws - int(draw.came[KERNEL_ROWS])
    fitted = np.arange(len(fit.masks)) < KERNEL_ROWS
    probability = law.probability(fit.masks)
    if probability is None:
        rows, weight, missing = ~fitted, asked.weight, np.ones(len(fit.masks))
    else:
        rows = np.ones(len(fit.masks), dtype=bool)
        counts = np.where(fitted, later * probability, expected_counts(probability, later))
        weight, missing = counts * law.weight(fit.masks), np.exp(later * np.log1p(-np.minimum(probability, 0.999)))
        missing[fitted] = 0.0
    wrong = (fit.values - surrogate.predict(fit.masks))[rows]
    linear = law.regression(fit.masks[rows], weight[rows], question.kept_at(p))
    bias, weights = linear.fit(wrong)
    left = sandwich(linear, leave_one_out(linear, fit.masks[rows], wrong), missing[rows])
    fresh = len(fit.masks) - KERNEL_ROWS - fit.masks.shape[1] - 1
    share = fresh / (fresh + KERNEL_ROWS)
    std_errors = np.hypot((1.0 - share) * fit.std_errors, share * left)
    return replace(fit, std_errors=std_errors, correction=(share * bias, share * weights))


def _left_open(question: Question, p: int, surrogate: KernelSurrogate) -> Values:
    """(C, K): the variance of each weight that residuals can't show, as if the law were a product."""
    keep = question.law.keep_rate(surrogate.masks)
    return np.asarray(posterior_variance(surrogate, keep, kept=question.kept_at(p))[:, None] * surrogate.scale)


def _is_rare(error: Values) -> bool:
    """Whether a sixteenth of the masks holds half of the squared error."""
    energy = np.sort((error**2).sum(axis=1))[::-1]
    return bool(energy[: len(energy) // 16].sum() > 0.5 * energy.sum())


def _telling_rows(error: Values) -> IntArray:
    """The masks to choose a kernel on: half of them those that the linear fit gets most wrong, the others the first.

    What acts rarely shows in few masks, which must be among those that the choice looks at.
    """
    worst = np.argsort(-(error**2).sum(axis=1), kind="stable")[: SEARCH_ROWS // 2]
    order = np.concatenate([worst, np.setdiff1d(np.arange(len(error)), worst)])
    return np.asarray(np.sort(order[:SEARCH_ROWS]))


def read_off(question: Question, p: int, fit: Fit) -> tuple[FloatArray, FloatArray]:
    """Bias (K,) and weights (C, K)."""
    kept, law, surrogate = question.kept_at(p), question.law, fit.surrogate
    # The Shapley values of a linear function are its weights.
    bias, weights = fit.linear.fit(fit.values) if surrogate is None else law.project(surrogate, kept)
    if fit.correction is not None:
        bias, weights = bias + fit.correction[0], weights + fit.correction[1]
    return law.constrain(bias, weights, fit.masks, fit.values, kept)
