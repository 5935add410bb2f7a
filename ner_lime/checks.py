"""Whole numbers that come from outside."""

from __future__ import annotations

from operator import index
from typing import Any

from ner_lime.errors import InputError


def whole_number(value: Any, name: str, *, least: int | None = None) -> int:
    """Take a whole number, numpy's too, but no truth value.

    Raises
    ------
    InputError
        It is none, or less than `least`; the message calls it `name`.
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None or (least is not None and number < least):
        bound = "" if least is None else f" of at least {least}"
        raise InputError(f"expected {name} to be a whole number{bound}, found {value!r:.100}")
    return number
