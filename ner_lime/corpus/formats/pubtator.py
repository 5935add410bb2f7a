"""PubTator: ``ID|t|title``, ``ID|a|abstract``, then rows of ID, start, end, text, type and concept.

The rows are read here: the library for it prints those that it can't read and passes over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ner_lime.corpus.formats.events import Event
from ner_lime.corpus.formats.iob.lines import Source, blocks, name_of, paragraphs
from ner_lime.corpus.formats.offsets import Alignment, AnnotatedText, TextSpan
from ner_lime.errors import CorpusError

_TEXT = re.compile(r"(?P<id>[^|]+)\|(?P<part>[ta])\|(?P<text>.*)", re.DOTALL)
_ENTITY = re.compile(r"[^\t]+\t(?P<start>\d+)\t(?P<end>\d+)\t(?P<text>[^\t]*)\t(?P<type>[^\t]+)(?:\t.*)?", re.DOTALL)
_RELATION = re.compile(r"[^\t]+\t[A-Za-z]\w*\t[^\t]+\t[^\t]+(?:\t.*)?", re.DOTALL)


def sentences(source: Source, alignment: Alignment, *, encoding: str = "utf-8") -> Iterator[Event]:
    """Read documents, a blank line after each: the title and the abstract are a sentence each.

    Relations are passed over. Offsets count the characters of title, one space, and abstract.

    Parameters
    ----------
    source : path or open file
        Text or bytes, plain or gzip.
    alignment : Alignment
        How texts become sentences.
    encoding : str
        As `codecs` names it.
    """
    path = name_of(source)
    for document, paragraph in enumerate(paragraphs(blocks(source, encoding))):
        if paragraph.undecodable:
            message = f"expected {encoding}, found bytes that are not; state the encoding"
            yield CorpusError(message, path=path, line=paragraph.undecodable[0])
            continue
        texts: dict[str, str] = {}
        spans: list[tuple[int, TextSpan]] = []
        errors: list[CorpusError] = []
        for number, line in enumerate(paragraph.lines, paragraph.first):
            if match := _TEXT.fullmatch(line):
                texts[match["part"]] = match["text"]
            elif match := _ENTITY.fullmatch(line):
                span = TextSpan(int(match["start"]), int(match["end"]), match["type"], match["text"])
                spans.append((number, span))
            elif not _RELATION.fullmatch(line):
                message = f"expected ID, start, end, text and type between tabs, found {line!r:.60}"
                errors.append(CorpusError(message, path=path, line=number))
        if "t" not in texts:
            message = "expected a document that begins with ID|t|title, found none"
            yield CorpusError(message, path=path, line=paragraph.first)
            continue
        yield from errors
        start = 0
        for text in (texts["t"], texts.get("a", "")):
            end = start + len(text)
            within = [(n, span) for n, span in spans if start <= span.start < end and span.end <= end]
            spans = [numbered for numbered in spans if numbered not in within]
            inside = tuple(span for _, span in within)
            if text.strip():
                where = (path, within[0][0] if within else paragraph.first)
                yield from alignment.sentence(AnnotatedText(text, inside, where, document=document, origin=start))
            start = end + 1
        for number, span in spans:
            message = f"expected an entity within the title or the abstract, found {span.type} {span.text!r:.60}"
            yield CorpusError(f"{message} at {span.start}..{span.end}", path=path, line=number)
