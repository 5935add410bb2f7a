"""`ner-lime evaluate`: how well a model labels a tagged corpus."""

from __future__ import annotations

import click

from ner_lime.cli.inputs import Columns, columns_options
from ner_lime.cli.output import write


@click.command(short_help="How well a model labels a tagged corpus.")
@click.argument("model")
@click.argument("test", metavar="TEST.tsv")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the result.",
)
@columns_options
def evaluate(model: str, test: str, form: str, columns: Columns) -> None:
    """Print precision, recall and F1 on TEST.tsv, by label and by entity.

    MODEL is a folder that train made.
    """
    import json

    from ner_lime.crf import CRFTagger

    scores = CRFTagger.load(model).evaluate(columns.read(test))
    write((scores.to_text() if form == "text" else json.dumps(scores.to_dict(), indent=2)) + "\n")
