"""How well bias and weights predict the tagger on given masks, for all positions at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, Marginals, Masks

SMALLEST = 1e-6
"""Surrogate probabilities are clipped to [SMALLEST, 1] before they are renormalised and compared in KL divergence."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """P positions, L labels; the fields are those of `ner_lime.explanation.Fidelity`.

    Attributes
    ----------
    variance, residual : (P, L, L)
        Covariance of the answers, and second moment of the surrogate's errors.
    kl : (P,)
    top1 : (P,)
    """

    variance: FloatArray
    residual: FloatArray
    kl: FloatArray
    top1: FloatArray

    @property
    def r2(self) -> FloatArray:
        """(P, L): 1 - residual / variance; 0 where an answer is constant."""
        return r_squared(self.variance, self.residual)


def r_squared(variance: FloatArray, residual: FloatArray) -> FloatArray:
    """(P, L): 1 - residual / variance along the diagonals; 0 where the variance is nothing but rounding."""
    total = np.diagonal(variance, axis1=1, axis2=2)
    error = np.diagonal(residual, axis1=1, axis2=2)
    return np.asarray(np.where(total <= 1e-18, 0.0, 1.0 - error / np.maximum(total, 1e-18)))


def agreement(
    masks: Masks, sample_weight: FloatArray, values: Marginals, bias: FloatArray, weights: FloatArray
) -> Agreement:
    """Compare bias + weights z with the tagger.

    Parameters
    ----------
    masks : (n, C)
    sample_weight : (n,) or (n, P)
        How much each mask counts (for each position); where none does, the result is not a number.
    values : (n, P, L)
        The tagger's answers.
    bias : (P, L)
    weights : (P, L, C)
    """
    with single_blas_thread():
        return _agreement(masks, sample_weight, values, bias, weights)


def _agreement(
    masks: Masks, sample_weight: FloatArray, values: Marginals, bias: FloatArray, weights: FloatArray
) -> Agreement:
    n, n_positions, _ = values.shape
    if sample_weight.ndim == 1:
        sample_weight = np.broadcast_to(sample_weight[:, None], (n, n_positions))
    total = sample_weight.sum(axis=0)
    share = sample_weight / np.where(total > 0.0, total, np.nan)
    predicted = bias + (masks.astype(float) @ weights.reshape(-1, masks.shape[1]).T).reshape(values.shape)
    centred = values - (share[:, :, None] * values).sum(axis=0)
    error = values - predicted
    surrogate = np.clip(predicted, SMALLEST, 1.0)
    surrogate /= surrogate.sum(axis=2, keepdims=True)
    divergence = (values * np.log(np.maximum(values, 1e-300) / surrogate)).sum(axis=2)
    same = predicted.argmax(axis=2) == values.argmax(axis=2)
    return Agreement(
        variance=_second_moment(centred, share),
        residual=_second_moment(error, share),
        kl=np.maximum((share * divergence).sum(axis=0), 0.0),
        top1=(share * same).sum(axis=0),
    )


def _second_moment(values: Marginals, share: FloatArray) -> FloatArray:
    """(P, L, L): sum_k share_kp v_kpl v_kpm."""
    rows = values.transpose(1, 2, 0)
    return np.asarray((rows * share.T[:, None, :]) @ values.transpose(1, 0, 2))
