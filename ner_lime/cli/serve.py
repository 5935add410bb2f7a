"""`ner-lime serve`: a page to play with, and the JSON API behind it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from ner_lime.cli.errors import DONE, tell
from ner_lime.cli.model import ANY_MODEL, ModelSource, model_options
from ner_lime.cli.options import Decorator, bundle
from ner_lime.cli.output import write
from ner_lime.errors import MissingExtraError
from ner_lime.web.address import Address
from ner_lime.web.limits import Limits

LIBRARIES = ("starlette", "uvicorn", "h11", "anyio")


def _limit(name: str, kind: type, metavar: str, text: str) -> Decorator:
    option = f"--{name.replace('_', '-')}"
    default = getattr(Limits(), name)
    return click.option(option, name, type=kind, default=default, show_default=True, metavar=metavar, help=text)


@click.command(short_help="A page to play with, and a JSON API.")
@model_options(f"The model: {ANY_MODEL}; by default the embedded model for job ads.")
@bundle(
    "address",
    Address,
    click.option("--host", default=Address().host, show_default=True, help="Address of this machine to listen at."),
    click.option(
        "--port", type=click.IntRange(0, 65535), default=Address().port, show_default=True, help="0: any free port."
    ),
    click.option(
        "--allow-host",
        "more_hosts",
        multiple=True,
        metavar="NAME[:PORT]",
        help="Another name that browsers may use for this machine; several times for several.",
    ),
)
@bundle(
    "limits",
    Limits,
    _limit("max_bytes", int, "N", "Maximum length of a request's body in bytes (else 413)."),
    _limit("max_tokens", int, "N", "Maximum number of words of a sentence to explain (else 422)."),
    _limit("max_batch", int, "N", "Maximum number of words of one request to tag (else 422)."),
    _limit("workers", int, "N", "Requests worked on at once."),
    _limit("queue", int, "N", "Requests that may wait for that (else 503)."),
    _limit("timeout", float, "SECONDS", "Until an answer must be there (else 504)."),
    _limit("body_timeout", float, "SECONDS", "Until a request must have arrived (else 408)."),
    _limit("rate", float, "N", "Requests a second on average (else 429)."),
)
def serve(source: ModelSource, address: Address, limits: Limits) -> None:
    """Serve a page on which a sentence can be changed and its explanation moves, and a JSON API.

    Prints the address, which has a random token in it: whoever has it may ask. The API takes the token as
    "Authorization: Bearer TOKEN"; it is described at /openapi.json. Ctrl-C ends the service.
    """
    try:
        from ner_lime.web.server import serve as serve_tagger
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in LIBRARIES:
            raise
        raise MissingExtraError("starlette", "web") from error
    with _terminated_in_order():
        serve_tagger(source.tagger(), address, limits, lambda url: write(f"{url}\n"))


@contextmanager
def _terminated_in_order() -> Iterator[None]:
    """Take SIGTERM as the wish to end well."""

    def end(*_: object) -> NoReturn:
        tell("stopped")
        raise click.exceptions.Exit(DONE)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
