"""`ner-lime explain`: why a word has its label."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from ner_lime.cli.document import explain_document
from ner_lime.cli.errors import tell
from ner_lime.cli.inputs import TextInput, text_options
from ner_lime.cli.model import ANY_MODEL, ModelSource, model_options
from ner_lime.cli.options import bundle
from ner_lime.cli.output import medium, write
from ner_lime.cli.subject import Setup, Subject, setup_options, subject_options
from ner_lime.errors import InputError

if TYPE_CHECKING:
    from ner_lime.corpus import Sentence
    from ner_lime.explainers.sentence.parameters import ExplanationParameters
    from ner_lime.explanation import Explanation
    from ner_lime.types import Tagger

MAX_EXPLAINED_WORDS = 300
"""Maximum number of words of a text that is explained as a whole; of a longer one only the word asked for is."""

BY_SUFFIX = {".html": "html", ".htm": "html", ".json": "json"}


@dataclass(frozen=True, slots=True)
class View:
    """Form and file of the result.

    Examples
    --------
    >>> View(form=None, output="why.html", num_features=None).format
    'html'
    """

    form: str | None
    output: str | None
    num_features: int | None
    task: str = "words"

    @property
    def format(self) -> str:
        """The form that was asked for, else that of the file's suffix, else text."""
        return self.form or BY_SUFFIX.get(PurePath(self.output or "").suffix.lower(), "text")


@click.command(short_help="Why a word has its label.")
@text_options
@model_options(f"The model: {ANY_MODEL}; by default the embedded model for job ads.")
@subject_options
@bundle(
    "view",
    View,
    click.option(
        "--format",
        "form",
        type=click.Choice(["text", "html", "json"]),
        help="Form of the result; by default as the name of the output file says, else text.",
    ),
    click.option("-o", "--output", metavar="FILE", help="Write the result to this file."),
    click.option(
        "--num-features", type=click.IntRange(min=1), metavar="K", help="Show the K largest contributions [12]."
    ),
    click.option(
        "--task",
        type=click.Choice(["words", "text"]),
        default="words",
        show_default=True,
        help="Explain the labels of words, or the class of the whole text.",
    ),
)
@setup_options
def explain(text: TextInput, source: ModelSource, subject: Subject, view: View, setup: Setup) -> None:
    """Explain why a word of TEXT has its label: what every word adds to its probability.

    Without --word-index all words are listed with their indices, labels and probabilities. With --task text the model
    is a classifier of texts, and what every word adds to the class of TEXT is shown.
    """
    if view.task == "text":
        explain_document(text, source, subject, view, setup)
        return
    if subject.white_box and view.format != "text":
        raise click.UsageError("--white-box has the format text only.")
    request = setup.request()
    tagger = source.tagger()
    sentence = text.sentence(tagger)
    if len(sentence.tokens) > setup.max_tokens:
        raise InputError(
            f"expected at most {setup.max_tokens} words, found {len(sentence.tokens)}: split the text, "
            "or raise --max-tokens"
        )
    if subject.word_index is None and subject.entity is None and len(sentence.tokens) > MAX_EXPLAINED_WORDS:
        _list(tagger, sentence, subject, view)
        return
    explanation = _explain(tagger, sentence, subject, view, request)
    write(_rendered(explanation, subject, view), view.output)


def _explain(
    tagger: Tagger, sentence: Sentence, subject: Subject, view: View, request: ExplanationParameters
) -> Explanation:
    first = subject.word_index if subject.entity is None else subject.entity[0]
    # A page shows any word at a click, where that is affordable; else only what was asked for is computed.
    everything = first is None or (view.format == "html" and len(sentence.tokens) <= MAX_EXPLAINED_WORDS)
    return request.explain(tagger, sentence, positions=None if everything or first is None else [first])


def _rendered(explanation: Explanation, subject: Subject, view: View) -> str:
    from ner_lime.explanation.targets import coefficients
    from ner_lime.render.whitebox import white_box_text

    paper = medium(view.output)
    form: dict[str, Any] = {
        "width": paper.width,
        "color": paper.color,
        "unicode": paper.unicode,
        "num_features": view.num_features,
    }
    if subject.entity is not None:
        entity = explanation.entity(*subject.entity, subject.type)
        if view.format == "html":
            return entity.to_html()
        return json.dumps(entity.to_dict()) + "\n" if view.format == "json" else entity.to_text(**form)
    word = None if subject.word_index is None else explanation[subject.word_index]
    if word is not None and subject.white_box:
        return white_box_text(word, subject.label, subject.contrast, **form)
    target = subject.target(word)
    if view.format == "html":
        return explanation.to_html(subject.word_index, label=target)
    if view.format == "json":
        from ner_lime.render.json import to_json

        if target is not None:
            coefficients(target, explanation.labels, explanation.scheme)
        return to_json(explanation) + "\n"
    return explanation.to_text(subject.word_index, label=target, **form)


def _list(tagger: Tagger, sentence: Sentence, subject: Subject, view: View) -> None:
    """List labels and probabilities only."""
    from ner_lime.cli.tables import list_text
    from ner_lime.explanation.targets import coefficients
    from ner_lime.taggers.answers import ask
    from ner_lime.taggers.decoding import decode
    from ner_lime.taggers.text import tagger_tokens

    n_words = len(sentence.tokens)
    if view.format != "text":
        raise InputError(f"{n_words} words are too many to explain at once: name one with --word-index")
    target = subject.target()
    shown = "their labels" if target is None else f"their labels and the probability of {target}"
    tell(f"{n_words} words are too many to explain at once: here are {shown}; --word-index explains one")
    words = tagger_tokens(tagger, sentence)
    probabilities = ask(tagger, [words])[0]
    labels = decode(tagger, [words], probabilities=[probabilities])[0]
    column = {label: index for index, label in enumerate(tagger.labels)}
    if target is None:
        values = [row[column[label]] for row, label in zip(probabilities, labels, strict=True)]
    else:
        values = (probabilities @ coefficients(target, tagger.labels, getattr(tagger, "scheme", None))).tolist()
    write(list_text(sentence.tokens, labels, values, medium(view.output)), view.output)
