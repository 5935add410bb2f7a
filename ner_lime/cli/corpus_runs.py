"""`ner-lime corpus`: every sentence of a corpus explained, in a folder that can be left and come back to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ner_lime.cli.corpus import Columns, columns_options
from ner_lime.cli.errors import tell
from ner_lime.cli.model import ANY_MODEL, FEATURES, MODEL_OPTION, ModelSource, headers_of_environment, model_options
from ner_lime.cli.options import bundle
from ner_lime.cli.output import write
from ner_lime.cli.run_progress import run_progress

if TYPE_CHECKING:
    from ner_lime.batch import ExplanationParameters, ModelName, Run
    from ner_lime.batch.executors import Executor
    from ner_lime.explainers.sentence.explainer import Method


@click.group(short_help="Explain every sentence of a corpus, in shards that are done once.")
def corpus() -> None:
    r"""Explain every sentence of a corpus, and say what the model has learned.

    \b
      ner-lime corpus run test.tsv -o run --model MODEL
      ner-lime corpus summary run -o page.html

    RUN is a folder with two tables, words and contributions, in Parquet or JSON lines. What is done is never done
    twice: after Ctrl-C, a crash or a full disk, resume goes on. Exit status: 0 done, 1 failed, or done with sentences
    that could not be explained, 2 wrong usage.
    """


@dataclass(frozen=True, slots=True)
class Where:
    """Where the work is done.

    Examples
    --------
    >>> Where("local", workers=2, address=None).executors()
    Local(workers=2)
    """

    executor: str
    workers: int | None
    address: str | None

    def executors(self) -> Executor:
        """The executor."""
        from ner_lime.batch import Local, Ray

        if self.executor == "local":
            if self.address is not None:
                raise click.UsageError("--address is for --executor ray.")
            return Local(self.workers)
        return Ray(self.workers, address=self.address)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is explained, and in which pieces it is written.

    Examples
    --------
    >>> Wanted(100, "B-PER,I-PER", None, "entities", "jsonl").settings()["targets"]
    ['B-PER', 'I-PER']
    """

    shard: int
    targets: str
    top: int | None
    positions: str
    table_format: str

    def settings(self) -> dict[str, Any]:
        """As `explain_corpus` takes them."""
        targets: str | list[str] = self.targets
        if targets not in ("predicted", "all"):
            targets = [label for label in self.targets.split(",") if label]
        values: dict[str, Any] = {"shard": self.shard, "targets": targets, "top": self.top}
        return values | {"positions": self.positions, "format": self.table_format}


@dataclass(frozen=True, slots=True)
class How:
    """How a sentence is explained.

    Examples
    --------
    >>> How("lime", 0.5, None, 0, None, context_only=False).parameters().keep
    0.5
    """

    method: Method
    keep: float | None
    n_samples: int | None
    seed: int
    mask_string: str | None
    context_only: bool

    def parameters(self) -> ExplanationParameters:
        """As `explain_corpus` takes them."""
        from ner_lime.batch import ExplanationParameters

        return ExplanationParameters(
            method=self.method,
            keep=self.keep,
            n_samples=self.n_samples,
            seed=self.seed,
            mask_string=self.mask_string,
            context_only=self.context_only,
        )


where_options = bundle(
    "where",
    Where,
    click.option(
        "--executor", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="Who does the work."
    ),
    click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Workers; by default one a processor."),
    click.option("--address", metavar="ADDRESS", help="Of a Ray cluster that runs, such as auto."),
)
wanted_options = bundle(
    "wanted",
    Wanted,
    click.option("--shard", type=click.IntRange(1, 100_000), default=256, show_default=True, help="Sentences a file."),
    click.option(
        "--targets",
        default="predicted",
        show_default=True,
        metavar="LABELS",
        help="Labels whose contributions are written: predicted, all, or labels with commas between them.",
    ),
    click.option("--top", type=click.IntRange(min=1), metavar="K", help="Only the K largest for each word and label."),
    click.option(
        "--positions",
        type=click.Choice(["all", "entities", "mistakes"]),
        default="all",
        show_default=True,
        help="Which words are explained.",
    ),
    click.option(
        "--format",
        "table_format",
        type=click.Choice(["auto", "parquet", "jsonl"]),
        default="auto",
        show_default=True,
        help="Of the tables.",
    ),
)
how_options = bundle(
    "how",
    How,
    click.option(
        "--method", type=click.Choice(["lime", "shapley"]), default="lime", show_default=True, help="Weights."
    ),
    click.option("--keep", type=float, metavar="P", help="Probability that a word is kept, for lime."),
    click.option("--n-samples", type=click.IntRange(min=2), metavar="N", help="Maximum number of masks a sentence."),
    click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the random masks."),
    click.option("--mask-string", metavar="STRING", help="What stands for a hidden word."),
    click.option("--context-only", is_flag=True, help="Never hide the explained word itself."),
)


@corpus.command("run", short_help="Explain every sentence of a corpus.")
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option("-o", "--output", required=True, metavar="RUN", help="The folder of the run.")
@model_options(f"The model: {ANY_MODEL}, or MODULE:FUNCTION that makes one.", required=True)
@columns_options
@where_options
@wanted_options
@how_options
def run_corpus(
    inputs: tuple[str, ...],
    output: str,
    source: ModelSource,
    columns: Columns,
    where: Where,
    wanted: Wanted,
    how: How,
) -> None:
    """Explain every sentence of the files IN, and write two tables to the folder RUN.

    Ctrl-C ends it after the running shards, a second one at once; the same command, or resume, goes on.
    """
    if "-" in inputs:
        raise click.UsageError("A run reads files, since it may have to read them again: - can't be one of them.")
    from ner_lime.batch import explain_corpus

    parameters, executor, reading = how.parameters(), where.executors(), _reading(columns)
    with _interruptible(output), run_progress() as show:
        run = explain_corpus(
            list(inputs),
            tagger=model_name(source),
            out=output,
            executor=executor,
            parameters=parameters,
            reading=reading,
            progress=show,
            **wanted.settings(),
        )
    _end(run)


@corpus.command("resume", short_help="Go on with a run.")
@click.argument("folder", metavar="RUN")
@click.option("--model", metavar="MODEL", help="The model again, where its address holds a key, which is not kept.")
@FEATURES
@MODEL_OPTION
@click.option("--retry-failed", is_flag=True, help="Explain the sentences that failed once more.")
@where_options
def resume(
    folder: str,
    model: str | None,
    features: str | None,
    model_options: tuple[str, ...],
    retry_failed: bool,
    where: Where,
) -> None:
    """Explain what is not done yet in the folder RUN; nothing is asked where all is."""
    from ner_lime.batch import Run

    run = Run(folder)
    tagger = None if model is None else model_name(ModelSource(model, features, model_options))
    known = run.manifest["model"]
    if tagger is None and known.get("secrets") and headers_of_environment():
        tagger = _with_headers(known["name"], known["features"], known["options"])
    executor = where.executors()
    with _interruptible(folder), run_progress() as show:
        run.resume(tagger=tagger, executor=executor, retry_failed=retry_failed, progress=show)
    _end(run)


@corpus.command("status", short_help="How far a run is.")
@click.argument("folder", metavar="RUN")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the result.",
)
@click.option("--failed", is_flag=True, help="List the sentences that could not be explained, and why.")
def status(folder: str, form: str, failed: bool) -> None:
    """Print how far the run in the folder RUN is, also while it works."""
    import json
    from dataclasses import asdict

    from ner_lime.batch import Run

    run = Run(folder)
    progress = asdict(run.progress())
    del progress["rate"]
    failures = list(run.failed) if failed else []
    if form == "json":
        write(json.dumps(progress | ({"failures": failures} if failed else {}), indent=2) + "\n")
        return
    from ner_lime.render.visible import visible

    total = "" if progress["total"] is None else f" of {progress['total']}"
    lines = [
        f"{'finished' if progress['finished'] else 'not finished'}: {progress['sentences']}{total} sentences in "
        f"{progress['shards']} shards",
        f"{progress['words']} words, {progress['contributions']} contributions, {progress['failed']} sentences failed",
        *(f"  {level}: {count} words" for level, count in progress["verdicts"].items()),
        *(f"sentence {row['sentence']}: {row['error']}: {row['message']}" for row in failures),
    ]
    write("".join(f"{visible(line)}\n" for line in lines))


@corpus.command("summary", short_help="What the model has learned, as one page.")
@click.argument("folder", metavar="RUN")
@click.option("-o", "--output", required=True, metavar="FILE", help="Write the page to this file.")
@click.option("--compare", metavar="RUN", help="An earlier run: which triggers came, went and changed.")
@click.option("--title", metavar="TITLE", help="Of the page; by default the names of model and corpus.")
@click.option("--top", type=click.IntRange(1, 100), default=12, show_default=True, help="Triggers in each list.")
def summary(folder: str, output: str, compare: str | None, title: str | None, top: int) -> None:
    """Write what the model has learned, from all explanations in the folder RUN, as one page."""
    from ner_lime.batch import summarize
    from ner_lime.render.summary import summary_html

    def page() -> Iterator[str]:
        yield summary_html(summarize(folder, compare=compare, title=title, top=top))

    write(page(), output)


def model_name(source: ModelSource) -> ModelName:
    """The name that travels to workers, with the headers of the environment where it is an address."""
    from ner_lime.batch import ModelName

    options = source.options()
    if source.is_address:
        return _with_headers(source.model or "", source.features, options)
    return ModelName(source.model or "", source.features, options)


def _with_headers(address: str, features: str | None, options: Mapping[str, Any]) -> ModelName:
    from ner_lime.batch import ModelName

    headers = headers_of_environment()
    return ModelName(address, features, {**({} if headers is None else {"headers": headers}), **options})


@contextmanager
def _interruptible(folder: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        tell(f"what is done stands: ner-lime corpus resume {folder} goes on")
        raise


def _end(run: Run) -> None:
    failed = run.progress().failed
    if failed:
        from ner_lime.errors import RunError

        raise RunError(
            f"the run is done, and {failed} of its sentences could not be explained: ner-lime corpus status --failed "
            f"{run.folder} says why"
        )


def _reading(columns: Columns) -> dict[str, Any] | None:
    """The options of `iter_corpus` that were stated."""
    if columns.split is not None:
        raise click.UsageError("--split is for ner-lime convert: cut the sentences of the file first.")
    options = columns.stated()
    if columns.input_format != "auto":
        options["format"] = columns.input_format
    if columns.on_error != "raise":
        options["on_error"] = columns.on_error
    return options or None
