"""Formats of corpora: one file or folder a format, with `read` and, where people need it, `write`."""
