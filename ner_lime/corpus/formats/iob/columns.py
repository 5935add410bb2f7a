"""The columns of an IOB file: detected from its first rows, then applied to every sentence."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from sys import intern

from ner_lime.corpus.formats.iob import header
from ner_lime.corpus.formats.iob.doubts import PLACEHOLDERS
from ner_lime.corpus.formats.iob.lines import BLANK
from ner_lime.corpus.formats.iob.options import Column, IobOptions
from ner_lime.corpus.labels import OUTSIDE, TOLERANT

DOCUMENT_MARK = "-DOCSTART-"
COMMENT_MARK = "# "
_QUOTE = '"'

_fields = re.compile(r"[^ \t]+").findall
_ONE_TAG = re.compile(r"[Oo]|[BIESLUMW][-_:./|]\S+|\S+[-_:./|][BIESLUMW]", re.IGNORECASE)
_PREFIXED = re.compile(r"[BIESLUMW][-_:./|]\S|\S.*[-_:./|][BIESLUMW]$", re.IGNORECASE)


class RowFault(Exception):
    """A fault in a row of a sentence: the index of the row, and the message."""

    def __init__(self, row: int, message: str) -> None:
        self.row = row
        self.message = message
        super().__init__(message)


class _Tags(dict[str, str]):
    """Cell to tag; the first look-up of a cell strips, checks and interns it.

    Attributes
    ----------
    bare : set of str
        Tags without the usual prefix: those of another scheme, or words that a missing cell moved into the column.
    spaces : bool
        Whether a tag without prefix may hold spaces.
    placeholders : bool
        Whether "-" and "_" stand for a missing annotation, which is read as "O".
    """

    def __init__(self, *, spaces: bool = False, placeholders: bool = True) -> None:
        self.bare: set[str] = set()
        self.spaces = spaces
        self.placeholders = placeholders

    def __missing__(self, cell: str) -> str:
        tag = intern(cell.strip(" "))
        if not tag:
            raise ValueError("expected a tag, found an empty cell")
        if " " in tag and not self.spaces:
            if not _PREFIXED.match(tag):
                raise ValueError(f"expected a tag, found {tag!r:.60}, which holds a space")
            if all(_ONE_TAG.fullmatch(part) for part in tag.split(" ")):
                raise ValueError(f"expected one tag a row, found the tags of a sentence, {tag!r:.60},")
        if tag in PLACEHOLDERS and self.placeholders:
            tag = OUTSIDE
        elif tag != OUTSIDE and not TOLERANT.split(tag)[0]:
            self.bare.add(tag)
        self[cell] = tag
        return tag


Cells = tuple[tuple[str, ...], tuple[str, ...] | None, tuple[str, ...] | None]
"""Tokens, tags and part-of-speech tags of one sentence."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of one file are split, and the index (from 0) of each column; None where there is none.

    Attributes
    ----------
    separator, quote : str
        What parts the cells, and what encloses a cell; None where cells are not quoted.
    width : int
        Number of cells in a row.
    token, tag, postag, sentence : int
        The columns. `sentence` numbers the sentences where no blank line parts them.
    comments : str or None
        As in `IobOptions`.
    header : int or None
        Index of the line, among those that were looked at, that names the columns.
    """

    separator: str
    quote: str | None
    width: int
    token: int
    tag: int | None
    postag: int | None
    sentence: int | None
    comments: str | None
    header: int | None
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
        numbered = [(n, line) for n, line in enumerate(lines) if line and not line.startswith(DOCUMENT_MARK)]
        rows = [(n, line) for n, line in numbered if mark is None or not line.startswith(mark)]
        if not rows and options.comments == "auto":
            rows = numbered  # there is no other line, so the hash signs are tokens
        if not rows:
            return None
        separator, quote = _dialect([line for _, line in rows], options)
        cells = [(n, _split(line, separator, quote)) for n, line in rows]
        width = Counter(len(row) for _, row in cells).most_common(1)[0][0]
        full = [(n, row) for n, row in cells if len(row) == width]
        # a separator after the last column leaves an empty cell at the end of every row
        trailing = width > 1 and separator != " " and not any(row[-1].strip() for _, row in full)
        finder = _Finder(full, width - trailing, _columns(width, separator))
        if full[0][0] == rows[0][0] and options.header in (True, "auto"):
            options = _by_header(full[0][1], options)
        named = any(isinstance(column, str) for column in (options.token_column, options.tag_column))
        token = finder.find("token_column", options.token_column)
        tag = finder.find("tag_column", options.tag_column)
        postag = finder.find("postag_column", options.postag_column)
        sentence = finder.find("sentence_column", options.sentence_column)
        assert token is not None
        if tag == token:
            raise RowFault(
                full[0][0],
                f"expected a token and a tag in a row, found {finder.described}; "
                "state the columns and the separator, or tag_column=None to read tokens without tags",
            )
        first = full[0][1]
        is_first_row = full[0][0] == rows[0][0]
        has_header = named or (
            header.is_header(first, token, tag) if options.header == "auto" else options.header is True
        )
        if has_header and is_first_row and sentence is None:
            sentence = header.sentence_column(first)
            sentence = None if sentence in (token, tag) else sentence
        plain = options.stated is not None and options.stated.name == "plain"
        tags = _Tags(spaces=plain and separator != " ", placeholders=not plain)
        line = full[0][0] if has_header and is_first_row else None
        return cls(separator, quote, width, token, tag, postag, sentence, options.comments, line, tags)

    def is_comment(self, line: str) -> bool:
        """Under "auto" a line is a comment if it begins with ``# `` and is not a row: ``#`` may be a token."""
        if self.comments == "auto":
            return line.startswith(COMMENT_MARK) and len(self._row(line)) != self.width
        return self.comments is not None and line.startswith(self.comments)

    def cells_seen(self) -> set[str]:
        """The distinct cells of the tag column in all rows so far."""
        return {cell.strip(" ") for cell in self._tags}

    def has_bare(self, tags: Sequence[str]) -> bool:
        """Whether a tag has no prefix in the usual spelling and is not ``O``."""
        return not self._tags.bare.isdisjoint(tags)

    def sentence_key(self, line: str) -> str:
        """The cell that numbers the sentence of a row; empty where the row continues the sentence before."""
        assert self.sentence is not None
        row = self._row(line)
        return row[self.sentence].strip() if len(row) > self.sentence else ""

    def count_missing(self, lines: Sequence[str]) -> int:
        """Number of rows without an annotation, for rows that were parsed."""
        if self.tag is None or not self._tags.placeholders or PLACEHOLDERS.isdisjoint(self._tags):
            return 0
        return sum(self._row(line)[self.tag].strip(" ") in PLACEHOLDERS for line in lines)

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
                self._check(index, self._row(line))
            raise

    def _cells(self, lines: Sequence[str]) -> Cells:
        """Split whole columns at once, for speed; ValueError if any cell is at fault.

        All rows are split as one string, with a line end as an extra cell after each row but the last. If every line
        end is at its position, every row has the right number of columns.
        """
        step = self.width + 1
        if self.quote is None:
            cells = _split(f"{self.separator}\n{self.separator}".join(lines), self.separator, None)
        else:
            cells = [cell for line in lines for cell in (*self._row(line), "\n")][:-1]
        if len(cells) != step * len(lines) - 1 or cells[self.width :: step].count("\n") != len(lines) - 1:
            raise ValueError
        tokens = tuple(map(intern, cells[self.token :: step]))
        if not all(map(str.strip, tokens)) and not all(token.strip(BLANK) for token in tokens):
            raise ValueError
        tags = None if self.tag is None else tuple(map(self._tags.__getitem__, cells[self.tag :: step]))
        postags = None if self.postag is None else tuple(map(intern, cells[self.postag :: step]))
        return tokens, tags, postags

    def _row(self, line: str) -> list[str]:
        return _split(line, self.separator, self.quote)

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


@dataclass(frozen=True, slots=True)
class _Finder:
    """The columns of the rows that have the usual number of cells, found by index or by name."""

    rows: Sequence[tuple[int, Sequence[str]]]
    width: int
    described: str

    def find(self, option: str, column: Column | None) -> int | None:
        """The index of a column that an option names; RowFault if there is none."""
        line, first = self.rows[0]
        if column is None:
            return None
        if isinstance(column, str):
            if column in first:
                return first.index(column)
            raise RowFault(line, f"expected a header row with {option}={column!r}, found {', '.join(first):.80}")
        if not -self.width <= column < self.width:
            raise RowFault(line, f"expected a column for {option}={column}, found {self.described}")
        return column % self.width


def _by_header(first: Sequence[str], options: IobOptions) -> IobOptions:
    """The options with the columns that a header row names, where none was stated and the first or last is not it."""
    if not header.names_columns(first) or (options.token_column, options.tag_column) != (0, -1):
        return options
    token, tag = header.usual_columns(first)
    if token is None or tag is None or not header.is_header(first, token, tag):
        return options
    return replace(options, token_column=token, tag_column=tag)


def _dialect(lines: Sequence[str], options: IobOptions) -> tuple[str, str | None]:
    """The separator and the quote character, as stated or detected."""
    separator = options.separator
    if separator == "auto":
        named = [mark for mark in ",;|" if header.names_columns(_split(lines[0], mark, _QUOTE))]
        separator = "\t" if 2 * sum("\t" in line for line in lines) >= len(lines) else (named or [" "])[0]
    if options.quote != "auto":
        return separator, None if separator == " " else options.quote
    opening = (_QUOTE, f"{separator}{_QUOTE}")
    quoted = separator not in "\t " and any(line.startswith(opening[0]) or opening[1] in line for line in lines)
    return separator, _QUOTE if quoted else None


def _split(line: str, separator: str, quote: str | None) -> list[str]:
    if separator == " ":
        return _fields(line)
    if quote is None or quote not in line:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator, quotechar=quote), [""])


def _columns(width: int, separator: str) -> str:
    by = {"\t": "tabs", " ": "white space"}.get(separator, repr(separator))
    return "1 column" if width == 1 else f"{width} columns separated by {by}"
