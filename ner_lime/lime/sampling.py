"""Engine: a sample of distinct masks, for any function; the kernel surrogate where it helps, else the linear fit.

The number of masks doubles until every standard error is small enough or the budget is spent. A mask is asked once,
however often it is drawn, and counts as often as it is expected to come. Fidelity is measured on fresh draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ner_lime.lime.draws import Draw, draw_again, draw_more, draw_weight, first_draw, unseen
from ner_lime.lime.fidelity import Fidelity, measure
from ner_lime.lime.fits import Fit, Round, fit_position, read_off
from ner_lime.lime.kernel import Kernel
from ner_lime.lime.question import Estimate, Plan, Question, Samples, position_shares
from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray

FIRST_ROUND = 128
"""Number of masks of the first round; each next one doubles it."""

MIN_FITTED = 128
"""Number of fitted masks below which no standard error ends the sampling: what acts rarely may not have been seen."""

MIN_CHECKED = 8
"""Number of masks below which no fidelity is stated."""

MAX_HELD_OUT = 128
"""Largest number of masks held out for the fidelity: more would not make it much more exact."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to go on.

    Attributes
    ----------
    max_fitted : int
        Masks to fit, at most.
    half_width : float
        Stop when the largest half-width of a 95 % interval is at most this; 0: never before `max_fitted`.
    held_out : int
        Masks for the fidelity, beside those to fit.
    ridge : float or None
        A number: only the linear fit, with this penalty, to `max_fitted` draws (repeated masks count repeatedly).
    """

    max_fitted: int
    half_width: float = 0.01
    held_out: int = 64
    ridge: float | None = None

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Divide the plan's samples: an eighth of them, at most `MAX_HELD_OUT`, is held out; more of very few.

        The plain linear fit gets all of them, as it does at the peers, and its fidelity is measured on others.
        """
        n = plan.n_samples
        held_out = min(MAX_HELD_OUT, max(1, n // 8, min(MIN_CHECKED, n // 4)))
        return cls(n if plan.ridge is not None else n - held_out, plan.half_width, held_out, plan.ridge)


def sample_masks(question: Question, budget: Budget, rng: np.random.Generator) -> Estimate:
    """Draw, ask, fit, until precise enough or out of budget; then read the coefficients off the fits.

    Precise enough means: the standard errors say so, and the masks held out for the fidelity bear it out. Where they do
    not, they join the fitted ones, and it goes on with others.
    """
    draw = first_draw(question)
    kernels: list[Kernel | None] = [None] * question.n_positions
    at_once = budget.ridge is not None or not budget.half_width
    size = budget.max_fitted if at_once else min(FIRST_ROUND, budget.max_fitted)
    while True:
        draw = draw_more(question, draw, size - len(draw.masks), rng, distinct=budget.ridge is None)
        with single_blas_thread():
            weight = draw_weight(question, draw)
            # The linear fit is the same for all positions unless each keeps a component of its own.
            shared = None
            if not question.target_kept:
                shared = question.law.regression(draw.masks, weight, None, ridge=budget.ridge or 0.0)
            asked = Round(draw, weight, unseen(question, draw), shared)
            fits = [fit_position(question, p, asked, kernel, ridge=budget.ridge) for p, kernel in enumerate(kernels)]
        kernels = [fit.kernel for fit in fits]
        last = size >= budget.max_fitted or len(draw.masks) < size
        if last or (len(draw.masks) >= MIN_FITTED and _half_width(fits) <= budget.half_width):
            together, came = draw_again(question, draw, budget.held_out, rng)
            if last or _borne_out(together, len(draw.masks), fits, budget.half_width):
                break
            draw = together
        size = min(max(2 * size, len(draw.masks)), budget.max_fitted)
    with single_blas_thread():
        read = [read_off(question, p, fit) for p, fit in enumerate(fits)]
    bias, weights = np.stack([one[0] for one in read]), np.stack([one[1].T for one in read])
    return Estimate(
        bias=bias,
        weights=weights,
        std_errors=np.stack([fit.std_errors.T for fit in fits]),
        fidelity=_fidelity(question, together, came, bias, weights),
        estimator=_in_words(sum(fit.surrogate is not None for fit in fits), len(fits)),
        tolerance=None,
        samples=Samples(draw.masks, position_shares(draw_weight(question, draw), draw.masks, question), draw.values),
    )


def _half_width(fits: list[Fit]) -> float:
    """The largest half-width of a 95 % interval, by Student's t.

    Where few masks hold most of the squared error, a standard error is itself uncertain: its degrees of freedom are
    their effective number (sum e^2)^2 / sum e^4, as in Satterthwaite (Biometrics Bulletin 1946, equation 17).
    """
    from scipy.special import stdtrit

    largest = 0.0
    for fit in fits:
        energy = fit.errors**2
        degrees = energy.sum(axis=0) ** 2 / np.maximum((energy**2).sum(axis=0), 1e-300)
        widths = stdtrit(np.maximum(degrees, 1.0), 0.975) * fit.std_errors.max(axis=0, initial=0.0)
        largest = max(largest, float(widths.max(initial=0.0)))
    return largest


def _borne_out(held_out: Draw, n_fitted: int, fits: list[Fit], half_width: float) -> bool:
    """Whether the surrogates predict the held-out masks no worse than their leave-one-out errors promise.

    Something that acts rarely may be missing from all fitted masks, and then every error that they show is too small.
    """
    masks, values = held_out.masks[n_fitted:], held_out.values[n_fitted:]
    for p, fit in enumerate(fits):
        bias, weights = fit.linear.fit(fit.values)
        predicted = bias + masks @ weights if fit.surrogate is None else fit.surrogate.predict(masks)
        error = float(np.abs(predicted - values[:, p]).max(initial=0.0))
        if error > max(3.0 * float(np.abs(fit.errors).max(initial=0.0)), half_width):
            return False
    return True


def _fidelity(question: Question, draw: Draw, came: FloatArray, bias: FloatArray, weights: FloatArray) -> Fidelity:
    """On the masks of the last draws, each as often as it came; not a number where they are too few to tell."""
    seen, n_drawn = came > 0.0, int(came.sum())
    masks, values, came = draw.masks[seen], draw.values[seen], came[seen]
    share = position_shares(came * question.law.weight(masks), masks, question)
    share[:, came @ (share > 0.0) < MIN_CHECKED] = 0.0
    measured_on, is_distribution = f"{n_drawn} fresh masks", question.is_distribution
    found = measure(masks, share, values, bias, weights, measured_on=measured_on, is_distribution=is_distribution)
    return replace(found, n_masks=n_drawn)


def _in_words(used: int, n_fits: int) -> str:
    if used == n_fits:
        return "kernel surrogate"
    if used == 0:
        return "linear fit"
    return f"kernel surrogate at {used} of {n_fits} positions, linear fit where it does not help"
