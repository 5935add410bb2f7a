"""Sentences under a tagger: one explanation of all words and labels."""

from ner_lime.explainers.sentence.engines import Options
from ner_lime.explainers.sentence.explainer import NERExplainer

__all__ = ["NERExplainer", "Options"]
