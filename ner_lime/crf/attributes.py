"""Features to CRFsuite's attributes: weighted strings, made as python-crfsuite makes them.

A number is the weight of its name, ``{"a": "b"}`` is the attribute ``a:b`` with weight 1, nested dicts, lists and sets
put their name before each of their own attributes. CRFsuite keeps names as C strings, so a name ends at its first NUL.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from ner_lime.crf.features import Features
from ner_lime.errors import InputError


def attributes(features: Features) -> list[tuple[str, float]]:
    """List the attributes of one token; a name that appears twice counts twice, as in CRFsuite.

    Parameters
    ----------
    features : dict or collection of str
        What a feature function returned. Byte strings are decoded as UTF-8; bytes that are not UTF-8 become surrogates.

    Returns
    -------
    list of (attribute, weight)

    Raises
    ------
    InputError
        A value is no finite number, string or nested features, or a name is no string.
    """
    if not isinstance(features, dict):
        return [(_c_string(_text(name)), 1.0) for name in features]
    found = []
    for name, value in features.items():
        key = name if isinstance(name, str) else _text(name)
        if isinstance(value, str):
            found.append((_c_string(f"{key}:{value}"), 1.0))
        elif isinstance(value, (dict, list, set)):
            found += [(_c_string(f"{key}:{inner}"), weight) for inner, weight in attributes(value)]
        elif isinstance(value, bytes):
            found.append((_c_string(f"{key}:{_text(value)}"), 1.0))
        else:
            found.append((_c_string(key), _weight(key, value)))
    return found


def _c_string(name: str) -> str:
    return name.partition("\0")[0] if "\0" in name else name


def _text(name: Any) -> str:
    if isinstance(name, str):
        return name
    if isinstance(name, bytes):
        return name.decode("utf-8", "surrogateescape")
    raise InputError(f"expected the name of a feature to be a string, found {name!r}")


def _weight(name: str, value: Any) -> float:
    try:
        weight = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"feature {name!r}: expected a number, a string, or a dict, list or set of features, found {value!r}"
        ) from error
    if not isfinite(weight):
        raise InputError(f"feature {name!r}: expected a finite number, found {weight}")
    return weight
