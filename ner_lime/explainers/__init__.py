"""Explainers: one folder a kind of input, each with its mask function and its ways of hiding."""
