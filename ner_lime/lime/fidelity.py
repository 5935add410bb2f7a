"""How well bias and weights predict the tagger on given masks, for all positions at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ner_lime.plain import PlainData
from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, Masks, Values

ROUNDING = 1e-18
"""A variance of at most this, in squared units of the value, is nothing but rounding."""

MIN_PROBABILITY = 1e-6
"""Least surrogate probability: smaller ones are clipped to it, and all renormalised, before the KL divergence."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fidelity(PlainData):
    """How well the contributions predict the model on masks that were not fitted, P positions and K targets.

    Attributes
    ----------
    r2 : (P, K)
        1 - residual / variance; 0 where the value is constant.
    kl : (P,)
        Mean KL divergence of the surrogate's distribution (clipped, renormalised) from the model's, in nats; not a
        number where the targets are no distribution.
    top1 : (P,)
        Share of the masks on which both name the same most probable target.
    variance, residual : (P, K, K)
        Covariance of the values over the neighbourhood, and the second moment of the surrogate's error: the R2 of any
        linear target follows from them.
    n_masks : int
        Number of masks it was measured on.
    measured_on : str
        Which masks, in words.

    Examples
    --------
    >>> masks, values = np.array([[True], [False]]), np.array([[[0.8, 0.2]], [[0.2, 0.8]]])
    >>> bias, weights = np.array([[0.2, 0.8]]), np.array([[[0.6], [-0.6]]])
    >>> measure(masks, np.ones((2, 1)), values, bias, weights, measured_on="both masks").r2.round(9).tolist()
    [[1.0, 1.0]]
    """

    r2: FloatArray
    kl: FloatArray
    top1: FloatArray
    variance: FloatArray
    residual: FloatArray
    n_masks: int
    measured_on: str

    def __repr__(self) -> str:
        n_positions, n_targets = self.r2.shape
        return f"<Fidelity of {n_positions} x {n_targets} targets, measured on {self.measured_on}>"

    @classmethod
    def of(
        cls,
        variance: FloatArray,
        residual: FloatArray,
        *,
        kl: FloatArray,
        top1: FloatArray,
        n_masks: int,
        measured_on: str,
    ) -> Self:
        """With the R2 that follows from `variance` and `residual`."""
        return cls(
            r_squared(_diagonal(variance), _diagonal(residual)), kl, top1, variance, residual, n_masks, measured_on
        )


def r_squared(variance: FloatArray, residual: FloatArray) -> FloatArray:
    """1 - residual / variance for arrays of any one shape; 0 where the variance is nothing but rounding."""
    return np.asarray(np.where(variance <= ROUNDING, 0.0, 1.0 - residual / np.maximum(variance, ROUNDING)))


def measure(
    masks: Masks,
    sample_weight: FloatArray,
    values: Values,
    bias: FloatArray,
    weights: FloatArray,
    *,
    measured_on: str,
    is_distribution: bool = True,
) -> Fidelity:
    """Compare bias + weights z with the model.

    Parameters
    ----------
    masks : (n, C)
    sample_weight : (n, P)
        How much each mask counts for each position; where none does, the result is not a number.
    values : (n, P, K)
        The model's answers.
    bias : (P, K)
    weights : (P, K, C)
    measured_on : str
        Which masks these are, in words.
    is_distribution : bool
        Whether the K values of a position sum to 1.
    """
    with single_blas_thread():
        total = sample_weight.sum(axis=0)
        share = sample_weight / np.where(total > 0.0, total, np.nan)
        predicted = bias + (masks.astype(float) @ weights.reshape(-1, masks.shape[1]).T).reshape(values.shape)
        centred = values - (share[:, :, None] * values).sum(axis=0)
        kl = top1 = np.full(values.shape[1], np.nan)
        if is_distribution:
            divergence = _divergence(values, predicted)
            same = predicted.argmax(axis=2) == values.argmax(axis=2)
            kl, top1 = np.maximum((share * divergence).sum(axis=0), 0.0), (share * same).sum(axis=0)
        return Fidelity.of(
            _second_moment(centred, share),
            _second_moment(values - predicted, share),
            kl=kl,
            top1=top1,
            n_masks=len(masks),
            measured_on=measured_on,
        )


def half_widths(
    masks: Masks, sample_weight: FloatArray, values: Values, bias: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(P,) each: half-widths of the 95 % intervals of `Fidelity.kl` and `Fidelity.top1`, where the masks are a sample.

    Parameters are those of `measure`. The interval of a share is that of Agresti and Coull (The American Statistician
    1998), which has a width where all masks agree as well.
    """
    share = sample_weight / sample_weight.sum(axis=0)
    effective = 1.0 / (share**2).sum(axis=0)
    predicted = bias + (masks.astype(float) @ weights.reshape(-1, masks.shape[1]).T).reshape(values.shape)
    divergence = _divergence(values, predicted)
    mean = (share * divergence).sum(axis=0)
    variance = (share * (divergence - mean) ** 2).sum(axis=0)
    agreed = (share * (predicted.argmax(axis=2) == values.argmax(axis=2))).sum(axis=0)
    centre = (agreed * effective + 2.0) / (effective + 4.0)
    half = 1.96 * np.sqrt(centre * (1.0 - centre) / (effective + 4.0)) + np.abs(centre - agreed)
    return 1.96 * np.sqrt(variance / effective), half


def _divergence(values: Values, predicted: Values) -> FloatArray:
    """(n, P): KL divergence of the surrogate's distribution from the model's, in nats."""
    surrogate = np.clip(predicted, MIN_PROBABILITY, 1.0)
    surrogate /= surrogate.sum(axis=2, keepdims=True)
    return np.asarray((values * np.log(np.maximum(values, 1e-300) / surrogate)).sum(axis=2))


def _second_moment(values: Values, share: FloatArray) -> FloatArray:
    """(P, K, K): sum_n share_np v_npk v_npm."""
    rows = values.transpose(1, 2, 0)
    return np.asarray((rows * share.T[:, None, :]) @ values.transpose(1, 0, 2))


def _diagonal(moments: FloatArray) -> FloatArray:
    """(P, K) of (P, K, K)."""
    return np.diagonal(moments, axis1=1, axis2=2)
