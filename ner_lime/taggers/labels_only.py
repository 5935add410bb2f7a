"""Models that give labels without probabilities: one-hot answers, and a warning."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ner_lime.errors import InputError, LabelsOnlyWarning
from ner_lime.taggers.labels import checked_labels, one_hot
from ner_lime.types import FloatArray, Tokens


def warn_labels_only(name: str, *, stacklevel: int) -> None:
    """Warn that an explanation sees only whether a label flips."""
    warnings.warn(
        f"{name} gives labels without probabilities: an explanation sees only whether a label flips when words are "
        "hidden, not how sure the model is, and needs more samples; a model with probabilities explains better",
        LabelsOnlyWarning,
        stacklevel=stacklevel + 1,
    )


class LabelsOnlyTagger:
    """A function from sentences to labels, as a tagger that is certain of every answer. Follows `Tagger`.

    Parameters
    ----------
    predict : callable
        n token lists in, n label lists out.
    labels : sequence of str
        All L labels that it can give; their order is that of the columns.
    batch_size : int or None
        Maximum number of sentences per call that suits the model.

    Examples
    --------
    >>> tagger = LabelsOnlyTagger(lambda sentences: [["X"] * len(words) for words in sentences], labels=["O", "X"])
    >>> tagger.predict_proba([["a"]])[0].tolist()
    [[0.0, 1.0]]
    """

    def __init__(
        self,
        predict: Callable[[list[list[str]]], Sequence[Sequence[str]]],
        *,
        labels: Sequence[str],
        batch_size: int | None = None,
    ) -> None:
        self.predict_labels = predict
        self.labels = checked_labels(labels)
        self.batch_size = batch_size

    def __repr__(self) -> str:
        return f"LabelsOnlyTagger({self.predict_labels!r}, {len(self.labels)} labels)"

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array with a single 1 in each row.

        Raises
        ------
        TaggerError
            A label that is not among `labels`.
        """
        answers = self.predict_labels([list(sentence) for sentence in sentences])
        return [one_hot([str(tag) for tag in tags], self.labels) for tags in answers]


def from_predict(model: Any, *, labels: Sequence[str] | None = None, batch_size: int | None = None) -> LabelsOnlyTagger:
    """Take over an object that only has ``predict(sentences)``; warns with `LabelsOnlyWarning`.

    Parameters
    ----------
    model : object
        Its ``predict`` maps n token lists to n label lists.
    labels : sequence of str, optional
        Default: what the object itself names as ``labels``.
    batch_size : int or None
        Maximum number of sentences per call that suits the model.

    Raises
    ------
    InputError
        The labels are not known.
    """
    name = type(model).__name__
    if labels is None:
        labels = getattr(model, "labels", None)
    if labels is None:
        raise InputError(f"{name} names no labels, and an answer shows only some of them: give labels=[...]")
    tagger = LabelsOnlyTagger(model.predict, labels=labels, batch_size=batch_size)
    warn_labels_only(name, stacklevel=3)
    return tagger
