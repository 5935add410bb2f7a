"""The examples in the docstrings of the adapters, the command line and the service are run, and each class has one."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

from ner_lime import cli, taggers, web

WITH_MODELS = ("ner_lime.taggers.onnx", "ner_lime.taggers.spacy", "ner_lime.taggers.transformers")
"""Their examples need models: tests/heavy runs them."""


def modules() -> Iterator[str]:
    for package in (cli, taggers, web):
        yield package.__name__
        yield from (found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))


MODULES = sorted(modules())


@pytest.mark.parametrize("name", [name for name in MODULES if name not in WITH_MODELS])
def test_examples_print_what_they_say(name: str) -> None:
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(import_module(name), optionflags=flags).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_public_classes_have_an_example(name: str) -> None:
    module = import_module(name)
    classes = {
        own: value
        for own, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == name and not own.startswith("_")
    }
    missing = [
        own
        for own, value in classes.items()
        if not issubclass(value, Exception) and ">>> " not in (value.__doc__ or "")
    ]
    assert missing == []
