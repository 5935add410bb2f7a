"""The examples in the docstrings of the public names are run, and every public class has one."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module

import pytest

PUBLIC = ("ner_lime", "ner_lime.corpus", "ner_lime.testing")
MODULES = ("ner_lime.checks", "ner_lime.files", "ner_lime.corpus.sentence", "ner_lime.corpus.tokenizer")
"""Modules whose functions are documented with examples, though they are not exported."""


def public_names() -> dict[str, object]:
    """Every public object by its full name, each once."""
    found: dict[str, object] = {}
    for module_name in PUBLIC:
        module = import_module(module_name)
        names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
        for name in names:
            thing = getattr(module, name)
            if getattr(thing, "__module__", "").startswith("ner_lime") and callable(thing):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    for module_name in MODULES:
        for thing in vars(import_module(module_name)).values():
            if inspect.isfunction(thing) and thing.__module__ == module_name:
                found[f"{module_name}.{thing.__qualname__}"] = thing
    return found


NAMES = public_names()
CLASSES = {name: thing for name, thing in NAMES.items() if inspect.isclass(thing)}


def examples(thing: object, name: str) -> list[doctest.DocTest]:
    """The examples of an object and of its methods; its module's names and ``nl`` can be used in them."""
    module = inspect.getmodule(thing)
    names = {**vars(module), "nl": import_module("ner_lime")}  # type: ignore[arg-type]  # every public name has a module
    return [test for test in doctest.DocTestFinder().find(thing, name, module, names) if test.examples]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_examples_run(name: str) -> None:
    for test in examples(NAMES[name], name):
        lines: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=lines.append)
        assert not lines, "".join(lines)


@pytest.mark.parametrize("name", sorted(name for name in CLASSES if name.startswith(("ner_lime.corpus", "ner_lime.t"))))
def test_every_public_class_has_an_example(name: str) -> None:
    own = [test for test in examples(CLASSES[name], name) if test.name == name]
    assert own, f"{name} has no example in its docstring"
    assert len(own[0].examples) <= 5
