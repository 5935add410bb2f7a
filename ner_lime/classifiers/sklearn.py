"""Estimators and pipelines with scikit-learn's methods: ``predict_proba``, ``decision_function``, or a regressor."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ner_lime.classifiers.classifier import Classifier, Kind, class_names, softmax
from ner_lime.errors import DecisionValuesWarning, NotFittedError, UnsupportedClassifierError
from ner_lime.types import FloatArray


def from_sklearn(model: Any, *, classes: Sequence[str] | None = None, input: Kind = "text") -> Classifier:
    """A classifier of a fitted estimator or pipeline.

    Pictures reach the estimator flattened, one row each, where it does not take them as they are.

    Parameters
    ----------
    model
        With ``predict_proba``, else ``decision_function`` (`DecisionValuesWarning`), else a regressor's ``predict``.
    classes : sequence of str, optional
        Names in the order of ``classes_``, which gives them by default; a regressor's one name.
    input : "text", "row" or "image"

    Raises
    ------
    NotFittedError
        It is not fitted.
    UnsupportedClassifierError
        It gives neither probabilities nor decision values nor numbers.
    """
    name = type(model).__name__
    _check_fitted(model, name)
    known = getattr(model, "classes_", None)
    if hasattr(model, "predict_proba"):
        names = class_names(classes, known, None if known is None else len(known))
        return Classifier(_shaped(model.predict_proba, input), names, name=f"{name}.predict_proba")
    if hasattr(model, "decision_function"):
        warnings.warn(
            f"{name} gives decision values and no probabilities: what is explained is their softmax; "
            "sklearn.calibration.CalibratedClassifierCV makes probabilities of them",
            DecisionValuesWarning,
            stacklevel=3,
        )
        names = class_names(classes, known, None if known is None else len(known))
        return Classifier(_soft(_shaped(model.decision_function, input)), names, name=f"{name}.decision_function")
    if hasattr(model, "predict") and known is None:
        names = class_names(classes or ["value"], None, 1)
        return Classifier(_shaped(model.predict, input), names, is_distribution=False, name=f"{name}.predict")
    raise UnsupportedClassifierError(
        f"expected an estimator with predict_proba or decision_function, or a regressor, found {name}: "
        "sklearn.calibration.CalibratedClassifierCV makes probabilities of labels"
    )


def _check_fitted(model: Any, name: str) -> None:
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError as Unfitted
    from sklearn.utils.validation import check_is_fitted

    if not isinstance(model, BaseEstimator):
        return
    try:
        check_is_fitted(model)
    except Unfitted as error:
        raise NotFittedError(f"expected a fitted {name}: call fit first") from error
    except TypeError:  # an estimator that has nothing to fit
        return


def _shaped(method: Any, kind: Kind) -> Any:
    """Pictures as rows."""
    if kind != "image":
        return method
    return lambda images: method(np.stack([np.asarray(image, dtype=np.float64).ravel() for image in images]))


def _soft(method: Any) -> Any:
    def probabilities(inputs: Any) -> FloatArray:
        values = np.asarray(method(inputs), dtype=np.float64)
        if values.ndim == 1:  # two classes: one value, for the second; its softmax against 0 is the sigmoid
            values = np.column_stack([np.zeros(len(values)), values])
        return softmax(values)

    return probabilities
