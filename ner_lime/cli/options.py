"""Options that belong together reach a verb as one object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TypeAlias

Decorator: TypeAlias = Callable[[Callable[..., None]], Callable[..., None]]


def bundle(name: str, kind: type[Any], *options: Decorator) -> Decorator:
    """Decorate a verb with options and give it their values as one argument.

    Parameters
    ----------
    name : str
        The argument of the verb.
    kind : dataclass
        Its fields are named as the options' parameters.
    options : decorators
        ``click.option(...)`` or ``click.argument(...)``, in the order of the help.
    """
    names = [field.name for field in fields(kind)]

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        @wraps(verb)
        def with_bundle(**values: Any) -> None:
            own = {key: values.pop(key) for key in names}
            verb(**values, **{name: kind(**own)})

        decorated: Callable[..., None] = with_bundle
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate
