"""The folder of a run: where the tables of a shard stand, and how they come there.

``words/000123/part-000123456.parquet`` and the same below ``contributions`` and ``failed`` hold one shard each. A table
is written to a temporary name whose dot hides it from every reader, synced and renamed; when all tables of the shard
stand, so does its marker. A second attempt finds the marker, or writes the same rows once more.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ner_lime.batch import jsonl, parquet
from ner_lime.batch.ledger import BLOCK, Entry, is_marked, mark, sync_folder
from ner_lime.batch.tables import Columns, TableName
from ner_lime.files import replacing

FORMATS: dict[str, ModuleType] = {"parquet": parquet, "jsonl": jsonl}


def table_path(folder: Path, name: TableName, shard: int, form: str) -> Path:
    """Where a table of a shard stands."""
    return folder / name / f"{shard // BLOCK:06d}" / f"part-{shard:09d}.{form}"


def commit(folder: Path, shard: int, tables: dict[TableName, Columns], entry: Entry, form: str) -> None:
    """Write the tables of a shard and then its marker; nothing, where the shard is done already.

    Raises
    ------
    OSError
        The folder can't be written, or the disk is full: the shard is not done.
    """
    if is_marked(folder, shard):
        return
    for name, columns in tables.items():
        path = table_path(folder, name, shard, form)
        if name == "failed" and not columns["sentence"]:
            path.unlink(missing_ok=True)  # of an attempt in which something failed
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            FORMATS[form].write(columns, name, file)
        sync_folder(path.parent)
    mark(folder, shard, entry)


def tidy(folder: Path) -> None:
    """Delete the temporary files of attempts that ended before they could."""
    shutil.rmtree(folder / "at", ignore_errors=True)
    for part in ("words", "contributions", "failed", "done"):
        for path in (folder / part).glob("*/.*.temporary"):
            path.unlink(missing_ok=True)
        for path in (folder / part).glob(".*.temporary"):
            path.unlink(missing_ok=True)


class RunTable:
    """One table of a run: rows as they stream by, a data frame, or the files for other tools.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from ner_lime.batch.tables import empty
    >>> folder, failed = Path(mkdtemp()), empty("failed")
    >>> for column, value in zip(failed.values(), (3, "InputError", "expected a word", ""), strict=True):
    ...     column.append(value)
    >>> commit(folder, 0, {"failed": failed}, {}, "jsonl")
    >>> [row["sentence"] for row in RunTable(folder, "failed", "jsonl", [0])]
    [3]
    """

    def __init__(self, folder: Path, name: TableName, form: str, shards: Iterable[int]) -> None:
        self.folder = folder
        self.name: TableName = name
        self.form = form
        self.shards = shards

    def __repr__(self) -> str:
        return f"<RunTable {self.name} of {self.folder}>"

    @property
    def files(self) -> list[Path]:
        """The files of shards that are done, in the order of the corpus."""
        return list(self._files())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows, one shard in memory at a time."""
        for path in self._files():
            yield from FORMATS[self.form].rows(path)

    def to_frame(self) -> Any:
        """All rows as a pandas DataFrame (extra ``ner-lime[pandas]``)."""
        return FORMATS[self.form].frame(self.files, self.name)

    def _files(self) -> Iterator[Path]:
        paths = (table_path(self.folder, self.name, shard, self.form) for shard in self.shards)
        return paths if self.name != "failed" else (path for path in paths if path.exists())
