"""Kinds of models that a user adds to those that `as_tagger` knows, for the life of the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ner_lime.errors import InputError, UnsupportedTaggerError, in_one_line


@dataclass(frozen=True, slots=True)
class RegisteredKind:
    """A kind of model that a user has added: see `register_tagger`.

    Examples
    --------
    >>> kind = RegisteredKind("no model", recognises=lambda model: model is None, adapter=dict)
    >>> kind.recognises(None)
    True
    """

    name: str
    recognises: Callable[[Any], bool]
    adapter: Callable[..., Any]


_REGISTERED: dict[str, RegisteredKind] = {}


def register_tagger(
    name: str, *, recognises: Callable[[Any], bool], adapter: Callable[..., Any], replace: bool = False
) -> None:
    """Let `as_tagger`, and all that calls it, take a further kind of model.

    Registered kinds are asked before the built-in ones, the latest first: the built-in ones end in "any callable" and
    "any object with ``predict``", which would take most models before their own kind could. A folder, a file and any
    other string are shown to the recogniser as they were given, whether or not something stands at that path. The
    registration lasts as long as the process: a worker process of another start method has to register again.

    Parameters
    ----------
    name : str
        The kind in words, as the message of an unrecognised model lists it. One registration a name.
    recognises : callable
        ``recognises(model)``: whether a model is of this kind. It is shown every model and should not load anything.
    adapter : callable
        ``adapter(model, **options)``: a tagger, an object with ``labels`` and ``predict_proba(sentences)``. Its
        keyword parameters are the options that ``as_tagger(model, ...)`` takes for this kind.
    replace : bool
        Put this kind in place of one of the same name.

    Raises
    ------
    InputError
        The name is taken, is no name, or a function is none.

    Examples
    --------
    >>> from ner_lime.taggers import as_tagger
    >>> from ner_lime.testing import TriggerTagger
    >>> register_tagger("no model", recognises=lambda model: model == "none", adapter=lambda _: TriggerTagger([]))
    >>> as_tagger("none").labels
    ('O',)
    >>> unregister_tagger("no model")
    """
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"expected the name of a kind of model, such as 'a CRF of my-library', found {name!r:.100}")
    for role, function in (("recognises", recognises), ("adapter", adapter)):
        if not callable(function):
            raise InputError(
                f"register_tagger({name!r:.100}): expected {role}= to be a function, found {function!r:.100}"
            )
    if name in _REGISTERED and not replace:
        raise InputError(
            f"the kind of model {name!r:.100} is registered already: unregister_tagger it, or say replace=True"
        )
    _REGISTERED.pop(name, None)
    _REGISTERED[name] = RegisteredKind(name, recognises, adapter)


def unregister_tagger(name: str) -> None:
    """Forget a kind of model.

    Raises
    ------
    InputError
        None of this name is registered; the message lists those that are.
    """
    if name not in _REGISTERED:
        known = ", ".join(map(repr, _REGISTERED)) or "none"
        raise InputError(f"expected the name of a registered kind of model ({known}), found {name!r:.100}")
    del _REGISTERED[name]


def registered_kinds() -> tuple[str, ...]:
    """Names of the registered kinds, in the order in which they are asked."""
    return tuple(reversed(_REGISTERED))


def registered_kind_of(model: Any) -> RegisteredKind | None:
    """Find the registered kind that recognises a model, the latest registration first.

    Raises
    ------
    UnsupportedTaggerError
        A recogniser failed; the message names its kind.
    """
    for name in registered_kinds():
        kind = _REGISTERED[name]
        try:
            recognised = bool(kind.recognises(model))
        except Exception as error:
            raise UnsupportedTaggerError(
                f"the recogniser of the registered kind {name!r:.100} failed on {type(model).__name__}: "
                f"{in_one_line(error)}: expected it to answer False for what it does not know"
            ) from error
        if recognised:
            return kind
    return None
