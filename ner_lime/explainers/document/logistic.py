"""eli5's surrogate: a penalised logistic regression, each mask weighed by its similarity to the full text.

``eli5.lime.TextExplainer``'s default: stochastic gradient descent, elastic net with alpha 0.001. Where eli5 draws
labels from the probabilities, each mask counts here for every class with its probability, which that draw estimates.
"""

from __future__ import annotations

import numpy as np

from ner_lime.lime.fidelity import MIN_PROBABILITY, Fidelity
from ner_lime.lime.law import Law
from ner_lime.lime.question import Estimate, Samples
from ner_lime.types import FloatArray, MaskFunction, Masks, Values

ALPHA = 1e-3
HELD_OUT = 0.3
"""Share of the samples on which the fidelity is measured (eli5's)."""


def fit_logistic(function: MaskFunction, law: Law, n_components: int, n_samples: int, random_state: int) -> Estimate:
    """Weights in log-odds, one classifier a class against the others (one for both where there are two).

    The fidelity compares probabilities on masks that were not fitted.
    """
    rng = np.random.default_rng(random_state)
    masks = np.concatenate([np.ones((1, n_components), dtype=bool), law.draw(rng, n_samples - 1, n_components)])
    distinct, inverse = np.unique(masks, axis=0, return_inverse=True)
    values = function(distinct)[inverse.ravel()][:, 0]
    weight = law.weight(masks)
    n_fitted = max(1, round((1.0 - HELD_OUT) * n_samples))
    bias, weights = logistic_fit(masks[:n_fitted], weight[:n_fitted], values[:n_fitted], random_state)
    fidelity = _fidelity(masks[n_fitted:], weight[n_fitted:], values[n_fitted:], bias, weights)
    return Estimate(
        bias=bias[None],
        weights=weights[None],
        std_errors=np.zeros_like(weights)[None],
        fidelity=fidelity,
        estimator="logistic regression (log-odds, no standard errors)",
        tolerance=None,
        samples=Samples(masks, weight[:, None], values[:, None]),
    )


def logistic_fit(masks: Masks, weight: FloatArray, values: Values, random_state: int) -> tuple[FloatArray, FloatArray]:
    """Bias (K,) and weights (K, C) in log-odds for masks (n, C), their weights (n,) and probabilities (n, K)."""
    from sklearn.linear_model import SGDClassifier

    n, n_classes = values.shape
    if n_classes == 1:
        return np.zeros(1), np.zeros((1, masks.shape[1]))
    classifier = SGDClassifier(
        loss="log_loss", penalty="elasticnet", alpha=ALPHA, random_state=random_state, max_iter=1000, tol=1e-3
    )
    design = np.repeat(masks.astype(float), n_classes, axis=0)
    labels = np.tile(np.arange(n_classes), n)
    classifier.fit(design, labels, sample_weight=(values * weight[:, None]).ravel() * n_classes)
    bias, weights = np.asarray(classifier.intercept_), np.asarray(classifier.coef_)
    if n_classes == 2:
        return np.array([-bias[0], bias[0]]), np.vstack([-weights, weights])
    return bias, weights


def predicted(masks: Masks, bias: FloatArray, weights: FloatArray) -> FloatArray:
    """(n, K) probabilities: sigmoids of the log-odds, renormalised."""
    found = 1.0 / (1.0 + np.exp(-(bias + masks @ weights.T)))
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _fidelity(masks: Masks, weight: FloatArray, values: Values, bias: FloatArray, weights: FloatArray) -> Fidelity:
    share = weight / max(float(weight.sum()), 1e-300)
    guess = predicted(masks, bias, weights)
    centred, wrong = values - share @ values, values - guess
    clipped = np.clip(guess, MIN_PROBABILITY, 1.0)
    divergence = (values * np.log(np.maximum(values, 1e-300) / clipped)).sum(axis=1)
    return Fidelity.of(
        ((centred * share[:, None]).T @ centred)[None],
        ((wrong * share[:, None]).T @ wrong)[None],
        kl=np.array([max(float(share @ divergence), 0.0)]),
        top1=np.array([float(share @ (guess.argmax(axis=1) == values.argmax(axis=1)))]),
        n_masks=len(masks),
        measured_on=f"{len(masks)} fresh masks",
    )
