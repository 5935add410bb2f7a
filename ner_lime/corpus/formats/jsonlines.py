"""JSON with character offsets: doccano, Prodigy, Label Studio, spaCy; and token lists as Hugging Face writes them.

One object a line, or one array of objects. Each object says of which tool it is:

============  ==========================================================================================================
doccano       ``{"text", "label": [[0, 3, "PER"]]}``, or
              ``{"text", "entities": [{"start_offset", "end_offset", "label"}]}``
Prodigy       ``{"text", "tokens": [{"text", "start", "end"}], "spans": [{"start", "end", "label"}], "answer"}``
spaCy         ``{"text", "spans" | "entities" | "ents": [{"start", "end", "label"}]}``, or lists instead of the objects
Label Studio  ``{"data": {"text"}, "annotations": [{"result": [...]}]}``, or JSON-MIN ``{"text", "label": [...]}``
tokens        ``{"tokens": ["Ann"], "ner_tags": ["B-PER"]}``
============  ==========================================================================================================
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ner_lime.corpus.formats.events import Event, Note
from ner_lime.corpus.formats.iob.lines import Source, name_of
from ner_lime.corpus.formats.iob.writer import Target, written_lines
from ner_lime.corpus.formats.json_text import values
from ner_lime.corpus.formats.offsets import Alignment, AnnotatedText, TextSpan
from ner_lime.corpus.labels import AnyScheme, spans
from ner_lime.corpus.rows import row_of_dict
from ner_lime.corpus.sentence import Sentence, sentence_of
from ner_lime.corpus.tokenizer import Offsets
from ner_lime.errors import CorpusError, InputError

_LISTS = ("label", "labels", "spans", "entities", "ents")
_FORMS = "an object with 'text' and one of 'label', 'labels', 'spans', 'entities', with 'data', or with 'tokens'"


class _Fault(Exception):
    """What is wrong with an object."""


def sentences(source: Source, alignment: Alignment, *, encoding: str = "utf-8") -> Iterator[Event]:
    """Read JSON lines or a JSON array: each object is one sentence.

    Yields
    ------
    Sentence, CorpusError or Note
        Prodigy's rejected and ignored answers, and cancelled annotations of Label Studio, are left out with a note.
    """
    path = name_of(source)
    for value in values(source, encoding):
        if isinstance(value, CorpusError):
            yield value
            continue
        line, record = value
        try:
            found = _read(record, (path, line))
        except _Fault as fault:
            yield CorpusError(str(fault), path=path, line=line)
            continue
        if isinstance(found, (Note, Sentence)):
            yield found
        else:
            yield from alignment.sentence(found)


def write(sentences: Iterable[Sentence], target: Target, *, scheme: AnyScheme = None) -> None:
    """Write one JSON object a line: the text, its tokens and spans with their offsets, as Prodigy and spaCy read them.

    Parameters
    ----------
    sentences : iterable of Sentence
        Written as they come. Where the text is not known it is the tokens with spaces between.
    target : path or open file
        A path is replaced only once everything is written; one that ends in ``.gz`` is compressed.
    scheme : str, LabelScheme or None
        How tags are read.

    Raises
    ------
    InputError
        Offsets are ambiguous: a token that is empty.
    CorpusError
        The path can't be written.
    """

    def lines() -> Iterator[str]:
        for index, sentence in enumerate(sentences):
            offsets = sentence.places
            if any(start == end for start, end in offsets):
                raise InputError(f"sentence {index}: expected tokens with characters, found an empty one")
            record: dict[str, Any] = {"text": sentence.raw_text}
            record["tokens"] = [
                {"text": token, "start": start, "end": end, "id": n}
                for n, (token, (start, end)) in enumerate(zip(sentence.tokens, offsets, strict=True))
            ]
            if sentence.postags is not None:
                for token, postag in zip(record["tokens"], sentence.postags, strict=True):
                    token["pos"] = postag
            if sentence.tags is not None:
                record["spans"] = [
                    {"start": offsets[first][0], "end": offsets[last - 1][1], "label": kind}
                    for first, last, kind in spans(sentence.tags, scheme)
                ]
            if sentence.document is not None:
                record["meta"] = {"document": sentence.document}
            yield json.dumps(record, ensure_ascii=False) + "\n"

    written_lines(lines(), target, "utf-8")


def _read(record: Any, where: tuple[str, int]) -> AnnotatedText | Sentence | Note:
    if not isinstance(record, dict):
        raise _Fault(f"expected {_FORMS}, found {_short(record)}")
    place = f"{where[0]}:{where[1]}"
    if record.get("answer", "accept") != "accept":
        return Note(f"{place}: left out: answer is {record['answer']!r}")
    if isinstance(record.get("data"), dict):
        return _label_studio(record, where)
    tokens = record.get("tokens")
    if isinstance(tokens, list) and all(isinstance(token, str) for token in tokens) and "text" not in record:
        try:
            return sentence_of(row_of_dict(record))
        except InputError as error:
            raise _Fault(str(error)) from error
    text = record.get("text", record.get("content"))
    if not isinstance(text, str):
        raise _Fault(f"expected {_FORMS}, found the keys {', '.join(map(str, record)) or 'of none'}")
    names = [name for name in _LISTS if isinstance(record.get(name), list)]
    listed: list[Any] | None = next((record[name] for name in names if record[name]), [] if names else None)
    spans = None if listed is None else tuple(_span(item) for item in listed)
    meta = record.get("meta")
    document = meta.get("document") if isinstance(meta, dict) else None
    offsets, postags = _tokens(tokens, text)
    return AnnotatedText(text, spans, where, offsets, document if isinstance(document, int) else None, postags)


def _tokens(tokens: Any, text: str) -> tuple[Offsets | None, tuple[str, ...] | None]:
    """The tokens that Prodigy writes: their characters, and their parts of speech."""
    if not isinstance(tokens, list) or not all(isinstance(token, dict) for token in tokens):
        return None, None
    offsets = []
    for token in tokens:
        start, end = token.get("start"), token.get("end")
        whole = isinstance(start, int) and isinstance(end, int)
        if not whole or text[start:end] != token.get("text", text[start:end]):
            raise _Fault(f"expected a token with its text's start and end, found {_short(token)}")
        offsets.append((start, end))
    postags = [token.get("pos") for token in tokens]
    known = postags and all(isinstance(postag, str) for postag in postags)
    return tuple(offsets), tuple(map(str, postags)) if known else None


def _span(item: Any) -> TextSpan:
    """A span in any of the forms: an object, or [start, end, label]."""
    text = None
    if isinstance(item, Mapping):
        start, end = (item.get(name, item.get(f"{name}_offset")) for name in ("start", "end"))
        label, text = item.get("label", item.get("labels", item.get("type"))), item.get("text")
    elif isinstance(item, list) and len(item) == 3:
        start, end, label = item
    else:
        raise _Fault(f"expected a span with start, end and label, found {_short(item)}")
    if isinstance(label, list):
        if len(label) != 1:
            raise _Fault(f"expected a span with one label, found {_short(item)}")
        label = label[0]
    if isinstance(start, float) and start.is_integer() and isinstance(end, float) and end.is_integer():
        start, end = int(start), int(end)
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        raise _Fault(f"expected a span with start, end and label, found {_short(item)}")
    return TextSpan(start, end, label, text if isinstance(text, str) else None)


def _label_studio(record: Mapping[str, Any], where: tuple[str, int]) -> AnnotatedText | Note:
    """A task of Label Studio's JSON export; JSON-MIN is like doccano's form."""
    place = f"{where[0]}:{where[1]}"
    data = record["data"]
    texts = [value for value in data.values() if isinstance(value, str)]
    text = data["text"] if isinstance(data.get("text"), str) else texts[0] if len(texts) == 1 else None
    if text is None:
        raise _Fault(f"expected a task with one text in 'data', found {_short(data)}")
    done = record.get("annotations", record.get("completions", []))
    if not isinstance(done, list) or not all(isinstance(one, dict) for one in done):
        raise _Fault(f"expected 'annotations' to be a list of objects, found {_short(done)}")
    kept = [one for one in done if not one.get("was_cancelled")]
    if done and not kept:
        return Note(f"{place}: left out: the annotation was cancelled")
    if len(kept) > 1:
        raise _Fault(f"expected one annotation of the task, found {len(kept)}: export one annotator's")
    regions = kept[0].get("result", []) if kept else []
    spans = tuple(
        _span(region.get("value"))
        for region in regions
        if isinstance(region, dict) and region.get("type", "labels") in ("labels", "hypertextlabels")
    )
    return AnnotatedText(text, spans if kept else None, where)


def _short(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def path_is_json(path: str | os.PathLike[str]) -> bool:
    """Whether a path's name says JSON."""
    return os.fspath(path).removesuffix(".gz").endswith((".json", ".jsonl", ".jsonlines", ".ndjson"))
