"""Reading IOB files: one token a row, its tag in another column, a blank line after each sentence.

Recognised without an option: tabs or spaces; any number of columns; blank lines that hold white space or come doubled;
``-DOCSTART-`` lines and ``# newdoc`` comments, which begin a document; comments; a header row; a separator after the
last column; any line end, with or without one at the end of the file; a byte order mark; gzip. Only tab and space are
white space: no character of a token is touched.

Every row must have the same number of columns, that of most of the first rows: a missing cell would shift a word into
the tags.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Literal, Unpack

from ner_lime.corpus.corpus import Corpus
from ner_lime.corpus.formats.iob.columns import COMMENT_MARK, DOCUMENT_MARK, Layout, RowFault
from ner_lime.corpus.formats.iob.doubts import PLACEHOLDERS, doubt
from ner_lime.corpus.formats.iob.lines import Paragraph, Source, blocks, groups, name_of, paragraphs
from ner_lime.corpus.formats.iob.options import IobKeywords, IobOptions
from ner_lime.corpus.formats.sniffing import NAMES, NO_ROWS, sniff
from ner_lime.corpus.labels import Fault, LabelScheme, detect
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import CorpusError

_NEW_DOCUMENT = "# newdoc"
_HEAD = 100  # number of paragraphs from which the layout is detected
_LONG = 1000  # number of tokens of a sentence from which a missing blank line is more probable
_MANY_ROWS = 100  # number of rows that are left out with a faulty one from which a message says so

logger = logging.getLogger("ner_lime")


def read_iob(source: Source, **options: Unpack[IobKeywords]) -> Corpus:
    r"""Read an IOB file.

    Parameters
    ----------
    source : path or open file
        Text, or bytes, plain or gzip.
    token_column, tag_column, postag_column : int or str
        Columns from 0, or from the last with negative numbers, or by their name in the header row; defaults are 0, -1
        and None. None where there is none. The defaults give way to the usual names in a header row.
    sentence_column : int or str, optional
        The column that numbers the sentences, where no blank line parts them: a sentence begins where its cell is
        another than before, and not empty. Found by its name where there is a header row.
    separator : str, default "auto"
        "\t", or " " for any run of tabs and spaces, or another character; "auto" takes the tab if most rows have one.
        Under the tab a token may hold spaces, and so may a tag with a prefix.
    quote : str or None, default "auto"
        The character that encloses cells; None if there is none. "auto" takes the double quote if the separator is
        neither tab nor space and a cell begins with one.
    header : bool or "auto"
        Whether the first row names the columns. "auto": it does if it has usual names, and no tag in the tag column.
    scheme : str, default "auto"
        "auto" detects the scheme (`labels.detect`) and lets pass tags that break it (`Corpus.repair` mends them), save
        those without any prefix in a scheme with prefixes, which are words in the wrong column; it refuses a column
        whose cells do not look like tags. A stated scheme is checked strictly. The "plain" one takes everything for a
        tag. In a scheme with prefixes "-" and "_" stand for a missing annotation and are read as "O".
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
        Its `notes` say what a reader should know: missing annotations, sentences of improbable length.

    Raises
    ------
    CorpusError
        With path and line: a row with too few or too many columns, an empty token, a tag that is no tag or breaks the
        stated scheme, bytes that are not of the encoding. Whatever `on_error` says: a file that is missing, can't be
        read, is empty, has no tags, or is of another format.
    InputError
        An option has a value that it can't have.

    Examples
    --------
    >>> import io
    >>> read_iob(io.StringIO("Ann B_PER\nsings O\n"))
    <Corpus: 1 sentences, 2 tokens, IOB2:B_PER, 0 skipped>
    """
    stated = IobOptions(**options)
    reader = _Reader(source, stated, [] if stated.stated is None else None)
    sentences: list[Sentence] = []
    errors: list[CorpusError] = []
    for item in reader:
        if isinstance(item, Sentence):
            sentences.append(item)
        else:
            errors.append(item)
            if stated.on_error == "raise":
                break
    scheme = stated.stated or LabelScheme.parse(detect(sentence.tags for sentence in sentences if sentence.tags))
    if reader.bare and scheme.name != "plain":
        wrong = dict(reader.without_prefix(sentences, scheme))
        errors += wrong.values()
        sentences = [sentence for index, sentence in enumerate(sentences) if index not in wrong]
    if errors and stated.on_error == "raise":
        raise min(errors, key=lambda error: error.line or 0)
    reader.check_tags()
    if stated.stated is None and stated.tag_column is not None:
        reader.check_doubts(sentences, scheme)
    skipped = tuple(sorted(errors, key=lambda error: error.line or 0))
    return Corpus(tuple(sentences), str(scheme), skipped, notes=tuple(reader.notes()))


def iter_iob(source: Source, **options: Unpack[IobKeywords]) -> Iterator[Sentence]:
    """Read an IOB file sentence by sentence, in memory that does not grow with the file.

    The parameters and errors are those of `read_iob`, with what follows from not seeing the whole file: errors come
    when their sentence does, "skip" logs them as warnings, and "auto" judges the columns by the first sentences, after
    which it takes every tag for one: state the scheme to have tags checked. Notes are logged as warnings at the end.

    Yields
    ------
    Sentence
    """
    return _Reader(source, IobOptions(**options)).sentences()


@dataclass(slots=True)
class _Reader:
    """One pass over a source.

    `bare` collects the index and the line numbers of each sentence with a tag that has no prefix: a fault if the
    scheme, detected at the end, has prefixes. None where the reader streams and never sees the end.
    """

    source: Source
    options: IobOptions
    bare: list[tuple[int, Sequence[int]]] | None = None
    layout: Layout | None = None
    header: int | None = None  # number of the header row
    document: int | None = None
    count: int = 0
    n_missing: int = 0
    long: list[tuple[int, int]] = field(default_factory=list)  # line and length of very long sentences
    marks: tuple[str, ...] = ()  # how document marks and comments begin, with the line end before

    def __post_init__(self) -> None:
        comment = COMMENT_MARK if self.options.comments == "auto" else self.options.comments
        self.marks = tuple(f"\n{mark}" for mark in (DOCUMENT_MARK, comment) if mark is not None)

    def __iter__(self) -> Iterator[Sentence | CorpusError]:
        """Yield each sentence or its error, in the order of the file."""
        found = self._sentences_of_lines()
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
        items = iter(self)
        head = list(islice(items, _HEAD))
        found = [item for item in head if isinstance(item, Sentence)]
        if self.options.stated is None and self.options.tag_column is not None and found:
            self.check_doubts(found, LabelScheme.parse(detect(sentence.tags or () for sentence in found)))
        for item in chain(head, items):
            if isinstance(item, Sentence):
                yield item
            elif self.options.on_error == "raise":
                raise item
            else:
                logger.warning("%s; the sentence is left out", item)
        for note in self.notes():
            logger.warning("%s", note)

    def without_prefix(self, sentences: Sequence[Sentence], scheme: LabelScheme) -> Iterator[tuple[int, CorpusError]]:
        """The sentences with a tag that has no prefix in a scheme with prefixes: their index and error."""
        for index, numbers in self.bare or ():
            for number, tag in zip(numbers, sentences[index].tags or (), strict=True):
                if not scheme.split(tag)[0] and not scheme.is_outside(tag):
                    message = f"expected O or a tag with a prefix like the others, found {tag!r:.60}"
                    yield index, self._error(number, message)
                    break

    def check_tags(self) -> None:
        """Raise if the tag column holds placeholders only."""
        cells = self.layout.cells_seen() if self.layout else set()
        if cells and cells <= PLACEHOLDERS:
            found = " and ".join(map(repr, sorted(cells)))
            raise CorpusError(f"expected tags in column {self.options.tag_column}, found only {found}", path=self.path)

    def check_doubts(self, sentences: Sequence[Sentence], scheme: LabelScheme) -> None:
        """Raise if the columns do not look like tokens and tags."""
        cells = self.layout.cells_seen() if self.layout else set()
        if reason := doubt(sentences, scheme, cells):
            raise CorpusError(f"expected tokens and tags, found columns that are not: {reason}", path=self.path)

    def notes(self) -> Iterator[str]:
        """What a user should know about a file that could be read."""
        if self.n_missing:
            yield f"{self.path}: {self.n_missing} tokens without an annotation ('-' or '_') are read as O"
        for line, length in self.long:
            place = f"{self.path}:{line}: a sentence of {length} tokens"
            yield f"{place}: does the file lack blank lines? Corpus.split or --split cuts it"

    @property
    def path(self) -> str:
        """Name of the source, for messages."""
        return name_of(self.source)

    def _sentences_of_lines(self) -> Iterator[Paragraph]:
        """Cut the file at its blank lines, or where the sentence column says so; refuse other formats."""
        found = blocks(self.source, self.options.encoding)
        head = next(found, None)
        if head is None:
            return iter(())
        name = sniff(head.lines)
        if name in NO_ROWS:
            raise CorpusError(
                f"expected rows of a token and a tag, found {NAMES[name]}, which read_corpus reads", path=self.path
            )
        found = chain([head], found)
        layout = self._layout_of([head])
        if layout is None or layout.sentence is None:
            return paragraphs(found)
        self.layout = layout
        return groups(found, layout.sentence_key)

    def _layout_of(self, head: list[Paragraph]) -> Layout | None:
        numbered = [(n, line) for part in head for n, line in enumerate(part.lines, part.first)]
        try:
            layout = Layout.of([line for _, line in numbered], self.options)
        except RowFault as fault:
            raise CorpusError(fault.message, path=self.path, line=numbered[fault.row][0]) from None
        if layout is not None and layout.header is not None:
            self.header = numbered[layout.header][0]
        return layout

    def _cut(self, paragraph: Paragraph) -> Iterator[tuple[list[str], Sequence[int]]]:
        """Cut a paragraph at the marks of documents, drop comments and header, and number the remaining rows."""
        numbers = range(paragraph.first, paragraph.first + len(paragraph.lines))
        text = "\n".join(("", *paragraph.lines))
        if self.header not in numbers and not any(mark in text for mark in self.marks):
            yield paragraph.lines, numbers
            return
        rows: dict[int, str] = {}
        for number, line in zip(numbers, paragraph.lines, strict=True):
            kind = "comment" if number == self.header else self._kind(line)
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
        lost = f"; all {len(lines)} rows between two blank lines are one sentence" if len(lines) > _MANY_ROWS else ""
        for number in broken:
            if number in numbers:
                encoding = self.options.encoding
                return self._error(number, f"expected {encoding}, found bytes that are not; state the encoding{lost}")
        try:
            tokens, tags, postags = self.layout.parse(lines)
        except RowFault as fault:
            return self._error(numbers[fault.row], f"{fault.message}{lost}")
        scheme = self.options.stated
        if tags is not None and scheme is not None and (wrong := scheme.faults(tags)):
            return self._error(numbers[wrong[0].position], f"{_in_words(wrong[0], scheme)}{lost}")
        if tags is not None and self.bare is not None and self.layout.has_bare(tags):
            self.bare.append((self.count, numbers))
        self.n_missing += self.layout.count_missing(lines)
        if len(tokens) > _LONG:
            self.long.append((numbers[0], len(tokens)))
        self.count += 1
        return Sentence(tokens, tags, self.document, postags=postags)

    def _error(self, number: int, message: str) -> CorpusError:
        return CorpusError(message, path=self.path, line=number)


def _in_words(fault: Fault, scheme: LabelScheme) -> str:
    expected = f"expected {fault.expected!r} here in {scheme}, found {fault.found!r}"
    return expected if scheme.split(fault.found)[0] else f"{expected}, which is no tag of that scheme"
