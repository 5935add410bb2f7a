"""The command line: one file a verb, each a thin call into the library.

Start-up is quick because no verb imports the library before it runs: what a verb needs is imported inside of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from ner_lime import __version__
from ner_lime.cli.convert import convert
from ner_lime.cli.corpus_runs import corpus
from ner_lime.cli.errors import run
from ner_lime.cli.evaluate import evaluate
from ner_lime.cli.explain import explain
from ner_lime.cli.report import report
from ner_lime.cli.serve import serve
from ner_lime.cli.tag import tag
from ner_lime.cli.train import train

PROGRAM = "ner-lime"


HELP = """Tell why a model gave a word its label.

\b
  ner-lime explain --word-index 4 "6+ years of Web UI/UX design experience"

Where a text or a file is asked for, - reads standard input. Exit status: 0 done, 1 failed (one line on standard error
says why), 2 wrong usage.
"""


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
def commands() -> None:
    """Hold the verbs."""


for _verb in (explain, serve, report, corpus, train, evaluate, tag, convert):
    commands.add_command(_verb)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and tell its exit status; the arguments are those of the process by default."""
    return run(commands, PROGRAM, arguments)
