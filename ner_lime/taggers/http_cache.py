"""Answers kept on disk, so that nothing is paid for twice: one SQLite file, each batch committed as it comes.

Keys are digests and the sentences are not stored, nor anything of the request but its digest.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from ner_lime.errors import InputError
from ner_lime.taggers.http_formats import Answer

_TABLE = """CREATE TABLE IF NOT EXISTS answers
    (key TEXT PRIMARY KEY, labels TEXT NOT NULL, probabilities BLOB NOT NULL) WITHOUT ROWID"""
_BUSY_SECONDS = 30.0
_AT_ONCE = 500
"""Keys in one query: SQLite limits the variables of a statement."""


class AnswerCache:
    """Answers by key. Several threads and processes may use one file.

    Parameters
    ----------
    path : path
        The file; it and the folders above it are made.

    Raises
    ------
    InputError
        The file can't be made, or is no cache. Reading and writing raise it too.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with self._open() as database:
            database.execute(_TABLE)

    def get(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Those answers that there are."""
        found = {}
        with self._open() as database:
            for first in range(0, len(keys), _AT_ONCE):
                some = keys[first : first + _AT_ONCE]
                marks = ",".join("?" * len(some))
                for key, labels, blob in database.execute(f"SELECT * FROM answers WHERE key IN ({marks})", some):
                    names = tuple(json.loads(labels))
                    found[key] = Answer(names, np.frombuffer(blob, dtype="<f8").reshape(-1, len(names)))
        return found

    def put(self, answers: Mapping[str, Answer]) -> None:
        """Keep all of them, or none where it fails."""
        rows = [
            (key, json.dumps(answer.labels), answer.probabilities.astype("<f8").tobytes())
            for key, answer in answers.items()
        ]
        with self._open() as database:
            database.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS)) as database, database:
                yield database
        except (sqlite3.Error, OSError, ValueError) as error:
            raise InputError(
                f"{self.path}: expected a file to cache answers in: {error}; give another cache= or remove it"
            ) from error
