"""What the verbs read beside a model: a text, a corpus."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ner_lime.cli.errors import tell
from ner_lime.cli.options import bundle

if TYPE_CHECKING:
    from ner_lime.corpus import Corpus, Sentence
    from ner_lime.corpus.formats.iob.options import OnError
    from ner_lime.types import Tagger

STANDARD_INPUT = "-"
MAX_SHOWN_ERRORS = 10
"""Maximum number of left-out sentences that are named one by one."""


@dataclass(frozen=True, slots=True)
class TextInput:
    """A text that was typed or comes from standard input, and whether it is already split into tokens.

    Examples
    --------
    >>> from ner_lime.testing import TriggerTagger
    >>> TextInput("C++, please", tokens=True).sentence(TriggerTagger([])).tokens
    ('C++,', 'please')
    """

    text: str | None
    tokens: bool

    def read(self) -> str:
        """The text; bytes of standard input or of an argument that are no UTF-8 are kept, as lone surrogates."""
        if self.text != STANDARD_INPUT:
            return self.text or ""
        return sys.stdin.buffer.read().decode("utf-8", "surrogateescape").removeprefix("\ufeff")

    def sentence(self, tagger: Tagger, text: str | None = None) -> Sentence:
        """Cut a text, by default all that was typed, into the tokens of the tagger's pipeline, or at white space."""
        from ner_lime.corpus import tokenize_whitespace
        from ner_lime.corpus.sentence import as_sentence
        from ner_lime.taggers.text import tokenizer_of

        text = self.read() if text is None else text
        return as_sentence(text, tokenize_whitespace if self.tokens else tokenizer_of(tagger))


tokens_option = click.option("--tokens", is_flag=True, help="The text is already split into tokens, by white space.")
text_options = bundle("text", TextInput, click.argument("text"), tokens_option)


@dataclass(frozen=True, slots=True)
class Columns:
    """How a corpus file is written.

    Examples
    --------
    >>> Columns(0, -1, "tab", "auto", "raise").read("no-such-file.tsv")
    Traceback (most recent call last):
    ner_lime.errors.CorpusError: no-such-file.tsv: expected a file, found nothing
    """

    token_column: int
    tag_column: int
    separator: str
    scheme: str
    on_error: OnError

    def read(self, path: str) -> Corpus:
        """Read a corpus; what was left out is reported on standard error."""
        from ner_lime.corpus import read_iob

        corpus = read_iob(
            sys.stdin.buffer if path == STANDARD_INPUT else path,
            token_column=self.token_column,
            tag_column=self.tag_column,
            separator={"tab": "\t", "space": " "}.get(self.separator, self.separator),
            scheme=self.scheme,
            on_error=self.on_error,
        )
        for error in corpus.skipped[:MAX_SHOWN_ERRORS]:
            tell(f"left out: {error}")
        if len(corpus.skipped) > MAX_SHOWN_ERRORS:
            tell(f"left out: {len(corpus.skipped)} sentences in all")
        return corpus


SCHEMES = ("auto", "IOB1", "IOB2", "IOBES", "BILOU", "plain")

columns_options = bundle(
    "columns",
    Columns,
    click.option("--token-column", type=int, default=0, show_default=True, help="Column of the tokens, from 0."),
    click.option(
        "--tag-column", type=int, default=-1, show_default=True, help="Column of the tags; -1 is the last one."
    ),
    click.option(
        "--separator", default="auto", show_default=True, help="Between two columns: auto, tab, space, or any string."
    ),
    click.option("--scheme", type=click.Choice(SCHEMES), default="auto", show_default=True, help="Scheme of the tags."),
    click.option(
        "--on-error",
        type=click.Choice(["raise", "skip"]),
        default="raise",
        show_default=True,
        help="At a sentence with a fault: stop, or leave it out and report it.",
    ),
)
