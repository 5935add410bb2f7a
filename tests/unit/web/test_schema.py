"""The schemas check what they describe: the same as a JSON Schema library says of them."""

from __future__ import annotations

import math
from typing import Any

import openapi_spec_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("starlette", reason="starlette is not installed")
from ner_lime.web.limits import Limits
from ner_lime.web.openapi import openapi
from ner_lime.web.problems import Problem
from ner_lime.web.schema import EXPLAIN_REQUEST, TAG_REQUEST, VIEW_REQUEST, Schema, check

pytestmark = pytest.mark.extras
jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.floats(-1, 2).filter(lambda x: not x.is_integer()),  # the one difference: 3.0 is no integer here
    st.text(max_size=3),
    st.sampled_from(["lime", "shapley", "x" * 100, "x" * 101]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
)
right = {
    "text": st.text(max_size=3),
    "tokens": st.lists(st.text(max_size=2), max_size=3),
    "positions": st.none() | st.lists(st.integers(0, 3), max_size=3),
    "label": st.none() | st.text(max_size=2),
    "method": st.sampled_from(["lime", "shapley"]),
    "keep": st.none() | st.sampled_from([0, 1, 0.5]),
    "mask_string": st.none() | st.text(max_size=2),
    "num_features": st.none() | st.integers(0, 3),
    "groups": st.sampled_from([None, "entities", "phrases", "clauses"]),
    "context_only": st.booleans(),
    "full": st.booleans(),
    "sentences": st.lists(st.lists(st.text(max_size=2), max_size=2), max_size=2),
}
requests = st.lists(st.sampled_from(sorted(right)), unique=True, max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: right[name] | values for name in names})
)


@pytest.mark.parametrize("schema", [EXPLAIN_REQUEST, TAG_REQUEST, VIEW_REQUEST], ids=["explain", "tag", "view"])
@given(value=requests | values)
def test_it_decides_as_json_schema_does(schema: Schema, value: Any) -> None:
    if jsonschema.Draft202012Validator(schema).is_valid(value):
        check(value, schema)
        return
    with pytest.raises(Problem, match=": expected ") as caught:
        check(value, schema)
    assert (caught.value.status, caught.value.code) == (422, "invalid")


@pytest.mark.parametrize("number", [math.inf, -math.inf])
@pytest.mark.parametrize("name", ["keep", "num_features"])
def test_infinity_is_no_number(name: str, number: float) -> None:
    with pytest.raises(Problem, match=name):
        check({"text": "x", name: number}, EXPLAIN_REQUEST)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "the body: expected object"),
        ({"text": 1}, "text: expected string"),
        ({"tokens": ["a", None]}, "tokens[1]: expected string"),
        ({}, "the body: expected one of text and tokens"),
        ({"text": "x", "a": 1}, "the body: expected no other fields than text, tokens, "),
        ({"text": "x", "keep": 2}, "keep: expected a number from 0.001 to 0.999"),
        ({"text": "x", "method": "y"}, "method: expected one of lime, shapley"),
        ({"text": "x", "groups": "words"}, "groups: expected one of entities, phrases, clauses, null"),
        ({"text": "x", "positions": [1, 1]}, "positions: expected different items"),
    ],
)
def test_messages_name_the_place(value: Any, message: str) -> None:
    with pytest.raises(Problem) as caught:
        check(value, EXPLAIN_REQUEST)
    assert caught.value.message.startswith(message)


def test_the_description_is_openapi() -> None:
    openapi_spec_validator.validate(openapi(Limits()))  # raises where it is not


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    description = openapi(Limits())
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"]} if "$ref" in value else set()
            return own.union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    assert references(description) == {f"#/components/schemas/{name}" for name in schemas}


def test_the_description_states_the_limits() -> None:
    limits = Limits(max_bytes=1234, max_tokens=56, max_batch=789, timeout=4.5, body_timeout=6.5, rate=7.5)
    responses = openapi(limits)["paths"]["/api/tag"]["post"]["responses"]
    for status, figure in (
        ("413", "1234"),
        ("422", "56"),
        ("422", "789"),
        ("504", "4.5"),
        ("408", "6.5"),
        ("429", "7.5"),
    ):
        assert figure in responses[status]["description"]
    assert all("Retry-After" in responses[status]["headers"] for status in ("429", "503"))
