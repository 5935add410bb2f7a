"""The columns of an IOB file: detected from its first rows, then applied to every sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from sys import intern

from ner_lime.corpus.formats.iob.lines import BLANK
from ner_lime.corpus.formats.iob.options import IobOptions
from ner_lime.corpus.labels import OUTSIDE, prefix

DOCUMENT_MARK = "-DOCSTART-"
COMMENT_MARK = "# "

_fields = re.compile(r"[^ \t]+").findall


class RowFault(Exception):
    """A fault in a row of a sentence: the index of the row, and the message."""

    def __init__(self, row: int, message: str) -> None:
        self.row = row
        self.message = message
        super().__init__(message)


class _Tags(dict[str, str]):
    """Cell to tag; the first look-up of a cell strips, checks and interns it.

    `bare` holds the tags without a prefix: those of a plain scheme, or words that a missing cell moved into the column.
    """

    def __init__(self) -> None:
        self.bare: set[str] = set()

    def __missing__(self, cell: str) -> str:
        tag = intern(cell.strip(" "))
        if not tag:
            raise ValueError("expected a tag, found an empty cell")
        if " " in tag:
            raise ValueError(f"expected a tag, found {tag!r:.60}, which holds a space")
        if tag != OUTSIDE and not prefix(tag):
            self.bare.add(tag)
        self[cell] = tag
        return tag


Cells = tuple[tuple[str, ...], tuple[str, ...] | None, tuple[str, ...] | None]
"""Tokens, tags and part-of-speech tags of one sentence."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of one file are split, and the index (from 0) of each column; None where there is none."""

    separator: str
    width: int
    token: int
    tag: int | None
    postag: int | None
    comments: str | None
    _tags: _Tags = field(default_factory=_Tags, repr=False, compare=False)

    @classmethod
    def of(cls, lines: Sequence[str], options: IobOptions) -> Layout | None:
        """Detect the layout of most of a file's first lines; None if none of them is a row.

        Raises
        ------
        RowFault
            The rows have no column where `options` says that one is.
        """
        mark = COMMENT_MARK if options.comments == "auto" else options.comments
        numbered = [(n, line) for n, line in enumerate(lines) if not line.startswith(DOCUMENT_MARK)]
        rows = [(n, line) for n, line in numbered if mark is None or not line.startswith(mark)]
        if not rows and options.comments == "auto":
            rows = numbered  # there is no other line, so the hash signs are tokens
        if not rows:
            return None
        separator = options.separator
        if separator == "auto":
            separator = "\t" if 2 * sum("\t" in line for _, line in rows) >= len(rows) else " "
        width = Counter(len(_split(line, separator)) for _, line in rows).most_common(1)[0][0]
        first = next(n for n, line in rows if len(_split(line, separator)) == width)

        def column(option: str, index: int) -> int:
            if not -width <= index < width:
                raise RowFault(first, f"expected a column for {option}={index}, found {_columns(width, separator)}")
            return index % width

        token = column("token_column", options.token_column)
        tag = None if options.tag_column is None else column("tag_column", options.tag_column)
        postag = None if options.postag_column is None else column("postag_column", options.postag_column)
        if tag == token:
            raise RowFault(
                first,
                f"expected a token and a tag in a row, found {_columns(width, separator)}; "
                "state the columns and the separator, or tag_column=None to read tokens without tags",
            )
        return cls(separator, width, token, tag, postag, options.comments)

    def is_comment(self, line: str) -> bool:
        """Under "auto" a line is a comment if it begins with ``# `` and is not a row: ``#`` may be a token."""
        if self.comments == "auto":
            return line.startswith(COMMENT_MARK) and len(_split(line, self.separator)) != self.width
        return self.comments is not None and line.startswith(self.comments)

    def tags_seen(self) -> set[str]:
        """The distinct tags of all rows so far."""
        return set(self._tags.values())

    def first_bare(self, tags: Sequence[str]) -> int | None:
        """Position of the first tag that has no prefix and is not ``O``; None if there is none."""
        bare = self._tags.bare
        return None if bare.isdisjoint(tags) else next(n for n, tag in enumerate(tags) if tag in bare)

    def parse(self, lines: Sequence[str]) -> Cells:
        """Split the rows of one sentence into tokens, tags and part-of-speech tags.

        Raises
        ------
        RowFault
            The first row that has another number of columns, an empty token, or an invalid tag.
        """
        try:
            return self._cells(lines)
        except ValueError:
            for index, line in enumerate(lines):
                self._check(index, _split(line, self.separator))
            raise

    def _cells(self, lines: Sequence[str]) -> Cells:
        """Split whole columns at once, for speed; ValueError if any cell is at fault.

        All rows are split as one string, with a line end as an extra cell after each row but the last. If every line
        end is at its position, every row has the right number of columns.
        """
        step = self.width + 1
        cells = _split(f"{self.separator}\n{self.separator}".join(lines), self.separator)
        if len(cells) != step * len(lines) - 1 or cells[self.width :: step].count("\n") != len(lines) - 1:
            raise ValueError
        tokens = tuple(map(intern, cells[self.token :: step]))
        if not all(map(str.strip, tokens)) and not all(token.strip(BLANK) for token in tokens):
            raise ValueError
        tags = None if self.tag is None else tuple(map(self._tags.__getitem__, cells[self.tag :: step]))
        postags = None if self.postag is None else tuple(map(intern, cells[self.postag :: step]))
        return tokens, tags, postags

    def _check(self, index: int, row: list[str]) -> None:
        if len(row) != self.width:
            hint = "; comments='#' says that it is a comment" if row[0].startswith("#") else ""
            raise RowFault(index, f"expected {_columns(self.width, self.separator)}, found {len(row)}{hint}")
        if not row[self.token].strip(BLANK):
            raise RowFault(index, f"expected a token in column {self.token + 1}, found {row[self.token]!r}")
        if self.tag is not None:
            try:
                self._tags[row[self.tag]]
            except ValueError as error:
                raise RowFault(index, f"{error} in column {self.tag + 1}") from None


def _split(line: str, separator: str) -> list[str]:
    return _fields(line) if separator == " " else line.split(separator)


def _columns(width: int, separator: str) -> str:
    by = {"\t": "tabs", " ": "white space"}.get(separator, repr(separator))
    return "1 column" if width == 1 else f"{width} columns separated by {by}"
