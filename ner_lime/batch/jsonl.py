"""Tables as JSON lines: one row an object, with all digits; what is not a number is null."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from ner_lime.batch.tables import SCHEMA, Columns, TableName
from ner_lime.errors import MissingExtraError

_DTYPES = {"int64": "Int64", "int32": "int32", "float64": "float64", "category": "category", "text": "object"}


def write(columns: Columns, name: TableName, file: IO[bytes]) -> None:
    """Write one table."""
    names = list(SCHEMA[name])
    for row in zip(*(columns[column] for column in names), strict=True):
        values = {
            column: None if isinstance(value, float) and not math.isfinite(value) else value
            for column, value in zip(names, row, strict=True)
        }
        file.write(json.dumps(values, ensure_ascii=False, allow_nan=False).encode() + b"\n")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of one file."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def frame(paths: Sequence[Path], name: TableName) -> Any:
    """A pandas DataFrame of some files.

    Raises
    ------
    MissingExtraError
        pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("pandas", "pandas") from error
    records = [row for path in paths for row in rows(path)]
    found = pd.DataFrame.from_records(records, columns=list(SCHEMA[name]))
    return found.astype({column: _DTYPES[kind] for column, kind in SCHEMA[name].items()})
