"""BioC in XML or JSON, read with the library bioc (extra ``formats``): a sentence each passage or sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ner_lime.corpus.formats.events import Event
from ner_lime.corpus.formats.offsets import Alignment, AnnotatedText, TextSpan
from ner_lime.errors import CorpusError, MissingExtraError, in_one_line


def sentences(path: Path, alignment: Alignment, *, type_key: str = "type") -> Iterator[Event]:
    """Read the documents of a BioC collection one by one (of JSON: the whole file).

    An annotation in several pieces is a fault, as no tags can spell it. Messages name the document's id, since the
    library does not tell lines.

    Parameters
    ----------
    path : path
        An XML or JSON file.
    alignment : Alignment
        How texts become sentences.
    type_key : str
        The infon that holds an annotation's entity type.
    """
    try:
        from bioc import biocxml
        from bioc.biocjson.decoder import parse_doc
    except ImportError as error:
        raise MissingExtraError("bioc", "formats") from error

    def documents() -> Iterator[Any]:
        with path.open("rb") as binary:
            is_xml = binary.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        if is_xml:
            with path.open("rb") as binary:
                yield from biocxml.BioCXMLDocumentReader(binary)
            return
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        for collection in found if isinstance(found, list) else [found]:
            whole = collection if "documents" in collection else {"documents": [collection]}
            for one in whole["documents"]:
                yield parse_doc({"id": "", "infons": {}, "annotations": [], "relations": [], **one})

    number = 0
    found = documents()
    while True:
        try:
            document = _next(found, path)
        except OSError as error:
            raise CorpusError(f"can't be read: {error.strerror or error}", path=path) from error
        except CorpusError as error:
            yield error
            return
        if document is None:
            return
        yield from _document(document, number, path, alignment, type_key)
        number += 1


def _next(documents: Iterator[Any], path: Path) -> Any:
    """The next document; None at the end."""
    try:
        return next(documents, None)
    except OSError:
        raise
    except Exception as error:  # a foreign parser may raise anything
        line = getattr(error, "lineno", None)
        raise CorpusError(f"expected BioC, found {in_one_line(error)}", path=path, line=line) from error


def _document(document: Any, number: int, path: Path, alignment: Alignment, type_key: str) -> Iterator[Event]:
    for passage in document.passages:
        for part in passage.sentences or [passage]:
            if not part.text or not part.text.strip():
                continue
            spans = []
            name = f"{path}: document {document.id}"
            # annotations of a passage with sentences may stand beside either
            listed = part.annotations if part is passage else [*part.annotations, *_within(passage, part)]
            fault = None
            for annotation in listed:
                kind = annotation.infons.get(type_key)
                if kind is None:
                    fault = fault or f"expected the infon {type_key!r} of annotation {annotation.id}, found none"
                elif len(annotation.locations) != 1:
                    shown = f"{kind} {annotation.text!r:.60}"
                    fault = fault or f"expected an entity in one piece, found the discontinuous {shown}"
                else:
                    start, length = annotation.locations[0].offset, annotation.locations[0].length
                    spans.append(TextSpan(start, start + length, kind, annotation.text or None))
            if fault is not None:
                yield CorpusError(fault, path=name)
                if alignment.on_error != "repair":
                    continue
            yield from alignment.sentence(
                AnnotatedText(part.text, tuple(spans), (name, None), document=number, origin=part.offset)
            )


def _within(passage: Any, part: Any) -> list[Any]:
    end = part.offset + len(part.text)
    return [one for one in passage.annotations if all(part.offset <= place.offset < end for place in one.locations)]
