"""`ner-lime tag`: the label of every word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from ner_lime.cli.inputs import STANDARD_INPUT, Text, text_options
from ner_lime.cli.output import medium, write
from ner_lime.errors import InputError
from ner_lime.render.visible import visible

if TYPE_CHECKING:
    from ner_lime.corpus import Sentence
    from ner_lime.crf import CRFTagger

BATCH = 256


@click.command(short_help="The label of every word.")
@click.argument("model")
@text_options(required=False)
@click.option("--input", "corpus", metavar="FILE", help="Tag the sentences of a corpus file instead of a text.")
@click.option("--token-column", type=int, default=0, show_default=True, help="With --input: column of the tokens.")
def tag(model: str, text: Text, corpus: str | None, token_column: int) -> None:
    """Print the label of every word of TEXT, and its probability.

    MODEL is a folder that train made. Each line of TEXT is a sentence. Printed are token, label and probability,
    separated by tabs, and an empty line after each sentence.
    """
    if (text.text is None) == (corpus is None):
        raise click.UsageError("Expected either a TEXT or --input FILE.")
    from ner_lime.crf import CRFTagger

    tagger = CRFTagger.load(model)
    sentences = _lines(text) if corpus is None else _rows(corpus, token_column)
    write(_tagged(tagger, sentences))


def _lines(text: Text) -> Iterator[Sentence]:
    found = [sentence for line in text.read().splitlines() if (sentence := text.sentence(line)).tokens]
    if not found:
        raise InputError("expected a text of at least one word, found an empty text")
    return iter(found)


def _rows(corpus: str, token_column: int) -> Iterator[Sentence]:
    import sys

    from ner_lime.corpus import iter_iob

    source = sys.stdin.buffer if corpus == STANDARD_INPUT else corpus
    return iter_iob(source, token_column=token_column, tag_column=None)


def _tagged(tagger: CRFTagger, sentences: Iterable[Sentence]) -> Iterator[str]:
    column = {label: index for index, label in enumerate(tagger.labels)}
    shown = visible if medium(None).interactive else str
    sentences = iter(sentences)
    while batch := list(islice(sentences, BATCH)):
        pairs = zip(batch, tagger.predict(batch), tagger.predict_proba(batch), strict=True)
        for sentence, labels, probabilities in pairs:
            rows = zip(sentence.tokens, labels, probabilities, strict=True)
            yield "".join(f"{shown(token)}\t{label}\t{row[column[label]]:.4f}\n" for token, label, row in rows) + "\n"
