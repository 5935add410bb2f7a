"""Rows of tables: `TabularExplainer`, its mask function and its ways of hiding."""

from ner_lime.explainers.row.explainer import RowOptions, TabularExplainer, keep_of_width

__all__ = ["RowOptions", "TabularExplainer", "keep_of_width"]
