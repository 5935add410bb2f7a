"""Header rows: whether the first row names the columns, and which column a name means."""

from __future__ import annotations

from collections.abc import Sequence

from ner_lime.corpus.rows import SENTENCE_NAMES, plain_name
from ner_lime.corpus.schemes import OUTSIDE, TOLERANT

_TOKEN_NAMES = frozenset({"token", "tokens", "word", "words", "form", "text", "tok"})
_ENTITY_TAG_NAMES = frozenset(
    {"tag", "tags", "label", "labels", "ner", "ne", "entity", "iob", "bio", "nertag", "nertags", "nerlabel"}
)
_TAG_NAMES = _ENTITY_TAG_NAMES | {"pos", "postag", "misc", "chunk", "lemma", "gold", "class", "category"}


def is_header(cells: Sequence[str], token: int, tag: int | None) -> bool:
    """Whether a row names the columns: a token column by a usual name, and no tag in the tag column.

    Parameters
    ----------
    cells : sequence of str
        The first row.
    token, tag : int
        The columns of tokens and tags.
    """
    names = [plain_name(cell) for cell in cells]
    if names[token] not in _TOKEN_NAMES:
        return False
    if tag is None:
        return len(cells) > 1 and any(name in _TAG_NAMES | SENTENCE_NAMES for name in names)
    prefix, kind = TOLERANT.split(cells[tag])
    return cells[tag].upper() != OUTSIDE and not (prefix and kind) and any(name in _TAG_NAMES for name in names)


def names_columns(cells: Sequence[str]) -> bool:
    """Whether some cell is a usual name of a token column and another one of a tag column."""
    names = {plain_name(cell) for cell in cells}
    return not names.isdisjoint(_TOKEN_NAMES) and not names.isdisjoint(_TAG_NAMES)


def usual_columns(cells: Sequence[str]) -> tuple[int | None, int | None]:
    """The columns of tokens and of tags, where exactly one has a usual name; else None."""
    names = [plain_name(cell) for cell in cells]
    found = [[i for i, name in enumerate(names) if name in known] for known in (_TOKEN_NAMES, _ENTITY_TAG_NAMES)]
    token, tag = (columns[0] if len(columns) == 1 else None for columns in found)
    return token, tag


def sentence_column(cells: Sequence[str]) -> int | None:
    """The column whose name says that it numbers the sentences; None if there is none."""
    return next((index for index, cell in enumerate(cells) if plain_name(cell) in SENTENCE_NAMES), None)
