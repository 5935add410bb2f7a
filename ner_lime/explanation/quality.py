"""How good an explanation is, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Fidelity:
    """How well the contributions predict the tagger on masks that were not fitted, P positions and L labels.

    Attributes
    ----------
    r2 : (P, L)
        1 - residual / variance; 0 where the probability is constant.
    kl : (P,)
        Mean KL divergence of the surrogate's distribution (clipped, renormalised) from the tagger's, in nats.
    top1 : (P,)
        Share of the masks on which both name the same most probable label.
    variance, residual : (P, L, L)
        Covariance of the probabilities over the neighbourhood, and the second moment of the surrogate's error: the R2
        of any linear target follows from them.
    n_masks : int
        On how many masks.
    measured_on : str
        Which masks, in words.
    """

    r2: FloatArray
    kl: FloatArray
    top1: FloatArray
    variance: FloatArray
    residual: FloatArray
    n_masks: int
    measured_on: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How the explanation was made.

    Attributes
    ----------
    method : "lime" or "shapley".
    neighbourhood, masking : the law of the masks and the way of hiding, as code.
    engine : "exact" or "sample".
    estimator : what computed the weights, in words.
    n_calls : how many sequences the tagger was asked for.
    random_state : the seed; None where no randomness took part.
    tolerance : the largest change of a weight in the last refinement of the exact engine; 0 where nothing was
    approximated,
        None where the weights are sampled (see the standard errors).
    context_only : whether the explained word was always kept.
    """

    method: str
    neighbourhood: str
    masking: str
    engine: str
    estimator: str
    n_calls: int
    random_state: int | None
    tolerance: float | None
    context_only: bool


def unsure_share(weights: FloatArray, std_errors: FloatArray) -> FloatArray:
    """(K,): for (K, C), the share of the sum of absolute weights whose 95 % intervals span zero; 0 where exact."""
    sizes = np.abs(weights)
    spans_zero = (sizes <= 1.96 * std_errors) & std_errors.any(axis=1, keepdims=True)
    return np.asarray(np.where(spans_zero, sizes, 0.0).sum(axis=1) / np.maximum(sizes.sum(axis=1), 1e-300))
