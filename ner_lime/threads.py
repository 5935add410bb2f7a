"""One BLAS thread around products of small matrices: on a pool of threads they run ten times slower."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from functools import cache
from typing import Any


@cache
def _threadpools(with_scipy: bool) -> Any:  # the argument is the key of the cache
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def single_blas_thread() -> AbstractContextManager[object]:
    """Hold BLAS to one thread within a ``with`` block.

    Looking for the loaded libraries is slow, so it is done once, and again when scipy has brought a BLAS of its own.
    """
    pools = _threadpools("scipy.linalg" in sys.modules)
    limit: AbstractContextManager[object] = pools.limit(limits=1, user_api="blas")
    return limit
