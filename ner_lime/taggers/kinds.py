"""The kinds of models that `as_tagger` knows: how each is recognised, and which adapter makes a tagger of it.

A model is recognised by the library that its class is from, by the files of its folder, or by its methods. Nothing is
imported to find out: a model of a library can only exist if that library was imported already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getattr_static
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from ner_lime.errors import ModelFileError, UnsupportedTaggerError
from ner_lime.taggers.registry import registered_kinds

Recognise: TypeAlias = Callable[[Any], bool]
"""Whether a model is of a kind."""


@dataclass(frozen=True, slots=True)
class ModelKind:
    """A kind of model.

    Attributes
    ----------
    accepted : str
        The kind in words, for the message that lists what is accepted.
    recognises : callable
        Whether a model is of this kind.
    adapter : str or None
        ``module:name`` in this package, called with the model and its options; None where the model is a tagger.
    resembles : callable or None
        Whether a folder that no kind recognises is an incomplete one of this kind; the adapter then names the missing
        file.

    Examples
    --------
    >>> kind = ModelKind("an ONNX file", lambda path: str(path).endswith(".onnx"), "onnx:OnnxTagger.from_model")
    >>> kind.recognises("model.onnx")
    True
    """

    accepted: str
    recognises: Recognise
    adapter: str | None
    resembles: Recognise | None = None


def searched(model: Any) -> Any:
    """The best model of a fitted scikit-learn search (``GridSearchCV``, say); any other object itself."""
    return getattr(model, "best_estimator_", model) if _from_library("sklearn")(model) else model


def adapter_of(model: Any) -> str | None:
    """Find the adapter of the first built-in kind that recognises the model; None where the model is a tagger.

    Raises
    ------
    UnsupportedTaggerError
        No kind does.
    ModelFileError
        A path at which nothing stands.
    """
    is_path = isinstance(model, Path) or (isinstance(model, str) and not (_is_url(model) or _is_package(model)))
    if is_path and not _exists(model):
        raise ModelFileError(
            f"{model}: expected the folder or file of a model, or an http(s):// address, found nothing there"
        )
    kinds: tuple[ModelKind, ...] = PATHS if is_path else OBJECTS
    if not isinstance(model, type):
        for kind in kinds:
            if kind.recognises(model):
                return kind.adapter
        for kind in kinds:
            if kind.resembles is not None and kind.resembles(model):
                return kind.adapter
    accepted = "; ".join([*registered_kinds(), *(kind.accepted for kind in (*OBJECTS, *PATHS))])
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


def _is_package(model: Any) -> bool:
    return isinstance(model, str) and model in PACKAGES and not _exists(model)


def _is_parser(model: Any) -> bool:
    return isinstance(model, ModuleType) and _offers("tokenize", "tokens2features")(model)


def _offers(*names: str) -> Recognise:
    """Whether a model has these attributes; properties are not evaluated, they may cost a call of the model."""

    def recognises(model: Any) -> bool:
        return all(getattr_static(model, name, None) is not None or hasattr(model, name) for name in names)

    return recognises


is_tagger = _offers("labels", "predict_proba")
"""Whether a model is a tagger already; its labels are not asked for."""


def _from_library(*libraries: str) -> Recognise:
    """Whether the class of a model, or one of those it inherits from, is of a library."""

    def recognises(model: Any) -> bool:
        return any(cls.__module__.partition(".")[0] in libraries for cls in type(model).__mro__)

    return recognises


def _is_of_transformers(model: Any) -> bool:
    return any(map(_from_library("transformers"), model if isinstance(model, tuple) else (model,)))


def _is_classifier(model: Any) -> bool:
    return hasattr(model, "predict") and (_from_library("sklearn")(model) or hasattr(model, "classes_"))


def _has(*patterns: str) -> Recognise:
    """Whether a folder has a file for each of these patterns."""

    def recognises(path: Any) -> bool:
        return Path(path).is_dir() and all(any(Path(path).glob(pattern)) for pattern in patterns)

    return recognises


def _has_any(*patterns: str) -> Recognise:
    """Whether a folder has a file for one of these patterns."""

    def recognises(path: Any) -> bool:
        return any(_has(pattern)(path) for pattern in patterns)

    return recognises


_has_onnx = _has_any("*.onnx", "onnx/*.onnx")


def inner_folder(path: Path) -> Path:
    """The folder of a spaCy pipeline within its installed package, one level below ``__init__.py``; else the folder."""
    if path.is_dir() and not (path / "config.cfg").exists() and (path / "__init__.py").exists():
        inner = [found.parent for found in path.glob("*/config.cfg")]
        return inner[0] if len(inner) == 1 else path
    return path


def _is_transformers_folder(path: Any) -> bool:
    return _has("config.json")(path) and (_has("*.safetensors")(path) or not _has_onnx(path))


def _is_crfsuite_file(path: Any) -> bool:
    if not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return Path(path).suffix == ".crfsuite" or file.read(len(CRFSUITE)) == CRFSUITE


CRFSUITE = b"lCRF"
"""The first bytes of a CRFsuite model file."""


PACKAGES = ("usaddress", "probablepeople", "underthesea")
"""Names of packages with a CRF of their own."""


OBJECTS = (
    ModelKind(f"the name of a package with a CRF: {', '.join(PACKAGES)}", _is_package, "packaged:from_name"),
    ModelKind("the module of a parser made with parserator", _is_parser, "packaged:from_module"),
    ModelKind(
        "an underthesea_core.CRFTagger, with features=fn",
        _offers("tag_with_score", "marginals", "labels"),  # its class names no module
        "underthesea:from_tagger",
    ),
    ModelKind("an http(s):// address", _is_url, "http:HttpTagger.from_url"),
    ModelKind("an object with labels and predict_proba(sentences)", is_tagger, None),
    ModelKind(
        "a fitted sklearn_crfsuite.CRF or an open pycrfsuite.Tagger, with features=fn",
        _from_library("sklearn_crfsuite", "pycrfsuite"),
        "crfsuite:from_crfsuite",
    ),
    ModelKind(
        "a Hugging Face token classifier as (model, tokenizer) or a pipeline",
        _is_of_transformers,
        "transformers:TransformersTagger.from_model",
    ),
    ModelKind("an AnalyzerEngine of Presidio", _from_library("presidio_analyzer"), "presidio:PresidioTagger"),
    ModelKind("a spaCy pipeline", _from_library("spacy"), "spacy:SpacyTagger.from_model"),
    ModelKind(
        "a fitted classifier of one token's features (scikit-learn's methods), with features=fn",
        _is_classifier,
        "sklearn:from_classifier",
    ),
    ModelKind("a function from a list of token lists to probabilities", callable, "callable:CallableTagger"),
    ModelKind(
        "an object with predict_proba(sentences), with labels=[...]",
        _offers("predict_proba"),
        "callable:from_predict_proba",
    ),
    ModelKind("an object with predict(sentences), with labels=[...]", _offers("predict"), "labels_only:from_predict"),
)

PATHS = (
    ModelKind(
        "the folder of a saved CRFTagger",
        _has("model.json", "model.crfsuite"),
        "crfsuite:from_folder",
        _has_any("model.json", "model.crfsuite"),
    ),
    ModelKind(
        "the folder of a spaCy pipeline",
        lambda path: _has("meta.json", "config.cfg")(inner_folder(Path(path))),
        "spacy:SpacyTagger.from_model",
        _has_any("meta.json", "config.cfg"),
    ),
    ModelKind(
        "the folder of a Hugging Face token classifier",
        _is_transformers_folder,
        "transformers:TransformersTagger.from_model",
        _has_any("*.safetensors", "pytorch_model*.bin", "tokenizer.json", "tokenizer_config.json"),
    ),
    ModelKind(
        "an ONNX token classifier, or its folder",
        lambda path: Path(path).suffix == ".onnx" or _has_onnx(path),
        "onnx:OnnxTagger.from_model",
    ),
    ModelKind("a CRFsuite model file, with features=fn", _is_crfsuite_file, "crfsuite:from_crfsuite"),
)
