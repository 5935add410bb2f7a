"""A classifier of whole inputs: texts, rows or pictures in, one value a class out, checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from ner_lime.errors import ClassifierError, NerLimeError, in_one_line
from ner_lime.types import FloatArray

Kind: TypeAlias = Literal["text", "row", "image"]

SUM_TOLERANCE = 1e-4
"""Rows of float32 models sum to 1 within this; they are renormalised."""

CHANGED = 1e-3
"""A classifier whose answer to the same input differs by more than this is not a function of its input."""


@dataclass(frozen=True, slots=True)
class Classifier:
    """A model of whole inputs. Made by `ner_lime.as_classifier`.

    Attributes
    ----------
    function : callable
        A list of n texts, an (n, D) array or table of rows, or a list of n pictures in; (n, K) values out.
    classes : K strings
    is_distribution : bool
        Whether the values are probabilities that sum to 1; False for a regressor.
    mask_token : str or None
        What hides a word of a text from this model; None: words are removed.
    batch_size : int or None
        Number of inputs a call that suits the model.
    name : str
        For messages.

    Examples
    --------
    >>> Classifier(lambda texts: [[0.25, 0.75] for _ in texts], ("ham", "spam"))(["a", "b"]).shape
    (2, 2)
    """

    function: Callable[[Any], Any]
    classes: tuple[str, ...]
    is_distribution: bool = True
    mask_token: str | None = None
    batch_size: int | None = None
    name: str = "classifier"

    def __repr__(self) -> str:
        return f"Classifier({self.name}, {len(self.classes)} classes)"

    def __call__(self, inputs: Any) -> FloatArray:
        """(n, K) values of n inputs, checked; probabilities are renormalised.

        Raises
        ------
        ClassifierError
            The model failed, or its answer is no such matrix.
        """
        n = len(inputs)
        if not n:
            return np.zeros((0, len(self.classes)))
        try:
            answer = self.function(inputs)
        except NerLimeError:
            raise
        except Exception as error:
            raise ClassifierError(f"{self.name} failed on {n} inputs: {in_one_line(error)}") from error
        return checked_values(answer, n, self.classes, is_distribution=self.is_distribution, name=self.name)


def checked_values(answer: Any, n: int, classes: Sequence[str], *, is_distribution: bool, name: str) -> FloatArray:
    """(n, K) float64 values.

    Raises
    ------
    ClassifierError
        Wrong shape, no numbers, not finite; for probabilities outside of [0, 1] or rows that do not sum to 1.
    """
    try:
        values = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ClassifierError(
            f"{name}: expected a matrix of {n} inputs x {len(classes)} classes, found {type(answer).__name__}: "
            f"{in_one_line(error)}"
        ) from error
    if values.ndim == 1 and len(classes) == 1:
        values = values[:, None]
    if values.shape != (n, len(classes)):
        raise ClassifierError(
            f"{name}: expected values of shape ({n} inputs, {len(classes)} classes), found {values.shape}"
        )
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise ClassifierError(
            f"{name}: expected finite values, found {values[row, column]} for {classes[column]!r:.60}"
        )
    if not is_distribution:
        return values
    if values.min() < -SUM_TOLERANCE or values.max() > 1.0 + SUM_TOLERANCE:
        worst = values.min() if values.min() < -SUM_TOLERANCE else values.max()
        raise ClassifierError(
            f"{name}: expected probabilities in [0, 1], found {worst:g}: decision values or logits? For a regressor "
            "say is_distribution=False"
        )
    total = values.sum(axis=1)
    if np.abs(total - 1.0).max() > SUM_TOLERANCE:
        raise ClassifierError(
            f"{name}: expected probabilities that sum to 1, found {total[np.abs(total - 1.0).argmax()]:g}: for values "
            "of another kind say is_distribution=False"
        )
    values = np.clip(values, 0.0, 1.0)
    return np.asarray(values / values.sum(axis=1, keepdims=True))


def softmax(values: Any) -> FloatArray:
    """(n, K) probabilities of (n, K) logits or decision values."""
    values = np.asarray(values, dtype=np.float64)
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def class_names(given: Sequence[Any] | None, known: Any, n: int | None = None) -> tuple[str, ...]:
    """The K class names: those given, else the model's own.

    Raises
    ------
    ClassifierError
        None are known, two are alike, or there are more or fewer than the model's outputs `n`.
    """
    source = known if given is None else given
    names = () if source is None or isinstance(source, str) else tuple(map(str, source))
    if not names:
        raise ClassifierError(
            'expected the names of the classes, which the model does not tell: give classes=["a", "b"]'
        )
    if len(set(names)) < len(names):
        raise ClassifierError(f"expected every class once, found {names!r:.200}")
    if n is not None and len(names) != n:
        raise ClassifierError(f"expected the names of {n} classes, found {len(names)}: {names!r:.200}")
    return names
