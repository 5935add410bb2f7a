"""Engine: a sample of distinct masks, for any function; the kernel surrogate where it helps, else the linear fit.

The number of masks doubles until every standard error is small enough or the budget is spent. A mask is asked once,
however often it is drawn, and counts as often as it is expected to come. Fidelity is measured on masks that no fit has
seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ner_lime.lime.estimate import Estimate, Question, Samples, target_share
from ner_lime.lime.fidelity import Agreement, agreement
from ner_lime.lime.kernel import SEARCH_ROWS, Kernel, KernelSurrogate, choose_kernel, fit_kernel
from ner_lime.lime.linear import LinearMap, leave_one_out, linear_map, sandwich
from ner_lime.lime.masks import all_masks, draw_distinct, first_seen
from ner_lime.lime.neighbourhoods import Bernoulli, Neighbourhood, expected_counts, law
from ner_lime.lime.projection import linear_coefficients, posterior_variance
from ner_lime.lime.shapley import ShapleyLaw, integrate_keep_rates
from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, IntArray, Marginals, Masks, Values

FIRST = 128
"""The first round has so many masks; each next one doubles their number."""

KERNEL_ROWS = 1024
"""The kernel is fitted to at most so many masks, since its cost grows with their cube. As many more, and what it gets
wrong there corrects its coefficients; fewer would add more noise than they take away."""

FEWEST = 128
"""No standard error is believed on fewer masks: what acts rarely may not have been seen at all."""

MOST_HELD_OUT = 128
"""More masks would not make the stated fidelity much better."""

LARGE_DRAW = 2**14
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
    ridge : float or None
        A number: only the linear fit, with this penalty, to `most` draws (repeated masks count repeatedly).
    """

    most: int
    half_width: float = 0.01
    held_out: int = 64
    ridge: float | None = None

    @classmethod
    def of(cls, n_calls: int, *, half_width: float, ridge: float | None = None) -> Self:
        """So many masks altogether: an eighth of them, at most `MOST_HELD_OUT`, is held out.

        The plain linear fit gets all of them, as it does at the peers, and its fidelity is measured on others.
        """
        held_out = min(MOST_HELD_OUT, max(1, n_calls // 8))
        return cls(n_calls if ridge is not None else n_calls - held_out, half_width, held_out, ridge)


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Distinct masks (n, C), in how many draws they came, and the answers (n, P, L)."""

    masks: Masks
    n_draws: int
    values: Marginals


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """All that was asked so far, how much each mask counts (n,), and the linear fit where all positions share it."""

    draw: Draw
    weight: FloatArray
    linear: LinearMap | None


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One position: what was fitted to which answers, and the leave-one-out errors.

    `surrogate` is None where the linear fit is as good; `correction` is bias (L,) and weights (C, L) to add to its own.
    """

    masks: Masks
    values: Values
    linear: LinearMap
    kernel: Kernel | None
    surrogate: KernelSurrogate | None
    errors: Values
    std_errors: FloatArray
    correction: tuple[FloatArray, FloatArray] | None = None


def sample_masks(question: Question, budget: Budget, rng: np.random.Generator) -> Estimate:
    """Draw, ask, fit, until precise enough or out of budget; then read the coefficients off the fits.

    Precise enough means: the standard errors say so, and the masks held out for the fidelity bear it out. Where they do
    not, they join the fitted ones, and it goes on with others.
    """
    anchors = _anchors(question)
    draw = Draw(anchors, 0, question.function(anchors))
    kernels: list[Kernel | None] = [None] * len(question.centres)
    size = budget.most if budget.ridge is not None or not budget.half_width else min(FIRST, budget.most)
    while True:
        draw = _draw_more(question, draw, size - len(draw.masks), rng, distinct=budget.ridge is None)
        with single_blas_thread():
            weight = _draw_weight(question, draw)
            # The linear fit is the same for all positions unless each keeps a component of its own.
            shared = None if question.target_kept else linear_map(draw.masks, weight, ridge=budget.ridge or 0.0)
            asked = Round(draw, weight, shared)
            fits = [_fit(question, budget, p, asked, kernel) for p, kernel in enumerate(kernels)]
        kernels = [fit.kernel for fit in fits]
        last = size >= budget.most or len(draw.masks) < size
        if last or (len(draw.masks) >= FEWEST and _largest(fits) <= budget.half_width):
            held_out = _draw_more(question, draw, budget.held_out, rng, distinct=True)
            if last or _borne_out(held_out, len(draw.masks), fits, budget.half_width):
                break
            draw = held_out
        size = min(max(2 * size, len(draw.masks)), budget.most)
    with single_blas_thread():
        read = [_read_off(question, p, fit) for p, fit in enumerate(fits)]
    bias, weights = np.stack([one[0] for one in read]), np.stack([one[1].T for one in read])
    quality, n_masks, measured_on = _measure(question, draw, held_out, bias, weights)
    return Estimate(
        bias=bias,
        weights=weights,
        std_errors=np.stack([fit.std_errors.T for fit in fits]),
        agreement=quality,
        n_masks=n_masks,
        measured_on=measured_on,
        estimator=_in_words(sum(fit.surrogate is not None for fit in fits), len(fits)),
        tolerance=None,
        samples=Samples(draw.masks, target_share(_draw_weight(question, draw), draw.masks, question), draw.values),
    )


def _largest(fits: list[Fit]) -> float:
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


def _measure(
    question: Question, draw: Draw, held_out: Draw, bias: FloatArray, weights: FloatArray
) -> tuple[Agreement, int, str]:
    """The fidelity on the held-out masks, on how many, and in words."""
    n_fitted = len(draw.masks)
    masks, values = held_out.masks[n_fitted:], held_out.values[n_fitted:]
    share, measured_on = _law_of(question).weight(masks), f"{len(masks)} fresh masks"
    if held_out.n_draws - draw.n_draws > 2 * len(masks):
        # What was asked is most of what there is: unseen masks alone would be those that hardly matter.
        measured_on = f"{len(held_out.masks)} masks, of which {len(masks)} fresh: hardly any other exist"
        masks, values, share = held_out.masks, held_out.values, _draw_weight(question, held_out)
    return agreement(masks, target_share(share, masks, question), values, bias, weights), len(masks), measured_on


def _in_words(used: int, n_fits: int) -> str:
    if used == n_fits:
        return "kernel surrogate"
    if used == 0:
        return "linear fit"
    return f"kernel surrogate at {used} of {n_fits} words, linear fit where it does not help"


def _law_of(question: Question) -> Neighbourhood:
    return ShapleyLaw() if question.method == "shapley" else question.neighbourhood


def _anchors(question: Question) -> Masks:
    """The full sentence, which is always asked; for Shapley values what their efficiency needs too."""
    full = np.ones((1, question.n_components), dtype=bool)
    if question.method != "shapley":
        return full
    if not question.target_kept:
        return np.concatenate([full, ~full]) if question.n_components else full
    alone = np.zeros((len(question.centres), question.n_components), dtype=bool)
    alone[np.arange(len(alone)), question.centres] = True
    return np.unique(np.concatenate([full, alone]), axis=0)[::-1]


def _draw_more(question: Question, draw: Draw, wanted: int, rng: np.random.Generator, *, distinct: bool) -> Draw:
    """Ask for `wanted` more masks; with `distinct` false for as many draws, as the peers do."""
    if wanted <= 0:
        return draw
    neighbourhood, n_components = _law_of(question), question.n_components
    if distinct:
        fresh, n_draws = draw_distinct(neighbourhood, rng, wanted, n_components, known=draw.masks)
    else:
        together = np.concatenate([draw.masks, neighbourhood.draw(rng, wanted, n_components)])
        fresh, n_draws = together[first_seen(together)][len(draw.masks) :], wanted
    answers = question.function(fresh)
    return Draw(np.concatenate([draw.masks, fresh]), draw.n_draws + n_draws, np.concatenate([draw.values, answers]))


def _draw_weight(question: Question, draw: Draw) -> FloatArray:
    """(n,): how often a mask is expected to come, times its weight."""
    neighbourhood = _law_of(question)
    return expected_counts(neighbourhood, draw.masks, draw.n_draws) * neighbourhood.weight(draw.masks)


def _fit(question: Question, budget: Budget, p: int, asked: Round, kernel: Kernel | None) -> Fit:
    """One position, all labels: the linear fit, and the kernel's where its leave-one-out error is smaller."""
    masks, values, weight, linear = asked.draw.masks, asked.draw.values[:, p], asked.weight, asked.linear
    if linear is None:
        rows = masks[:, question.centres[p]]
        masks, values, weight = masks[rows], values[rows], weight[rows]
        linear = linear_map(masks, weight, ridge=budget.ridge or 0.0)
    error = leave_one_out(linear, masks, values)
    surrogate = None
    if budget.ridge is None and len(masks) > 8:
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
    neighbourhood = _law_of(question)
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


def _read_off(question: Question, p: int, fit: Fit) -> tuple[FloatArray, FloatArray]:
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
    n_components = surrogate.masks.shape[1]
    values, _ = integrate_keep_rates(
        lambda keep: linear_coefficients(surrogate, keep, kept=kept)[1],
        tolerance=1e-9,
        nodes=max(4, min(32, (n_components + 1) // 2)),
    )
    return values


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
