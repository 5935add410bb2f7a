"""A table of training rows: names, kinds and categories of its columns, and rows in the form that the model takes.

Inside, every cell is a number: a numeric cell itself, a category its place among those of the training rows, a missing
cell NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ner_lime.errors import InputError
from ner_lime.types import BoolArray, FloatArray


class Table:
    """N training rows of D columns.

    Parameters
    ----------
    train : (N, D) array, list of rows, or pandas DataFrame
    feature_names : D strings, optional
        By default a DataFrame's own, else "column 0", ...
    categorical : names or indices, optional
        By default the columns of a DataFrame (or object array) that are no numbers.

    Raises
    ------
    InputError
        No rows, names that do not fit, an unknown column.
    """

    def __init__(
        self,
        train: Any,
        feature_names: Sequence[str] | None = None,
        categorical: Sequence[str | int] | None = None,
    ) -> None:
        self.frame = train.iloc[:0] if hasattr(train, "iloc") and hasattr(train, "columns") else None
        raw = _columns(train)
        n_columns = len(raw)
        if not n_columns or not len(raw[0]):
            raise InputError("expected training rows, found an empty table")
        known = [str(name) for name in train.columns] if self.frame is not None else None
        names = known or [f"column {number}" for number in range(n_columns)]
        self.names = tuple(names if feature_names is None else map(str, feature_names))
        if len(self.names) != n_columns or len(set(self.names)) != n_columns:
            raise InputError(f"expected {n_columns} different feature_names, found {self.names!r:.200}")
        self.is_categorical = self._kinds(raw, categorical)
        self.categories: list[NDArray[Any] | None] = []
        coded = []
        for column, is_category in zip(raw, self.is_categorical, strict=True):
            if is_category:
                present = [value for value in column.tolist() if not _is_missing(value)]
                distinct = np.array(sorted(set(present), key=lambda v: (str(type(v)), v)), dtype=column.dtype)
                self.categories.append(distinct)
                places = {value: float(place) for place, value in enumerate(distinct.tolist())}
                coded.append(np.array([places.get(value, np.nan) for value in column.tolist()]))
            else:
                self.categories.append(None)
                coded.append(column.astype(np.float64))
        self.rows: FloatArray = np.column_stack(coded)
        self._dtype = np.result_type(*raw) if self.frame is None else None

    @property
    def n_columns(self) -> int:
        """D."""
        return len(self.names)

    def encode(self, row: Any) -> FloatArray:
        """(D,): one row, as an array, a list, a mapping or Series by column, or a DataFrame of one row.

        Raises
        ------
        InputError
            Another number of cells, an unknown column, a category that no training row has, or no number.
        """
        cells = self._cells(row)
        found = np.empty(self.n_columns)
        for number, (value, name) in enumerate(zip(cells, self.names, strict=True)):
            known = self.categories[number]
            if _is_missing(value):
                found[number] = np.nan
            elif known is not None:
                place = np.flatnonzero(known == value)
                if not len(place):
                    listed = ", ".join(map(str, known[:20].tolist()))
                    raise InputError(
                        f"column {name!r}: expected one of the training rows' categories ({listed}), "
                        f"found {value!r:.60}"
                    )
                found[number] = float(place[0])
            else:
                try:
                    found[number] = float(value)
                except (TypeError, ValueError) as error:
                    raise InputError(
                        f"column {name!r}: expected a number, found {value!r:.60}; name it in categorical= if it is a "
                        "category"
                    ) from error
        return found

    def decode(self, coded: FloatArray) -> Any:
        """N rows (n, D) as the model takes them: a DataFrame with the training rows' types, or an array."""
        columns = [self._decoded(number, coded[:, number]) for number in range(self.n_columns)]
        if self.frame is not None:
            made = type(self.frame)(dict(zip(self.frame.columns, columns, strict=True)))
            kinds = {name: kind for name, kind in self.frame.dtypes.items() if kind.kind != "i"}
            return made.astype(kinds)
        if self._dtype is not None and self._dtype.kind in "OUS":
            table = np.empty(coded.shape, dtype=object)
            for number, column in enumerate(columns):
                table[:, number] = column
            return table
        return np.column_stack(columns).astype(np.float64)

    def cell(self, number: int, value: float) -> str:
        """A cell as it is shown."""
        known = self.categories[number]
        if np.isnan(value):
            return "missing"
        return f"{value:g}" if known is None else str(known[int(value)])

    def _decoded(self, number: int, codes: FloatArray) -> Any:
        known = self.categories[number]
        if known is None:
            return codes
        missing = np.isnan(codes)
        values = known[np.where(missing, 0, codes).astype(np.int64)]
        if missing.any():
            values = values.astype(object)
            values[missing] = None if known.dtype.kind in "OUS" else np.nan
        return values

    def _kinds(self, raw: Sequence[NDArray[Any]], categorical: Sequence[str | int] | None) -> BoolArray:
        found = np.array([column.dtype.kind in "OUSb" for column in raw])
        if categorical is None:
            return found
        found[:] = False
        for column in categorical:
            number: Any = self.names.index(str(column)) if column in self.names else column
            if not isinstance(number, int | np.integer) or not 0 <= number < len(found):
                raise InputError(
                    f"categorical: expected names or indices of columns ({', '.join(self.names)[:200]}), "
                    f"found {column!r:.60}"
                )
            found[number] = True
        for place in np.flatnonzero(~found).tolist():
            try:
                raw[place].astype(np.float64)
            except (TypeError, ValueError) as error:
                raise InputError(
                    f"column {self.names[place]!r}: expected numbers: name it in categorical= if it has categories"
                ) from error
        return found

    def _cells(self, row: Any) -> list[Any]:
        if hasattr(row, "iloc") and hasattr(row, "columns"):  # a DataFrame
            if len(row) != 1:
                raise InputError(f"expected one row, found {len(row)}: explain_many takes several")
            row = row.iloc[0]
        if hasattr(row, "to_dict"):  # a Series
            row = row.to_dict()
        if isinstance(row, Mapping):
            cells = {str(name): value for name, value in row.items()}
            for wrong, what in ((set(cells) - set(self.names), "unknown"), (set(self.names) - set(cells), "missing")):
                if wrong:
                    raise InputError(
                        f"expected the columns {', '.join(self.names)[:200]}; {what}: {', '.join(sorted(wrong))[:200]}"
                    )
            return [cells[name] for name in self.names]
        cells_list = list(row) if hasattr(row, "__iter__") and not isinstance(row, str) else []
        if len(cells_list) == 1 and hasattr(cells_list[0], "__len__") and not isinstance(cells_list[0], str):
            cells_list = list(cells_list[0])
        if len(cells_list) != self.n_columns:
            raise InputError(f"expected a row of {self.n_columns} cells, found {row!r:.100}")
        return cells_list


def _columns(train: Any) -> list[NDArray[Any]]:
    if hasattr(train, "iloc") and hasattr(train, "columns"):
        return [_plain(train[name].to_numpy()) for name in train.columns]
    array = np.asarray(train)
    if array.ndim != 2:
        raise InputError(f"expected a table of training rows, found an array of shape {array.shape}")
    if array.dtype.kind != "O":
        return [array[:, number] for number in range(array.shape[1])]
    return [_plain(array[:, number]) for number in range(array.shape[1])]


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    """An object column of nothing but numbers as floats."""
    if column.dtype.kind == "O":
        try:
            if not any(isinstance(value, str | bool) for value in column.tolist()):
                return column.astype(np.float64)
        except (TypeError, ValueError):
            return column
    return column


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value)) or str(value) in ("<NA>", "NaT")
