"""A report on a model as one self-contained page: scores, confusions, and its mistakes with their explanations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ner_lime.corpus.labels import Span, spans
from ner_lime.corpus.mistakes import KINDS
from ner_lime.explanation import Contribution
from ner_lime.explanation.report import ExplainedMistake, Report
from ner_lime.render.page import shade
from ner_lime.render.templating import render, write_page

MAX_CONTRIBUTIONS = 6
"""Maximum number of contributions that a mistake shows."""

CONTEXT = 30
"""Words of the sentence that a mistake shows on each side of the explained one."""

MAX_CHARACTERS = 100
"""Maximum number of characters that are shown of a word, or of an entity in a heading."""

ABOUT = {
    "missed": "a gold entity that no predicted one touches",
    "spurious": "a predicted entity that no gold one touches",
    "wrong type": "the right words as the wrong type",
    "wrong boundary": "too many words or too few, an entity cut in two, or two joined",
}


@dataclass(frozen=True, slots=True)
class Tag:
    """What an entity draws under one of its words: a piece of a bar, with the type where it begins to be seen."""

    name: str
    classes: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a mistake's sentence as the page draws it: its classes, the gap behind it, the bars under it."""

    token: str
    gap: str
    classes: str
    tags: dict[str, Tag | None]


def report_html(report: Report) -> str:
    """One page of HTML, without references to anything outside of it.

    Every mistake has an address (``#m12``), the counts link to the kinds, and what is typed into the search field
    filters the mistakes by their text, types and kinds.
    """
    types = [*sorted({kind for pair in report.confusion for kind in pair if kind is not None}), None]
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
    n_words = len(found.sentence.tokens)
    window = range(max(0, word.word_index - CONTEXT), min(n_words, word.word_index + CONTEXT + 1))
    return {
        "number": number,
        "gold": _named(mistake.gold, found),
        "predicted": _named(mistake.predicted, found),
        "target": str(found.target),
        "token": _clipped(word.token),
        "words": _words(found, shares, window),
        "cut": (window.start > 0, window.stop < n_words),
        "contributions": [_bar(c, largest) for c in contributions[:MAX_CONTRIBUTIONS]],
        "verdict": word.verdict_of(found.target),
        "sentence": mistake.sentence,
        "document": found.sentence.document,
    }


def _named(span: Span | None, found: ExplainedMistake) -> str:
    if span is None:
        return "nothing"
    words = found.sentence.tokens[span.start : min(span.end, span.start + CONTEXT)]
    return f"{span.type or 'entity'}: {_clipped(' '.join(words))}"


def _bar(contribution: Contribution, largest: float) -> dict[str, Any]:
    share = contribution.weight / largest
    return {
        "index": contribution.word_index,
        "token": _clipped(contribution.token),
        "weight": contribution.weight,
        "start": min(share, 0.0),
        "width": abs(share),
        "sign": "pos" if share > 0 else "neg",
    }


def _words(found: ExplainedMistake, shares: dict[int, float], window: range) -> list[Word]:
    explanation = found.word.explanation
    gold, predicted = _tags(found.sentence.tags or (), window), _tags(found.predicted, window)
    words = []
    for index in window:
        classes = ("word", shade(shares.get(index, 0.0)), "chosen" if index == found.word.word_index else "")
        end = explanation.offsets[index][1]
        following = explanation.offsets[index + 1][0] if index + 1 < len(explanation.tokens) else end
        words.append(
            Word(
                token=_clipped(explanation.tokens[index]),
                gap=re.sub(r"\s+", " ", explanation.text[end:following]),
                classes=" ".join(filter(None, classes)),
                tags={"gold": gold.get(index), "predicted": predicted.get(index)},
            )
        )
    return words


def _tags(tags: Sequence[str], window: range) -> dict[int, Tag]:
    """For each word in the window that an entity covers: its piece of the bar."""
    covering: dict[int, Tag] = {}
    for span in spans(tags):
        for word in range(max(span.start, window.start), min(span.end, window.stop)):
            ends = ("opens" if word == span.start else "", "closes" if word == span.end - 1 else "")
            named = word == max(span.start, window.start)
            covering[word] = Tag((span.type or "entity") if named else "", " ".join(filter(None, ends)))
    return covering


def _clipped(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
