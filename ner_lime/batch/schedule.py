"""Hands shards to workers: again where a worker was lost, without a sentence that ends every worker, until Ctrl-C."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from ner_lime.batch.ledger import Entry
from ner_lime.batch.shard import last_sentence
from ner_lime.batch.source import Job
from ner_lime.errors import RunError

MAX_LOSSES = 3
"""Workers that may be lost at one sentence before it is written as failed; or at a shard, outside of its sentences."""

_LOG = logging.getLogger("ner_lime")


@dataclass(frozen=True, slots=True)
class Done:
    """A shard stands; `entry` is what its marker says."""

    job: Job
    entry: Entry


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker on a shard ended: it was killed, or ran out of memory."""

    job: Job
    how: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A worker can't go on, and no other could: the model, the disk, the budget. `message` is for the user."""

    message: str


Outcome: TypeAlias = Done | Lost | Refused


class Pool(Protocol):
    """Workers, wherever they are."""

    def free(self) -> int:
        """How many more jobs can be taken now."""
        ...

    def busy(self) -> int:
        """How many jobs are under way."""
        ...

    def submit(self, job: Job, skip: frozenset[int]) -> None:
        """Begin a job; the sentences with the indices `skip` are not explained."""
        ...

    def outcome(self) -> Outcome:
        """Wait for the next one."""
        ...

    def close(self) -> None:
        """End all workers at once."""
        ...


class Schedule:
    """Works through jobs.

    Parameters
    ----------
    pool : Pool
    folder : Path
        Of the run: workers leave there at which sentence they are.
    done : callable
        Called with each outcome that is a `Done`.
    """

    def __init__(self, pool: Pool, folder: Path, done: Callable[[Job, Entry], None]) -> None:
        self.pool = pool
        self.folder = folder
        self.done = done
        self.stopping = False
        self._again: deque[Job] = deque()
        self._losses: Counter[tuple[int, int | None]] = Counter()
        self._skip: dict[int, frozenset[int]] = {}

    def work(self, jobs: Iterator[Job]) -> None:
        """Work through all jobs.

        Raises
        ------
        RunError
            A worker refused, or workers are lost again and again; what is done stands.
        KeyboardInterrupt
            After Ctrl-C once the running shards are finished first; after a second one nothing is.
        """
        failure: Exception | None = None  # of the input: told when the shards before it are done
        while True:
            try:
                while self.pool.free() and not self.stopping and failure is None:
                    try:
                        job = self._again.popleft() if self._again else next(jobs, None)
                    except Exception as error:  # noqa: BLE001 - whatever the input does
                        failure = error
                        break
                    if job is None:
                        break
                    self.pool.submit(job, self._skip.get(job.shard, frozenset()))
                if not self.pool.busy() and (self.stopping or not self._again or failure is not None):
                    break
                self._take(self.pool.outcome())
            except KeyboardInterrupt:
                if self.stopping:
                    raise
                self.stopping = True
                _LOG.warning(
                    "interrupted: %d running shards are finished first; again Ctrl-C ends at once", self.pool.busy()
                )
        if failure is not None:
            raise failure
        if self.stopping:
            raise KeyboardInterrupt

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            raise RunError(outcome.message)
        if isinstance(outcome, Done):
            self._skip.pop(outcome.job.shard, None)
            self.done(outcome.job, outcome.entry)
            return
        job = outcome.job
        sentence = last_sentence(self.folder, job.shard)
        self._losses[job.shard, sentence] += 1
        losses = self._losses[job.shard, sentence]
        _LOG.warning("a worker was lost on shard %d (%s): the shard is tried again", job.shard, outcome.how)
        if losses >= MAX_LOSSES:
            if sentence is None:
                raise RunError(
                    f"{losses} workers were lost on shard {job.shard} before its first sentence or while it was written"
                    f" ({outcome.how}): is there enough memory for so many workers?"
                )
            self._skip[job.shard] = self._skip.get(job.shard, frozenset()) | {sentence}
        self._again.append(job)
