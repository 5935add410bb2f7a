"""The public face: what is named is there, and nothing else."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import ner_lime as nl

SOURCE = Path(nl.__file__)
FOLDERS = sorted(path.parent for path in SOURCE.parent.rglob("__init__.py") if path != SOURCE)


def test_every_name_is_there_and_sorted():
    for name in nl.__all__:
        assert getattr(nl, name) is not None
    assert list(nl.__all__) == sorted(nl.__all__)
    assert len(set(nl.__all__)) == len(nl.__all__)


def test_all_are_exactly_those_that_type_checkers_see():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    imported = {alias.asname or alias.name for line in block.body for alias in line.names}
    assert imported - {"Any"} == set(nl.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Explainer'"):
        nl.Explainer  # noqa: B018


def test_dir_lists_them():
    assert set(nl.__all__) <= set(dir(nl))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(SOURCE.parent).as_posix())
def test_what_a_folder_names_is_there_once(folder):
    module = import_module(".".join(("ner_lime", *folder.relative_to(SOURCE.parent).parts)))
    names = list(getattr(module, "__all__", ()))
    assert len(names) == len(set(names))
    for name in names:
        assert getattr(module, name) is not None
