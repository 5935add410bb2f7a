"""Which adapter a model needs: told by the library that its class is from, by its files, or by what it can do.

Nothing is imported to find out: a model of a library can only be there if that library was imported already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getattr_static
from pathlib import Path
from typing import Any

from ner_lime.errors import ModelFileError, UnsupportedTaggerError


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of model.

    Attributes
    ----------
    accepted : str
        What it is, for the message that lists them.
    recognises : callable
        Whether a model is of this kind.
    adapter : str or None
        ``module:name`` in this package, called with the model and its options; None where the model is a tagger.
    resembles : callable or None
        Whether a folder that no kind recognises is part of one of this kind: its adapter then says what is missing.
    """

    accepted: str
    recognises: Callable[[Any], bool]
    adapter: str | None
    resembles: Callable[[Any], bool] | None = None


def searched(model: Any) -> Any:
    """The model that scikit-learn's search for options found, where the object is one; else the object itself."""
    return getattr(model, "best_estimator_", model) if _from_library("sklearn")(model) else model


def adapter_of(model: Any) -> str | None:
    """The adapter of the first kind that recognises the model; None where the model is a tagger.

    Raises
    ------
    UnsupportedTaggerError
        No kind does.
    ModelFileError
        A path at which nothing stands.
    """
    is_path = isinstance(model, Path) or (isinstance(model, str) and not _is_url(model))
    if is_path and not _exists(model):
        raise ModelFileError(
            f"{model}: expected the folder or file of a model, or an http(s):// address, found nothing there"
        )
    kinds: tuple[Kind, ...] = PATHS if is_path else OBJECTS
    if not isinstance(model, type):
        for kind in kinds:
            if kind.recognises(model):
                return kind.adapter
        for kind in kinds:
            if kind.resembles is not None and kind.resembles(model):
                return kind.adapter
    accepted = "; ".join(kind.accepted for kind in (*OBJECTS, *PATHS))
    raise UnsupportedTaggerError(
        f"expected a model that can be made a tagger, found {_shown(model)}; accepted are: {accepted}"
    )


def _shown(model: Any) -> str:
    if isinstance(model, type):
        return f"the class {model.__name__} itself"
    return repr(str(model)) if isinstance(model, (str, Path)) else type(model).__name__


def _exists(path: str | Path) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # no name that a file could have, such as one that is too long
        return False


def _is_url(model: Any) -> bool:
    return isinstance(model, str) and model.lower().startswith(("http://", "https://"))


def _offers(*names: str) -> Callable[[Any], bool]:
    """Whether a model has these attributes; properties are not evaluated, they may cost a call of the model."""

    def recognises(model: Any) -> bool:
        return all(getattr_static(model, name, None) is not None or hasattr(model, name) for name in names)

    return recognises


def _from_library(*libraries: str) -> Callable[[Any], bool]:
    """Whether the class of a model, or one of those it inherits from, is of a library."""

    def recognises(model: Any) -> bool:
        return any(cls.__module__.partition(".")[0] in libraries for cls in type(model).__mro__)

    return recognises


def _is_of_transformers(model: Any) -> bool:
    return any(map(_from_library("transformers"), model if isinstance(model, tuple) else (model,)))


def _is_classifier(model: Any) -> bool:
    return hasattr(model, "predict") and (_from_library("sklearn")(model) or hasattr(model, "classes_"))


def _has(*patterns: str) -> Callable[[Any], bool]:
    """Whether a folder has a file for each of these patterns."""

    def recognises(path: Any) -> bool:
        return Path(path).is_dir() and all(any(Path(path).glob(pattern)) for pattern in patterns)

    return recognises


def _has_any(*patterns: str) -> Callable[[Any], bool]:
    """Whether a folder has a file for one of these patterns."""

    def recognises(path: Any) -> bool:
        return any(_has(pattern)(path) for pattern in patterns)

    return recognises


_has_onnx = _has_any("*.onnx", "onnx/*.onnx")


def _is_transformers_folder(path: Any) -> bool:
    return _has("config.json")(path) and (_has("*.safetensors")(path) or not _has_onnx(path))


def _is_crfsuite_file(path: Any) -> bool:
    if not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return Path(path).suffix == ".crfsuite" or file.read(len(CRFSUITE)) == CRFSUITE


CRFSUITE = b"lCRF"
"""What a CRFsuite model file begins with."""


OBJECTS = (
    Kind("an http(s):// address", _is_url, "http:HttpTagger"),
    Kind("an object with labels and predict_proba(sentences)", _offers("labels", "predict_proba"), None),
    Kind(
        "a fitted sklearn_crfsuite.CRF or an open pycrfsuite.Tagger, with features=fn",
        _from_library("sklearn_crfsuite", "pycrfsuite"),
        "crfsuite:from_crfsuite",
    ),
    Kind(
        "a Hugging Face token classifier as (model, tokenizer) or a pipeline",
        _is_of_transformers,
        "transformers:TransformersTagger.from_model",
    ),
    Kind("a spaCy pipeline", _from_library("spacy"), "spacy:SpacyTagger.from_model"),
    Kind(
        "a fitted classifier of one token's features (scikit-learn's habits), with features=fn",
        _is_classifier,
        "sklearn:from_classifier",
    ),
    Kind("a function from a list of token lists to probabilities", callable, "callable:CallableTagger"),
    Kind(
        "an object with predict_proba(sentences), with labels=[...]",
        _offers("predict_proba"),
        "callable:from_predict_proba",
    ),
    Kind("an object with predict(sentences), with labels=[...]", _offers("predict"), "labels_only:from_predict"),
)

PATHS = (
    Kind(
        "the folder of a saved CRFTagger",
        _has("model.json", "model.crfsuite"),
        "crfsuite:from_folder",
        _has_any("model.json", "model.crfsuite"),
    ),
    Kind(
        "the folder of a spaCy pipeline",
        _has("meta.json", "config.cfg"),
        "spacy:SpacyTagger.from_model",
        _has_any("meta.json", "config.cfg"),
    ),
    Kind(
        "the folder of a Hugging Face token classifier",
        _is_transformers_folder,
        "transformers:TransformersTagger.from_model",
        _has_any("*.safetensors", "pytorch_model*.bin", "tokenizer.json", "tokenizer_config.json"),
    ),
    Kind(
        "an ONNX token classifier, or its folder",
        lambda path: Path(path).suffix == ".onnx" or _has_onnx(path),
        "onnx:OnnxTagger.from_model",
    ),
    Kind("a CRFsuite model file, with features=fn", _is_crfsuite_file, "crfsuite:from_crfsuite"),
)
