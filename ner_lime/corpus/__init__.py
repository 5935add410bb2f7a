"""Sentences and their tags: tokenizing, reading and writing, schemes, scores."""

from ner_lime.corpus.formats import as_corpus, iter_corpus, read_corpus, write_corpus
from ner_lime.corpus.formats.iob import iter_iob, read_iob, write_iob
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
from ner_lime.corpus.scores import Score, Scores, score_tags
from ner_lime.corpus.sentence import Corpus, Sentence
from ner_lime.corpus.tokenizer import tokenize, tokenize_whitespace

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
