"""Explanations of whole inputs as JSON, and back: lossless and versioned.

The document has the fields of the explanation by their own names. Arrays of numbers are nested lists; those of a
picture are zlib-compressed bytes in base 64, since nobody reads pixels.
"""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.document import DocumentExplanation
from ner_lime.explanation.image import ImageExplanation
from ner_lime.explanation.row import RowExplanation
from ner_lime.explanation.settings import Settings
from ner_lime.explanation.whole import WholeExplanation
from ner_lime.lime.fidelity import Fidelity

VERSION = 1
FORMATS: dict[str, type[WholeExplanation]] = {
    "ner-lime/document": DocumentExplanation,
    "ner-lime/row": RowExplanation,
    "ner-lime/image": ImageExplanation,
}
PIXELS = ("image", "segments")
INNER: dict[str, type[Any]] = {"attribution": Attribution, "fidelity": Fidelity, "settings": Settings}
NOT_STORED = ("selector",)

E = TypeVar("E", bound=WholeExplanation)


def to_dict(explanation: WholeExplanation) -> dict[str, Any]:
    """Everything but the way back to the sampled answers, ready for `json.dumps`, also with ``allow_nan=False``."""
    name = next(name for name, kind in FORMATS.items() if type(explanation) is kind)
    return {"format": name, "version": VERSION, **_fields(explanation)}


def from_dict(data: Mapping[str, Any], kind: type[E]) -> E:
    """Read back what `to_dict` made.

    Raises
    ------
    InputError
        Another format, a newer version, or a field that is missing or can't be read; the message names it.
    """
    name = data.get("format") if isinstance(data, Mapping) else type(data).__name__
    found = FORMATS.get(str(name))
    if found is None or not issubclass(found, kind):
        wanted = " or ".join(repr(name) for name, known in FORMATS.items() if issubclass(known, kind))
        raise InputError(f'expected an explanation of the "format" {wanted}, found {name!r:.100}')
    if data.get("version") != VERSION:
        raise InputError(
            f"expected an explanation of version {VERSION}, found {data.get('version')!r:.20}: read it with the "
            "release of ner-lime that wrote it, or a newer one"
        )
    explanation: E = _build(found, data, "")
    _check_shapes(explanation)
    return explanation


def _fields(value: Any) -> dict[str, Any]:
    names = [field.name for field in fields(value) if field.name not in NOT_STORED]
    return {name: _packed(name, getattr(value, name)) for name in names}


def _packed(name: str, value: Any) -> Any:
    if name in INNER:
        return _fields(value)
    if name in PIXELS:
        small = np.ascontiguousarray(value, dtype="<i4" if name == "segments" else "u1")
        return {
            "shape": list(small.shape),
            "dtype": small.dtype.str,
            "zlib": base64.b64encode(zlib.compress(small.tobytes())).decode("ascii"),
        }
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _build(kind: type[Any], data: Mapping[str, Any], path: str) -> Any:
    values = {}
    for field in fields(kind):
        if field.name in NOT_STORED:
            continue
        where = f"{path}{field.name}"
        if field.name not in data:
            raise InputError(f"{where}: expected this field, found none")
        value = data[field.name]
        try:
            if field.name in INNER:
                values[field.name] = _build(INNER[field.name], value, f"{where}.")
            elif field.name in PIXELS:
                values[field.name] = _pixels(value, np.int64 if field.name == "segments" else np.uint8)
            elif value is None and "None" in str(field.type):
                values[field.name] = None
            elif "FloatArray" in str(field.type):
                values[field.name] = np.asarray(value, dtype=np.float64)
            elif "float" in str(field.type) and value is not None:
                values[field.name] = float(value)
            else:
                values[field.name] = _tuples(value)
        except (TypeError, ValueError, OverflowError, KeyError, AttributeError, zlib.error, binascii.Error) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{where}: expected what ner-lime writes there, found {value!r:.60}") from error
    return kind(**values)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _pixels(value: Mapping[str, Any], dtype: type[Any]) -> Any:
    raw = zlib.decompress(base64.b64decode(value["zlib"]))
    return np.frombuffer(raw, dtype=value["dtype"]).reshape(value["shape"]).astype(dtype)


def _check_shapes(e: WholeExplanation) -> None:
    a, f = e.attribution, e.fidelity
    k, c = len(a.targets), len(a.components)
    wanted = {
        "attribution.values": (a.values, (k,)),
        "attribution.bias": (a.bias, (k,)),
        "attribution.weights": (a.weights, (k, c)),
        "attribution.std_errors": (a.std_errors, (k, c)),
        "attribution.variance": (a.variance, (k, k)),
        "attribution.residual": (a.residual, (k, k)),
        "fidelity.r2": (f.r2, (1, k)),
        **({} if a.hidden is None else {"attribution.hidden": (a.hidden, (k,))}),
        "fidelity.kl": (f.kl, (1,)),
        "fidelity.top1": (f.top1, (1,)),
        "fidelity.variance": (f.variance, (1, k, k)),
        "fidelity.residual": (f.residual, (1, k, k)),
    }
    for name, (array, shape) in wanted.items():
        if array.shape != shape:
            raise InputError(f"{name}: expected numbers of shape {shape}, found {array.shape}")
    if a.predicted not in a.targets:
        raise InputError(f"attribution.predicted: expected one of {a.targets!r:.100}, found {a.predicted!r:.60}")
    if any(not 0 <= part < len(a.parts) for component in a.components for part in component):
        raise InputError(f"attribution.components: expected indices from 0 to {len(a.parts) - 1}")
