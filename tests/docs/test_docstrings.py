"""Docstrings can't lie: the examples of the public names are executed, and the public classes have one."""

from __future__ import annotations

import doctest
import inspect
from typing import Any

import pytest

import ner_lime
import ner_lime.eli5
import ner_lime.metrics

FACES = (ner_lime, ner_lime.metrics, ner_lime.eli5)
PUBLIC = {f"{face.__name__}.{name}": getattr(face, name) for face in FACES for name in face.__all__}
DOCUMENTED = [value for value in PUBLIC.values() if inspect.isclass(value) or inspect.isfunction(value)]
CLASSES = [
    value
    for face in (ner_lime.metrics, ner_lime.eli5)
    for name in face.__all__
    if inspect.isclass(value := getattr(face, name))
]


def examples(value: Any) -> list[doctest.DocTest]:
    module = inspect.getmodule(value)
    found = doctest.DocTestFinder(exclude_empty=True).find(value, value.__name__, module=module)
    return [test for test in found if test.examples]


@pytest.mark.parametrize("value", DOCUMENTED, ids=lambda value: value.__name__)
def test_examples_give_what_they_show(value: Any) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in examples(value):
        said: list[str] = []
        runner.run(test, out=said.append)
        assert not said, "".join(said)


@pytest.mark.parametrize("value", CLASSES, ids=lambda value: value.__name__)
def test_every_public_class_has_an_example(value: type) -> None:
    assert examples(value), f"{value.__name__} has no example"
