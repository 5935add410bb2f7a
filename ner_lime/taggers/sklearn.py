"""Classifiers that label one token at a time from its features: scikit-learn's, or others with its methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ner_lime.crf.foreign import as_feature_function
from ner_lime.errors import InputError, NotFittedError
from ner_lime.taggers.labels import checked_labels, one_hot
from ner_lime.taggers.labels_only import warn_labels_only
from ner_lime.taggers.token_features import describe_tokens
from ner_lime.types import FloatArray, Tokens


class SklearnTagger:
    """A fitted pipeline or classifier over the features of one token. Follows `Tagger`.

    Parameters
    ----------
    model : object
        Has ``classes_`` and ``predict_proba``, or only ``predict``: then its answers are one-hot, with a
        `LabelsOnlyWarning`.
    features : callable
        ``features(tokens, i)``: what the model takes for token i, such as a dict before a ``DictVectorizer``. The
        tutorial's form, ``features(rows, i)`` over (word, part of speech, label) rows, is found by trying.
    labels : sequence of str, optional
        The names of ``classes_`` in their order, where these are numbers (a ``LabelEncoder``'s).

    Raises
    ------
    NotFittedError
        The model has no ``classes_`` yet.
    InputError
        The feature function fails, or the labels are not those of the classes.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> model = DummyClassifier(strategy="prior").fit([{}, {}, {}, {}], ["O", "O", "O", "X"])
    >>> SklearnTagger(model, features=lambda tokens, i: {"word": tokens[i]}).predict_proba([["a"]])[0].tolist()
    [[0.75, 0.25]]
    """

    def __init__(self, model: Any, *, features: Callable[..., Any], labels: Sequence[str] | None = None) -> None:
        name = type(model).__name__
        classes = getattr(model, "classes_", None)
        if classes is None:
            raise NotFittedError(f"expected a fitted classifier with classes_, found {name} without: call fit first")
        self.model = model
        self.features = as_feature_function(features, read=repr)
        self._classes = checked_labels([str(label) for label in classes])
        self.labels = self._classes if labels is None else _named(classes, labels)
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
            matrix = one_hot([str(label) for label in self.model.predict(rows)], self._classes)
        else:
            matrix = np.asarray(self.model.predict_proba(rows))
        ends = np.cumsum([len(sentence) for sentence in sentences])
        return [matrix[end - len(sentence) : end] for sentence, end in zip(sentences, ends, strict=True)]


def _named(classes: Sequence[Any], labels: Sequence[str]) -> tuple[str, ...]:
    """These labels, where there is one for each class and no class has a name of its own that is another one."""
    names = checked_labels(labels)
    own = [str(label) if isinstance(label, str) else name for label, name in zip(classes, names, strict=False)]
    if len(names) != len(classes) or own != list(names):
        raise InputError(
            f"expected a label for each of the classes {list(classes)!r:.200} in order, found {names!r:.200}"
        )
    return names


def from_classifier(
    model: Any, *, features: Callable[..., Any] | None = None, labels: Sequence[str] | None = None
) -> SklearnTagger:
    """Take over a fitted classifier of tokens.

    Raises
    ------
    InputError
        No feature function was given, or it fails; or the labels are not those of the classes.
    NotFittedError
        The model was not fitted.
    """
    if features is None:
        raise InputError(
            f"{type(model).__name__} classifies one token's features: give the function that makes them, "
            "features=fn with fn(tokens, i); of a model that takes whole sentences, give its method and labels=[...]"
        )
    return SklearnTagger(model, features=features, labels=labels)
