"""Sentences from lists of tokens and tags, as Hugging Face data sets and pandas frames hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import InputError

TOKEN_KEYS = ("tokens", "words", "token", "word")
TAG_KEYS = ("ner_tags", "tags", "labels", "ner", "ner_labels", "label")
POSTAG_KEYS = ("postags", "pos_tags", "pos")


def key_among(names: Sequence[str], keys: Sequence[str], what: str) -> str | None:
    """The name among `names` that is one of `keys`; None if there is none; InputError if there are two."""
    found = [key for key in keys if key in names]
    if len(found) > 1:
        raise InputError(f"expected one key for the {what}, found {' and '.join(map(repr, found))}: state which")
    return found[0] if found else None


def sentence_of_tokens(
    record: Mapping[str, Any], *, tag_key: str | None = None, names: Sequence[str] | None = None
) -> Sentence:
    """Make a sentence of ``{"tokens": [...], "ner_tags": [...]}``.

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
    return Sentence(
        _row(record[token_key], "tokens"),
        tags,
        document if type(document) is int else None,
        postags=None if postags is None else tuple(postags),
    )


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
    if isinstance(row, str | bytes) or not hasattr(row, "__iter__"):
        raise InputError(f"expected a list of {what}, found {row!r:.60}")
    return tuple(row.tolist() if hasattr(row, "tolist") else row)
