"""Corpus runs that are killed at random moments, resumed, and compared with a run that nothing disturbed, row for row.

    python scripts/kill_runs.py [--rounds 50] [--executor local] [--seed 0] [--full-disk FOLDER]

A round kills workers (``kill -9`` of a worker process or a Ray actor) and the driver, at moments drawn at random, until
the run is finished. With ``--full-disk``, a folder on a small file system such as a tmpfs of 4 MB, every third round
runs there with no room left, fails, and goes on once there is room.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ner_lime import CRFTagger, read_iob
from ner_lime.batch import Run

ROOT = Path(__file__).resolve().parents[1]

DRIVER = """
import sys
import ner_lime as nl
from ner_lime.batch import Local, Ray
corpus, model, out, executor, shard = sys.argv[1:]
nl.explain_corpus(
    corpus, tagger=model, out=out, executor={"local": Local, "ray": Ray}[executor](workers=2), shard=int(shard)
)
"""

MAX_STARTS = 40
"""Drivers that a round may take; each but the last is killed, or loses workers."""


@dataclass
class Bench:
    """A model, a corpus, and what the run over them must come to."""

    folder: Path
    executor: str
    chance: random.Random
    shard: int = 8
    usual: float = 0.0
    expected: dict[str, list[Any]] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)

    def prepare(self, sentences: int) -> None:
        train = read_iob(ROOT / "data" / "jobs" / "train.tsv")
        CRFTagger(max_iterations=20).fit(train[:300]).save(self.folder / "model")
        lines = (ROOT / "data" / "jobs" / "test.tsv").read_text(encoding="utf-8").split("\n\n")
        (self.folder / "corpus.tsv").write_text("\n\n".join(lines[:sentences]) + "\n", encoding="utf-8")
        begun = time.monotonic()
        out = self.folder / "undisturbed"
        if self.start(out).wait() != 0:
            raise SystemExit("the undisturbed run failed")
        self.usual = time.monotonic() - begun
        self.expected = rows(out)

    def start(self, out: Path) -> subprocess.Popen[bytes]:
        arguments = [str(self.folder / "corpus.tsv"), str(self.folder / "model"), str(out), self.executor]
        return subprocess.Popen(
            [sys.executable, "-c", DRIVER, *arguments, str(self.shard)],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def round(self, out: Path) -> None:
        """Disturb a run until it is finished all the same."""
        for number in range(MAX_STARTS):
            driver = self.start(out)
            calm = number >= MAX_STARTS // 2  # to an end in any case
            while driver.poll() is None and not calm:
                try:
                    driver.wait(self.chance.uniform(0.0, self.usual))
                except subprocess.TimeoutExpired:
                    self.disturb(driver.pid)
            if driver.wait() == 0:
                break
        else:
            raise SystemExit(f"{out}: not finished after {MAX_STARTS} starts")
        self.compare(out)

    def disturb(self, driver: int) -> None:
        workers = [pid for pid in descendants(driver) if is_worker(pid)]
        victim = self.chance.choice(workers) if workers and self.chance.random() < 0.6 else driver
        self.counted["driver" if victim == driver else "worker"] += 1
        family = [] if victim != driver or self.executor == "local" else descendants(driver)
        for pid in (victim, *family):  # a cluster that was started by its driver ends with it
            kill(pid)

    def full_disk(self, out: Path) -> None:
        """Run into a disk that is full, make room, go on."""
        filler = out.parent / "filler"
        room = shutil.disk_usage(out.parent).free
        left = self.chance.randrange(4096, max(8192, int(0.7 * self.size())))
        with filler.open("wb") as file:
            file.write(bytes(max(0, room - left)))
        failed = self.start(out).wait() != 0
        self.counted["full disk" if failed else "disk with enough room"] += 1
        filler.unlink()
        if self.start(out).wait() != 0:
            raise SystemExit(f"{out}: did not go on once there was room")
        self.compare(out)

    def size(self) -> int:
        return sum(path.stat().st_size for path in (self.folder / "undisturbed").rglob("*") if path.is_file())

    def compare(self, out: Path) -> None:
        found = rows(out)
        for name, expected in self.expected.items():
            if found[name] != expected:
                raise SystemExit(f"{out}: the table {name} differs from that of the undisturbed run")
        left = [path.name for path in out.rglob("*.temporary")]
        if left:
            raise SystemExit(f"{out}: temporary files are left: {left}")


def rows(out: Path) -> dict[str, list[Any]]:
    run = Run(out)
    if not run.finished:
        raise SystemExit(f"{out}: is not finished")
    tables = {"words": run.words(), "contributions": run.contributions(), "failed": run.failed}
    return {name: [tuple(row.values()) for row in table] for name, table in tables.items()}


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and theirs; those that are gone have none."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def is_worker(pid: int) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"ner_lime.batch.executors.worker" in line or line.startswith(b"ray::Actor")


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, signal.SIGKILL)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--executor", choices=("local", "ray"), default="local")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sentences", type=int, default=80)
    parser.add_argument("--full-disk", type=Path, metavar="FOLDER")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(Path(temporary), asked.executor, random.Random(asked.seed))
        bench.prepare(asked.sentences)
        for number in range(asked.rounds):
            small = asked.full_disk is not None and number % 3 == 2
            out = (asked.full_disk if small else bench.folder) / f"round-{number}"
            bench.full_disk(out) if small else bench.round(out)
            shutil.rmtree(out)
            print(f"round {number + 1} of {asked.rounds}: equal; so far {dict(bench.counted)}", flush=True)
    print(f"{asked.rounds} rounds, {dict(bench.counted)}: all tables equal, row for row")


if __name__ == "__main__":
    main()
