"""Choosing a few components: lime's and R lime's ways, for one target.

Selection looks at the sampled answers (masks, weights, values) of one target, and the chosen components are fitted
anew.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np

from ner_lime.errors import InputError
from ner_lime.lime.linear import leave_one_out, linear_map, sandwich
from ner_lime.lime.question import Estimate, Question
from ner_lime.types import FloatArray, IntArray, Masks

Selection: TypeAlias = Literal["auto", "none", "highest_weights", "forward_selection", "lasso_path", "tree"]

MAX_FORWARD = 6
"""Number of features up to which `auto` is forward selection, else the highest weights (lime and R lime)."""

SELECTION_MASKS = 2000
"""Number of masks, of a fixed stream, on which features are chosen where the weights came without a sample."""


def select_from(
    question: Question,
    estimate: Estimate,
    p: int,
    combination: FloatArray,
    num_features: int,
    selection: Selection = "auto",
    *,
    ridge: float | None = None,
) -> tuple[IntArray, FloatArray, FloatArray]:
    """The chosen components of one position and target, with their weights and standard errors.

    They are chosen on the sampled answers, and fitted to them anew where that matters: it does not where nothing is
    left out and where the law keeps weights, without ridge. Then they have the weights that they have among all.

    Parameters
    ----------
    question, estimate : Question, Estimate
        What was asked, and the answer.
    p : int
        Which of the P positions.
    combination : (K,)
        The target as a combination of the K answers.
    num_features : int
        Number of components at most.
    selection : Selection
    ridge : float or None
        Of the sampled linear fit; an exact answer has none.

    Raises
    ------
    InputError
        An unknown way of selection, or fewer than one feature.
    """
    samples, is_exact = estimate.samples, estimate.tolerance is not None
    if samples is not None:
        masks, values, share = samples.masks, samples.values[:, p] @ combination, samples.share[:, p]
    else:
        masks = _fixed_masks(question, p)
        values, share = question.function(masks)[:, p] @ combination, np.ones(len(masks))
    penalty = 0.0 if is_exact or ridge is None else ridge
    found, _, weights = select(masks, share, values, num_features, selection, ridge=penalty)
    chosen = np.asarray(found, dtype=np.int64)
    keeps_weights = question.law.keeps_weights(None if is_exact else ridge)
    if keeps_weights or len(chosen) == question.n_components:
        weights = combination @ estimate.weights[p][:, chosen]
        return chosen, weights, np.abs(combination) @ estimate.std_errors[p][:, chosen]
    if is_exact:
        return chosen, weights, np.zeros_like(weights)
    refit = linear_map(masks[:, chosen], share, ridge=penalty)
    error = leave_one_out(refit, masks[:, chosen], values[:, None])
    return chosen, weights, sandwich(refit, error)[:, 0]


def _fixed_masks(question: Question, p: int) -> Masks:
    """The full mask, and draws of the law from a fixed stream."""
    full = np.ones((1, question.n_components), dtype=bool)
    drawn = question.law.draw(np.random.default_rng(0), SELECTION_MASKS - 1, question.n_components)
    masks = np.concatenate([full, drawn])
    kept = question.kept_at(p)
    if kept is not None:
        masks[:, kept] = True
    return masks


def select(
    masks: Masks,
    sample_weight: FloatArray,
    values: FloatArray,
    num_features: int,
    selection: Selection = "auto",
    *,
    ridge: float = 0.0,
) -> tuple[list[int], float, FloatArray]:
    """The chosen components, and the bias and weights of the fit to them alone.

    Parameters
    ----------
    masks : (n, C)
    sample_weight : (n,)
    values : (n,)
        One target.
    num_features : int
        Number of components at most.
    ridge : float
        Of the final fit.

    Raises
    ------
    InputError
        An unknown way of selection, or fewer than one feature.
    """
    if selection not in get_args(Selection):
        raise InputError(f"expected a feature selection out of {', '.join(get_args(Selection))}, found {selection!r}")
    if num_features < 1:
        raise InputError(f"expected at least one feature, found num_features={num_features}")
    chosen = _choose(masks, sample_weight, values, min(num_features, masks.shape[1]), selection)
    bias, weights = linear_map(masks[:, chosen], sample_weight, ridge=ridge).fit(values[:, None])
    return chosen, float(bias[0]), weights[:, 0]


def _choose(masks: Masks, weight: FloatArray, values: FloatArray, k: int, selection: Selection) -> list[int]:
    if selection == "auto":
        selection = "forward_selection" if k <= MAX_FORWARD else "highest_weights"
    match selection:
        case "none":
            return list(range(masks.shape[1]))
        case "forward_selection":
            return forward_selection(masks, weight, values, k)
        case "lasso_path":
            return lasso_path(masks, weight, values, k)
        case "tree":
            return tree(masks, weight, values, k)
        case _:
            return highest_weights(masks, weight, values, k)


def highest_weights(masks: Masks, weight: FloatArray, values: FloatArray, k: int) -> list[int]:
    """The k largest |weight| of a ridge fit to all (lime's alpha 0.01)."""
    _, weights = linear_map(masks, weight, ridge=0.01).fit(values[:, None])
    return sorted(np.argsort(-np.abs(weights[:, 0]), kind="stable")[:k].tolist())


def forward_selection(masks: Masks, weight: FloatArray, values: FloatArray, k: int) -> list[int]:
    """Add the component that leaves the least weighted squared error, k times.

    Gram-Schmidt: after each step the rest of the design and of the answers is made orthogonal to what was chosen, so
    the gain of a candidate is its squared correlation with what is left.
    """
    root = np.sqrt(weight)[:, None]
    share = weight / weight.sum()
    left = (masks - share @ masks.astype(float)) * root
    rest = (values - share @ values) * root[:, 0]
    chosen: list[int] = []
    for _ in range(k):
        norms = (left**2).sum(axis=0)
        gains = np.where(norms > 1e-10, (left.T @ rest) ** 2 / np.maximum(norms, 1e-10), -1.0)
        gains[chosen] = -2.0
        best = int(gains.argmax())
        if gains[best] < 0.0:
            break
        chosen.append(best)
        direction = left[:, best] / np.sqrt(norms[best])
        rest = rest - direction * (direction @ rest)
        left = left - np.outer(direction, direction @ left)
    return sorted(chosen)


def lasso_path(masks: Masks, weight: FloatArray, values: FloatArray, k: int) -> list[int]:
    """The components at the last step of the LARS-lasso path with at most k (Efron et al. 2004), as lime walks it."""
    from sklearn.linear_model import lars_path

    root = np.sqrt(weight)[:, None]
    share = weight / weight.sum()
    design = (masks - share @ masks.astype(float)) * root
    _, _, path = lars_path(design, (values - share @ values) * root[:, 0], method="lasso")
    sets = [np.flatnonzero(path[:, step]).tolist() for step in range(path.shape[1])]
    fitting = [chosen for chosen in sets if 0 < len(chosen) <= k]
    return fitting[-1] if fitting else []


def tree(masks: Masks, weight: FloatArray, values: FloatArray, k: int) -> list[int]:
    """At most k components that a regression tree of depth log2 k splits on (R lime)."""
    from sklearn.tree import DecisionTreeRegressor

    depth = max(1, int(np.floor(np.log2(k)))) if k > 1 else 1
    fitted = DecisionTreeRegressor(max_depth=depth, random_state=0).fit(masks, values, sample_weight=weight)
    importance = fitted.feature_importances_
    order = np.argsort(-importance, kind="stable")[:k]
    return sorted(int(j) for j in order if importance[j] > 0.0)
