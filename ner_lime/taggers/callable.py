"""A function from sentences to probabilities, as a tagger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.crf.foreign import PROBE
from ner_lime.errors import InputError, NerLimeError, TaggerError, in_one_line
from ner_lime.taggers.labels import checked_labels, columns, one_hot
from ner_lime.taggers.labels_only import warn_labels_only
from ner_lime.types import FloatArray, Tokens


class CallableTagger:
    """A function from n token lists to label probabilities, dicts or labels. Follows `Tagger`.

    It is called with sentences of one length at a time, so it may build one array of them, and never with an empty one.

    Parameters
    ----------
    function : callable
        ``list[list[str]]`` in; out comes an (n, T, L) array, or for each sentence a (T, L) array, a list of T dicts
        from label to probability (what is missing counts 0), or a list of T labels (`LabelsOnlyWarning`).
    labels : sequence of str, optional
        The names of the L columns. Default: what the function itself names as ``.labels``, else those of the dicts that
        it answers to one sentence of words of many shapes, where each of these dicts has all of them.
    batch_size : int or None
        Maximum number of sentences per call that suits the function.

    Raises
    ------
    InputError
        The labels are not known.
    TaggerError
        The function failed on the sentence that should have shown its labels.

    Examples
    --------
    >>> tagger = CallableTagger(lambda sentences: [[{"O": 0.25, "X": 0.75} for _ in words] for words in sentences])
    >>> tagger.labels, tagger.predict_proba([["a"]])[0].tolist()
    (('O', 'X'), [[0.25, 0.75]])
    """

    def __init__(
        self,
        function: Callable[[list[list[str]]], Any],
        *,
        labels: Sequence[str] | None = None,
        batch_size: int | None = None,
    ) -> None:
        self.function = function
        if batch_size is not None:
            whole_number(batch_size, "batch_size", least=1)
        self.batch_size = batch_size
        self._warned = False
        if labels is None:
            labels = getattr(function, "labels", None)
        self.labels = checked_labels(_labels_of(function) if labels is None else labels)

    def __repr__(self) -> str:
        return f"CallableTagger({_name(self.function)}, {len(self.labels)} labels)"

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array, as the function answered.

        Raises
        ------
        TaggerError
            Not one answer a sentence, or a label that is not among `labels`.
        """
        answers: dict[int, FloatArray] = {}
        of_length: dict[int, list[int]] = {}
        for number, sentence in enumerate(sentences):
            of_length.setdefault(len(sentence), []).append(number)
        for length, numbers in of_length.items():
            if length:
                rows = _rows(self.function([list(sentences[number]) for number in numbers]), len(numbers))
                answers |= {number: self._matrix(row) for number, row in zip(numbers, rows, strict=True)}
            else:
                answers |= {number: np.zeros((0, len(self.labels))) for number in numbers}
        return [answers[number] for number in range(len(sentences))]

    def _matrix(self, row: Any) -> FloatArray:
        """One sentence's answer as an array; the caller checks that it holds probabilities."""
        row = _plain(row)
        kind = _kind(row)
        if kind is Mapping:
            matrix = np.zeros((len(row), len(self.labels)))
            for i, of_label in enumerate(row):
                matrix[i, columns(list(of_label), self.labels)] = list(of_label.values())
            return matrix
        if kind is str:
            if not self._warned:
                self._warned = True
                warn_labels_only(_name(self.function), stacklevel=4)
            return one_hot(row, self.labels)
        return np.asarray(row)


def _labels_of(function: Callable[[list[list[str]]], Any]) -> list[str]:
    """The labels of the dicts that the function answers to a sentence."""
    name = _name(function)
    try:
        row = _plain(_rows(function([list(PROBE)]), 1)[0])
    except NerLimeError:
        raise
    except Exception as error:
        raise TaggerError(
            f"{name} failed on the sentence {list(PROBE[:3])} ..., which was to show its labels (or give labels=[...])"
            f": {in_one_line(error)}"
        ) from error
    kind = _kind(row)
    if kind is Mapping:
        labels = list(row[0])
        if len(labels) < 2 or any(set(of_label) != set(labels) for of_label in row):
            found = dict.fromkeys(label for of_label in row for label in of_label)
            raise InputError(
                f"{name} answers dicts that leave labels out, of which one answer shows only {list(found)!r:.200}: "
                "give labels=[...]"
            )
        return labels
    if kind is str:
        raise InputError(f"{name} answers labels, of which one answer shows only some: give labels=[...]")
    width = np.shape(row)[-1] if np.ndim(row) else 0
    raise InputError(f"{name} answers arrays without names for their {width} columns: give labels=[...]")


def _rows(answer: Any, n: int) -> list[Any]:
    """The answer, one item a sentence."""
    if not isinstance(answer, Iterable) or isinstance(answer, (str, Mapping)):
        raise TaggerError(
            f"expected an array or a list with {n} answers, one a sentence, found {type(answer).__name__}"
        )
    rows = list(answer)
    if len(rows) != n:
        raise TaggerError(f"expected {n} answers, one a sentence, found {len(rows)}")
    return rows


def _kind(row: Any) -> type | None:
    """Mapping, str, or None for anything that is to be an array."""
    if isinstance(row, Sequence) and row:
        return next((kind for kind in (Mapping, str) if all(isinstance(item, kind) for item in row)), None)
    return None


def _plain(row: Any) -> Any:
    """An array of labels or of dicts as a list; anything else as it is."""
    return row.tolist() if isinstance(row, np.ndarray) and row.dtype.kind in "OU" else row


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def from_predict_proba(
    model: Any, *, labels: Sequence[str] | None = None, batch_size: int | None = None
) -> CallableTagger:
    """Take over an object that has ``predict_proba(sentences)`` and does not name its labels."""
    return CallableTagger(model.predict_proba, labels=labels, batch_size=batch_size)
