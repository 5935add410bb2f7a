"""From what went wrong to one line on standard error and an exit status."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from ner_lime.errors import LabelsOnlyWarning, NerLimeError
from ner_lime.render.visible import visible

DONE, FAILED, INTERRUPTED, BROKEN_PIPE = 0, 1, 130, 141
"""The last two are 128 and the number of the signal, as shells have it."""


def run(command: click.Command, program: str, arguments: Sequence[str] | None = None) -> int:
    """Run a command; no exception leaves this function.

    ``NER_LIME_DEBUG=1`` in the environment lets them through, to see where one comes from.
    """
    if "_NER_LIME_COMPLETE" in os.environ:
        command.main(prog_name=program)  # click's own completion of a half-typed line
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with command.make_context(program, given) as context, _warnings_shown():
            command.invoke(context)
        return DONE
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _explain_usage(error)
    except BrokenPipeError:
        _forget_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        if sys.stderr and sys.stderr.isatty():
            click.echo(err=True)  # after the ^C that the terminal shows
        tell("interrupted")
        return INTERRUPTED
    except Exception as error:  # whatever it is, a user gets one line
        if os.environ.get("NER_LIME_DEBUG"):
            raise
        if isinstance(error, OSError):
            _forget_output()
        tell(f"error: {_in_words(error)}")
        return FAILED


def tell(message: str) -> None:
    """Print one line on standard error."""
    click.echo(visible(f"ner-lime: {message}"), err=True)


def _explain_usage(error: click.ClickException) -> int:
    if (
        isinstance(error, click.NoSuchOption)
        and error.ctx
        and any(p.name in ("text", "given") for p in error.ctx.command.params)
    ):
        hint = "A text that begins with a dash goes after --."
        error = click.UsageError(f"{error.format_message()} {hint}", error.ctx)
    error.show()
    return error.exit_code


def _in_words(error: Exception) -> str:
    if isinstance(error, NerLimeError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'standard output'}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "out of memory"
    return f"{type(error).__name__}: {error} (this is a fault of ner-lime; NER_LIME_DEBUG=1 shows where)"


def _forget_output() -> None:
    """Let the interpreter's last flush of standard output go nowhere: it would fail again, with a traceback."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class _StderrHandler(logging.Handler):
    """Prints what is logged on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one message."""
        tell(record.getMessage())


def _show_warning(show: Callable[..., None]) -> Callable[..., None]:
    """Show the library's own warnings in one line, and those of others as before."""

    def shown(message: Warning | str, category: type[Warning], *place: Any) -> None:
        if issubclass(category, LabelsOnlyWarning):
            tell(str(message))
        else:
            show(message, category, *place)

    return shown


@contextmanager
def _warnings_shown() -> Iterator[None]:
    """Print what the library logs or raises as a warning, one line each."""
    handler = _StderrHandler(logging.WARNING)
    logger = logging.getLogger("ner_lime")
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning(warnings.showwarning)
            yield
    finally:
        logger.removeHandler(handler)
