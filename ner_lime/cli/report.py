"""`ner-lime report`: a model on a test corpus, its mistakes and why it made them, as one page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import click

from ner_lime.cli.corpus import Columns, columns_options
from ner_lime.cli.errors import tell
from ner_lime.cli.model import ANY_MODEL, ModelSource, model_options
from ner_lime.cli.output import write
from ner_lime.cli.progress import progress


@click.command(short_help="A model's mistakes on a corpus, explained.")
@click.argument("test", metavar="TEST.tsv")
@model_options(f"The model: {ANY_MODEL}.", required=True)
@click.option("-o", "--output", required=True, metavar="FILE", help="Write the page to this file.")
@click.option(
    "--per-kind",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="Maximum number of explained mistakes of each kind: missed, spurious, wrong type, wrong boundary.",
)
@columns_options
def report(test: str, source: ModelSource, output: str, per_kind: int, columns: Columns) -> None:
    """Tag TEST.tsv, and write its scores, confusions and explained mistakes as one page.

    Ctrl-C ends the work, and the page holds what was done.
    """
    from ner_lime.batch.report import make_report
    from ner_lime.explainers.sentence.explainer import NERExplainer
    from ner_lime.render.report import report_html

    explainer = NERExplainer(source.tagger())
    title = f"{source.title} on {PurePath(test).name}"
    corpus = columns.read(test)

    def page() -> Iterator[str]:
        with progress("explaining mistakes") as show:
            made = make_report(explainer, corpus, per_kind=per_kind, title=title, progress=show)
        yield report_html(made)
        if made.n_tagged < made.n_sentences:
            tell(f"interrupted: {output} holds the scores of the first {made.n_tagged} of {made.n_sentences} sentences")
        elif not made.complete:
            tell(f"interrupted: {output} holds the {len(made.explained)} mistakes that were explained")

    write(page(), output)  # which opens the file first: where none can be written, nothing is worked out in vain
