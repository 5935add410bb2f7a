"""Corpora that are already in memory: pairs, rows, dicts, frames, data sets, Docs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from ner_lime.corpus import frames
from ner_lime.corpus.corpus import Corpus
from ner_lime.corpus.formats import datasets
from ner_lime.corpus.formats.events import Event, OnError, collect
from ner_lime.corpus.formats.offsets import Alignment, AnnotatedText, TextSpan
from ner_lime.corpus.labels import AnyScheme, LabelScheme, label_scheme
from ner_lime.corpus.rows import Row, row_of_dict, row_of_pair
from ner_lime.corpus.sentence import Sentence, sentence_of
from ner_lime.errors import InputError

_FORMS = (
    "a Corpus, a path, sentences, (tokens, tags) pairs, lists of (token, tag) rows, dicts with 'tokens' and "
    "'ner_tags', a pandas frame, a data set of Hugging Face, or Docs of spaCy"
)


def as_corpus(source: Any, *, scheme: AnyScheme = None, on_error: OnError = "raise") -> Corpus:
    """Make a corpus of what a user has.

    Parameters
    ----------
    source : object
        A `Corpus`; a path, as `read_corpus` reads it; an iterable of `Sentence`; of (tokens, tags) pairs; of lists of
        (token, tag) or (token, part of speech, tag) rows; of ``{"tokens": [...], "ner_tags": [...]}`` dicts; of
        ``(text, {"entities": [(start, end, type)]})`` pairs; a dict of such columns; a pandas frame; a Dataset of
        Hugging Face; a DocBin or Docs of spaCy.
    scheme : str, LabelScheme or None
        The scheme of the tags; detected by default. The scheme in which spans of characters are written, by default
        IOB2.
    on_error : {"raise", "skip", "repair"}
        For spans of characters that cut a token or overlap: see `read_corpus`.

    Returns
    -------
    Corpus

    Raises
    ------
    InputError
        It is nothing of these, or what it holds is ambiguous.
    CorpusError
        A file or a span that can't be read as asked.

    Examples
    --------
    >>> as_corpus([(["Ann", "sings"], ["B-PER", "O"]), (["Oslo"], ["B-LOC"])])
    <Corpus: 2 sentences, 3 tokens, IOB2, 0 skipped>
    """
    stated = None if scheme in (None, "auto") else str(label_scheme(scheme))
    if isinstance(source, Corpus):
        return source if stated is None else Corpus(source.sentences, stated, source.skipped, notes=source.notes)
    if isinstance(source, str | os.PathLike):
        from ner_lime.corpus.formats import read_corpus

        return read_corpus(source, on_error=on_error, **({} if stated is None else {"scheme": stated}))
    if frames.is_frame(source):
        return Corpus.from_frame(source, scheme=stated)
    if _is_of(source, "datasets"):
        return collect(datasets.sentences(source), on_error=on_error, scheme=stated)
    written = LabelScheme.parse(stated or "IOB2")
    if _is_of(source, "spacy"):
        return _docs([source] if type(source).__name__ == "Doc" else source, written, on_error)
    if isinstance(source, Mapping):
        return Corpus.from_dict(source, scheme=stated)
    if not isinstance(source, Iterable) or isinstance(source, bytes):
        raise InputError(f"expected {_FORMS}, found {source!r:.60}")
    items = iter(source)
    first = next(items, None)
    every = items if first is None else chain([first], items)
    if _is_of(first, "spacy"):
        return _docs(every, written, on_error)
    if _is_text_with_spans(first):
        return collect(_texts(every, Alignment(written, on_error=on_error)), on_error=on_error, scheme=str(written))
    return Corpus(tuple(_sentence(index, item) for index, item in enumerate(every)), stated)


def _docs(docs: Any, scheme: LabelScheme, on_error: OnError) -> Corpus:
    from ner_lime.corpus.formats import spacy

    return collect(spacy.sentences(docs, scheme), on_error=on_error, scheme=str(scheme))


def _sentence(index: int, item: Any) -> Sentence:
    """One sentence in any of the forms; the message of a fault names its index."""
    if isinstance(item, Sentence):
        return item
    try:
        if isinstance(item, Mapping):
            return sentence_of(row_of_dict(item))
        if isinstance(item, str | bytes) or not isinstance(item, Sequence) or not item:
            raise InputError(f"expected {_FORMS}, found {item!r:.60}")
        if all(isinstance(token, str) for token in item):
            raise InputError(f"expected a sentence with tags, found a list of tokens alone: {item!r:.60}")
        if _is_row_list(item):
            return sentence_of(_of_rows(item))
        return sentence_of(row_of_pair(item))
    except InputError as error:
        raise InputError(f"sentence {index}: {error}") from error


def _is_row_list(item: Sequence[Any]) -> bool:
    """Whether a sentence is a list of (token, tag) or (token, part of speech, tag) rows, and not a pair of lists."""
    whole = all(isinstance(row, tuple | list) and len(row) in (2, 3) for row in item)
    if not whole or len({len(row) for row in item}) != 1 or not all(isinstance(c, str) for row in item for c in row):
        return False
    # two lists of two strings are a pair, unless they are tuples, as rows are
    return all(isinstance(row, tuple) for row in item) or len(item) != 2


def _of_rows(rows: Sequence[Sequence[str]]) -> Row:
    columns = list(zip(*rows, strict=True))
    return Row(columns[0], columns[-1], postags=columns[1] if len(columns) == 3 else None)


def _is_text_with_spans(item: Any) -> bool:
    """Whether something is ``(text, {"entities": [...]})``, as spaCy's training data was."""
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], Mapping)


def _texts(items: Iterable[Any], alignment: Alignment) -> Iterable[Event]:
    for index, item in enumerate(items):
        if not _is_text_with_spans(item):
            raise InputError(f"sentence {index}: expected a text and its entities, found {item!r:.60}")
        text, record = item
        entities = record.get("entities", record.get("spans"))
        if entities is None:
            raise InputError(f"sentence {index}: expected the key 'entities', found {', '.join(map(repr, record))}")
        try:
            spans = tuple(TextSpan(int(start), int(end), str(kind)) for start, end, kind, *_ in entities)
        except (TypeError, ValueError) as error:
            raise InputError(f"sentence {index}: expected (start, end, type), found {entities!r:.60}") from error
        yield from alignment.sentence(AnnotatedText(text, spans, (f"sentence {index}", None)))


def _is_of(thing: Any, library: str) -> bool:
    """Whether an object's class is of a library, told without importing it."""
    return type(thing).__module__.partition(".")[0] == library
