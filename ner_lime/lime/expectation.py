"""Engine: expectations that the tagger itself can compute under a product law; no sample, no seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ner_lime.lime.estimate import Estimate, Question, target_share
from ner_lime.lime.fidelity import Agreement, agreement
from ner_lime.lime.laws import Bernoulli, Neighbourhood
from ner_lime.lime.shapley import ShapleyLaw, keep_rates
from ner_lime.types import FloatArray, KeepRates, Moments

CHECK_MASKS = 128
"""What has no closed form (KL divergence, agreement on the best label) is measured on so many masks of a fixed
stream."""


def from_moments(question: Question, moments: Callable[[KeepRates], Moments], *, exact_second: bool) -> Estimate:
    """LIME weights under Bernoulli(q), or Shapley values as their integral over q.

    Under a product law the least-squares fit is beta_j = E[f | z_j = 1] - E[f | z_j = 0], b0 = E[f] - q sum_j beta_j
    and R2 = q (1 - q) sum_j beta_j^2 / Var f (orthogonal design).

    Parameters
    ----------
    question : Question
        With a `Bernoulli` neighbourhood, or method "shapley".
    moments : callable
        Keep-rates to `Moments` of the P positions and C = T components.
    exact_second : bool
        Whether the second moments are those of `question.function`.
    """
    rng = np.random.default_rng(0)
    if question.method == "shapley":
        found = moments(partial(keep_rates, question.n_components))
        bias, weights = _efficient(question, found.effects)
        law: Neighbourhood = ShapleyLaw()
        exact = None
    else:
        assert isinstance(question.neighbourhood, Bernoulli)
        keep = question.neighbourhood.keep
        found = moments(lambda _level: [(keep, 1.0)])
        weights = found.effects
        bias = found.mean - keep * weights.sum(axis=2)
        law, exact = question.neighbourhood, (found, keep) if exact_second else None
    masks = law.draw(rng, CHECK_MASKS, question.n_components)
    measured = agreement(
        masks,
        target_share(np.ones(len(masks)), masks, question),
        question.function(masks),
        bias,
        weights,
    )
    measured_on = f"{len(masks)} fresh masks"
    if exact is not None:
        variance, residual = _second_moments(*exact)
        measured = Agreement(variance, residual, measured.kl, measured.top1)
        measured_on = f"all masks (R2), {len(masks)} fresh masks (KL, top-1)"
    return Estimate(
        bias=bias,
        weights=weights,
        std_errors=np.zeros_like(weights),
        agreement=measured,
        n_masks=len(masks),
        measured_on=measured_on,
        estimator="merged messages",
        tolerance=found.tolerance,
        samples=None,
    )


def _second_moments(found: Moments, keep: float) -> tuple[FloatArray, FloatArray]:
    """(P, L, L): the covariance of f, and what the linear fit leaves of it."""
    variance = found.second - found.mean[:, :, None] * found.mean[:, None, :]
    explained = keep * (1.0 - keep) * found.effects @ found.effects.swapaxes(1, 2)
    return variance, variance - explained


def _efficient(question: Question, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bias f(nothing kept), and Shapley values that add up to f(everything kept) with it."""
    ends = np.zeros((2, question.n_components), dtype=bool)
    ends[1] = True
    n_positions = len(question.centres)
    if not question.target_kept:
        empty, full = question.function(ends)
    else:
        alone = np.zeros((n_positions, question.n_components), dtype=bool)
        alone[np.arange(n_positions), question.centres] = True
        empty = question.function(alone)[np.arange(n_positions), np.arange(n_positions)]
        full = question.function(ends[1:])[0]
    # Efficiency holds exactly for the exact values: what the merging left out is shared evenly (Musco, Witter, ICLR
    # 2025).
    players = np.ones((n_positions, 1, question.n_components))
    if question.target_kept:
        players[np.arange(n_positions), 0, question.centres] = 0.0
    missing = full - empty - values.sum(axis=2)
    values = values + players * (missing / np.maximum(players.sum(axis=2), 1.0))[:, :, None]
    return empty, values
