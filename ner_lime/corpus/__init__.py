"""Sentences and their tags: tokenizing, reading and writing, schemes, scores."""

from ner_lime.corpus.formats.iob import iter_iob, read_iob, write_iob
from ner_lime.corpus.labels import SCHEMES, Scheme, Span, convert, detect, entity_type, repair, spans, validate
from ner_lime.corpus.scores import Score, Scores, score_tags
from ner_lime.corpus.sentence import Corpus, Sentence
from ner_lime.corpus.tokenizer import tokenize, tokenize_whitespace

__all__ = [
    "SCHEMES",
    "Corpus",
    "Scheme",
    "Score",
    "Scores",
    "Sentence",
    "Span",
    "convert",
    "detect",
    "entity_type",
    "iter_iob",
    "read_iob",
    "repair",
    "score_tags",
    "spans",
    "tokenize",
    "tokenize_whitespace",
    "validate",
    "write_iob",
]
