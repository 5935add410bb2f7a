"""Corpus formats: one file or folder a format, each with what it reads and, where people need it, writes."""

from ner_lime.corpus.formats.objects import as_corpus
from ner_lime.corpus.formats.reading import iter_corpus, read_corpus, recognise, write_corpus
from ner_lime.corpus.formats.registry import FORMATS

__all__ = ["FORMATS", "as_corpus", "iter_corpus", "read_corpus", "recognise", "write_corpus"]
