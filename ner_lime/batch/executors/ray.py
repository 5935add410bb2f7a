"""Workers as actors of a Ray cluster (extra ``ner-lime[ray]``); the run's folder must be seen by all machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ner_lime.batch.executors.local import ONE_THREAD
from ner_lime.batch.schedule import Done, Lost, Outcome, Refused
from ner_lime.batch.shard import ShardWorker, WorkOrder
from ner_lime.batch.source import Job
from ner_lime.errors import MissingExtraError, in_one_line, in_words


class Actor:
    """What runs on a machine of the cluster: a `ShardWorker` behind JSON."""

    def __init__(self, order: str) -> None:
        data = json.loads(order)
        for folder in data.pop("path"):
            if folder not in sys.path:
                sys.path.append(folder)
        self._order = WorkOrder.from_dict(data)
        self._worker: ShardWorker | None = None

    def work(self, job: str) -> str:
        """Explain a shard; what went wrong with the model or the folder comes back as ``refused``."""
        try:
            self._worker = self._worker or ShardWorker(self._order)
            return json.dumps({"entry": self._worker.work(**json.loads(job))})
        except OSError as error:
            return json.dumps({"refused": f"{self._order.folder}: can't be written: {error.strerror or error}"})
        except Exception as error:  # noqa: BLE001 - whatever the model does
            return json.dumps({"refused": in_words(error)})


class RayPool:
    """`ner_lime.batch.schedule.Pool` of Ray actors.

    Parameters
    ----------
    order : WorkOrder
    workers : int
        Actors, one processor each.
    address : str or None
        Of a running cluster, as ``ray.init`` takes it; None: the one that this process or ``RAY_ADDRESS`` knows, else
        one is started on this machine and ended with the run.
    resources : mapping or None
        What ``Actor.options`` takes: ``{"num_gpus": 1}``, say.

    Raises
    ------
    MissingExtraError
        Ray is not installed.
    """

    def __init__(
        self, order: WorkOrder, workers: int, *, address: str | None = None, resources: Mapping[str, Any] | None = None
    ) -> None:
        self._ray = _ray()
        self._own = not self._ray.is_initialized()
        if self._own:
            new = {} if address else {"num_cpus": workers, "include_dashboard": False}
            self._ray.init(address=address, log_to_driver=False, logging_level="ERROR", **new)
        self._order = json.dumps(order.to_dict() | {"path": sys.path})
        wanted = {"num_cpus": 1, "runtime_env": {"env_vars": ONE_THREAD}} | dict(resources or {})
        self._kind = self._ray.remote(Actor).options(**wanted)
        self._idle = [self._kind.remote(self._order) for _ in range(workers)]
        self._running: dict[Any, tuple[Any, Job]] = {}

    def free(self) -> int:
        """How many actors have nothing to do."""
        return len(self._idle)

    def busy(self) -> int:
        """How many have."""
        return len(self._running)

    def submit(self, job: Job, skip: frozenset[int]) -> None:
        """Give a job to an actor that has none."""
        actor = self._idle.pop()
        self._running[actor.work.remote(json.dumps(asdict(job) | {"skip": sorted(skip)}))] = (actor, job)

    def outcome(self) -> Outcome:
        """Wait for the next one."""
        (ready, *_), _ = self._ray.wait(list(self._running), num_returns=1)
        actor, job = self._running.pop(ready)
        try:
            said: dict[str, Any] = json.loads(self._ray.get(ready))
        except self._ray.exceptions.RayError as error:  # the actor, its machine or its memory
            self._ray.kill(actor)
            self._idle.append(self._kind.remote(self._order))
            return Lost(job, in_one_line(error)[:120])
        self._idle.append(actor)
        return Refused(said["refused"]) if "refused" in said else Done(job, said["entry"])

    def close(self) -> None:
        """End all actors, and the cluster if it was started here."""
        for actor in [*self._idle, *(actor for actor, _ in self._running.values())]:
            self._ray.kill(actor)
        self._idle, self._running = [], {}
        if self._own:
            self._ray.shutdown()


def _ray() -> Any:
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise MissingExtraError("Ray", "ray") from error
    return ray
