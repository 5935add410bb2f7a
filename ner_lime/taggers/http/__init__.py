"""Services behind HTTP as taggers: formats, limits, retries, cache and budget."""

from ner_lime.taggers.http.policy import HttpPolicy
from ner_lime.taggers.http.tagger import HttpTagger

__all__ = ["HttpPolicy", "HttpTagger"]
