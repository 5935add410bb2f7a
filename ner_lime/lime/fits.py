"""One position, all labels: the linear fit, the kernel's, their errors, and the coefficients that are read off them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.draws import Draw, law_of
from ner_lime.lime.estimate import Question
from ner_lime.lime.kernel import SEARCH_ROWS, Kernel, KernelSurrogate, choose_kernel, fit_kernel
from ner_lime.lime.laws import Bernoulli, Neighbourhood, law
from ner_lime.lime.linear import LinearMap, leave_one_out, linear_map, sandwich
from ner_lime.lime.masks import all_masks
from ner_lime.lime.projection import linear_coefficients, posterior_variance
from ner_lime.lime.shapley import FINEST, keep_rates
from ner_lime.types import FloatArray, IntArray, Masks, Values

KERNEL_ROWS = 1024
"""The kernel is fitted to at most so many masks, since its cost grows with their cube. As many more, and what it gets
wrong there corrects its coefficients; fewer would add more noise than they take away."""

LARGE_DRAW = 2**14
"""Laws without a closed form are projected by so many masks of the surrogate, which cost no call of the function."""


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
    what the surrogate gets wrong into standard errors. `correction` is bias (L,) and weights (C, L) to add to the
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
        rows = masks[:, question.centres[p]]
        masks, values, weight = masks[rows], values[rows], weight[rows]
        linear = linear_map(masks, weight, ridge=ridge or 0.0)
    error = leave_one_out(linear, masks, values)
    surrogate = None
    if ridge is None and len(masks) > 8:
        if kernel is None or _is_rare(error):
            relevance = np.linalg.norm(linear.fit(values)[1], axis=1)
            telling = _telling_rows(error)
            kernel = choose_kernel(masks[telling], values[telling], question.distance[p], relevance)
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
    """(C, L): the variance of each weight that residuals can't show, as if the law were a product."""
    neighbourhood = law_of(question)
    kept = int(question.centres[p]) if question.target_kept else None
    keep = neighbourhood.keep if isinstance(neighbourhood, Bernoulli) else float(surrogate.masks.mean())
    return np.asarray(posterior_variance(surrogate, keep, kept=kept)[:, None] * surrogate.scale)


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
    """Bias (L,) and weights (C, L)."""
    kept = int(question.centres[p]) if question.target_kept else None
    surrogate = fit.surrogate
    # The Shapley values of a linear function are its weights.
    bias, weights = fit.linear.fit(fit.values) if surrogate is None else _project(question, surrogate, kept)
    if fit.correction is not None:
        bias, weights = bias + fit.correction[0], weights + fit.correction[1]
    return _efficient(fit.masks, fit.values, weights, kept) if question.method == "shapley" else (bias, weights)


def _project(question: Question, surrogate: KernelSurrogate, kept: int | None) -> tuple[FloatArray, FloatArray]:
    """The surrogate's own bias (L,) and weights (C, L); for Shapley values, whose bias is known, any bias."""
    if question.method == "shapley":
        return surrogate.mean, _shapley_values(surrogate, kept)
    if isinstance(question.neighbourhood, Bernoulli):
        return linear_coefficients(surrogate, question.neighbourhood.keep, kept=kept)
    masks, share = _law_masks(question.neighbourhood, question.n_components)
    if kept is not None:
        share = share * masks[:, kept]
    return linear_map(masks, share).fit(surrogate.predict(masks))


def _shapley_values(surrogate: KernelSurrogate, kept: int | None) -> FloatArray:
    """(C, L): the surrogate's own, by quadrature over the keep-rate, exact for its number of components."""
    rates = keep_rates(surrogate.masks.shape[1], FINEST)
    return np.asarray(sum(share * linear_coefficients(surrogate, keep, kept=kept)[1] for keep, share in rates))


def _law_masks(neighbourhood: Neighbourhood, n_components: int) -> tuple[Masks, FloatArray]:
    """Masks and weights that stand for the law: all of them where possible, else a large draw of a fixed stream."""
    if 2**n_components <= LARGE_DRAW:
        masks = all_masks(n_components)
        return masks, law(neighbourhood, masks)
    masks = neighbourhood.draw(np.random.default_rng(0), LARGE_DRAW, n_components)
    return masks, neighbourhood.weight(masks)


def _efficient(masks: Masks, values: Values, weights: FloatArray, kept: int | None) -> tuple[FloatArray, FloatArray]:
    """Bias f(empty), and every weight with the same share of what is missing to f(full) - f(empty): both are known.

    The projection onto the efficiency constraint (Musco, Witter, ICLR 2025, lemma 3.1).
    """
    players = [j for j in range(masks.shape[1]) if j != kept]
    full = values[masks.all(axis=1)][0]
    empty = values[~masks[:, players].any(axis=1)][0]
    weights = weights.copy()
    weights[players] += (full - empty - weights.sum(axis=0)) / max(len(players), 1)
    return empty, weights
