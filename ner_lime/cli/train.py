"""`ner-lime train`: a model from a tagged corpus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ner_lime.cli.corpus import Columns, columns_options
from ner_lime.cli.options import bundle
from ner_lime.cli.output import write
from ner_lime.cli.progress import progress
from ner_lime.errors import InputError

if TYPE_CHECKING:
    from ner_lime.corpus import Corpus
    from ner_lime.crf import CRFTagger


@dataclass(frozen=True, slots=True)
class TrainingParameters:
    """Parameters of the CRF; None is its own default.

    Examples
    --------
    >>> TrainingParameters(window=2, c1=None, c2=None, iterations=None).tagger().get_params()["window"]
    2
    """

    window: int | None
    c1: float | None
    c2: float | None
    iterations: int | None

    def tagger(self) -> CRFTagger:
        """Make the tagger, not yet trained."""
        from ner_lime.crf import CRFTagger

        given: dict[str, Any] = {"window": self.window, "c1": self.c1, "c2": self.c2, "max_iterations": self.iterations}
        return CRFTagger(**{name: value for name, value in given.items() if value is not None})


@click.command(short_help="A model from a tagged corpus.")
@click.argument("corpus", metavar="TRAIN.tsv")
@click.option("-o", "--output", "model", required=True, metavar="MODEL", help="Folder to save the model in.")
@click.option("--dev", metavar="DEV.tsv", help="Print the scores on this corpus.")
@click.option(
    "--search",
    type=click.IntRange(min=1),
    metavar="N",
    help="Draw N pairs of penalties, cross-validate each, and train with the best.",
)
@bundle(
    "parameters",
    TrainingParameters,
    click.option("--window", type=int, metavar="0-3", help="Neighbours that a word's features read on each side [1]."),
    click.option("--c1", type=float, help="Coefficient of the L1 penalty [0.1]."),
    click.option("--c2", type=float, help="Coefficient of the L2 penalty [0.1]."),
    click.option("--iterations", type=int, help="Maximum number of iterations of the training [100]."),
)
@columns_options
def train(
    corpus: str, model: str, dev: str | None, search: int | None, parameters: TrainingParameters, columns: Columns
) -> None:
    """Train a CRF on TRAIN.tsv and save it in the folder MODEL.

    The corpus has a token and its tag a line, and an empty line after each sentence.
    """
    if search is not None and (parameters.c1 is not None or parameters.c2 is not None):
        raise click.UsageError("--search finds --c1 and --c2: give one or the other.")
    if Path(model).exists() and not Path(model).is_dir():  # saving would tell as well, but only after the training
        raise InputError(f"{model}: expected a folder to save the model in, found a file")
    tagger = parameters.tagger()
    sentences = columns.read(corpus)
    held_out = None if dev is None else columns.read(dev)
    if search is not None:
        tagger = _searched(tagger, sentences, search)
    with progress("training") as show:
        tagger.fit(sentences, progress=show)
    tagger.save(model)
    if held_out is not None:
        write(tagger.evaluate(held_out).to_text() + "\n")


def _searched(tagger: CRFTagger, sentences: Corpus, n_candidates: int) -> CRFTagger:
    """Print the best penalties, and give a tagger that has them."""
    from ner_lime.crf.search import search

    with progress("searching") as show:
        found = search(sentences, n_candidates=n_candidates, tagger=tagger, progress=show)
    best = max(found.table, key=lambda candidate: candidate.mean)
    write(f"c1 {best.c1:.4g}, c2 {best.c2:.4g}: cross-validated F1 {best.mean:.3f}\n")
    return type(tagger)(**{**tagger.get_params(), **found.best})
