"""brat's standoff format: a ``.txt`` file with the text beside an ``.ann`` file with its entities.

The rows are read here: the libraries for it give a fault neither a line nor a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ner_lime.corpus.formats.events import Event
from ner_lime.corpus.formats.iob.lines import blocks
from ner_lime.corpus.formats.offsets import Alignment, AnnotatedText, TextSpan
from ner_lime.errors import CorpusError

_ENTITY = re.compile(r"(?P<id>T\S+)\t(?P<type>\S+) (?P<places>\d+ \d+(?:;\d+ \d+)*)(?:\t(?P<text>.*))?", re.DOTALL)


def sentences(path: Path, alignment: Alignment, *, encoding: str = "utf-8") -> Iterator[Event]:
    """Read a folder of ``.ann`` and ``.txt`` files, or one ``.ann`` file: a document a file, a sentence a line.

    Relations, events, attributes and notes are passed over. A discontinuous entity, and one that crosses a line end, is
    a fault, as no tags can spell it.

    Parameters
    ----------
    path : path
        The folder, or an ``.ann`` or ``.txt`` file.
    alignment : Alignment
        How texts become sentences.
    encoding : str
        As `codecs` names it.
    """
    files = sorted(path.rglob("*.ann")) if path.is_dir() else [path.with_suffix(".ann")]
    if not files:
        raise CorpusError("expected .ann files in the folder, found none", path=path)
    for document, file in enumerate(files):
        try:
            yield from _document(file, document, alignment, encoding)
        except CorpusError as error:  # of a file that can't be read
            if len(files) == 1:
                raise
            yield error


def _document(path: Path, document: int, alignment: Alignment, encoding: str) -> Iterator[Event]:
    text = "".join(f"{line}\n" for block in _lines(path.with_suffix(".txt"), encoding) for line in block)
    spans: list[tuple[int, TextSpan]] = []
    number = 0
    for block in _lines(path, encoding):
        for line in block:
            number += 1
            if not line.startswith("T"):
                continue
            match = _ENTITY.fullmatch(line)
            if match is None:
                message = f"expected an entity such as T1 [tab] PER 0 3 [tab] Ann, found {line!r:.60}"
                yield CorpusError(message, path=path, line=number)
                continue
            if ";" in match["places"]:
                shown = f"{match['id']} {match['type']} {match['text'] or ''!r}"
                message = f"expected an entity in one piece, found the discontinuous {shown} at {match['places']}"
                yield CorpusError(message, path=path, line=number)
                continue
            start, end = map(int, match["places"].split())
            spans.append((number, TextSpan(start, end, match["type"], match["text"])))
    yield from _by_line(text, spans, path, document, alignment)


def _by_line(
    text: str, spans: list[tuple[int, TextSpan]], path: Path, document: int, alignment: Alignment
) -> Iterator[Event]:
    spans.sort(key=lambda numbered: numbered[1].start)
    start, following = 0, 0
    for line in text.split("\n"):
        end = start + len(line)
        inside: list[TextSpan] = []
        number: int | None = None
        fault = None
        while following < len(spans) and spans[following][1].start < max(end, start + 1):
            number, span = spans[following]
            following += 1
            if span.end > end:
                message = f"expected an entity within one line, found {span.type} {span.text!r:.60} across its end"
                fault = CorpusError(message, path=path, line=number)
            else:
                inside.append(span)
        if fault is not None:
            yield fault
        if line.strip() and (fault is None or alignment.on_error == "repair"):
            where = (str(path), number)
            yield from alignment.sentence(AnnotatedText(line, tuple(inside), where, document=document, origin=start))
        start = end + 1
    for number, span in spans[following:]:
        message = f"expected an entity within the text's {len(text)} characters, found {span.start}..{span.end}"
        yield CorpusError(message, path=path, line=number)


def _lines(path: Path, encoding: str) -> Iterator[list[str]]:
    for block in blocks(path, encoding):
        if block.undecodable:
            message = f"expected {encoding}, found bytes that are not; state the encoding"
            raise CorpusError(message, path=path, line=block.undecodable[0])
        yield block.lines
