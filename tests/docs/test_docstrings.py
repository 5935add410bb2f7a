"""The examples in the docstrings run and print what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import ner_lime

PACKAGE = Path(ner_lime.__file__).parent
WITH_EXAMPLES = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


def module_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@pytest.mark.parametrize("name", [module_of(path) for path in WITH_EXAMPLES])
def test_examples(name):
    found = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS, raise_on_error=False)
    assert found.attempted, "an example stands where doctest does not look"
    assert not found.failed
