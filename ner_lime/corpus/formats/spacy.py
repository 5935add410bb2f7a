"""spaCy's DocBin, and Docs: read and written with spaCy (extra ``spacy``), a sentence each sentence of a Doc."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ner_lime.corpus.formats.events import Event, Note
from ner_lime.corpus.labels import AnyScheme, spans
from ner_lime.corpus.schemes import LabelScheme, Span
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import CorpusError, InputError, MissingExtraError, in_one_line
from ner_lime.files import replacing


def sentences(source: Path | Any, scheme: LabelScheme) -> Iterator[Event]:
    """Read a ``.spacy`` file, a DocBin or Docs: a sentence each sentence of a Doc, or each Doc without sentences.

    Tokens without annotation (``-``) are outside, with a note.

    Parameters
    ----------
    source : path, DocBin or iterable of Doc
        What `write` or ``spacy convert`` wrote.
    scheme : LabelScheme
        The scheme in which tags are written.
    """
    spacy = _spacy()
    docs: Any = source
    name = "<docs>"
    if isinstance(source, Path):
        name = str(source)
        try:
            docs = spacy.tokens.DocBin().from_disk(source)
        except OSError as error:
            raise CorpusError(f"can't be read: {error.strerror or error}", path=name) from error
        except Exception as error:  # a foreign parser may raise anything
            raise CorpusError(f"expected a DocBin, found {in_one_line(error)}", path=name) from error
    if isinstance(docs, spacy.tokens.DocBin):
        docs = docs.get_docs(spacy.blank("xx").vocab)
    for number, doc in enumerate(iter(docs)):
        missing = sum(token.ent_iob == 0 for token in doc) if doc.has_annotation("ENT_IOB") else 0
        if missing:
            yield Note(f"{name}: document {number}: {missing} tokens without an annotation are read as O")
        parts = list(doc.sents) if doc.has_annotation("SENT_START") else [doc[:]]
        for part in parts:
            yield _sentence(doc, part, number, scheme)


def write(sentences: Iterable[Sentence], path: Path, *, scheme: AnyScheme = None) -> None:
    """Write a ``.spacy`` file: a Doc each document, or each sentence where documents are not known.

    Parameters
    ----------
    sentences : iterable of Sentence
        Their tokens may hold no spaces at their ends, as spaCy allows none.
    path : path
        Replaced only once everything is written.
    scheme : str, LabelScheme or None
        How tags are read.
    """
    spacy = _spacy()
    blank = spacy.blank("xx")
    bin_ = spacy.tokens.DocBin(store_user_data=False)
    for group in _documents(sentences):
        bin_.add(_doc(spacy, blank.vocab, group, scheme))
    with replacing(path) as binary:
        binary.write(bin_.to_bytes())


def _doc(spacy: Any, vocab: Any, group: list[Sentence], scheme: AnyScheme) -> Any:
    words: list[str] = []
    spaces: list[bool] = []
    starts: list[bool] = []
    entities: list[Span] = []
    postags: list[str] = []
    for sentence in group:
        found = spans(sentence.tags or (), scheme)
        entities += [Span(first + len(words), last + len(words), kind) for first, last, kind in found]
        words += sentence.tokens
        starts += [n == 0 for n in range(len(sentence))]
        postags += sentence.postags or [""] * len(sentence)
        spaces += _spaces(sentence)
    try:
        doc = spacy.tokens.Doc(vocab, words=words, spaces=spaces, sent_starts=starts, tags=postags)
        if all(sentence.tags is not None for sentence in group):
            doc.set_ents([spacy.tokens.Span(doc, *span) for span in entities], default="outside")
    except ValueError as error:
        raise InputError(f"expected tokens that spaCy can hold, found {in_one_line(error)}") from error
    return doc


def _spaces(sentence: Sentence) -> list[bool]:
    if sentence.offsets is None or sentence.text is None:
        return [True] * len(sentence)
    starts = [*(start for start, _ in sentence.offsets[1:]), None]
    return [start is None or start > end for (_, end), start in zip(sentence.offsets, starts, strict=True)]


def _documents(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    group: list[Sentence] = []
    for sentence in sentences:
        if not sentence.tokens:
            continue
        if group and (sentence.document is None or sentence.document != group[-1].document):
            yield group
            group = []
        group.append(sentence)
    if group:
        yield group


def _sentence(doc: Any, part: Any, number: int, scheme: LabelScheme) -> Sentence:
    tokens = [token for token in part if not token.is_space]
    positions = {token.i: n for n, token in enumerate(tokens)}
    tags = None
    if doc.has_annotation("ENT_IOB"):
        found = []
        for entity in part.ents:
            inside = [positions[i] for i in range(entity.start, entity.end) if i in positions]
            if inside:
                found.append(Span(inside[0], inside[-1] + 1, entity.label_))
        tags = scheme.tags(found, len(tokens))
    start = part.start_char
    offsets = tuple((token.idx - start, token.idx - start + len(token.text)) for token in tokens)
    postags = tuple(token.tag_ or token.pos_ for token in tokens)
    return Sentence(
        tuple(token.text for token in tokens),
        tags,
        number,
        text=part.text,
        offsets=offsets,
        postags=postags if any(postags) and all(postags) else None,
    )


def _spacy() -> Any:
    try:
        import spacy
        import spacy.tokens
    except ImportError as error:
        raise MissingExtraError("spacy", "spacy") from error
    return spacy
