"""Progress of a corpus run on standard error: a bar with rate and time left, where somebody looks at it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ner_lime.cli.output import locale_is_utf8

if TYPE_CHECKING:
    from ner_lime.batch.run import RunListener, RunProgress


@contextmanager
def run_progress() -> Iterator[RunListener | None]:
    """Give a listener that draws a bar, gone when it is done; None where there is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    drawing = [BarColumn()] if locale_is_utf8() else []  # its characters are not ASCII
    columns = (TextColumn("explaining"), *drawing, MofNCompleteColumn(), TextColumn("{task.fields[told]}"))
    bar = Bar(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    task = bar.add_task("explaining", total=None, told="")
    with bar:

        def show(progress: RunProgress) -> None:
            bar.update(task, completed=progress.sentences, total=progress.total, told=told(progress))

        yield show


def told(progress: RunProgress) -> str:
    """Rate, failed sentences and verdicts in a few words.

    Examples
    --------
    >>> from ner_lime.batch.run import RunProgress
    >>> told(RunProgress(256, 1000, 3900, 60000, 1, {"trust": 3800, "with care": 100}, 1, False, rate=51.2))
    '51 sentences/s, 1 failed, trust 97 %, with care 3 %'
    """
    parts = [] if progress.rate is None else [f"{progress.rate:.0f} sentences/s"]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    n_words = sum(progress.verdicts.values())
    parts += [f"{level} {count / n_words:.0%}".replace("%", " %") for level, count in progress.verdicts.items()]
    return ", ".join(parts)
