"""The README names every command and option of the command line, and no other."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from ner_lime.cli import commands

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
VERBS = sorted(
    f"{name} {verb}" if verb else name
    for name, command in commands.commands.items()
    for verb in (command.commands if isinstance(command, click.Group) else [""])
)
"""Those of a group with its name before them."""


def command_of(verb: str) -> click.Command:
    name, _, second = verb.partition(" ")
    found = commands.commands[name]
    return found.commands[second] if isinstance(found, click.Group) else found


def documented(verb: str) -> str:
    """The row of the README's table of commands."""
    rows = re.findall(rf"^\| `{verb} [^|]*\|.*$", README, re.MULTILINE)
    assert len(rows) == 1, f"expected one row of a table that begins with `{verb} ...`, found {len(rows)}"
    return rows[0]


def options(verb: str) -> set[str]:
    parameters = command_of(verb).params
    return {name for option in parameters if isinstance(option, click.Option) for name in option.opts}


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_documented_and_no_other(verb: str) -> None:
    assert set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", documented(verb))) == options(verb)


def test_every_documented_command_exists() -> None:
    table = README[README.index("| command | options |") :].split("\n\n")[0]
    assert sorted(re.findall(r"^\| `((?:corpus )?\w+)", table, re.MULTILINE)) == VERBS


EXAMPLES = [shlex.split(line)[2:] for line in re.findall(r"^\$ ner-lime .*$", README, re.MULTILINE)]


@pytest.mark.parametrize("arguments", EXAMPLES, ids=" ".join)
def test_every_example_is_right_usage(arguments: list[str]) -> None:
    """Parsed, not run."""
    verb, *rest = arguments
    if isinstance(commands.commands[verb], click.Group):
        verb, rest = f"{verb} {rest[0]}", rest[1:]
    with command_of(verb).make_context(verb, rest) as context:
        assert context.params


def test_every_option_has_a_help_text() -> None:
    for verb in VERBS:
        assert command_of(verb).get_short_help_str()
        for option in command_of(verb).params:
            if isinstance(option, click.Option):
                assert option.help, f"{verb} {option.opts}"
