"""`ner-lime evaluate`: how well a model labels a tagged corpus."""

from __future__ import annotations

import click

from ner_lime.cli.corpus import Columns, columns_options
from ner_lime.cli.model import ANY_MODEL, ModelSource, model_options, split_arguments
from ner_lime.cli.output import write


@click.command(short_help="How well a model labels a tagged corpus.")
@click.argument("given", nargs=-1, metavar="[MODEL] TEST.tsv")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the result.",
)
@model_options(f"The model, where it is no argument: {ANY_MODEL}.")
@columns_options
def evaluate(given: tuple[str, ...], form: str, source: ModelSource, columns: Columns) -> None:
    """Print precision, recall and F1 on TEST.tsv, by label and by entity.

    MODEL is a CRF, transformer, ONNX or spaCy folder, or the address of a service.
    """
    import json

    source, (test,) = split_arguments(source, given, 1)
    if test is None:
        raise click.UsageError("Missing argument 'TEST.tsv'.")
    from ner_lime.taggers.decoding import score

    scores = score(source.tagger(), columns.read(test))
    write((scores.to_text() if form == "text" else json.dumps(scores.to_dict(), indent=2)) + "\n")
