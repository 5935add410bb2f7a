"""Engine: a sample of distinct masks, for any function; the kernel surrogate where it helps, else the linear fit.

The number of masks doubles until every standard error is small enough or the budget is spent. Fidelity is measured on
masks of their own, which no fit has seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.estimate import Estimate, Question, Samples, target_share
from ner_lime.lime.fidelity import agreement
from ner_lime.lime.kernel import Kernel, KernelSurrogate, choose_kernel, fit_kernel
from ner_lime.lime.linear import leave_one_out, linear_map, sandwich
from ner_lime.lime.masks import all_masks, draw_distinct
from ner_lime.lime.neighbourhoods import Bernoulli, Neighbourhood, law
from ner_lime.lime.projection import linear_coefficients
from ner_lime.lime.shapley import ShapleyLaw, integrate_keep_rates
from ner_lime.types import FloatArray, Masks, Values

FIRST = 64
"""The first round has so many masks; each next one doubles their number."""

KERNEL_ROWS = 1024
"""The kernel is fitted to at most so many masks (its cost grows with their cube); the rest correct it, see
`_project`."""

LARGE_DRAW = 4096
"""Laws without a closed form are projected by so many masks of the surrogate, which cost no call of the function."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to go on.

    Attributes
    ----------
    most : int
        Masks to fit, at most.
    half_width : float
        Stop when the largest 1.96 standard errors are at most this.
    held_out : int
        Masks for the fidelity, beside those to fit.
    ridge : float
        Of the linear fit; above 0 only the linear fit is used.
    kernel : bool
        False: only the linear fit.
    """

    most: int
    half_width: float = 0.01
    held_out: int = 64
    ridge: float = 0.0
    kernel: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One position: bias (L,), weights and standard errors (L, C), and whether the kernel was of use."""

    bias: FloatArray
    weights: FloatArray
    std_errors: FloatArray
    kernel: bool


def sample_masks(question: Question, budget: Budget, rng: np.random.Generator) -> Estimate:
    """Draw, ask, fit, until precise enough or out of budget."""
    neighbourhood = ShapleyLaw() if question.method == "shapley" else question.neighbourhood
    masks = _anchors(question)
    values = question.function(masks)
    kernels: list[Kernel | None] = [None] * len(question.centres)
    size = FIRST
    while True:
        wanted = min(size, budget.most) - len(masks)
        fresh = (
            draw_distinct(neighbourhood, rng, wanted, question.n_components, known=masks) if wanted > 0 else masks[:0]
        )
        if len(fresh):
            masks = np.concatenate([masks, fresh])
            values = np.concatenate([values, question.function(fresh)])
        fits = []
        for p in range(len(question.centres)):
            fit, kernels[p] = _fit(question, budget, p, masks, values[:, p], kernels[p])
            fits.append(fit)
        precise = 1.96 * max(float(fit.std_errors.max(initial=0.0)) for fit in fits) <= budget.half_width
        if len(masks) >= budget.most or len(fresh) < wanted or (precise and not budget.ridge):
            break
        size *= 2
    bias = np.stack([fit.bias for fit in fits])
    weights = np.stack([fit.weights for fit in fits])
    held_out = draw_distinct(neighbourhood, rng, budget.held_out, question.n_components, known=masks)
    measured_on = f"{len(held_out)} fresh masks"
    if len(held_out) < 8:  # nearly every mask there is has been asked
        held_out, answers, measured_on = masks, values, f"the {len(masks)} fitted masks: hardly any other exist"
    else:
        answers = question.function(held_out)
    used = sum(fit.kernel for fit in fits)
    share = target_share(neighbourhood.weight(masks), masks, question)
    return Estimate(
        bias=bias,
        weights=weights,
        std_errors=np.stack([fit.std_errors for fit in fits]),
        agreement=agreement(
            held_out, target_share(neighbourhood.weight(held_out), held_out, question), answers, bias, weights
        ),
        n_masks=len(held_out),
        measured_on=measured_on,
        estimator="linear fit"
        if not used
        else "kernel surrogate"
        if used == len(fits)
        else f"kernel surrogate at {used} of {len(fits)} words, linear fit where it does not help",
        tolerance=None,
        samples=Samples(masks, share, values),
    )


def _anchors(question: Question) -> Masks:
    """The full sentence, which is always asked; for Shapley values the empty one too."""
    full = np.ones((1, question.n_components), dtype=bool)
    return np.concatenate([full, ~full]) if question.method == "shapley" else full


def _fit(
    question: Question, budget: Budget, p: int, masks: Masks, values: Values, kernel: Kernel | None
) -> tuple[Fit, Kernel | None]:
    """One position, all labels."""
    centre = int(question.centres[p])
    rows = masks[:, centre] if question.target_kept else np.ones(len(masks), dtype=bool)
    masks, values = masks[rows], values[rows]
    neighbourhood = question.neighbourhood
    law_weight = np.ones(len(masks)) if question.method == "shapley" else neighbourhood.weight(masks)
    linear = linear_map(masks, law_weight, ridge=budget.ridge)
    linear_error = leave_one_out(linear, masks, values)
    surrogate = None
    if budget.kernel and not budget.ridge and len(masks) > 8:
        if kernel is None or len(masks) <= 2 * FIRST:
            kernel = choose_kernel(masks, values, question.distance[p])
        surrogate = fit_kernel(masks[:KERNEL_ROWS], values[:KERNEL_ROWS], question.distance[p], kernel)
        if (surrogate.residuals**2).sum() >= (linear_error[:KERNEL_ROWS] ** 2).sum():
            surrogate = None
    if surrogate is None and question.method == "lime":
        bias, weights = linear.fit(values)
        return Fit(bias, weights.T, sandwich(linear, linear_error).T, False), kernel
    if surrogate is None:
        surrogate = fit_kernel(masks[:KERNEL_ROWS], values[:KERNEL_ROWS], question.distance[p], Kernel(0.01, 1e9, 1e-2))
    kept = centre if question.target_kept else None
    bias, weights = _project(question, surrogate, kept)
    residuals = surrogate.residuals
    if len(masks) > KERNEL_ROWS:
        residuals = np.concatenate([residuals, values[KERNEL_ROWS:] - surrogate.predict(masks[KERNEL_ROWS:])])
    errors = sandwich(linear, residuals)
    if question.method == "shapley":
        bias, weights = _efficient(masks, values, bias, weights, kept)
    return Fit(bias, weights.T, errors.T, True), kernel


def _project(question: Question, surrogate: KernelSurrogate, kept: int | None) -> tuple[FloatArray, FloatArray]:
    """Bias (L,) and weights (C, L) of the surrogate."""
    if question.method == "shapley":
        weights, _ = integrate_keep_rates(
            lambda keep: linear_coefficients(surrogate, keep, kept=kept)[1],
            tolerance=1e-9,
            nodes=max(4, min(32, (question.n_components + 1) // 2)),
        )
        return np.zeros(weights.shape[1]), weights
    if isinstance(question.neighbourhood, Bernoulli):
        return linear_coefficients(surrogate, question.neighbourhood.keep, kept=kept)
    masks, share = _law_masks(question.neighbourhood, question.n_components)
    if kept is not None:
        share = share * masks[:, kept]
    return linear_map(masks, share).fit(surrogate.predict(masks))


def _law_masks(neighbourhood: Neighbourhood, n_components: int) -> tuple[Masks, FloatArray]:
    """Masks and weights that stand for the law: all of them where possible, else a large draw of a fixed stream."""
    if 2**n_components <= LARGE_DRAW:
        masks = all_masks(n_components)
        return masks, law(neighbourhood, masks)
    masks = neighbourhood.draw(np.random.default_rng(0), LARGE_DRAW, n_components)
    return masks, neighbourhood.weight(masks)


def _efficient(
    masks: Masks, values: Values, bias: FloatArray, weights: FloatArray, kept: int | None
) -> tuple[FloatArray, FloatArray]:
    """Add to every weight the same share of what is missing to f(full) - f(empty), which are both known.

    The projection onto the efficiency constraint (Musco, Witter, ICLR 2025, lemma 3.1).
    """
    full = values[masks.all(axis=1)][0]
    hidden = ~masks if kept is None else ~np.delete(masks, kept, axis=1)
    empty_rows = hidden.all(axis=1)
    players = [j for j in range(masks.shape[1]) if j != kept]
    if empty_rows.any():
        bias = values[empty_rows][0]
        missing = full - bias - weights.sum(axis=0)
        weights = weights.copy()
        weights[players] += missing / max(len(players), 1)
    else:
        bias = full - weights.sum(axis=0)
    return bias, weights
