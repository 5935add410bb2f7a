"""The model that a verb asks: whatever `ner_lime.as_tagger` makes of a string, with its options."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

import click

from ner_lime.cli.options import Decorator, bundle
from ner_lime.cli.progress import progress
from ner_lime.errors import InputError, in_one_line

if TYPE_CHECKING:
    from ner_lime.types import Tagger

HEADERS = "NER_LIME_HEADERS"
"""The environment variable with the headers for a service, one a line, as ``Name: value``."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model by its name, and how to read it.

    Attributes
    ----------
    model : str or None
        A folder, a file or an address; None is the embedded model.
    features : str or None
        ``MODULE:FUNCTION``, for a CRF that was trained with a feature function of the user's.
    model_options : tuple of str
        ``NAME=VALUE``: options of `as_tagger` for this kind of model.

    Examples
    --------
    >>> source = ModelSource("https://example.org/tag?key=secret", None, ('labels=["O", "B-PER"]',))
    >>> source.title, source.options()
    ('https://example.org/tag', {'labels': ['O', 'B-PER']})
    """

    model: str | None
    features: str | None
    model_options: tuple[str, ...]

    @property
    def is_address(self) -> bool:
        """Whether the model is a service behind HTTP."""
        return (self.model or "").lower().startswith(("http://", "https://"))

    @property
    def title(self) -> str:
        """The name of the folder or file; of an address nothing after "?", which may be a key."""
        name = self.model or "embedded model"
        return name.partition("?")[0] if self.is_address else PurePath(name).name

    def options(self) -> dict[str, Any]:
        """The options by name; a value that is JSON is read as such.

        Raises
        ------
        click.UsageError
            An option without a name or a value.
        """
        found: dict[str, Any] = {}
        for option in self.model_options:
            name, separator, value = option.partition("=")
            if not name or not separator:
                raise click.UsageError(f"--model-option: expected NAME=VALUE, found {option!r}.")
            try:
                found[name] = json.loads(value)
            except ValueError:
                found[name] = value
        return found

    def tagger(self) -> Tagger:
        """Make the tagger.

        Raises
        ------
        NerLimeError
            What `as_tagger` raises; or the feature function can't be imported.
        """
        options = self.options()
        if self.model is None:
            if options or self.features:
                raise click.UsageError("--features and --model-option are for a model that --model names.")
            from ner_lime.embedded import jobs_tagger

            with progress("training the embedded model, once") as show:
                return jobs_tagger(progress=show)
        from ner_lime.taggers import as_tagger

        if self.features is not None:
            options["features"] = imported_function(self.features)
        if self.is_address:
            options.setdefault("headers", headers_of_environment())
        return as_tagger(self.model, **options)


def imported_function(name: str) -> Callable[..., Any]:
    """Import the function ``MODULE:FUNCTION``; modules of the current folder are found after the installed ones.

    Raises
    ------
    click.UsageError
        The name has another form.
    InputError
        There is no such module or function, or the module fails.
    """
    from importlib import import_module
    from operator import attrgetter

    module, _, function = name.partition(":")
    if not module or not function:
        raise click.UsageError(
            f"--features: expected MODULE:FUNCTION, such as my_features:word2features, found {name!r}."
        )
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        found: Any = attrgetter(function)(import_module(module))
    except Exception as error:  # whatever the module does
        raise InputError(
            f"--features {name}: expected a function that can be imported: {in_one_line(error)}"
        ) from error
    if not callable(found):
        raise InputError(f"--features {name}: expected a function, found {type(found).__name__}")
    return cast("Callable[..., Any]", found)


def headers_of_environment() -> dict[str, str] | None:
    """Read the headers for a service from the environment; None where there are none.

    Raises
    ------
    InputError
        A line is no header; the message has its number and not what is in it.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(os.environ.get(HEADERS, "").splitlines(), 1):
        name, separator, value = line.partition(":")
        if not line.strip():
            continue
        if not name.strip() or not separator:
            raise InputError(
                f"{HEADERS}: expected one header a line, as Name: value, found another form in line {number} (it is "
                "not shown)"
            )
        found[name.strip()] = value.strip()
    return found or None


FEATURES = click.option(
    "--features",
    metavar="MODULE:FUNCTION",
    help="The feature function of a CRF that was trained with one of your own. Imports MODULE, from the current folder "
    "too: its code runs.",
)
MODEL_OPTION = click.option(
    "--model-option",
    "model_options",
    metavar="NAME=VALUE",
    multiple=True,
    help='An option of as_tagger for this kind of model, such as aggregation=max or labels=["O","B-PER"]; may be '
    "repeated.",
)
ANY_MODEL = "a CRF, transformer, ONNX or spaCy folder, or the http(s) address of a service"


def model_options(text: str, *, required: bool = False) -> Decorator:
    """Add --model and its options; `text` is the help of --model."""
    option = click.option("--model", metavar="MODEL", required=required, help=text)
    return bundle("source", ModelSource, option, FEATURES, MODEL_OPTION)


def split_arguments(source: ModelSource, given: Sequence[str], expected: int) -> tuple[ModelSource, list[str | None]]:
    """Take the model from the front of the arguments, unless --model has named it.

    Parameters
    ----------
    source : ModelSource
        As the options say.
    given : sequence of str
        The arguments.
    expected : int
        Maximum number of arguments after the model.

    Returns
    -------
    source : ModelSource
        With a model.
    rest : list of `expected` str or None
        The arguments after the model; None in place of those that are missing.

    Raises
    ------
    click.UsageError
        No model, or too many arguments.
    """
    rest: list[str | None] = list(given)
    if source.model is None:
        if not rest:
            raise click.UsageError("Missing argument 'MODEL'.")
        source = ModelSource(rest.pop(0), source.features, source.model_options)
    if len(rest) > expected:
        raise click.UsageError(f"Got unexpected extra argument ({rest[expected]}).")
    return source, [*rest, *[None] * (expected - len(rest))]
