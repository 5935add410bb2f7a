"""Shards to workers that get lost: tried again, without the sentence that ends every worker, to the end in any case."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from ner_lime.batch.ledger import Entry
from ner_lime.batch.schedule import MAX_LOSSES, Done, Lost, Outcome, Refused, Schedule
from ner_lime.batch.shard import whereabouts_path
from ner_lime.batch.source import Job
from ner_lime.errors import RunError

WORKERS = 3


class UnreliablePool:
    """Workers that are lost as a plan says: by chance, or always at a sentence."""

    def __init__(
        self, folder: Path, *, chance: random.Random, share: float = 0.0, deadly: Collection[int] = ()
    ) -> None:
        self.folder, self.chance, self.share, self.deadly = folder, chance, share, deadly
        self.running: list[tuple[Job, frozenset[int]]] = []
        self.skipped: dict[int, frozenset[int]] = {}
        self.most = 0

    def free(self) -> int:
        return WORKERS - len(self.running)

    def busy(self) -> int:
        return len(self.running)

    def submit(self, job: Job, skip: frozenset[int]) -> None:
        self.running.append((job, skip))
        self.most = max(self.most, len(self.running))

    def outcome(self) -> Outcome:
        job, skip = self.running.pop(self.chance.randrange(len(self.running)))
        sentences = range(job.first, job.first + len(job.sentences))
        at = next((number for number in sentences if number in self.deadly and number not in skip), None)
        if at is None and self.chance.random() < self.share:
            at = self.chance.choice(sentences)
        if at is not None:
            path = whereabouts_path(self.folder, job.shard)
            path.parent.mkdir(exist_ok=True)
            path.write_text(str(at))
            return Lost(job, "signal 9")
        self.skipped[job.shard] = skip
        return Done(job, {"shard": job.shard})

    def close(self) -> None:
        self.running = []


def jobs(n: int, size: int = 10) -> Iterator[Job]:
    return (Job(shard, shard * size, [{}] * size, "") for shard in range(n))


@pytest.mark.parametrize("seed", range(20))
def test_every_shard_is_done_once_and_no_sentence_is_given_up_by_chance(tmp_path: Path, seed: int) -> None:
    pool = UnreliablePool(tmp_path, chance=random.Random(seed), share=0.15)
    done: Counter[int] = Counter()
    Schedule(pool, tmp_path, lambda job, _: done.update([job.shard])).work(jobs(30))
    assert done == Counter(range(30))
    assert pool.most == WORKERS
    assert not any(pool.skipped.values())


def test_a_sentence_that_ends_every_worker_is_left_out(tmp_path: Path) -> None:
    pool = UnreliablePool(tmp_path, chance=random.Random(0), deadly=frozenset({23, 24, 41}))
    done: list[int] = []
    Schedule(pool, tmp_path, lambda job, _: done.append(job.shard)).work(jobs(6))
    assert sorted(done) == list(range(6))
    assert {shard: set(skip) for shard, skip in pool.skipped.items() if skip} == {2: {23, 24}, 4: {41}}


def test_workers_that_are_lost_before_any_sentence_end_it(tmp_path: Path) -> None:
    class Dead(UnreliablePool):
        def outcome(self) -> Outcome:
            return Lost(self.running.pop()[0], "exit status 1")

    with pytest.raises(RunError, match=rf"{MAX_LOSSES} workers were lost on shard 0 .*exit status 1"):
        Schedule(Dead(tmp_path, chance=random.Random(0)), tmp_path, print).work(jobs(1))


def test_a_refusal_is_told(tmp_path: Path) -> None:
    class Full(UnreliablePool):
        def outcome(self) -> Outcome:
            return Refused("the disk is full")

    with pytest.raises(RunError, match="the disk is full"):
        Schedule(Full(tmp_path, chance=random.Random(0)), tmp_path, print).work(jobs(9))


def test_a_fault_of_the_input_is_told_when_what_came_before_is_done(tmp_path: Path) -> None:
    def faulty() -> Iterator[Job]:
        yield from jobs(4)
        raise ValueError("line 9")

    done: list[int] = []
    pool = UnreliablePool(tmp_path, chance=random.Random(1))
    with pytest.raises(ValueError, match="line 9"):
        Schedule(pool, tmp_path, lambda job, _: done.append(job.shard)).work(faulty())
    assert sorted(done) == [0, 1, 2, 3]


def test_one_interruption_finishes_what_runs_and_a_second_does_not(tmp_path: Path) -> None:
    class Interrupted(UnreliablePool):
        times = 1

        def outcome(self) -> Outcome:
            if len(done) == 3 and self.times:
                self.times -= 1
                raise KeyboardInterrupt
            return super().outcome()

    done: list[int] = []

    def record(job: Job, _: Entry) -> None:
        done.append(job.shard)

    pool = Interrupted(tmp_path, chance=random.Random(0))
    with pytest.raises(KeyboardInterrupt):
        Schedule(pool, tmp_path, record).work(jobs(30))
    assert (len(done), pool.busy()) == (3 + WORKERS, 0)

    done.clear()
    pool = Interrupted(tmp_path, chance=random.Random(0))
    pool.times = 2
    with pytest.raises(KeyboardInterrupt):
        Schedule(pool, tmp_path, record).work(jobs(30))
    assert (len(done), pool.busy()) == (3, WORKERS)
