"""Foreign models as taggers: `as_tagger` knows every kind, one file each, and imports only the one that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from inspect import Parameter, signature
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from ner_lime.errors import InputError, UnsupportedTaggerError
from ner_lime.taggers.kinds import adapter_of, is_tagger, searched
from ner_lime.taggers.registry import RegisteredKind, register_tagger, registered_kind_of, unregister_tagger
from ner_lime.types import Tagger

if TYPE_CHECKING:
    from collections.abc import Callable

    from ner_lime.types import Tokens

__all__ = ["as_tagger", "register_tagger", "unregister_tagger"]


def as_tagger(
    model: Any,
    *,
    labels: Sequence[str] | None = None,
    features: Callable[[Tokens, int], Any] | None = None,
    **options: Any,
) -> Tagger:
    """Make a tagger of a model.

    Parameters
    ----------
    model : object
        One of

        - a tagger: an object with ``labels`` and ``predict_proba(sentences)``, such as a `CRFTagger`;
        - the folder of a saved `CRFTagger`;
        - a fitted ``sklearn_crfsuite.CRF``, an open ``pycrfsuite.Tagger`` or the path of a CRFsuite model file, with
          ``features=fn``;
        - a Hugging Face token classifier: ``(model, tokenizer)``, a pipeline, or a local folder;
        - a folder with an ONNX token classifier;
        - a spaCy pipeline with an entity recogniser, or its folder;
        - an ``http(s)://`` address: see `ner_lime.taggers.http.HttpTagger`;
        - a fitted scikit-learn classifier or pipeline over one token's features, with ``features=fn``;
        - a fitted search of scikit-learn for the options of one of these (``best_estimator_`` is taken);
        - a function from a list of token lists to an (n, T, L) array, a list of (T, L) arrays or lists of dicts from
          label to probability: see `ner_lime.taggers.callable.CallableTagger`;
        - a function, or an object with ``predict(sentences)``, that gives labels without probabilities, with
          ``labels=[...]`` (`LabelsOnlyWarning`);
        - a model of a kind that `register_tagger` has added: such kinds are asked first.
    labels : sequence of str, optional
        The L labels, where the model does not name them.
    features : callable, optional
        ``features(tokens, i)``: what the model takes for token i, where it does not read tokens.
    **options
        What the adapter of this kind of model takes beside these.

    Returns
    -------
    Tagger
        `model` itself where it is one.

    Raises
    ------
    UnsupportedTaggerError
        The object is none of these; the message lists them.
    InputError
        An option that this kind does not take, or one that it needs and was not given.
    MissingExtraError
        The library behind this kind is not installed.
    NotFittedError, ModelFileError
        The model was not trained; the path holds no model.
    """
    given = {"labels": labels, "features": features, **options}
    given = {name: value for name, value in given.items() if value is not None}
    registered = registered_kind_of(model)
    if registered is not None:
        return _adapted(registered, model, given)
    model = searched(model)
    found = adapter_of(model)
    if found is None:
        _refuse_unknown(given, (), type(model).__name__)
        return cast("Tagger", model)
    module, _, name = found.partition(":")
    adapter = attrgetter(name)(import_module(f"{__name__}.{module}"))
    _refuse_unknown(given, _options_of(adapter), type(model).__name__)
    return cast("Tagger", adapter(model, **given))


def _adapted(kind: RegisteredKind, model: Any, given: dict[str, Any]) -> Tagger:
    """A tagger by the adapter of a registered kind."""
    _refuse_unknown(given, _options_of(kind.adapter), f"{kind.name} ({type(model).__name__})")
    tagger = kind.adapter(model, **given)
    if isinstance(tagger, type) or not is_tagger(tagger):
        raise UnsupportedTaggerError(
            f"expected the adapter of the registered kind {kind.name!r:.100} to give an object with labels and "
            f"predict_proba(sentences), found {type(tagger).__name__}"
        )
    return cast("Tagger", tagger)


def _options_of(adapter: Any) -> list[str] | None:
    """Names of the options of an adapter; None where it takes any.

    A class method hands on what it does not know to its class.
    """
    owner = getattr(adapter, "__self__", None)
    parts = [adapter, owner] if isinstance(owner, type) else [adapter]
    found = [parameter for part in parts for parameter in signature(part).parameters.values()]
    if len(parts) == 1 and any(parameter.kind is Parameter.VAR_KEYWORD for parameter in found):
        return None
    return [p.name for p in found if p.kind is Parameter.KEYWORD_ONLY or p.default is not Parameter.empty]


def _refuse_unknown(given: dict[str, Any], known: Sequence[str] | None, name: str) -> None:
    for option in given if known is not None else ():
        if option not in (known or ()):
            takes = f"takes {', '.join(f'{word}=' for word in known)}" if known else "takes no options"
            raise InputError(f"a tagger made of {name} {takes}: found {option}=")
