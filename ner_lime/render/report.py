"""A report on a model as one self-contained page: scores, confusions, and its mistakes with their explanations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ner_lime.corpus.labels import Span, spans
from ner_lime.corpus.mistakes import KINDS
from ner_lime.explanation import Contribution
from ner_lime.explanation.report import ExplainedMistake, Report
from ner_lime.render.page import shade
from ner_lime.render.shell import render, write_page

MOST_WORDS = 6
"""The largest contributions that a mistake shows."""

ABOUT = {
    "missed": "a gold entity that no predicted one touches",
    "spurious": "a predicted entity that no gold one touches",
    "wrong type": "the right words as the wrong type",
    "wrong boundary": "too many words or too few, an entity cut in two, or two joined",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a mistake's sentence as the page draws it: the gap before it, its classes, what it opens and closes."""

    gap: str
    token: str
    classes: str
    gold: str
    predicted: str


def report_html(report: Report) -> str:
    """One page of HTML, without references to anything outside of it.

    Every mistake has an address (``#m12``), the counts link to the kinds, and what is typed into the search field
    filters the mistakes by their text, types and kinds.
    """
    types = [*sorted({kind for pair in report.confusion for kind in pair} - {"O"}), "O"]
    return render(
        "report.html",
        styles=("page.css", "report.css"),
        script="report.js",
        report=report,
        types=types,
        about=ABOUT,
        groups=[
            (kind, [_shown(number, e) for number, e in enumerate(report.explained) if e.mistake.kind == kind])
            for kind in KINDS
        ],
    )


def save_report(report: Report, path: str | Path) -> None:
    """Write the page; the file is replaced as a whole, or left as it was."""
    write_page(report_html(report), path)


def _shown(number: int, found: ExplainedMistake) -> dict[str, Any]:
    mistake, word = found.mistake, found.word
    contributions = word.contributions(found.target)
    largest = max((abs(c.weight) for c in contributions), default=0.0) or 1.0
    shares = {w: c.weight / largest for c in contributions for w in c.word_indices}
    return {
        "number": number,
        "kind": mistake.kind,
        "gold": _named(mistake.gold, found),
        "predicted": _named(mistake.predicted, found),
        "target": str(found.target),
        "token": word.token,
        "words": _words(found, shares),
        "contributions": [_bar(c, largest) for c in contributions[:MOST_WORDS]],
        "bias": word.bias(found.target),
        "verdict": word.verdict_of(found.target),
        "sentence": mistake.sentence,
        "document": found.sentence.document,
    }


def _named(span: Span | None, found: ExplainedMistake) -> str:
    if span is None:
        return "nothing"
    return f"{span.type}: {' '.join(found.sentence.tokens[span.start : span.end])}"


def _bar(contribution: Contribution, largest: float) -> dict[str, Any]:
    share = contribution.weight / largest
    return {
        "index": contribution.word_index,
        "token": contribution.token,
        "weight": contribution.weight,
        "start": min(share, 0.0),
        "width": abs(share),
        "sign": "pos" if share > 0 else "neg",
    }


def _words(found: ExplainedMistake, shares: dict[int, float]) -> list[Word]:
    explanation = found.word.explanation
    gold, predicted = _starts(found.sentence.tags or ()), _starts(found.predicted)
    words, end = [], 0
    for index, (token, (start, stop)) in enumerate(zip(explanation.tokens, explanation.offsets, strict=True)):
        classes = ("word", shade(shares.get(index, 0.0)), "chosen" if index == found.word.word_index else "")
        words.append(
            Word(
                gap=explanation.text[end:start],
                token=token,
                classes=" ".join(filter(None, classes)),
                gold=gold.get(index, ""),
                predicted=predicted.get(index, ""),
            )
        )
        end = stop
    return words


def _starts(tags: Any) -> dict[int, str]:
    """Word index to the type of the entity that covers it; the type is followed by a dot where it goes on."""
    covering: dict[int, str] = {}
    for span in spans(tags):
        for word in range(span.start, span.end):
            covering[word] = span.type if word == span.start else "·"
    return covering
