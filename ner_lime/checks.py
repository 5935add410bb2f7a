"""Checks of arguments that users pass."""

from __future__ import annotations

from operator import index
from typing import Any

from ner_lime.errors import InputError


def whole_number(value: Any, name: str, *, least: int | None = None) -> int:
    """Check that an argument is an integer (of Python or numpy, but not a bool), and return it as an int.

    Parameters
    ----------
    value : object
        The argument.
    name : str
        Its name, for the error message.
    least : int, optional
        The smallest value that is accepted.

    Raises
    ------
    InputError
        The argument is not an integer, or is less than `least`.

    Examples
    --------
    >>> whole_number(3, "n_samples", least=1)
    3
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None or (least is not None and number < least):
        bound = "" if least is None else f" of at least {least}"
        raise InputError(f"expected {name} to be a whole number{bound}, found {value!r:.100}")
    return number
