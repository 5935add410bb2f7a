"""The tables of a run in DuckDB (extra ``ner-lime[batch]``), in bounded memory: what exceeds it goes to disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ner_lime.batch.run import Run
from ner_lime.batch.tables import SCHEMA, TableName
from ner_lime.errors import MissingExtraError, RunError

MEMORY = "600MB"
"""What DuckDB may hold at once; more is written to a temporary folder."""

_TYPES = {"int64": "BIGINT", "int32": "INTEGER", "float64": "DOUBLE", "category": "VARCHAR", "text": "VARCHAR"}


@contextmanager
def connected(**runs: Run) -> Iterator[Any]:
    """A connection that has ``NAME_words`` and ``NAME_contributions`` for each named run, shards that are done.

    Raises
    ------
    MissingExtraError
        DuckDB is not installed.
    RunError
        No shard of a run is done.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("DuckDB", "batch") from error
    with tempfile.TemporaryDirectory() as temporary, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
        connection.execute("SET temp_directory = $1", [temporary])
        connection.execute("SET enable_progress_bar = false")
        for name, run in runs.items():
            for reader in (run.words(), run.contributions()):
                _view(connection, f"{name}_{reader.name}", reader.name, run, [str(path) for path in reader.files])
        yield connection


def _view(connection: Any, view: str, table: TableName, run: Run, files: list[str]) -> None:
    if not files:
        raise RunError(f"{run.folder}: expected a run with at least one shard that is done, found none")
    if run.settings.format == "parquet":
        relation = connection.read_parquet(files)
    else:
        columns = {column: _TYPES[kind] for column, kind in SCHEMA[table].items()}
        relation = connection.read_json(files, columns=columns, format="newline_delimited")
    relation.create_view(view)
