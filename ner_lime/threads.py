"""One BLAS thread around products of small matrices: on a pool of threads they run ten times slower."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


@cache
def _threadpools() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def single_blas_thread() -> AbstractContextManager[object]:
    """Hold BLAS to one thread within a ``with`` block. Looking for the libraries is slow, so it is done once."""
    limit: AbstractContextManager[object] = _threadpools().limit(limits=1, user_api="blas")
    return limit
