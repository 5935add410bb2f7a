"""Answers that are kept, so that nothing is paid for twice: in memory, or on disk for the next process too.

On disk they are one SQLite file, and each batch is committed as it comes. Keys are digests and the sentences are not
stored, nor anything of the request but its digest.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock

import numpy as np

from ner_lime.errors import InputError
from ner_lime.taggers.http.formats import Answer

_TABLE = """CREATE TABLE IF NOT EXISTS answers
    (key TEXT PRIMARY KEY, labels TEXT NOT NULL, probabilities BLOB NOT NULL) WITHOUT ROWID"""
_BUSY_SECONDS = 30.0
_AT_ONCE = 500
"""Keys in one query: SQLite limits the variables of a statement."""
_MOST_BYTES = 256 * 2**20
_ANSWER_BYTES = 1000
"""What an answer takes beside its probabilities."""


class AnswerMemory:
    """Answers by key, for one process. Several threads may use them.

    Parameters
    ----------
    most_bytes : int
        Where they would take more, those that were not asked for the longest are forgotten.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._answers: dict[str, Answer] = {}  # the latest that were asked for are last
        self._room = most_bytes
        self._lock = Lock()

    def get(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Those answers that there are."""
        with self._lock:
            found = {key: self._answers.pop(key) for key in dict.fromkeys(keys) if key in self._answers}
            self._answers |= found
        return found

    def put(self, answers: Mapping[str, Answer]) -> None:
        """Keep them."""
        with self._lock:
            for key, answer in answers.items():
                if key in self._answers:
                    self._forget(key)
                self._answers[key] = answer
                self._room -= _size(answer)
            while self._room < 0:
                self._forget(next(iter(self._answers)))

    def _forget(self, key: str) -> None:
        self._room += _size(self._answers.pop(key))


def _size(answer: Answer) -> int:
    return answer.probabilities.nbytes + _ANSWER_BYTES


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
