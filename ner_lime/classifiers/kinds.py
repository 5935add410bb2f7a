"""The kinds of models that `as_classifier` knows, and how each is recognised, without importing anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ner_lime.classifiers.classifier import Classifier
from ner_lime.errors import ModelFileError, UnsupportedClassifierError

ACCEPTED = (
    "a fitted scikit-learn estimator or pipeline (predict_proba, decision_function, or a regressor); a Hugging Face "
    "sequence or image classifier as (model, tokenizer), a pipeline or a folder; a folder with an ONNX classifier; a "
    ".skops file; an http(s):// address; a function from inputs to (n, K) values, with classes=[...]"
)


def adapter_of(model: Any) -> str | None:
    """``module:function`` in this package that makes a classifier of the model; None where it is one.

    Raises
    ------
    UnsupportedClassifierError
        It is of no kind.
    ModelFileError
        A path at which nothing stands, or no model.
    """
    if isinstance(model, Classifier):
        return None
    if isinstance(model, str) and model.lower().startswith(("http://", "https://")):
        return "http:from_url"
    if isinstance(model, str | Path):
        return _of_path(Path(model))
    if not isinstance(model, type):
        for recognises, adapter in OBJECTS:
            if recognises(model):
                return adapter
    found = f"the class {model.__name__} itself" if isinstance(model, type) else type(model).__name__
    raise UnsupportedClassifierError(f"expected a model of whole inputs, found {found}; accepted are: {ACCEPTED}")


def _of_path(path: Path) -> str:
    if path.suffix == ".skops" and path.is_file():
        return "skops:from_skops"
    if path.suffix == ".onnx" or (path.is_dir() and any(path.glob("*.onnx")) and not any(path.glob("*.safetensors"))):
        return "onnx:from_onnx"
    if (path / "config.json").is_file():
        return "transformers:from_transformers"
    found = "no model of whole inputs" if path.exists() else "nothing there"
    raise ModelFileError(
        f"{path}: expected the folder of a Hugging Face or ONNX classifier, a .skops file, or an http(s):// address, "
        f"found {found}"
    )


def _is_of_transformers(model: Any) -> bool:
    parts = model if isinstance(model, tuple) else (model,)
    return any(cls.__module__.partition(".")[0] == "transformers" for part in parts for cls in type(part).__mro__)


def _has_sklearn_methods(model: Any) -> bool:
    return any(callable(getattr(model, name, None)) for name in ("predict_proba", "decision_function", "predict"))


OBJECTS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (_is_of_transformers, "transformers:from_transformers"),
    (_has_sklearn_methods, "sklearn:from_sklearn"),
    (callable, "callable:from_callable"),
)
