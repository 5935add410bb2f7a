"""Any function from inputs to values as a classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ner_lime.classifiers.classifier import Classifier, class_names


def from_callable(
    function: Callable[[Any], Any],
    *,
    classes: Sequence[str] | None = None,
    is_distribution: bool = True,
    mask_token: str | None = None,
    batch_size: int | None = None,
) -> Classifier:
    """A classifier of ``function(inputs)``, which gives (n, K) values.

    Parameters
    ----------
    function : callable
        It gets a list of texts, an array (or table) of rows, or a list of pictures.
    classes : sequence of str, optional
        The K names; by default the function's own ``classes``. A regressor may leave them out.
    is_distribution : bool
        Whether the values of an input are probabilities.
    mask_token : str, optional
        What hides a word of a text.
    batch_size : int, optional
        Number of inputs a call.
    """
    known = getattr(function, "classes", None) or getattr(function, "classes_", None)
    if classes is None and known is None and not is_distribution:
        known = ["value"]
    name = getattr(function, "__name__", type(function).__name__)
    return Classifier(function, class_names(classes, known), is_distribution, mask_token, batch_size, name)
