"""Paragraphs of numbered lines from a path or an open file: plain or gzip, any encoding, any kind of line end."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import IO, Any, NamedTuple, TypeAlias, cast

from ner_lime.errors import CorpusError, InputError

Source: TypeAlias = str | os.PathLike[str] | IO[str] | IO[bytes]
"""A path, or a file open for reading text or bytes."""

BLANK = " \t"  # the only white space of the format: a token may well be U+0085 or U+00A0
BLOCK = 1 << 16  # characters read at a time
_GZIP_MAGIC = b"\x1f\x8b"


class Paragraph(NamedTuple):
    """A run of lines without a blank one: the number (from 1) of the first, the lines, the numbers of broken ones."""

    first: int
    lines: list[str]
    undecodable: list[int]


def name_of(source: object) -> str:
    """Name a source for messages: the path as the user wrote it, the name of an open file, or ``<stream>``."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<stream>"


def blocks(source: Source, encoding: str) -> Iterator[Paragraph]:
    r"""Read a source in blocks of lines, blank ones included; a line of tabs and spaces alone comes as an empty one.

    Lines end at ``\n``, ``\r\n`` or ``\r`` and nowhere else; a byte order mark at the start is dropped; bytes that
    are invalid in the encoding become lone surrogates, and their lines are listed in `Paragraph.undecodable`. A stream
    is read from where it stands, and left open.

    Raises
    ------
    CorpusError
        The path is missing, a directory or not readable; a damaged gzip file.
    InputError
        The encoding does not exist, or the source is not a file.
    """
    first = 1
    for text in _texts(source, encoding):
        lines = text.removesuffix("\n").split("\n")
        if text[0] in BLANK or "\n " in text or "\n\t" in text:
            lines = [line if line.strip(BLANK) else "" for line in lines]
        yield Paragraph(first, lines, _undecodable(text, lines, first))
        first += len(lines)


def paragraphs(source: Iterable[Paragraph]) -> Iterator[Paragraph]:
    """Cut blocks of lines at their blank lines, which are dropped."""
    pending: list[str] = []  # lines that were read and not yet yielded; `first` is the number of the first one
    broken: list[int] = []
    first = 1
    for block in source:
        broken += block.undecodable
        start, searched = 0, len(pending)
        pending += block.lines
        while (stop := _index(pending, "", searched)) is not None:
            if start < stop:
                yield Paragraph(first + start, pending[start:stop], _between(broken, first + start, first + stop))
            start = searched = stop + 1
        del pending[:start]
        first += start
        del broken[: bisect_left(broken, first)]
    if pending:
        yield Paragraph(first, pending, broken)


def groups(source: Iterable[Paragraph], key: Callable[[str], str]) -> Iterator[Paragraph]:
    """Cut blocks of lines where the key of a line is another than before, and at blank lines.

    Parameters
    ----------
    source : iterable of Paragraph
        Blocks of lines.
    key : callable
        The number of a line's sentence; empty where the line continues the sentence before.
    """
    rows: list[str] = []
    broken: list[int] = []
    first, current = 1, ""
    for block in source:
        undecodable = set(block.undecodable)
        for number, line in enumerate(block.lines, block.first):
            found = key(line) if line else ""
            if rows and (not line or found not in ("", current)):
                yield Paragraph(first, rows, broken)
                rows, broken = [], []
            current = found or current
            if line:
                first = first if rows else number
                rows.append(line)
                if number in undecodable:
                    broken.append(number)
    if rows:
        yield Paragraph(first, rows, broken)


def _texts(source: Source, encoding: str) -> Iterator[str]:
    """Yield blocks of whole lines."""
    name = name_of(source)
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise InputError(f"expected the name of an encoding such as 'utf-8', found {encoding!r}") from error
    try:
        with ExitStack() as stack:
            stream = _open_text(source, encoding, stack)
            at_start = True
            while text := stream.read(BLOCK) + stream.readline():
                if at_start:
                    text, at_start = text.removeprefix("\ufeff"), False
                if "\r" in text:
                    text = text.replace("\r\n", "\n").replace("\r", "\n")
                if text:
                    yield text
    except FileNotFoundError as error:
        raise CorpusError("expected a file, found nothing", path=name) from error
    except IsADirectoryError as error:
        raise CorpusError("expected a file, found a directory", path=name) from error
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"can't be read: {error}", path=name) from error
    except UnicodeError as error:  # encodings such as utf-16 do not pass invalid bytes on as surrogates
        raise CorpusError(f"expected {encoding}, found bytes that are not: {error}", path=name) from error


def _open_text(source: Source, encoding: str, stack: ExitStack) -> IO[str]:
    binary: Any
    if isinstance(source, str | os.PathLike):
        binary = stack.enter_context(io.BufferedReader(io.FileIO(source)))
    elif not hasattr(source, "read"):
        raise InputError(f"expected a path or an open file, found {type(source).__name__}")
    elif isinstance(source.read(0), str):
        return cast("IO[str]", source)
    else:
        binary = source
    if not hasattr(binary, "peek"):
        binary = io.BufferedReader(binary)
        stack.callback(binary.detach)  # a BufferedReader that is collected would close the caller's stream
    if binary.peek(2)[:2] == _GZIP_MAGIC:
        binary = stack.enter_context(gzip.GzipFile(fileobj=binary))
    wrapped = io.TextIOWrapper(binary, encoding=encoding, errors="surrogateescape")
    stack.callback(wrapped.detach)
    return wrapped


def _index(lines: list[str], line: str, start: int) -> int | None:
    try:
        return lines.index(line, start)
    except ValueError:
        return None


def _undecodable(text: str, lines: list[str], first: int) -> list[int]:
    if text.isascii():
        return []
    try:
        text.encode()
    except UnicodeEncodeError:
        return [number for number, line in enumerate(lines, first) if any("\ud800" <= c <= "\udfff" for c in line)]
    return []


def _between(numbers: list[int], start: int, stop: int) -> list[int]:
    return numbers[bisect_left(numbers, start) : bisect_left(numbers, stop)]
