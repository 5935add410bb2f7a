"""A cache of a service's answers, so that none is paid for twice: in memory, or on disk for later processes too.

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
from ner_lime.taggers.http.formats import ServiceAnswer

_TABLE = """CREATE TABLE IF NOT EXISTS answers
    (key TEXT PRIMARY KEY, labels TEXT NOT NULL, probabilities BLOB NOT NULL) WITHOUT ROWID"""
_BUSY_SECONDS = 30.0
_KEYS_PER_QUERY = 500
"""Maximum number of keys in one query: SQLite limits the variables of a statement."""
_MAX_BYTES = 256 * 2**20
"""Default capacity of the memory cache in bytes."""
_OVERHEAD_BYTES = 1000
"""Estimated memory of one answer beside its probabilities, in bytes."""


class AnswerMemory:
    """A least-recently-used cache in the memory of one process. Safe to use from several threads.

    Parameters
    ----------
    max_bytes : int
        Capacity; beyond it the least recently used answers are dropped.

    Examples
    --------
    >>> memory = AnswerMemory()
    >>> memory.put({"key": ServiceAnswer(("O",), np.ones((1, 1)))})
    >>> memory.get(["key", "other"])["key"].labels
    ('O',)
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._answers: dict[str, ServiceAnswer] = {}  # in order of use, the latest last
        self._room = max_bytes
        self._lock = Lock()

    def get(self, keys: Sequence[str]) -> dict[str, ServiceAnswer]:
        """The cached answers of these keys; unknown keys are left out."""
        with self._lock:
            found = {key: self._answers.pop(key) for key in dict.fromkeys(keys) if key in self._answers}
            self._answers |= found
        return found

    def put(self, answers: Mapping[str, ServiceAnswer]) -> None:
        """Cache some answers."""
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


def _size(answer: ServiceAnswer) -> int:
    return answer.probabilities.nbytes + _OVERHEAD_BYTES


class AnswerCache:
    """A cache in an SQLite file. Several threads and processes may use one file.

    Parameters
    ----------
    path : path
        The file; it and the folders above it are made.

    Raises
    ------
    InputError
        The file can't be made, or is no cache. Reading and writing raise it too.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     AnswerCache(folder + "/answers.sqlite").get(["key"])
    {}
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with self._open() as database:
            database.execute(_TABLE)

    def get(self, keys: Sequence[str]) -> dict[str, ServiceAnswer]:
        """The cached answers of these keys; unknown keys are left out."""
        found = {}
        with self._open() as database:
            for first in range(0, len(keys), _KEYS_PER_QUERY):
                some = keys[first : first + _KEYS_PER_QUERY]
                marks = ",".join("?" * len(some))
                for key, labels, blob in database.execute(f"SELECT * FROM answers WHERE key IN ({marks})", some):
                    names = tuple(json.loads(labels))
                    found[key] = ServiceAnswer(names, np.frombuffer(blob, dtype="<f8").reshape(-1, len(names)))
        return found

    def put(self, answers: Mapping[str, ServiceAnswer]) -> None:
        """Cache all of these answers, or none where it fails."""
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
