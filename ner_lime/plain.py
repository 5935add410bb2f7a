"""Plain data: what results have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

import numpy as np


class PlainData:
    """Dataclasses that compare by value although they hold arrays; NaN equals NaN, as it does for whoever reads it.

    Like everything that holds arrays they are not hashable: Python takes the hash away where `__eq__` is defined.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        compared = [field.name for field in fields(cast("Any", self)) if field.compare]
        return all(_same(getattr(self, name), getattr(other, name)) for name in compared)


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        first, second = np.asarray(first), np.asarray(second)
        return first.shape == second.shape and np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(_same(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)) and type(first) is type(second):
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(first, float) and isinstance(second, float) and first != first:
        return second != second
    return bool(first == second)
