"""Every public result as JSON, and back: lossless, versioned, read by the fields' own types.

An `Explanation` has a reader of its own (`ner_lime.render.json`), which also checks how its fields fit together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from ner_lime.crf.whitebox import WhiteBox
from ner_lime.errors import InputError
from ner_lime.explanation import (
    Attribution,
    Contribution,
    EntityExplanation,
    Explanation,
    Fidelity,
    Interaction,
    Settings,
)
from ner_lime.explanation.fidelity_curve import FidelityCurve
from ner_lime.explanation.stability import Stability
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType
from ner_lime.explanation.verdict import Evidence, Verdict
from ner_lime.render.json import FORMAT
from ner_lime.render.json import from_dict as explanation_from_dict
from ner_lime.render.json import to_dict as explanation_to_dict

PREFIX = "ner-lime/"
VERSION = 1

KINDS: dict[str, type[Any]] = {
    "attribution": Attribution,
    "contribution": Contribution,
    "entity": EntityExplanation,
    "evidence": Evidence,
    "fidelity": Fidelity,
    "fidelity-curve": FidelityCurve,
    "interaction": Interaction,
    "settings": Settings,
    "stability": Stability,
    "verdict": Verdict,
    "white-box": WhiteBox,
    "entity-type": EntityType,
    "any-entity": AnyEntity,
    "contrast": Contrast,
}
"""The name of each kind of record in ``"format"``."""

NAMES = {kind: name for name, kind in KINDS.items()}


def to_record(result: Any) -> dict[str, Any]:
    """The fields of a result by their own names, ready for `json.dumps`, also with ``allow_nan=False``.

    Raises
    ------
    InputError
        The object is no public result.
    """
    if isinstance(result, Explanation):
        return explanation_to_dict(result)
    if type(result) not in NAMES:
        raise InputError(f"expected a result of ner-lime ({', '.join(KINDS)}), found {type(result).__name__}")
    return {"format": PREFIX + NAMES[type(result)], "version": VERSION, **_fields(result)}


def from_record(data: Mapping[str, Any]) -> Any:
    """Read back what `to_record` made.

    Raises
    ------
    InputError
        Another format, a newer version, a field that is missing or of another type; the message names the field.
    """
    name = data.get("format") if isinstance(data, Mapping) else None
    if name == FORMAT:
        return explanation_from_dict(data)
    kind = KINDS.get(str(name).removeprefix(PREFIX)) if isinstance(name, str) else None
    if kind is None:
        raise InputError(f'expected a record ("format": "{PREFIX}{{{",".join(KINDS)}}}"), found {name!r:.60}')
    if data.get("version") != VERSION:
        raise InputError(f"expected a record of version {VERSION}, found {data.get('version')!r:.60}")
    return _read(kind, data, "")


def _fields(result: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(result, field.name)) for field in fields(result)}


def _plain(value: Any) -> Any:
    if isinstance(value, Explanation):
        return explanation_to_dict(value)
    if is_dataclass(value):
        return to_record(value) if type(value) in NAMES else _fields(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value] if value.ndim else _plain(value.item())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns={"Explanation": Explanation})


def _read(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise InputError(f"{where or 'record'}: expected an object, found {data!r:.60}")
    values = {}
    for field in fields(kind):
        path = f"{where}.{field.name}" if where else field.name
        if field.name not in data:
            raise InputError(f"{path}: expected a value, found none")
        values[field.name] = _value(_hints(kind)[field.name], data[field.name], path)
    return kind(**values)


def _value(hint: Any, data: Any, where: str) -> Any:
    """A value of one type; the types are those of the fields of `KINDS`."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _one_of(inside, data, where)
    if origin is Literal:
        return _checked(data in inside, data, f"one of {', '.join(map(repr, inside))}", where)
    if origin is np.ndarray:
        return _array(data, where)
    if origin is tuple:
        _checked(isinstance(data, list), data, "a list", where)
        if len(inside) == 2 and inside[1] is Ellipsis:
            inside = (inside[0],) * len(data)
        _checked(len(inside) == len(data), data, f"a list of {len(inside)}", where)
        return tuple(_value(one, item, f"{where}[{k}]") for k, (one, item) in enumerate(zip(inside, data, strict=True)))
    if hint is Explanation:
        return explanation_from_dict(data)
    if is_dataclass(hint):
        return _read(hint, data, where)
    if hint is float:
        return _float(data, where)
    matches = isinstance(data, hint) and not (hint is int and isinstance(data, bool))
    return _checked(matches, data, hint.__name__, where)


def _one_of(hints: tuple[Any, ...], data: Any, where: str) -> Any:
    """Of a union: nothing, a record that names its kind, or the first type that fits."""
    if data is None and NoneType in hints:
        return None
    if isinstance(data, Mapping) and "format" in data:
        return from_record(data)
    for hint in hints:
        if hint is NoneType:
            continue
        try:
            return _value(hint, data, where)
        except InputError:
            continue
    return _checked(False, data, " or ".join(getattr(hint, "__name__", str(hint)) for hint in hints), where)


def _array(data: Any, where: str) -> Any:
    try:
        return np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{where}: expected numbers in nested lists of equal lengths, found {data!r:.60}") from None


def _float(data: Any, where: str) -> float:
    named = data in ("NaN", "Infinity", "-Infinity") if isinstance(data, str) else False
    numeric = isinstance(data, (int, float)) and not isinstance(data, bool)
    return float(_checked(named or numeric, data, "a number", where))


def _checked(fits: bool, data: Any, expected: str, where: str) -> Any:
    if not fits:
        raise InputError(f"{where}: expected {expected}, found {data!r:.60}")
    return data
