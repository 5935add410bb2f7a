"""JSON Schemas of the requests: they describe the API and check what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from ner_lime.lime.bernoulli import MIN_RATE
from ner_lime.web.problems import Problem

Schema = Mapping[str, Any]

MAX_MASK_LENGTH = 100
"""Maximum number of characters of a mask string, which is put in place of every word."""

WORDS: Schema = {"type": "array", "items": {"type": "string"}}

TAG_REQUEST: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["sentences"],
    "properties": {"sentences": {"type": "array", "items": WORDS, "description": "Words of each sentence."}},
}

SETUP: dict[str, Schema] = {
    "method": {"enum": ["lime", "shapley"], "default": "lime", "description": "LIME's weights or Shapley values."},
    "keep": {
        "type": ["number", "null"],
        "minimum": MIN_RATE,
        "maximum": 1.0 - MIN_RATE,
        "description": "Probability that a word is kept (lime only); null: 0.7.",
    },
    "mask_string": {
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": MAX_MASK_LENGTH,
        "description": "What hides a word; null: what tells the model least.",
    },
    "groups": {
        "enum": ["entities", "phrases", "clauses", None],
        "default": None,
        "description": "Words that are hidden together; null: each by itself.",
    },
    "num_features": {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "Maximum number of contributions a word, the largest first; null: all.",
    },
}

EXPLAIN_REQUEST: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "description": "A text, which is split into words; else `tokens`."},
        "tokens": {**WORDS, "description": "The words; else `text`."},
        "positions": {
            "type": ["array", "null"],
            "items": {"type": "integer", "minimum": 0},
            "minItems": 1,
            "uniqueItems": True,
            "description": "Indices of the words to explain, from 0; null: all.",
        },
        "label": {"type": ["string", "null"], "description": "The label to explain; null: the predicted one."},
        **SETUP,
        "context_only": {"type": "boolean", "default": False, "description": "Never hide the explained word itself."},
        "full": {"type": "boolean", "default": False, "description": "Add `explanation`, the lossless document."},
    },
    "oneOf": [{"required": ["text"]}, {"required": ["tokens"]}],
}

VIEW_REQUEST: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {"text": {"type": "string"}, **SETUP},
}

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
_NUMBERS = ("integer", "number")


def check(value: Any, schema: Schema, where: str = "") -> None:
    """Compare a JSON value with the part of JSON Schema that the requests above use.

    Stricter in one thing: 3.0 is no integer.

    Raises
    ------
    Problem
        422; the message names the place and what was expected there.
    """
    types = schema.get("type", ())
    types = (types,) if isinstance(types, str) else types
    if types and not any(_is(value, name) for name in types):
        raise _invalid(where, " or ".join(types))
    if "enum" in schema and value not in schema["enum"]:
        raise _invalid(where, f"one of {', '.join(name or 'null' for name in schema['enum'])}")
    if isinstance(value, dict):
        _check_object(value, schema, where)
    elif isinstance(value, list):
        _check_list(value, schema, where)
    elif isinstance(value, str):
        low, high = schema.get("minLength", 0), schema.get("maxLength", len(value))
        if not low <= len(value) <= high:
            raise _invalid(where, f"{low} to {high} characters")
    elif _is(value, "number"):
        _check_number(value, schema, where)


def _check_object(value: dict[str, Any], schema: Schema, where: str) -> None:
    known = schema["properties"]
    for name in schema.get("required", ()):
        if name not in value:
            raise _invalid(where, f"the field {name}")
    for name, part in value.items():
        if name not in known:
            raise _invalid(where, f"no other fields than {', '.join(known)}")
        check(part, known[name], f"{where}.{name}" if where else name)
    choices = [choice["required"] for choice in schema.get("oneOf", ())]
    if choices and sum(all(name in value for name in names) for names in choices) != 1:
        raise _invalid(where, f"one of {' and '.join(name for names in choices for name in names)}")


def _check_list(value: list[Any], schema: Schema, where: str) -> None:
    if len(value) < schema.get("minItems", 0):
        raise _invalid(where, f"at least {schema['minItems']} items")
    for index, item in enumerate(value):
        check(item, schema["items"], f"{where}[{index}]")
    if schema.get("uniqueItems") and len(set(value)) < len(value):
        raise _invalid(where, "different items")


def _check_number(value: float, schema: Schema, where: str) -> None:
    if isinstance(value, float) and not isfinite(value):
        raise _invalid(where, "a finite number")
    low, high = schema.get("minimum", value), schema.get("maximum")
    if value < low or (high is not None and value > high):
        raise _invalid(where, f"at least {low}" if high is None else f"a number from {low} to {high}")


def _is(value: Any, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and not (name in _NUMBERS and isinstance(value, bool))


def _invalid(where: str, expected: str) -> Problem:
    return Problem(422, "invalid", f"{where or 'the body'}: expected {expected}")
