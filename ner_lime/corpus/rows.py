"""Rows: the tokens and tags of a sentence in the forms in which people hold them in memory, and names of columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, NamedTuple

from ner_lime.errors import InputError

TOKEN_KEYS = ("tokens", "words", "token", "word")
TAG_KEYS = ("ner_tags", "tags", "labels", "ner", "ner_labels", "label")
POSTAG_KEYS = ("postags", "pos_tags", "pos")
SENTENCE_NAMES = frozenset({"sentence", "sentenceid", "sentenceidx", "sentid", "sent", "sentenceno", "sid"})
"""Names of a column that numbers the sentences, in lower case and letters only."""


_NO_LISTS = (str, bytes, Mapping, Set)
"""What can be iterated over and still is no list of tokens: strings, and containers without an order."""


class Row(NamedTuple):
    """What there is to make a sentence of."""

    tokens: tuple[Any, ...]
    tags: tuple[Any, ...] | None = None
    document: int | None = None
    postags: tuple[Any, ...] | None = None


def plain_name(name: str) -> str:
    """The name of a column in lower case and letters only."""
    return re.sub(r"[^a-z]", "", name.lower())


def key_among(names: Sequence[str], keys: Sequence[str], what: str) -> str | None:
    """The name among `names` that is one of `keys`; None if there is none; InputError if there are two."""
    found = [key for key in keys if key in names]
    if len(found) > 1:
        raise InputError(f"expected one key for the {what}, found {' and '.join(map(repr, found))}: state which")
    return found[0] if found else None


def row_of_dict(record: Mapping[str, Any], *, tag_key: str | None = None, names: Sequence[str] | None = None) -> Row:
    """Read ``{"tokens": [...], "ner_tags": [...]}``.

    Parameters
    ----------
    record : mapping
        Lists of one length: the tokens, and where there are any the tags and the parts of speech.
    tag_key : str, optional
        The key of the tags; by default one of the usual ones.
    names : sequence of str, optional
        The names of tags that are numbers.

    Raises
    ------
    InputError
        No tokens; rows of different lengths; tags that are numbers without names.
    """
    keys = list(record)
    token_key = key_among(keys, TOKEN_KEYS, "tokens")
    if token_key is None:
        raise InputError(f"expected the key 'tokens', found {', '.join(map(repr, keys)) or 'none'}")
    if tag_key is None:
        tag_key = key_among(keys, TAG_KEYS, "tags")
    elif tag_key not in record:
        raise InputError(f"expected the key {tag_key!r}, found {', '.join(map(repr, keys))}")
    postag_key = key_among(keys, POSTAG_KEYS, "parts of speech")
    postags = None if postag_key is None or postag_key == tag_key else record[postag_key]
    if postags is not None and not all(isinstance(postag, str) for postag in postags):
        postags = None  # numbers of a class whose names are not known are of no use
    tags = None if tag_key is None or record[tag_key] is None else _named(record[tag_key], names)
    document = record.get("document")
    return Row(
        _row(record[token_key], "tokens"),
        tags,
        document if type(document) is int else None,
        None if postags is None else tuple(postags),
    )


def row_of_pair(pair: Any) -> Row:
    """Read (tokens, tags).

    Raises
    ------
    InputError
        Something else than a pair of lists: a set has no order, a string is no list.
    """
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
        raise InputError(f"expected a pair of tokens and tags, found {pair!r:.60}")
    for name, row in zip(("tokens", "tags"), pair, strict=True):
        if isinstance(row, _NO_LISTS) or not isinstance(row, Iterable):
            raise InputError(f"expected a list of {name}, found {row!r:.60}")
    return Row(tuple(pair[0]), tuple(pair[1]))


def rows_of_columns(columns: Mapping[str, Any]) -> list[Row]:
    """Read ``{"tokens": [[...], ...], "ner_tags": [[...], ...]}``, or one such sentence.

    Raises
    ------
    InputError
        No tokens; columns of different lengths; tags that are numbers.
    """
    if any(isinstance(column, _NO_LISTS) or not hasattr(column, "__len__") for column in columns.values()):
        raise InputError(f"expected a list for each key, found {dict(columns)!r:.80}")
    token_key = next((key for key in TOKEN_KEYS if key in columns), None)
    if token_key is None:
        raise InputError(f"expected the key 'tokens', found {', '.join(map(repr, columns)) or 'an empty dict'}")
    if len(columns[token_key]) and isinstance(columns[token_key][0], str):
        return [row_of_dict(columns)]
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) != 1:
        raise InputError(f"expected columns of one length, found {lengths}")
    return [row_of_dict(dict(zip(columns, cells, strict=True))) for cells in zip(*columns.values(), strict=True)]


def _named(tags: Any, names: Sequence[str] | None) -> tuple[str, ...]:
    row = _row(tags, "tags")
    if all(isinstance(tag, str) for tag in row):
        return row
    if names is None:
        raise InputError(f"expected tags as strings, found {row!r:.60}: numbers need the names of the labels")
    try:
        return tuple(names[_whole(tag)] for tag in row)
    except (IndexError, TypeError) as error:
        raise InputError(f"expected tags from 0 to {len(names) - 1}, found {row!r:.60}") from error


def _whole(tag: Any) -> int:
    if isinstance(tag, bool) or int(tag) != tag or tag < 0:
        raise TypeError
    return int(tag)


def _row(row: Any, what: str) -> tuple[Any, ...]:
    if isinstance(row, _NO_LISTS) or not hasattr(row, "__iter__"):
        raise InputError(f"expected a list of {what}, found {row!r:.60}")
    return tuple(row.tolist() if hasattr(row, "tolist") else row)
