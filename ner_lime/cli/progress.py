"""Progress on standard error, where somebody looks at it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ner_lime.cli.output import locale_is_utf8

if TYPE_CHECKING:
    from ner_lime.types import Progress


@contextmanager
def progress(what: str) -> Iterator[Progress | None]:
    """Give a callback ``(done, total)`` that draws a bar, gone when it is done; None where there is no terminal.

    Nothing is drawn before the first call: there may be nothing to do.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    drawing = [BarColumn()] if locale_is_utf8() else []  # its characters are not ASCII
    columns = (TextColumn("{task.description}"), *drawing, MofNCompleteColumn(), TimeElapsedColumn())
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=None)
    with ExitStack() as drawn:

        def show(done: int, total: int) -> None:
            if not bar.live.is_started:
                drawn.enter_context(bar)
            bar.update(task, completed=done, total=total)

        yield show
