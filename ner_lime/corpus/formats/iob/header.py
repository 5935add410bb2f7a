"""Header rows: whether the first row names the columns, and which column a name means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ner_lime.corpus.schemes import OUTSIDE, TOLERANT

_TOKEN_NAMES = frozenset({"token", "tokens", "word", "words", "form", "text", "tok"})
_TAG_NAMES = frozenset(
    {"tag", "tags", "label", "labels", "ner", "ne", "entity", "iob", "bio", "nertag", "nertags", "nerlabel"}
    | {"pos", "postag", "misc", "chunk", "lemma", "gold", "class", "category"}
)
_SENTENCE_NAMES = frozenset({"sentence", "sentenceid", "sentenceidx", "sentid", "sent", "sentenceno", "sid"})


def is_header(cells: Sequence[str], token: int, tag: int | None) -> bool:
    """Whether a row names the columns: a token column by a usual name, and no tag in the tag column.

    Parameters
    ----------
    cells : sequence of str
        The first row.
    token, tag : int
        The columns of tokens and tags.
    """
    names = [_plain(cell) for cell in cells]
    if names[token] not in _TOKEN_NAMES:
        return False
    if tag is None:
        return len(cells) > 1 and any(name in _TAG_NAMES | _SENTENCE_NAMES for name in names)
    prefix, kind = TOLERANT.split(cells[tag])
    return cells[tag].upper() != OUTSIDE and not (prefix and kind) and any(name in _TAG_NAMES for name in names)


def names_columns(cells: Sequence[str]) -> bool:
    """Whether some cell is a usual name of a token column and another one of a tag column."""
    names = {_plain(cell) for cell in cells}
    return not names.isdisjoint(_TOKEN_NAMES) and not names.isdisjoint(_TAG_NAMES)


def sentence_column(cells: Sequence[str]) -> int | None:
    """The column whose name says that it numbers the sentences; None if there is none."""
    return next((index for index, cell in enumerate(cells) if _plain(cell) in _SENTENCE_NAMES), None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
