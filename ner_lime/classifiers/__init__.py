"""Models of whole inputs (texts, rows, pictures): `as_classifier` knows every kind, one file each."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from inspect import signature
from typing import Any, cast

from ner_lime.classifiers.classifier import Classifier, Kind
from ner_lime.classifiers.kinds import adapter_of
from ner_lime.errors import InputError

__all__ = ["Classifier", "as_classifier"]

KINDS = ("text", "row", "image")


def as_classifier(
    model: Any, *, classes: Sequence[str] | None = None, input: Kind = "text", **options: Any
) -> Classifier:
    """Make a classifier of a model of whole inputs.

    Parameters
    ----------
    model : object
        One of

        - a fitted scikit-learn estimator or pipeline with ``predict_proba``; with ``decision_function`` only
          (`DecisionValuesWarning`: the softmax of its values is explained); a regressor;
        - a Hugging Face sequence or image classifier: ``(model, tokenizer)``, a pipeline, or a local folder;
        - a folder with an ONNX sequence classifier;
        - a ``.skops`` file with a scikit-learn model (extra ``skops``);
        - an ``http(s)://`` address of a service that classifies texts, with the options of
          `ner_lime.taggers.http.HttpTagger`: ``headers=``, ``format=``, ``policy=``, ``cache=``;
        - a function from a list of inputs to an (n, K) matrix, with ``classes=[...]``; with
          ``is_distribution=False`` where its values are no probabilities;
        - a `Classifier`.
    classes : sequence of str, optional
        Names of the K classes; by default the model's own (``classes_``, ``id2label``).
    input : "text", "row" or "image"
        What the model takes.
    **options
        What the adapter of this kind of model takes beside these.

    Raises
    ------
    UnsupportedClassifierError
        The object is none of these; the message lists them.
    InputError
        An option that this kind does not take.
    NotFittedError, ModelFileError, ClassifierError, MissingExtraError
        The model was not trained; the path holds no model; names of classes that do not fit; a missing library.

    Examples
    --------
    >>> as_classifier(lambda texts: [[0.5, 0.5] for _ in texts], classes=["ham", "spam"]).classes
    ('ham', 'spam')
    """
    if input not in KINDS:
        raise InputError(f"expected input {' or '.join(map(repr, KINDS))}, found {input!r:.100}")
    found = adapter_of(model)
    if found is None:
        if classes is not None or options:
            found_options = ["classes"] if classes is not None else list(options)
            raise InputError(f"a Classifier takes no options: found {found_options[0]}=")
        return cast("Classifier", model)
    module, _, name = found.partition(":")
    adapter = getattr(import_module(f"{__name__}.{module}"), name)
    known = list(signature(adapter).parameters)[1:]
    if "input" in known:
        options["input"] = input
    for option in options:
        if option not in known:
            takes = ", ".join(f"{word}=" for word in known)
            raise InputError(f"a classifier made of {type(model).__name__} takes {takes}: found {option}=")
    return cast("Classifier", adapter(model, classes=classes, **options))
