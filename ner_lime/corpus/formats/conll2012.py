"""CoNLL-2012: entities as brackets in a column, ``(PERSON*``, ``*``, ``*)``, ``(ORG)``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ner_lime.corpus.formats.events import Event
from ner_lime.corpus.formats.iob.lines import Source, blocks, name_of, paragraphs
from ner_lime.corpus.schemes import LabelScheme, Span
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import CorpusError

_BEGIN = "#begin document"
_CELL = re.compile(r"(?:\((?P<type>[^()*]+))?\*?(?P<close>\))?")


def sentences(
    source: Source,
    scheme: LabelScheme,
    *,
    token_column: int = 3,
    tag_column: int = 10,
    postag_column: int | None = 4,
    encoding: str = "utf-8",
) -> Iterator[Event]:
    """Read rows of columns that white space parts, with a blank line after each sentence.

    The number of columns may differ from sentence to sentence, as there is one for each predicate. Nested entities are
    a fault: the column has none in CoNLL-2012.

    Parameters
    ----------
    source : path or open file
        Text or bytes, plain or gzip.
    scheme : LabelScheme
        The scheme in which tags are written.
    token_column, tag_column, postag_column : int
        Columns from 0, or from the last with negative numbers.
    encoding : str
        As `codecs` names it.
    """
    path, document = name_of(source), None
    for paragraph in paragraphs(blocks(source, encoding)):
        rows: list[tuple[int, list[str]]] = []
        for number, line in enumerate(paragraph.lines, paragraph.first):
            if line.startswith(_BEGIN):
                document = 0 if document is None else document + 1
            elif not line.startswith("#"):
                rows.append((number, line.split()))
        if not rows:
            continue
        if paragraph.undecodable:
            message = f"expected {encoding}, found bytes that are not; state the encoding"
            yield CorpusError(message, path=path, line=paragraph.undecodable[0])
            continue
        try:
            columns = [_column(rows, index) for index in (token_column, tag_column)]
            postags = None if postag_column is None else _column(rows, postag_column)
            spans = _spans([(number, cell) for (number, _), cell in zip(rows, columns[1], strict=True)])
        except _Fault as fault:
            yield CorpusError(fault.message, path=path, line=fault.line)
            continue
        yield Sentence(columns[0], scheme.tags(spans, len(rows)), document, postags=postags)


class _Fault(Exception):
    def __init__(self, line: int, message: str) -> None:
        self.line = line
        self.message = message
        super().__init__(message)


def _column(rows: Sequence[tuple[int, list[str]]], index: int) -> tuple[str, ...]:
    for number, row in rows:
        if not -len(row) <= index < len(row):
            raise _Fault(number, f"expected a column {index}, found {len(row)} columns separated by white space")
    return tuple(row[index] for _, row in rows)


def _spans(cells: Sequence[tuple[int, str]]) -> list[Span]:
    found: list[Span] = []
    opened: tuple[int, str] | None = None
    for index, (number, cell) in enumerate(cells):
        match = _CELL.fullmatch(cell)
        if match is None or not cell:
            raise _Fault(number, f"expected brackets such as (PERSON*, * or *), found {cell!r:.60}")
        if match["type"]:
            if opened:
                raise _Fault(number, f"expected entities that do not overlap, found {cell!r:.60} within {opened[1]}")
            opened = (index, match["type"])
        if match["close"]:
            if opened is None:
                raise _Fault(number, f"expected an opening bracket before, found {cell!r:.60}")
            found.append(Span(opened[0], index + 1, opened[1]))
            opened = None
    if opened:
        raise _Fault(cells[opened[0]][0], f"expected a closing bracket of {opened[1]}, found none in the sentence")
    return found
