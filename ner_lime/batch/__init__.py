"""Whole corpora: a model on a test corpus, explained."""
