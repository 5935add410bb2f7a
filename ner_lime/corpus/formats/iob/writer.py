"""Writing IOB files that read back as they were."""

from __future__ import annotations

import codecs
import gzip
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from ner_lime.corpus.formats.iob.columns import DOCUMENT_MARK
from ner_lime.corpus.formats.iob.lines import BLANK, name_of
from ner_lime.corpus.labels import OUTSIDE
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import CorpusError, InputError
from ner_lime.files import replacing

Target: TypeAlias = str | os.PathLike[str] | IO[str] | IO[bytes]
"""A path, or a file open for writing text or bytes."""


def write_iob(sentences: Iterable[Sentence], target: Target, *, separator: str = "\t", encoding: str = "utf-8") -> None:
    """Write sentences in IOB format: token, part-of-speech tag where there is one, tag where there is one.

    A change of `Sentence.document` gives a ``-DOCSTART-`` line. A path is replaced only once everything is written; one
    that ends in ``.gz`` is compressed.

    Parameters
    ----------
    sentences : iterable of Sentence
        Consumed one by one. Either all have tags or none has, and the same for part-of-speech tags.
    target : path or open file
        A stream is left open.
    separator : str, default tab
        The character between two columns.
    encoding : str, default "utf-8"
        As `codecs` names it; not used for a text stream.

    Raises
    ------
    InputError
        A sentence that the format can't represent: without tokens, with an empty token, or with a token that holds the
        separator or a line end, or begins with ``-DOCSTART-``; a character that the encoding can't represent.
    CorpusError
        The path can't be written.
    """
    written_lines(_rows(sentences, separator), target, encoding)


def written_lines(lines: Iterable[str], target: Target, encoding: str) -> None:
    """Write lines to a path, which is replaced as a whole, or to an open file, which is left open.

    Raises
    ------
    InputError
        The encoding does not exist, or can't represent a character.
    CorpusError
        The path can't be written.
    """
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise InputError(f"expected the name of an encoding such as 'utf-8', found {encoding!r}") from error
    try:
        if isinstance(target, str | os.PathLike):
            with _opened(target) as binary:
                _write(lines, binary, encoding)
        elif isinstance(target, io.TextIOBase) or hasattr(target, "encoding"):
            cast("IO[str]", target).writelines(lines)
        else:
            _write(lines, target, encoding)
    except UnicodeEncodeError as error:
        raise InputError(f"{error.object[error.start : error.end]!r} can't be written in {encoding}") from error
    except OSError as error:
        raise CorpusError(f"can't be written: {error.strerror or error}", path=name_of(target)) from error


def _write(rows: Iterable[str], binary: Any, encoding: str) -> None:
    text = io.TextIOWrapper(binary, encoding=encoding, newline="\n")
    try:
        text.writelines(rows)
        text.flush()
    finally:
        text.detach()  # the stream is the caller's to close


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    """Open a path for writing; compress if its name ends in ``.gz``. The same content gives the same bytes."""
    with replacing(path) as binary:
        if Path(path).suffix != ".gz":
            yield binary
            return
        with gzip.GzipFile(filename="", fileobj=binary, mode="wb", mtime=0) as packed:
            yield packed


def _rows(sentences: Iterable[Sentence], separator: str) -> Iterator[str]:
    """Yield the rows of each sentence as one string, with the blank line after it."""
    document, shape = None, None
    for index, sentence in enumerate(sentences):
        columns = [column for column in (sentence.tokens, sentence.postags, sentence.tags) if column is not None]
        found = (sentence.postags is not None, sentence.tags is not None)
        shape = shape or found
        if found != shape:
            raise InputError(f"sentence {index}: expected the columns of the sentences before, found others")
        _check(index, sentence, separator)
        text = "".join(separator.join(cells) + "\n" for cells in zip(*columns, strict=True))
        if sentence.document not in (None, document):
            document = sentence.document
            mark = separator.join([DOCUMENT_MARK, *[OUTSIDE] * (len(columns) - 1)])
            text = f"{mark}\n\n{text}"
        # reading drops a byte order mark at the start, so one that belongs to the first token needs another
        yield f"\ufeff{text}\n" if index == 0 and text.startswith("\ufeff") else f"{text}\n"


def _check(index: int, sentence: Sentence, separator: str) -> None:
    if not sentence.tokens:
        raise InputError(f"sentence {index}: expected at least one token, found none")
    forbidden = {"\n", "\r", separator} | (set(BLANK) if separator == " " else set())
    for name, column, others in (
        ("token", sentence.tokens, set()),
        ("postag", sentence.postags, set()),
        ("tag", sentence.tags, set(BLANK)),
    ):
        for cell in column or ():
            wrong = not cell.strip(BLANK) or any(part in cell for part in forbidden | others)
            if wrong or cell.startswith(DOCUMENT_MARK):
                raise InputError(f"sentence {index}: expected a {name} that a row can hold, found {cell!r:.80}")
