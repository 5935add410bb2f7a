"""pandas frames: one token a row with a column that numbers the sentences, or one sentence a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ner_lime.corpus.rows import (
    POSTAG_KEYS,
    SENTENCE_NAMES,
    TAG_KEYS,
    TOKEN_KEYS,
    Row,
    key_among,
    plain_name,
    row_of_dict,
)
from ner_lime.errors import InputError


def is_frame(thing: Any) -> bool:
    """Whether something is a pandas DataFrame, told without importing pandas."""
    kind = type(thing)
    return kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] == "pandas"


def rows_of_frame(
    frame: Any,
    *,
    token_column: str | None = None,
    tag_column: str | None = None,
    postag_column: str | None = None,
    sentence_column: str | None = None,
) -> Iterator[Row]:
    """Read a frame.

    Parameters
    ----------
    frame : DataFrame
        One token a row, with a column that numbers the sentences (blank or missing cells continue the one above); or
        one sentence a row, with lists in its cells.
    token_column, tag_column, postag_column, sentence_column : str, optional
        Names of columns; by default the usual ones, in any case.

    Raises
    ------
    InputError
        A column is missing; a cell that is no string; a frame of tokens without a column of sentences.
    """
    columns = [str(name) for name in frame.columns]
    lower = {name.lower(): name for name in columns}

    def column(stated: str | None, keys: tuple[str, ...], what: str) -> str | None:
        if stated is not None:
            if stated not in columns:
                raise InputError(f"expected the column {stated!r}, found {', '.join(map(repr, columns))}")
            return stated
        found = key_among(list(lower), keys, what)
        return None if found is None else lower[found]

    token = column(token_column, (*TOKEN_KEYS, "text", "form"), "tokens")
    tag = column(tag_column, (*TAG_KEYS, "tag"), "tags")
    if token is None:
        raise InputError(f"expected a column of tokens such as 'token', found {', '.join(map(repr, columns))}")
    postag = column(postag_column, POSTAG_KEYS, "parts of speech")
    if len(frame) and not isinstance(frame[token].iloc[0], str) and hasattr(frame[token].iloc[0], "__iter__"):
        for row in frame.to_dict("records"):
            keys = {"tokens": token, "ner_tags": tag, "postags": postag}
            yield row_of_dict({key: row[name] for key, name in keys.items() if name is not None})
        return
    number = _sentence_name(columns, sentence_column)
    yield from _by_token(frame, token, tag, postag, number)


def _sentence_name(columns: list[str], stated: str | None) -> str:
    if stated is None:
        stated = next((name for name in columns if plain_name(name) in SENTENCE_NAMES), None)
    if stated not in columns:
        found = ", ".join(map(repr, columns))
        raise InputError(f"expected a column that numbers the sentences, found {found}: state sentence_column=")
    return stated


def _by_token(frame: Any, token: str, tag: str | None, postag: str | None, number: str) -> Iterator[Row]:
    names = [name for name in (token, tag, postag) if name is not None]
    numbers = frame[number].ffill().tolist()
    if frame[number].dtype == object or str(frame[number].dtype).startswith("str"):
        numbers = frame[number].replace("", None).ffill().tolist()
    rows = list(zip(*(frame[name].tolist() for name in names), strict=True))
    for index, row in enumerate(rows):
        if not all(isinstance(cell, str) for cell in row):
            raise InputError(
                f"row {index}: expected strings in {', '.join(map(repr, names))}, found {row!r:.80}; "
                "pandas reads words such as NA as missing: read_csv(..., keep_default_na=False)"
            )
    start = 0
    for index in range(1, len(rows) + 1):
        if index == len(rows) or numbers[index] != numbers[start]:
            part = rows[start:index]
            tags = tuple(row[1] for row in part) if tag is not None else None
            postags = tuple(row[-1] for row in part) if postag is not None else None
            yield Row(tuple(row[0] for row in part), tags, postags=postags)
            start = index
