"""Sentences and their tags: tokenizing, reading and writing, schemes, scores."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ner_lime.corpus.corpus import Corpus
from ner_lime.corpus.labels import (
    SCHEMES,
    LabelScheme,
    Scheme,
    Span,
    convert,
    detect,
    entity_type,
    repair,
    spans,
    validate,
)
from ner_lime.corpus.sentence import Sentence
from ner_lime.corpus.tokenizer import tokenize, tokenize_whitespace

if TYPE_CHECKING:
    from ner_lime.corpus.formats import as_corpus, iter_corpus, read_corpus, write_corpus
    from ner_lime.corpus.formats.iob import iter_iob, read_iob, write_iob
    from ner_lime.corpus.scores import Score, Scores, score_tags

# Explaining a text reads no file: what does is imported when it is first used.
_HOME = {
    **dict.fromkeys(("as_corpus", "iter_corpus", "read_corpus", "write_corpus"), "formats"),
    **dict.fromkeys(("iter_iob", "read_iob", "write_iob"), "formats.iob"),
    **dict.fromkeys(("Score", "Scores", "score_tags"), "scores"),
}

__all__ = [
    "SCHEMES",
    "Corpus",
    "LabelScheme",
    "Scheme",
    "Score",
    "Scores",
    "Sentence",
    "Span",
    "as_corpus",
    "convert",
    "detect",
    "entity_type",
    "iter_corpus",
    "iter_iob",
    "read_corpus",
    "read_iob",
    "repair",
    "score_tags",
    "spans",
    "tokenize",
    "tokenize_whitespace",
    "validate",
    "write_corpus",
    "write_iob",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
