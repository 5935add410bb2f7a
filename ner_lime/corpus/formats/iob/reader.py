"""Reading IOB files: one token a row, its tag in another column, a blank line after each sentence.

Recognised without an option: tabs or spaces; any number of columns; blank lines that hold white space or come doubled;
``-DOCSTART-`` lines and ``# newdoc`` comments, which begin a document; comments; any line end, with or without one at
the end of the file; a byte order mark; gzip. Only tab and space are white space: no character of a token is touched.

Every row must have the same number of columns, that of most of the first rows: a missing cell would shift a word into
the tags.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal, Unpack

from ner_lime.corpus.formats.iob.columns import COMMENT_MARK, DOCUMENT_MARK, Layout, RowFault
from ner_lime.corpus.formats.iob.lines import Paragraph, Source, name_of, paragraphs
from ner_lime.corpus.formats.iob.options import IobKeywords, IobOptions
from ner_lime.corpus.labels import Fault, Scheme, detect, faults, prefix
from ner_lime.corpus.sentence import Corpus, Sentence
from ner_lime.errors import CorpusError

_NEW_DOCUMENT = "# newdoc"
_HEAD = 100  # number of paragraphs from which the layout is detected
_PLACEHOLDERS = {"-", "_"}

logger = logging.getLogger("ner_lime")


def read_iob(source: Source, **options: Unpack[IobKeywords]) -> Corpus:
    r"""Read an IOB file.

    Parameters
    ----------
    source : path or open file
        Text, or bytes, plain or gzip.
    token_column, tag_column, postag_column : int
        Columns from 0, or from the last with negative numbers; None where there is none.
    separator : str, default "auto"
        "\t", or " " for any run of tabs and spaces, or another character; "auto" takes the tab if most rows have one.
        Under the tab a token may hold spaces.
    scheme : str, default "auto"
        "auto" detects the scheme (`labels.detect`) and lets pass tags that break it (`Corpus.repair` mends them), save
        those without any prefix in a scheme with prefixes, which are words in the wrong column. A stated scheme is
        checked strictly. The "plain" one takes everything for a tag.
    comments : str or None, default "auto"
        The string that comments begin with; None if there are none. "auto": a line is a comment if it begins with a
        hash sign and a space *and* does not have the number of columns of the file's rows: a hash sign may be a token.
    encoding : str, default "utf-8"
        As `codecs` names it.
    on_error : {"raise", "skip"}
        "skip" leaves out the sentences with a fault, and nothing else; `Corpus.skipped` lists them.

    Returns
    -------
    Corpus

    Raises
    ------
    CorpusError
        With path and line: a row with too few or too many columns, an empty token, a tag that is no tag or breaks the
        stated scheme, bytes that are not of the encoding. Whatever `on_error` says: a file that is missing, can't be
        read, is empty, or has no tags.
    InputError
        An option that is none.
    """
    stated = IobOptions(**options)
    bare: dict[int, CorpusError] = {}
    reader = _Reader(source, stated, bare if stated.scheme == "auto" else None)
    sentences: list[Sentence] = []
    errors: list[CorpusError] = []
    for item in reader:
        if isinstance(item, Sentence):
            sentences.append(item)
        else:
            errors.append(item)
            if stated.on_error == "raise":
                break
    found = (
        detect(sentence.tags for sentence in sentences if sentence.tags) if stated.scheme == "auto" else stated.scheme
    )
    if bare and found != "plain":
        errors += bare.values()
        sentences = [sentence for index, sentence in enumerate(sentences) if index not in bare]
    if errors and stated.on_error == "raise":
        raise min(errors, key=lambda error: error.line or 0)
    reader.check_tags()
    return Corpus(tuple(sentences), found, tuple(sorted(errors, key=lambda error: error.line or 0)))


def iter_iob(source: Source, **options: Unpack[IobKeywords]) -> Iterator[Sentence]:
    """Read an IOB file sentence by sentence, in memory that does not grow with the file.

    The parameters and errors are those of `read_iob`, with what follows from not seeing the whole file: errors come
    when their sentence does, "skip" logs them as warnings, and "auto" takes every tag for one: state the scheme to have
    tags checked.

    Yields
    ------
    Sentence
    """
    return _Reader(source, IobOptions(**options)).sentences()


@dataclass(slots=True)
class _Reader:
    """One pass over a source.

    `bare` collects, by index, an error for each sentence with a tag that has no prefix: a fault if the scheme, detected
    at the end, has prefixes. None where the reader streams and never sees the end.
    """

    source: Source
    options: IobOptions
    bare: dict[int, CorpusError] | None = None
    layout: Layout | None = None
    document: int | None = None
    count: int = 0
    marks: tuple[str, ...] = ()  # how document marks and comments begin, with the line end before

    def __post_init__(self) -> None:
        comment = COMMENT_MARK if self.options.comments == "auto" else self.options.comments
        self.marks = tuple(f"\n{mark}" for mark in (DOCUMENT_MARK, comment) if mark is not None)

    def __iter__(self) -> Iterator[Sentence | CorpusError]:
        """Yield each sentence or its error, in the order of the file."""
        found = paragraphs(self.source, self.options.encoding)
        empty = True
        while head := list(islice(found, _HEAD)):
            self.layout = self.layout or self._layout_of(head)
            for paragraph in head if self.layout is None else chain(head, found):
                for lines, numbers in self._cut(paragraph):
                    empty = False
                    yield self._sentence(lines, numbers, paragraph.undecodable)
        if empty:
            raise CorpusError("expected rows of a token and a tag, found an empty file", path=self.path)

    def sentences(self) -> Iterator[Sentence]:
        """Yield the sentences without a fault; raise or log the error of the others."""
        for item in self:
            if isinstance(item, Sentence):
                yield item
            elif self.options.on_error == "raise":
                raise item
            else:
                logger.warning("%s; the sentence is left out", item)

    def check_tags(self) -> None:
        """Raise if the tag column holds placeholders only."""
        tags = self.layout.tags_seen() if self.layout else set()
        if tags and tags <= _PLACEHOLDERS:
            found = " and ".join(map(repr, sorted(tags)))
            raise CorpusError(f"expected tags in column {self.options.tag_column}, found only {found}", path=self.path)

    @property
    def path(self) -> str:
        """Name of the source, for messages."""
        return name_of(self.source)

    def _layout_of(self, head: list[Paragraph]) -> Layout | None:
        numbered = [(n, line) for part in head for n, line in enumerate(part.lines, part.first)]
        try:
            return Layout.of([line for _, line in numbered], self.options)
        except RowFault as fault:
            raise CorpusError(fault.message, path=self.path, line=numbered[fault.row][0]) from None

    def _cut(self, paragraph: Paragraph) -> Iterator[tuple[list[str], Sequence[int]]]:
        """Cut a paragraph at the marks of documents, drop its comments, and number the rows of what remains."""
        text = "\n".join(("", *paragraph.lines))
        for mark in self.marks:
            if mark in text:
                break
        else:
            yield paragraph.lines, range(paragraph.first, paragraph.first + len(paragraph.lines))
            return
        rows: dict[int, str] = {}
        for number, line in enumerate(paragraph.lines, paragraph.first):
            kind = self._kind(line)
            if kind == "row":
                rows[number] = line
            elif kind == "document":
                if rows:
                    yield [*rows.values()], [*rows]
                    rows = {}
                self.document = 0 if self.document is None else self.document + 1
        if rows:
            yield [*rows.values()], [*rows]

    def _kind(self, line: str) -> Literal["row", "comment", "document"]:
        if line.startswith(DOCUMENT_MARK):
            return "document"
        if self.layout is None or self.layout.is_comment(line):
            return "document" if line.startswith(_NEW_DOCUMENT) else "comment"
        return "row"

    def _sentence(self, lines: list[str], numbers: Sequence[int], broken: list[int]) -> Sentence | CorpusError:
        assert self.layout is not None  # there is no row without a layout
        for number in broken:
            if number in numbers:
                return self._error(
                    number, f"expected {self.options.encoding}, found bytes that are not; state the encoding"
                )
        try:
            tokens, tags, postags = self.layout.parse(lines)
        except RowFault as fault:
            return self._error(numbers[fault.row], fault.message)
        if tags is not None and self.options.scheme != "auto" and (wrong := faults(tags, self.options.scheme)):
            return self._error(numbers[wrong[0].position], _in_words(wrong[0], self.options.scheme))
        if tags is not None and self.bare is not None and (position := self.layout.first_bare(tags)) is not None:
            message = f"expected O or a tag with a prefix like the others, found {tags[position]!r:.60}"
            self.bare[self.count] = self._error(numbers[position], message)
        self.count += 1
        return Sentence(tokens, tags, self.document, postags=postags)

    def _error(self, number: int, message: str) -> CorpusError:
        return CorpusError(message, path=self.path, line=number)


def _in_words(fault: Fault, scheme: Scheme) -> str:
    expected = f"expected {fault.expected!r} here in {scheme}, found {fault.found!r}"
    return expected if prefix(fault.found) else f"{expected}, which is no tag of that scheme"
