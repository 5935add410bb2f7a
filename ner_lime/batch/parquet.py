"""Tables as Parquet files, with dictionary-encoded strings (extra ``ner-lime[batch]``: pyarrow)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from ner_lime.batch.tables import SCHEMA, Columns, TableName
from ner_lime.errors import MissingExtraError


def pyarrow() -> Any:
    """The library.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "batch") from error
    return pyarrow


def write(columns: Columns, name: TableName, file: IO[bytes]) -> None:
    """Write one table."""
    pa = pyarrow()
    pa.parquet.write_table(arrow_table(columns, name), file, compression="zstd")


def arrow_table(columns: Columns, name: TableName) -> Any:
    """A pyarrow Table of the columns."""
    pa = pyarrow()
    schema = arrow_schema(name)
    arrays = []
    for field in schema:
        if pa.types.is_dictionary(field.type):
            arrays.append(pa.array(columns[field.name], pa.string()).dictionary_encode())
        else:
            arrays.append(pa.array(columns[field.name], field.type))
    return pa.table(arrays, schema=schema)


def arrow_schema(name: TableName) -> Any:
    """The schema of a table, whatever its rows."""
    pa = pyarrow()
    kinds = {"category": pa.dictionary(pa.int32(), pa.string()), "text": pa.string()}
    return pa.schema([(column, kinds.get(kind) or getattr(pa, kind)()) for column, kind in SCHEMA[name].items()])


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of one file."""
    for batch in pyarrow().parquet.ParquetFile(path).iter_batches():
        yield from batch.to_pylist()


def frame(paths: Sequence[Path], name: TableName) -> Any:
    """A pandas DataFrame of some files, strings as categories."""
    pa = pyarrow()
    tables = [pa.parquet.read_table(path, schema=arrow_schema(name)) for path in paths]
    table = pa.concat_tables(tables) if tables else arrow_schema(name).empty_table()
    return table.unify_dictionaries().to_pandas()
