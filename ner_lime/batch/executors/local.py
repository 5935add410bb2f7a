"""Workers as processes of this machine: fresh interpreters, one BLAS thread each, that load the model once.

They are started as a program and not by multiprocessing: a script needs no ``if __name__ == "__main__"``, a notebook
works, and nothing is pickled.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from ner_lime.batch.schedule import MAX_LOSSES, Done, Lost, Outcome, Refused
from ner_lime.batch.shard import WorkOrder
from ner_lime.batch.source import Job

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")


@dataclass(eq=False, slots=True)
class _Process:
    """One worker: its process, and the job it has."""

    process: subprocess.Popen[str]
    job: Job | None = None
    listener: threading.Thread | None = None


class LocalPool:
    """`ner_lime.batch.schedule.Pool` of processes.

    Parameters
    ----------
    order : WorkOrder
    workers : int
    """

    def __init__(self, order: WorkOrder, workers: int) -> None:
        self._order = json.dumps(order.to_dict() | {"path": sys.path})
        self._heard: queue.Queue[tuple[_Process, str | None]] = queue.Queue()
        self._workers: list[_Process] = []
        self._idle_losses = 0
        try:
            for _ in range(workers):
                self._start()
        except BaseException:
            self.close()
            raise

    def free(self) -> int:
        """How many workers have nothing to do."""
        return sum(worker.job is None for worker in self._workers)

    def busy(self) -> int:
        """How many have."""
        return sum(worker.job is not None for worker in self._workers)

    def pids(self) -> list[int]:
        """The process ids of the workers."""
        return [worker.process.pid for worker in self._workers]

    def submit(self, job: Job, skip: frozenset[int]) -> None:
        """Give a job to a worker that has none."""
        worker = next(worker for worker in self._workers if worker.job is None)
        worker.job = job
        self._tell(worker, json.dumps(asdict(job) | {"skip": sorted(skip)}))

    def outcome(self) -> Outcome:
        """Wait for what a worker says, or for the end of one."""
        while True:
            worker, line = self._heard.get()
            if worker not in self._workers:
                continue
            if line is None:
                found = self._replace(worker)
                if found is not None:
                    return found
                continue
            said: dict[str, Any] = json.loads(line)
            if "refused" in said:
                return Refused(said["refused"])
            if "done" in said and worker.job is not None:
                job, worker.job = worker.job, None
                return Done(job, said["entry"])

    def close(self) -> None:
        """Kill all workers: what they have not committed is as if it had not been begun."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            _forget(worker)
        self._workers = []

    def _start(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "ner_lime.batch.executors.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="ascii",
            env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        worker = _Process(process)
        self._workers.append(worker)
        worker.listener = threading.Thread(target=self._listen, args=(worker,), daemon=True)
        worker.listener.start()
        self._tell(worker, self._order)

    def _listen(self, worker: _Process) -> None:
        assert worker.process.stdout is not None
        try:
            for line in worker.process.stdout:
                self._heard.put((worker, line))
        except (OSError, ValueError):  # closed under it
            pass
        self._heard.put((worker, None))

    def _tell(self, worker: _Process, line: str) -> None:
        assert worker.process.stdin is not None
        try:
            worker.process.stdin.write(line + "\n")
            worker.process.stdin.flush()
        except OSError:  # it is gone, which `outcome` hears
            pass

    def _replace(self, worker: _Process) -> Outcome | None:
        """A worker has ended: start another one; say which job was lost with it."""
        status = _forget(worker)
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        job = worker.job
        self._workers.remove(worker)
        if job is None:
            self._idle_losses += 1
            if self._idle_losses > MAX_LOSSES * (len(self._workers) + 1):
                return Refused(f"workers end as soon as they are started ({how})")
        self._start()
        return None if job is None else Lost(job, how)


def _forget(worker: _Process) -> int:
    """Wait for the end of a process, close what led to it, and return its status."""
    status = worker.process.wait()
    if worker.listener is not None:
        worker.listener.join()  # it has heard the end
    for stream in (worker.process.stdin, worker.process.stdout):
        if stream is not None:
            with suppress(OSError):  # what was not yet written to a worker that is gone
                stream.close()
    return status
