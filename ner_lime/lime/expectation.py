"""Engine: expectations that the function itself can compute under product laws; no sample, no seed."""

from __future__ import annotations

import numpy as np

from ner_lime.lime.fidelity import Fidelity, half_widths, measure
from ner_lime.lime.question import Estimate, Question, position_shares
from ner_lime.types import FloatArray, KeepRates, SupportsMoments

CHECK_MASKS = 128
"""Number of masks, of a fixed stream, on which what has no closed form (KL divergence, top-1) is measured."""


def by_moments(question: Question, function: SupportsMoments, rates: KeepRates, *, tolerance: float) -> Estimate:
    """Weights from the moments of a mixture of product laws; the law says how.

    Under a product law the least-squares fit is beta_j = E[f | z_j = 1] - E[f | z_j = 0], b0 = E[f] - q sum_j beta_j
    and R2 = q (1 - q) sum_j beta_j^2 / Var f (orthogonal design).

    Raises
    ------
    IntractableError
        The function can't compute them in the memory that it allows itself.
    """
    moments = function.moments(rates, tolerance=tolerance, target_kept=question.target_kept)
    bias, weights = question.law.from_moments(moments, lambda: _ends(question))
    masks = question.law.draw(np.random.default_rng(0), CHECK_MASKS, question.n_components)
    sample = masks, position_shares(np.ones(len(masks)), masks, question), question.function(masks), bias, weights
    measured_on = f"{len(masks)} fresh masks"
    if question.is_distribution and question.n_positions:
        kl, top1 = (half.max() for half in half_widths(*sample))
        measured_on += f", to within {kl:.2g} and {top1:.2g}"
    fidelity = measure(*sample, measured_on=measured_on, is_distribution=question.is_distribution)
    exact = question.law.second_moments(moments, bias, weights, question.kept)
    if exact is not None:
        fidelity = _with_exact_r2(fidelity, *exact)
    return Estimate(
        bias=bias,
        weights=weights,
        std_errors=np.zeros_like(weights),
        fidelity=fidelity,
        estimator="merged messages",
        tolerance=moments.tolerance,
        samples=None,
    )


def _with_exact_r2(measured: Fidelity, variance: FloatArray, residual: FloatArray) -> Fidelity:
    return Fidelity.of(
        variance,
        residual,
        kl=measured.kl,
        top1=measured.top1,
        n_masks=measured.n_masks,
        measured_on=f"all masks (R2), {measured.measured_on} (KL, top-1)",
    )


def _ends(question: Question) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Answers (P, K) with nothing kept (but what always is) and with all kept; (P, 1, C) ones at what may be hidden."""
    n_positions = question.n_positions
    players = np.ones((n_positions, 1, question.n_components))
    ends = np.zeros((2, question.n_components), dtype=bool)
    ends[1] = True
    if question.kept is None:
        empty, full = question.function(ends)
        return empty, full, players
    alone = np.zeros((n_positions, question.n_components), dtype=bool)
    alone[np.arange(n_positions), question.kept] = True
    empty = question.function(alone)[np.arange(n_positions), np.arange(n_positions)]
    full = question.function(ends[1:])[0]
    players[np.arange(n_positions), 0, question.kept] = 0.0
    return empty, full, players
