"""One position, all targets: the linear fit, the kernel's, their errors, and the coefficients read off them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.draws import Draw
from ner_lime.lime.kernel import SEARCH_ROWS, Kernel, KernelSurrogate, choose_kernel, fit_kernel
from ner_lime.lime.linear import LinearMap, leave_one_out, linear_map, sandwich
from ner_lime.lime.projection import posterior_variance
from ner_lime.lime.question import Question
from ner_lime.types import FloatArray, IntArray, Masks, Values

KERNEL_ROWS = 1024
"""Largest number of masks that the kernel is fitted to, since its cost grows with their cube. From twice this number
on, what it gets wrong on the others corrects its coefficients; fewer would add more noise than they take away."""


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """All that was asked so far, how much each mask counts (n,), and the linear fit where all positions share it."""

    draw: Draw
    weight: FloatArray
    linear: LinearMap | None


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
    masks, values, weight, linear = asked.draw.masks, asked.draw.values[:, p], asked.weight, asked.linear
    if linear is None:
        rows = masks[:, question.kept_at(p)]
        masks, values, weight = masks[rows], values[rows], weight[rows]
        linear = linear_map(masks, weight, ridge=ridge or 0.0)
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
        return Fit(masks, values, linear, kernel, None, error, sandwich(linear, error))
    fresh = masks[KERNEL_ROWS:]
    wrong = values[KERNEL_ROWS:] - surrogate.predict(fresh)
    errors = np.concatenate([surrogate.residuals, wrong])
    if len(fresh) >= KERNEL_ROWS:
        # A control variate: the error of the sum is that of a linear fit to what the surrogate leaves.
        linear = linear_map(fresh, weight[KERNEL_ROWS:])
        std_errors = sandwich(linear, leave_one_out(linear, fresh, wrong))
        return Fit(masks, values, linear, kernel, surrogate, errors, std_errors, linear.fit(wrong))
    if len(fresh):
        linear = linear_map(surrogate.masks, weight[:KERNEL_ROWS])
    std_errors = np.sqrt(sandwich(linear, surrogate.residuals) ** 2 + _left_open(question, p, surrogate))
    return Fit(masks, values, linear, kernel, surrogate, errors, std_errors)


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
