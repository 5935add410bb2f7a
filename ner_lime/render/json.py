"""An explanation as JSON, and back: lossless and versioned.

The document is the fields of `Explanation`, by their own names, with arrays as nested lists. Floats are written with as
many digits as they need to come back bit by bit. JSON has no NaN and no infinity, so these are the strings ``"NaN"``,
``"Infinity"`` and ``"-Infinity"``, which `float` and JavaScript's ``Number`` read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

import numpy as np

from ner_lime.corpus.labels import label_scheme
from ner_lime.errors import InputError, TagError
from ner_lime.explanation import Explanation, Fidelity, Settings
from ner_lime.types import FloatArray

FORMAT = "ner-lime/explanation"
VERSION = 1

T = TypeVar("T")


def to_dict(explanation: Explanation) -> dict[str, Any]:
    """Everything but the way back to the tagger, ready for `json.dumps`, also with ``allow_nan=False``.

    Strings are as they are, a NUL or half a surrogate pair included; `to_json` writes those as escapes.
    """
    e, fidelity = explanation, explanation.fidelity
    return {
        "format": FORMAT,
        "version": VERSION,
        "tokens": list(e.tokens),
        "text": e.text,
        "offsets": [list(pair) for pair in e.offsets],
        "labels": list(e.labels),
        "positions": [int(position) for position in e.positions],
        "components": [[int(word) for word in words] for words in e.components],
        "probabilities": _nested(e.probabilities),
        "predicted": list(e.predicted),
        "gold": None if e.gold is None else list(e.gold),
        "weights": _nested(e.weights),
        "bias": _nested(e.bias),
        "std_errors": _nested(e.std_errors),
        "fidelity": {
            "r2": _nested(fidelity.r2),
            "kl": _nested(fidelity.kl),
            "top1": _nested(fidelity.top1),
            "variance": _nested(fidelity.variance),
            "residual": _nested(fidelity.residual),
            "n_masks": _number(fidelity.n_masks),
            "measured_on": fidelity.measured_on,
        },
        "settings": {name: _number(value) for name, value in asdict(e.settings).items()},
        "agreement": None if e.agreement is None else _nested(e.agreement),
        **({} if e.hidden is None else {"hidden": _nested(e.hidden)}),
        "diagnostics": {name: _number(value) for name, value in e.diagnostics.items()},
        **({} if e.scheme is None else {"scheme": e.scheme}),
    }


def to_json(explanation: Explanation, indent: int | None = None) -> str:
    """`to_dict` as a string of plain ASCII, so that no encoding can harm it.

    One thing does not survive JSON: two halves of a surrogate pair side by side come back as the character they spell.
    """
    return json.dumps(to_dict(explanation), allow_nan=False, indent=indent)


def from_dict(data: Mapping[str, Any]) -> Explanation:
    """Read back what `to_dict` made; what needs the tagger is gone (`DetachedError`).

    Raises
    ------
    InputError
        Another format, a newer version, a field that is missing, of another kind, or of a shape that does not fit the
        others; the message names the field.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, Mapping) else type(data).__name__
        raise InputError(f'expected an explanation ("format": "{FORMAT}"), found {found!r}')
    if data.get("version") != VERSION:
        raise InputError(
            f"expected an explanation of version {VERSION}, found {data.get('version')!r}: "
            "read it with the release of ner-lime that wrote it, or a newer one"
        )
    read = _Reader(data)
    tokens, labels = read.strings("tokens"), read.strings("labels")
    n_tokens, n_labels = len(tokens), len(labels)
    positions = read.indices("positions", data.get("positions"), n_tokens)
    components = tuple(read.indices("components", words, n_tokens) for words in read.of_type("components", list))
    n, c = len(positions), len(components)
    if n and not c:
        raise InputError("components: expected at least one, found none")
    inner = _Reader(read.of_type("fidelity", dict), "fidelity.")
    text = read.of_type("text", str)
    return Explanation(
        tokens=tokens,
        text=text,
        offsets=_offsets(read.of_type("offsets", list), text, tokens),
        labels=labels,
        positions=positions,
        components=components,
        probabilities=read.array("probabilities", n_tokens, n_labels),
        predicted=read.strings("predicted", n_tokens),
        gold=None if data.get("gold") is None else read.strings("gold", n_tokens),
        weights=read.array("weights", n, n_labels, c),
        bias=read.array("bias", n, n_labels),
        std_errors=read.array("std_errors", n, n_labels, c),
        fidelity=Fidelity(
            r2=inner.array("r2", n, n_labels),
            kl=inner.array("kl", n),
            top1=inner.array("top1", n),
            variance=inner.array("variance", n, n_labels, n_labels),
            residual=inner.array("residual", n, n_labels, n_labels),
            n_masks=inner.of_type("n_masks", int),
            measured_on=inner.of_type("measured_on", str),
        ),
        settings=_settings(_Reader(read.of_type("settings", dict), "settings.")),
        agreement=None if data.get("agreement") is None else read.array("agreement", n),
        hidden=None if data.get("hidden") is None else read.array("hidden", n, n_labels),
        diagnostics={str(k): _float(v, "diagnostics") for k, v in read.of_type("diagnostics", dict).items()},
        scheme=_scheme(data.get("scheme")),
    )


def _scheme(found: Any) -> str | None:
    if found is not None and not isinstance(found, str):
        raise InputError(f"scheme: expected a label scheme such as 'IOB2', found {found!r:.60}")
    try:
        label_scheme(found)
    except TagError as error:
        raise InputError(f"scheme: {error}") from error
    return found


class _Reader:
    """One object of the document; every way to read a field says what it expected."""

    def __init__(self, data: Mapping[str, Any], path: str = "") -> None:
        self.data = data
        self.path = path

    def of_type(self, name: str, kind: type[T]) -> T:
        value = self.data.get(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"{self.path}{name}: expected {kind.__name__}, found {_shown(value)}")
        return value

    def strings(self, name: str, length: int | None = None) -> tuple[str, ...]:
        values = self.of_type(name, list)
        if not all(isinstance(value, str) for value in values):
            raise InputError(f"{self.path}{name}: expected a list of strings, found {_shown(values)}")
        if length is not None and len(values) != length:
            raise InputError(f"{self.path}{name}: expected {length} strings, one a token, found {len(values)}")
        return tuple(values)

    def indices(self, name: str, values: Any, n_tokens: int) -> tuple[int, ...]:
        whole = isinstance(values, list) and all(type(value) is int and 0 <= value < n_tokens for value in values)
        if not whole or len(set(values)) != len(values):
            raise InputError(
                f"{self.path}{name}: expected different word indices from 0 to {n_tokens - 1}, found {_shown(values)}"
            )
        return tuple(values)

    def array(self, name: str, *shape: int) -> FloatArray:
        try:
            array = np.asarray(self.data.get(name), dtype=np.float64)
        except (TypeError, ValueError, OverflowError):  # ragged, or something that is no number
            found = _shown(self.data.get(name))
        else:
            if array.size == 0 == math.prod(shape):
                return np.zeros(shape)  # nested lists lose what follows an empty dimension
            if array.shape == shape:
                return array
            found = f"shape {array.shape}"
        raise InputError(f"{self.path}{name}: expected numbers of shape {shape}, found {found}")


def _settings(read: _Reader) -> Settings:
    kinds: dict[str, type[Any]] = {"n_calls": int, "context_only": bool}
    optional = ("random_state", "tolerance")
    values = {f.name: read.of_type(f.name, kinds.get(f.name, str)) for f in fields(Settings) if f.name not in optional}
    seed, tolerance = (read.data.get(name) for name in optional)
    return Settings(
        random_state=None if seed is None else read.of_type("random_state", int),
        tolerance=None if tolerance is None else _float(tolerance, "settings.tolerance"),
        **values,
    )


def _offsets(values: Sequence[Any], text: str, tokens: Sequence[str]) -> tuple[tuple[int, int], ...]:
    pairs = tuple(
        (pair[0], pair[1])
        for pair in values
        if isinstance(pair, list) and len(pair) == 2 and all(type(place) is int for place in pair)
    )
    before = (0, *(end for _, end in pairs))
    fits = len(values) == len(pairs) == len(tokens) and all(
        earlier <= start <= end and text[start:end] == token
        for earlier, (start, end), token in zip(before, pairs, tokens, strict=False)
    )
    if not fits:
        raise InputError(
            f"offsets: expected {len(tokens)} pairs [start, end] with text[start:end] == token, in order, "
            f"found {_shown(values)}"
        )
    return pairs


def _nested(array: FloatArray) -> Any:
    if np.isfinite(array).all():
        return array.tolist()
    return [_nested(row) if isinstance(row, np.ndarray) else _number(row) for row in array]


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _float(value: Any, where: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{where}: expected a number, found {_shown(value)}") from None


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
