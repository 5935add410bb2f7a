"""JSON lines and JSON arrays, object by object, each with the line where it begins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from ner_lime.corpus.formats.iob.lines import Source, blocks, name_of
from ner_lime.errors import CorpusError

Numbered: TypeAlias = tuple[int, Any]
"""The line where a value begins, and the value."""

_BOM_OR_SPACE = "\ufeff \t\n"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def values(source: Source, encoding: str) -> Iterator[Numbered | CorpusError]:
    """Yield the values of JSON lines, or of one JSON array, with their line; an error for a line that is no JSON.

    An array is read value by value too, so that memory does not grow with the file. A fault in an array ends the
    reading: where the next value begins is not known.
    """
    path = name_of(source)
    lines = (
        (number, line)
        for block in blocks(source, encoding)
        for number, line in enumerate(block.lines, block.first)
        if line.strip(_BOM_OR_SPACE)
    )
    for count, (number, line) in enumerate(lines):
        opening = line.strip(_BOM_OR_SPACE)
        if count == 0 and opening.startswith("["):
            yield from _array(number, line.lstrip(_BOM_OR_SPACE), lines, path)
            return
        if count == 0 and opening == "{":
            yield from _single(number, line, lines, path)
            return
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            yield CorpusError(f"expected JSON on the line, found {_reason(error)}", path=path, line=number)


def _array(number: int, line: str, lines: Iterator[tuple[int, str]], path: str) -> Iterator[Numbered | CorpusError]:
    """The values of an array; strings can't hold line ends, so brackets are counted line by line."""
    decoder = json.JSONDecoder()
    depth, text, start = _depth(line), line[1:], number
    while True:
        if depth <= 1:
            while rest := text.lstrip(" \t\n,"):
                start += text[: len(text) - len(rest)].count("\n")
                if rest.startswith("]"):
                    return
                try:
                    value, end = decoder.raw_decode(rest)
                except (ValueError, RecursionError) as error:
                    yield CorpusError(f"expected a JSON array, found {_reason(error)}", path=path, line=start)
                    return
                yield start, value
                start += rest[:end].count("\n")
                text = rest[end:]
            text = ""
        number, line = next(lines, (0, ""))
        if not number:
            yield CorpusError("expected a JSON array, found that the file ends within it", path=path, line=start)
            return
        start = start if text else number
        text = f"{text}\n{line}" if text else line
        depth += _depth(line)


def _depth(line: str) -> int:
    bare = _STRING.sub("", line)
    return sum(map(bare.count, "{[")) - sum(map(bare.count, "}]"))


def _single(number: int, line: str, lines: Iterator[tuple[int, str]], path: str) -> Iterator[Numbered | CorpusError]:
    """One object over several lines."""
    text = "\n".join([line, *(following for _, following in lines)])
    try:
        yield number, json.loads(text)
    except (ValueError, RecursionError) as error:
        yield CorpusError(f"expected a JSON object, found {_reason(error)}", path=path, line=number)


def _reason(error: Exception) -> str:
    return "a structure that is too deep" if isinstance(error, RecursionError) else f"none: {error}"
