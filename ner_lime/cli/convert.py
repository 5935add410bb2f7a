"""`ner-lime convert`: a corpus from one format or scheme to another."""

from __future__ import annotations

import sys
from typing import Any

import click

from ner_lime.cli.corpus import Columns, columns_options, scheme

WRITTEN = ("auto", "iob", "jsonl", "docbin", "parquet", "datasets")


@click.command(short_help="A corpus in another format or scheme.")
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--output-format",
    type=click.Choice(WRITTEN),
    default="auto",
    show_default=True,
    help="Format to write; auto goes by the end of OUT's name.",
)
@click.option("--output-scheme", type=scheme, help="Scheme to write tags in [that of IN].")
@columns_options
def convert(source: str, target: str, output_format: str, output_scheme: str | None, columns: Columns) -> None:
    """Read the corpus IN in any format and write it to OUT: .tsv, .jsonl, .spacy, .parquet, or a folder.

    A dash for OUT writes to standard output, as IOB unless --output-format says otherwise.
    """
    from ner_lime.corpus import write_corpus

    corpus = columns.read(source)
    if output_scheme is not None:
        corpus = corpus.convert(output_scheme)
    opened: Any = sys.stdout.buffer if target == "-" else target
    write_corpus(corpus, opened, format=output_format)
