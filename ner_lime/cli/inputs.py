"""What the verbs read beside a model and a corpus: a text."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ner_lime.cli.options import bundle

if TYPE_CHECKING:
    from ner_lime.corpus import Sentence
    from ner_lime.types import Tagger

STANDARD_INPUT = "-"


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
