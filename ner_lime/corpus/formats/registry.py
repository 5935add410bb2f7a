"""The formats by name: how each is read, with which options, and how it is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast

from ner_lime.corpus.formats.events import Event, OnError
from ner_lime.corpus.formats.iob.lines import Source
from ner_lime.corpus.formats.offsets import Alignment
from ner_lime.corpus.labels import AnyScheme, LabelScheme, Scheme, label_scheme
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import InputError


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a source yields, in its order, and the scheme of the tags where the format says it."""

    events: Iterable[Event]
    scheme: Scheme | None


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    title : str
        Its name in messages.
    suffixes : tuple of str
        Ends of file names by which a format to write is chosen.
    options : mapping of str to value
        The options for reading, with their defaults; ``on_error`` is one of every format.
    read : callable or None
        ``read(source, options)``; None for IOB, whose reader is `read_iob`.
    write : callable or None
        ``write(sentences, target, scheme)``; None for formats that are only read.
    """

    title: str
    suffixes: tuple[str, ...]
    options: Mapping[str, Any]
    read: Callable[[Any, Mapping[str, Any]], Reading] | None
    write: Callable[[Iterable[Sentence], Any, AnyScheme], None] | None = None

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options with defaults; InputError for one that the format does not have."""
        known = {*self.options, "on_error"}
        for name in options:
            if name not in known:
                raise InputError(f"{self.title} has the options {', '.join(sorted(known))}, found {name}=")
        found = {**self.options, "on_error": "raise", **options}
        if found["on_error"] not in ("raise", "skip", "repair"):
            raise InputError(f"expected on_error 'raise', 'skip' or 'repair', found {found['on_error']!r}")
        return found


_TEXT: Mapping[str, Any] = {"encoding": "utf-8"}
_ALIGNED: Mapping[str, Any] = {"scheme": "IOB2", "tokenizer": None}


def _written(options: Mapping[str, Any]) -> LabelScheme:
    scheme = options["scheme"]
    return label_scheme("IOB2" if scheme in (None, "auto") else scheme)


def _alignment(options: Mapping[str, Any]) -> Alignment:
    return Alignment(_written(options), options["tokenizer"], cast("OnError", options["on_error"]))


def _path(source: Any, title: str) -> Path:
    if not isinstance(source, str | os.PathLike):
        raise InputError(f"{title}: expected a path, found {type(source).__name__}")
    return Path(source)


def _jsonl(source: Source, options: Mapping[str, Any]) -> Reading:
    from ner_lime.corpus.formats import jsonlines

    events = iter(jsonlines.sentences(source, _alignment(options), encoding=options["encoding"]))
    head: list[Event] = []
    for event in events:
        head.append(event)
        if isinstance(event, Sentence):
            break
    # objects with tokens have no text, and tags of their own scheme
    aligned = any(isinstance(event, Sentence) and event.text is not None for event in head)
    return Reading(chain(head, events), str(_written(options)) if aligned else None)


def _conllu(source: Source, options: Mapping[str, Any]) -> Reading:
    from ner_lime.corpus.formats.conllu import ConlluReader

    reader = ConlluReader(source, tag_column=options["tag_column"], encoding=options["encoding"])
    return Reading(reader, reader.scheme)


def _conll2012(source: Source, options: Mapping[str, Any]) -> Reading:
    from ner_lime.corpus.formats import conll2012

    columns = {name: options[name] for name in ("token_column", "tag_column", "postag_column", "encoding")}
    return Reading(conll2012.sentences(source, _written(options), **columns), str(_written(options)))


def _brat(source: Source, options: Mapping[str, Any]) -> Reading:
    from ner_lime.corpus.formats import brat

    events = brat.sentences(_path(source, "brat"), _alignment(options), encoding=options["encoding"])
    return Reading(events, str(_written(options)))


def _pubtator(source: Source, options: Mapping[str, Any]) -> Reading:
    from ner_lime.corpus.formats import pubtator

    events = pubtator.sentences(source, _alignment(options), encoding=options["encoding"])
    return Reading(events, str(_written(options)))


def _bioc(source: Source, options: Mapping[str, Any]) -> Reading:
    from ner_lime.corpus.formats import bioc

    events = bioc.sentences(_path(source, "BioC"), _alignment(options), type_key=options["type_key"])
    return Reading(events, str(_written(options)))


def _docbin(source: Source, options: Mapping[str, Any]) -> Reading:
    from ner_lime.corpus.formats import spacy

    return Reading(spacy.sentences(_path(source, "DocBin"), _written(options)), str(_written(options)))


def _dataset(source: Source, options: Mapping[str, Any]) -> Reading:
    from ner_lime.corpus.formats import datasets

    path = _path(source, "data set")
    scheme = options["scheme"]
    events = datasets.sentences(path, tag_key=options["tag_column"], split=options["split"])
    return Reading(events, None if scheme in (None, "auto") else str(label_scheme(scheme)))


def _write_iob(sentences: Iterable[Sentence], target: Any, _: AnyScheme) -> None:
    from ner_lime.corpus.formats.iob import write_iob

    write_iob(sentences, target)


def _write_jsonl(sentences: Iterable[Sentence], target: Any, scheme: AnyScheme) -> None:
    from ner_lime.corpus.formats import jsonlines

    jsonlines.write(sentences, target, scheme=scheme)


def _write_docbin(sentences: Iterable[Sentence], target: Any, scheme: AnyScheme) -> None:
    from ner_lime.corpus.formats import spacy

    spacy.write(sentences, _path(target, "DocBin"), scheme=scheme)


def _write_dataset(sentences: Iterable[Sentence], target: Any, _: AnyScheme) -> None:
    from ner_lime.corpus.formats import datasets

    datasets.write(sentences, _path(target, "data set"))


_DATASET: Mapping[str, Any] = {"tag_column": None, "split": None, "scheme": "auto"}

FORMATS: Mapping[str, Format] = {
    "iob": Format("IOB", (".tsv", ".conll", ".iob", ".bio", ".txt", ".csv"), {}, None, _write_iob),
    "jsonl": Format("JSON with offsets", (".jsonl", ".ndjson", ".json"), {**_TEXT, **_ALIGNED}, _jsonl, _write_jsonl),
    "conllu": Format("CoNLL-U", (".conllu",), {**_TEXT, "tag_column": "auto"}, _conllu),
    "conll2012": Format(
        "CoNLL-2012",
        (".v4_gold_conll",),
        {**_TEXT, "scheme": "IOB2", "token_column": 3, "tag_column": 10, "postag_column": 4},
        _conll2012,
    ),
    "brat": Format("brat", (".ann",), {**_TEXT, **_ALIGNED}, _brat),
    "pubtator": Format("PubTator", (".pubtator",), {**_TEXT, **_ALIGNED}, _pubtator),
    "bioc": Format("BioC", (".xml",), {**_ALIGNED, "type_key": "type"}, _bioc),
    "docbin": Format("DocBin", (".spacy",), {"scheme": "IOB2"}, _docbin, _write_docbin),
    "parquet": Format("Parquet", (".parquet",), _DATASET, _dataset, _write_dataset),
    "datasets": Format("data set of Hugging Face", ("",), _DATASET, _dataset, _write_dataset),
}
"""Every format by its name."""


def format_named(name: str) -> Format:
    """The format of a name; InputError lists the known ones."""
    if name not in FORMATS:
        raise InputError(f"expected format 'auto' or one of {', '.join(FORMATS)}, found {name!r}")
    return FORMATS[name]
