"""JSON lines and arrays are read value by value, each with its line."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_lime.corpus.formats.json_text import values
from ner_lime.errors import CorpusError

VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)
OBJECT = st.dictionaries(st.text(max_size=3), VALUE, max_size=3)


def read(text: str) -> list[object]:
    return list(values(io.StringIO(text), "utf-8"))


@given(st.lists(OBJECT, max_size=4), st.booleans(), st.sampled_from([None, 0, 2]))
def test_arrays_of_any_layout(objects: list[object], ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(objects, ensure_ascii=ascii_only, indent=indent)
    found = read(text)
    assert [value for _, value in found] == objects  # type: ignore[misc]
    lines = text.split("\n")
    assert all(lines[number - 1].strip().startswith(("{", "[")) for number, _ in found)  # type: ignore[misc]


@given(st.lists(OBJECT, min_size=1, max_size=4))
def test_lines(objects: list[object]) -> None:
    text = "".join(json.dumps(value) + "\n\n" for value in objects)
    assert read(text) == [(1 + 2 * n, value) for n, value in enumerate(objects)]


def test_one_object_over_several_lines() -> None:
    assert read('{\n "a": 1\n}\n') == [(1, {"a": 1})]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"a": 1}\n{"a": \n', 2, "expected JSON on the line, found none: Expecting value"),
        ("[\n{}\n", 2, "the file ends within it"),
        ('[\n{"a": 1},\n{"a" 1},\n{}]', 3, "expected a JSON array, found none: Expecting ':'"),
        ('{\n"a": \n', 1, "expected a JSON object, found none"),
        ("[" * 100_000 + "\n", 1, "the file ends within it"),
    ],
)
def test_what_is_no_json(text: str, line: int, message: str) -> None:
    error = read(text)[-1]
    assert isinstance(error, CorpusError)
    assert error.line == line
    assert message in str(error)


def test_a_long_array_is_streamed() -> None:
    source = io.StringIO("[\n" + ",\n".join(json.dumps({"id": n, "text": "x" * 50}) for n in range(50_000)) + "\n]")
    assert next(iter(values(source, "utf-8"))) == (2, {"id": 0, "text": "x" * 50})
    assert source.tell() < 200_000
