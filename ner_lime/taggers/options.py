"""The options of the adapters: what a number must be."""

from __future__ import annotations

from ner_lime.errors import InputError


def at_least(name: str, value: object, least: int) -> None:
    """Refuse an option that is no whole number of at least `least`.

    Raises
    ------
    InputError
        It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"expected {name} of at least {least}, a whole number, found {value!r}")
