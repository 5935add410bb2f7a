"""`ner-lime tag`: the label of every word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from ner_lime.cli.corpus import TokenFile, token_file_options
from ner_lime.cli.inputs import TextInput, tokens_option
from ner_lime.cli.model import ANY_MODEL, ModelSource, model_options, split_arguments
from ner_lime.cli.output import medium, write
from ner_lime.errors import InputError
from ner_lime.render.visible import visible

if TYPE_CHECKING:
    from ner_lime.corpus import Sentence
    from ner_lime.types import Tagger

SENTENCES_AT_ONCE = 256
"""Sentences that are tagged before their labels are printed."""


@click.command(short_help="The label of every word.")
@click.argument("given", nargs=-1, metavar="[MODEL] [TEXT]")
@tokens_option
@model_options(f"The model, where it is no argument: {ANY_MODEL}.")
@token_file_options
def tag(given: tuple[str, ...], tokens: bool, source: ModelSource, file: TokenFile) -> None:
    """Print the label of every word of TEXT, and its probability.

    MODEL is a CRF, transformer, ONNX or spaCy folder, or the address of a service. Each line of TEXT is a sentence.
    Printed are token, label and probability, separated by tabs, and an empty line after each sentence.
    """
    source, (text,) = split_arguments(source, given, 1)
    if (text is None) == (file.path is None):
        raise click.UsageError("Expected either a TEXT or --input FILE.")
    tagger = source.tagger()
    sentences = _lines(tagger, TextInput(text, tokens)) if file.path is None else file.sentences()
    write(_tagged(tagger, sentences))


def _lines(tagger: Tagger, text: TextInput) -> Iterator[Sentence]:
    found = [sentence for line in text.read().splitlines() if (sentence := text.sentence(tagger, line)).tokens]
    if not found:
        raise InputError("expected a text of at least one word, found an empty text")
    return iter(found)


def _tagged(tagger: Tagger, sentences: Iterable[Sentence]) -> Iterator[str]:
    from ner_lime.taggers.answers import ask
    from ner_lime.taggers.decoding import decode
    from ner_lime.taggers.text import tagger_tokens

    shown = visible if medium(None).interactive else str
    sentences = iter(sentences)
    while batch := list(islice(sentences, SENTENCES_AT_ONCE)):
        words = [tagger_tokens(tagger, sentence) for sentence in batch]
        answers = ask(tagger, words)
        labels = decode(tagger, words, probabilities=answers)
        column = {label: index for index, label in enumerate(tagger.labels)}
        for sentence, predicted, probabilities in zip(batch, labels, answers, strict=True):
            rows = zip(sentence.tokens, predicted, probabilities, strict=True)
            yield "".join(f"{shown(token)}\t{label}\t{row[column[label]]:.4f}\n" for token, label, row in rows) + "\n"
