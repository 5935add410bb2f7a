"""Which shards are done: a marker a shard, gathered into one file a thousand.

``done/000123/000123456.json`` is the marker of one shard, written by whoever did it once its tables stand. As soon as
all thousand of a block are there, the driver writes ``done/000123.json``, their sums on its first line and the markers
themselves on the second, and removes the single ones. So a run of a million shards has a thousand small files here, and
opening it reads a thousand lines.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from ner_lime.errors import RunError
from ner_lime.files import replacing

Entry: TypeAlias = dict[str, Any]
"""What a marker says of its shard: how many sentences, words, contributions and failures, verdicts, digest."""

BLOCK = 1000
"""Shards in a block."""

MAX_READS = 5
"""Number of times that reading begins anew because a driver moves the markers meanwhile."""

COUNTED = ("sentences", "words", "contributions", "failed")


class Ledger:
    """The markers of a run.

    Its memory is a byte a shard, and the markers of one block while they are read.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> mark(folder, 7, {"sentences": 256, "failed": 1})
    >>> ledger = Ledger(folder)
    >>> 7 in ledger, 8 in ledger, ledger.totals["sentences"], list(ledger.failed())
    (True, False, 256, [7])
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "done"
        self._begin()
        for _ in range(MAX_READS):
            try:
                self._scan()
                return
            except FileNotFoundError:  # a driver has gathered a block meanwhile
                self._begin()
        self._scan()

    def _begin(self) -> None:
        self.totals: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.n_shards = 0
        self._done = bytearray()
        self._blocks: set[int] = set()
        self._left: dict[int, int] = {}
        self._last: tuple[int, dict[int, Entry]] = (-1, {})

    def _scan(self) -> None:
        for path in sorted(self.folder.glob("*.json")):
            number = int(path.stem)
            with path.open(encoding="utf-8") as file:
                sums = json.loads(file.readline())
            self._blocks.add(number)
            self._add(sums, BLOCK)
            self._set(range(number * BLOCK, (number + 1) * BLOCK))
        for block in sorted(path for path in self.folder.glob("*") if path.is_dir()):
            if int(block.name) in self._blocks:  # gathered, and not yet removed
                continue
            for path in block.glob("*.json"):
                self._count(int(path.stem), _read(path))

    def __contains__(self, shard: int) -> bool:
        return shard < len(self._done) and bool(self._done[shard])

    def __iter__(self) -> Iterator[int]:
        return (shard for shard, done in enumerate(self._done) if done)

    def record(self, shard: int, entry: Entry) -> None:
        """Count a shard whose marker stands; gather its block when that is full. A shard is counted once."""
        if shard in self:
            return
        self._count(shard, entry)
        if not self._left[shard // BLOCK]:
            self._gather(shard // BLOCK)

    def tidy(self) -> None:
        """Gather what is full, and remove what was gathered: what a driver that was killed did not come to."""
        for block in [block for block, left in self._left.items() if not left]:
            self._gather(block)
        for block in self._blocks:
            shutil.rmtree(self.folder / f"{block:06d}", ignore_errors=True)

    def entries(self, shards: Iterable[int]) -> Iterator[tuple[int, Entry]]:
        """The markers of some shards, one block in memory at a time."""
        for shard in shards:
            block = shard // BLOCK
            if self._last[0] != block:
                self._last = (block, self._entries(block))
            if shard not in self._last[1]:  # done since
                self._last = (block, self._entries(block))
            yield shard, self._last[1][shard]

    def failed(self) -> Iterator[int]:
        """The shards with a sentence that could not be explained."""
        if self.totals["failed"]:
            yield from (shard for shard, entry in self.entries(iter(self)) if entry.get("failed"))

    def forget(self, shards: Iterable[int]) -> None:
        """Take the markers of some shards away, so that they are explained again."""
        by_block: dict[int, list[int]] = {}
        for shard in shards:
            by_block.setdefault(shard // BLOCK, []).append(shard)
        for block, gone in by_block.items():
            entries = self._entries(block)
            for shard in gone:
                self._add(entries[shard], -1)
                self._done[shard] = 0
            if block in self._blocks:
                for shard, entry in entries.items():
                    if shard not in gone:
                        mark(self.folder.parent, shard, entry)
                (self.folder / f"{block:06d}.json").unlink()
                self._blocks.discard(block)
                self._left[block] = 0
            else:
                for shard in gone:
                    _marker(self.folder, shard).unlink(missing_ok=True)
            self._left[block] += len(gone)
        self._last = (-1, {})

    def _count(self, shard: int, entry: Entry) -> None:
        self._add(entry, 1)
        self._set((shard,))
        block = shard // BLOCK
        self._left[block] = self._left.get(block, BLOCK) - 1

    def _add(self, sums: Mapping[str, Any], shards: int) -> None:
        sign = 1 if shards > 0 else -1
        self.n_shards += shards
        for name in COUNTED:
            self.totals[name] += sign * sums.get(name, 0)
        for level, count in sums.get("verdicts", {}).items():
            self.verdicts[level] += sign * count

    def _set(self, shards: Iterable[int]) -> None:
        for shard in shards:
            if shard >= len(self._done):
                self._done.extend(bytes(shard + 1 + BLOCK - len(self._done)))
            self._done[shard] = 1

    def _entries(self, block: int) -> dict[int, Entry]:
        path = self.folder / f"{block:06d}.json"
        if block in self._blocks:
            with path.open(encoding="utf-8") as file:
                file.readline()
                return dict(enumerate(json.loads(file.readline()), block * BLOCK))
        return {int(marker.stem): _read(marker) for marker in (self.folder / f"{block:06d}").glob("*.json")}

    def _gather(self, block: int) -> None:
        entries = self._entries(block)
        sums: dict[str, Any] = {name: sum(entry.get(name, 0) for entry in entries.values()) for name in COUNTED}
        verdicts: Counter[str] = Counter()
        for entry in entries.values():
            verdicts.update(entry.get("verdicts", {}))
        with replacing(self.folder / f"{block:06d}.json") as file:
            for part in (sums | {"verdicts": verdicts}, [entries[shard] for shard in sorted(entries)]):
                file.write(json.dumps(part, separators=(",", ":")).encode() + b"\n")
        self._blocks.add(block)
        self._left.pop(block, None)
        shutil.rmtree(self.folder / f"{block:06d}", ignore_errors=True)


def mark(folder: Path, shard: int, entry: Entry) -> None:
    """Write the marker of a shard below a run's folder: from then on the shard is done."""
    path = _marker(folder / "done", shard)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(json.dumps(entry, separators=(",", ":")).encode())
    sync_folder(path.parent)


def is_marked(folder: Path, shard: int) -> bool:
    """Whether a shard below a run's folder is done, as the files say."""
    done = folder / "done"
    return _marker(done, shard).exists() or (done / f"{shard // BLOCK:06d}.json").exists()


def sync_folder(folder: Path) -> None:
    """Make what was renamed in a folder outlast a loss of power, where the system can."""
    with suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _marker(done: Path, shard: int) -> Path:
    return done / f"{shard // BLOCK:06d}" / f"{shard:09d}.json"


def _read(path: Path) -> Entry:
    try:
        entry = json.loads(path.read_bytes())
    except ValueError as error:
        raise RunError(f"{path}: expected the marker of a shard, found no JSON: delete the file") from error
    return dict(entry)
