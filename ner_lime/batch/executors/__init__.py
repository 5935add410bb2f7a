"""Where workers run: processes of this machine, or a Ray cluster."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from ner_lime.batch.schedule import Pool
from ner_lime.batch.shard import WorkOrder
from ner_lime.checks import whole_number
from ner_lime.errors import InputError


@dataclass(frozen=True, slots=True)
class Local:
    """Processes of this machine.

    Attributes
    ----------
    workers : int or None
        None: one for each processor that this process may use.

    Examples
    --------
    >>> Local(workers=2).workers
    2
    """

    workers: int | None = None

    def pool(self, order: WorkOrder) -> Pool:
        """Start the workers."""
        from ner_lime.batch.executors.local import LocalPool

        return LocalPool(order, _number(self.workers))


@dataclass(frozen=True, slots=True)
class Ray:
    """Actors of a Ray cluster (extra ``ner-lime[ray]``).

    Attributes
    ----------
    workers : int or None
        Actors; None: one for each processor of this machine that this process may use.
    address : str or None
        Of a running cluster, such as ``"auto"``; None starts one on this machine where none is known.
    resources : mapping or None
        What Ray's ``Actor.options`` takes: ``{"num_gpus": 1}``, say.

    Examples
    --------
    >>> Ray(workers=64, address="auto").address
    'auto'
    """

    workers: int | None = None
    address: str | None = None
    resources: Mapping[str, Any] | None = None

    def pool(self, order: WorkOrder) -> Pool:
        """Start the workers."""
        from ner_lime.batch.executors.ray import RayPool

        return RayPool(order, _number(self.workers), address=self.address, resources=self.resources)


Executor: TypeAlias = Local | Ray


def as_executor(executor: str | Executor) -> Executor:
    """Read the short names of executors: "local" is `Local()`, and "ray" is `Ray()`.

    Raises
    ------
    InputError
        It is neither.
    """
    if executor == "local":
        return Local()
    if executor == "ray":
        return Ray()
    if not hasattr(executor, "pool"):
        raise InputError(f"expected executor 'local', 'ray', Local(...) or Ray(...), found {executor!r:.80}")
    return cast("Executor", executor)


def _number(workers: int | None) -> int:
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return whole_number(workers, "workers", least=1)
