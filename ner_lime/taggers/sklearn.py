"""Classifiers that label one token at a time from its features: scikit-learn's, or whatever has its habits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ner_lime.errors import InputError, NotFittedError
from ner_lime.taggers.labels import checked_labels, one_hot
from ner_lime.taggers.labels_only import warn_labels_only
from ner_lime.taggers.token_features import describe_tokens
from ner_lime.types import FloatArray, Tokens


class SklearnTagger:
    """A fitted pipeline or classifier over tokens.

    Parameters
    ----------
    model : object
        Has ``classes_`` and ``predict_proba``, or only ``predict``: then its answers are one-hot, with a
        `LabelsOnlyWarning`.
    features : callable
        ``features(tokens, i)``: what the model takes for token i, such as a dict before a ``DictVectorizer``.

    Raises
    ------
    NotFittedError
        The model has no ``classes_`` yet.
    """

    def __init__(self, model: Any, *, features: Callable[[Tokens, int], Any]) -> None:
        name = type(model).__name__
        classes = getattr(model, "classes_", None)
        if classes is None:
            raise NotFittedError(f"expected a fitted classifier with classes_, found {name} without: call fit first")
        self.model = model
        self.features = features
        self.labels = checked_labels([str(label) for label in classes])
        self._certain = not hasattr(model, "predict_proba")
        if self._certain:
            warn_labels_only(name, stacklevel=4)

    def __repr__(self) -> str:
        return f"SklearnTagger({type(self.model).__name__}, {len(self.labels)} labels)"

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array, columns as the model's ``classes_``; all tokens go to the model at once.

        Raises
        ------
        InputError
            The feature function failed.
        """
        rows = [row for sentence in sentences for row in describe_tokens(self.features, sentence)]
        if not rows:
            return [np.zeros((0, len(self.labels))) for _ in sentences]
        if self._certain:
            matrix = one_hot([str(label) for label in self.model.predict(rows)], self.labels)
        else:
            matrix = np.asarray(self.model.predict_proba(rows))
        ends = np.cumsum([len(sentence) for sentence in sentences])
        return [matrix[end - len(sentence) : end] for sentence, end in zip(sentences, ends, strict=True)]


def from_classifier(model: Any, *, features: Callable[[Tokens, int], Any] | None = None) -> SklearnTagger:
    """Take over a fitted classifier of tokens.

    Raises
    ------
    InputError
        No feature function was given.
    NotFittedError
        The model was not fitted.
    """
    if features is None:
        raise InputError(
            f"{type(model).__name__} classifies one token's features: give the function that makes them, "
            "features=fn with fn(tokens, i); of a model that takes whole sentences, give its method and labels=[...]"
        )
    return SklearnTagger(model, features=features)
