"""The linear surrogate: bias + sum of the weights of the kept components, by (weighted, ridge) least squares.

The fit is linear in the answers, so it is written as a matrix that serves all targets at once: (C + 1, n) times (n, K).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.types import BoolArray, FloatArray, Masks, Values

INTERPOLATED = 1e-6
"""A fit with a leverage nearer to 1 than this goes through the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearMap:
    """Answers in, coefficients out.

    Attributes
    ----------
    matrix : (C + 1, n)
        Row 0 gives the bias, row 1 + j the weight of component j.
    leverage : (n,)
        How much each answer pulls its own prediction (the diagonal of the hat matrix).
    known : (n,) or None
        The answers that the fit goes through by definition: they are no draw, and have no error.
    """

    matrix: FloatArray
    leverage: FloatArray
    known: BoolArray | None = None

    def fit(self, values: Values) -> tuple[FloatArray, FloatArray]:
        """Bias (K,) and weights (C, K) for answers (n, K)."""
        coefficients = self.matrix @ values
        return coefficients[0], coefficients[1:]


def linear_map(masks: Masks, sample_weight: FloatArray, *, ridge: float = 0.0) -> LinearMap:
    """Least squares argmin sum_k w_k (f_k - b - z_k beta)^2 + ridge |beta|^2, the bias not penalised.

    Components that never vary (and, without ridge, combinations that the masks do not tell apart) get the solution of
    least norm.

    Parameters
    ----------
    masks : (n, C)
    sample_weight : (n,)
    ridge : float
        ``sklearn.linear_model.Ridge``'s alpha; lime's own is 1.
    """
    design = masks.astype(float)
    total = sample_weight.sum()
    mean = sample_weight @ design / total
    centred = design - mean
    gram = (centred * sample_weight[:, None]).T @ centred
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
    slopes = inverse @ (centred * sample_weight[:, None]).T
    bias = sample_weight / total - mean @ slopes
    leverage = bias + (design * slopes.T).sum(axis=1)
    return LinearMap(np.vstack([bias, slopes]), leverage)


def leave_one_out(linear: LinearMap, masks: Masks, values: Values) -> Values:
    """(n, K): the error at each mask of the fit to all others, residual / (1 - leverage).

    Where the fit goes through an answer whatever it is (as all do where there are no more masks than coefficients), the
    others know nothing of it: the error is that of their mean.
    """
    bias, weights = linear.fit(values)
    residual, free = values - bias - masks @ weights, 1.0 - linear.leverage
    alone = values - values.mean(axis=0)
    error = np.where((free > INTERPOLATED)[:, None], residual / np.maximum(free, INTERPOLATED)[:, None], alone)
    if linear.known is not None:
        error[linear.known] = 0.0
    return error


def sandwich(linear: LinearMap, residuals: Values, unseen: FloatArray | None = None) -> FloatArray:
    """(C, K): standard errors of the weights from residuals of any surrogate that was not fitted to their own mask.

    V = G^-1 F' diag(residual^2) F G^-1 (White, Econometrica 1980, theorem 1), F = [1 Z], G = F'WF.

    Parameters
    ----------
    linear : LinearMap
    residuals : (n, K)
    unseen : (n,) or None
        The chance of each mask not to be among them: what is bound to be there adds no error. Ones by default.
    """
    pull = linear.matrix[1:] ** 2
    if linear.known is not None:
        pull = pull * ~linear.known
    if unseen is not None:
        pull = pull * unseen
    return np.asarray(np.sqrt(pull @ residuals**2))
