"""Docstrings can't lie: their examples run and print what they say, and every public class has one."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import ner_lime

PACKAGE = Path(ner_lime.__file__).parent
WITH_EXAMPLES = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))
WITH_MODELS = ("taggers/onnx.py", "taggers/spacy.py", "taggers/transformers.py")
"""Their examples need models, which tests/heavy makes for them."""

FACES = ("ner_lime", "ner_lime.corpus", "ner_lime.crf", "ner_lime.eli5", "ner_lime.explanation", "ner_lime.testing")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def public_classes() -> dict[str, type]:
    """Those that users meet: no protocols, which describe what others write, and no errors."""
    found = {}
    for face in map(import_module, FACES):
        names = getattr(face, "__all__", None) or [name for name in vars(face) if not name.startswith("_")]
        for value in (getattr(face, name) for name in names):
            if inspect.isclass(value) and value.__module__.startswith("ner_lime"):
                described = getattr(value, "_is_protocol", False) or issubclass(value, BaseException)
                if not described:
                    found[f"{value.__module__}.{value.__qualname__}"] = value
    return found


CLASSES = public_classes()


@pytest.mark.parametrize(
    "name", [module_of(path) for path in WITH_EXAMPLES if not path.as_posix().endswith(WITH_MODELS)]
)
def test_examples_give_what_they_show(name: str) -> None:
    module = import_module(name)
    names = {**vars(module), "nl": ner_lime}
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    found = doctest.testmod(module, extraglobs=names, optionflags=flags)
    assert found.attempted, "an example stands where doctest does not look"
    assert not found.failed


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_public_class_has_an_example(name: str) -> None:
    assert ">>> " in (CLASSES[name].__doc__ or ""), f"{name} has no example in its docstring"
