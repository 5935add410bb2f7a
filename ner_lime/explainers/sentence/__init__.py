"""Sentences under a tagger: one explanation of all words and labels."""

from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explainers.sentence.options import Options

__all__ = ["NERExplainer", "Options"]
