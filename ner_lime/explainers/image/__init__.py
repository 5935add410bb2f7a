"""Pictures: `ImageExplainer`, its mask function and its ways of hiding."""

from ner_lime.explainers.image.explainer import ImageExplainer

__all__ = ["ImageExplainer"]
