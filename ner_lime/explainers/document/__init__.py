"""Texts: `TextExplainer`, its mask function and its ways of hiding."""

from ner_lime.explainers.document.explainer import TextExplainer

__all__ = ["TextExplainer"]
