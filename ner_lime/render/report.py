"""A report on a model as one self-contained page: scores, confusions, and its mistakes with their explanations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from ner_lime.corpus.labels import Span
from ner_lime.corpus.mistakes import KINDS
from ner_lime.explanation.report import ExplainedMistake, Report
from ner_lime.explanation.triggers import label_pairs, wrong_triggers
from ner_lime.explanation.verdict import LEVELS
from ner_lime.render.answer import answer, claim_of
from ner_lime.render.page import rows, shade, signed
from ner_lime.render.templating import render, write_page

MAX_CONTRIBUTIONS = 6
"""Maximum number of contributions that a mistake shows."""

CONTEXT = 30
"""Words of the sentence that a mistake shows on each side of the explained one."""

MAX_CHARACTERS = 100
"""Maximum number of characters that are shown of a word, or of an entity in a heading."""

MAX_LINKS = 3
"""Maximum number of mistakes that a frequent cause links to."""

MAX_HELD = 24
"""Characters of an entity that stays on one line."""

MAX_AT_ONCE = 200
"""Number of mistakes beyond which those that are not on the screen are not laid out."""

NAMES_PER_CELL = 1.0
"""Letters of a type's name that fit under one cell of the sentence, which is set in larger type."""

ABOUT = {
    "missed": "a gold entity that no predicted one touches",
    "spurious": "a predicted entity that no gold one touches",
    "wrong type": "the right words as the wrong type",
    "wrong boundary": "too many words or too few, an entity cut in two, or two joined",
}


@dataclass(frozen=True, slots=True)
class Tag:
    """What an entity draws under one of its words: a piece of a bar, with the type where it begins to be seen.

    `short` is as much of the type's name as there is room for; where it is `held` no line ends before the next word.
    """

    name: str
    short: str
    classes: str
    held: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a mistake's sentence as the page draws it: its classes, the gap behind it, the bars under it."""

    token: str
    gap: str
    classes: str
    tags: dict[str, Tag | None]

    @property
    def held(self) -> bool:
        """Whether no line ends behind it: it is within a short entity."""
        return any(tag is not None and tag.held for tag in self.tags.values())


def report_html(report: Report) -> str:
    """One page of HTML, without references to anything outside of it.

    Every mistake has an address (``#m12``), the counts link to the kinds, and what is typed into the search field
    filters the mistakes by their text, types and kinds.
    """
    types = [*sorted({kind for pair in report.confusion for kind in pair if kind is not None}), None]
    explained = report.explained
    return render(
        "report.html",
        styles=("page.css", "report.css"),
        script="report.js",
        report=report,
        types=types,
        about=ABOUT,
        triggers=wrong_triggers(explained),
        pairs=label_pairs(explained),
        levels=[level for level in LEVELS if any(e.word.verdict_of(e.target).level == level for e in explained)],
        max_links=MAX_LINKS,
        max_at_once=MAX_AT_ONCE,
        groups=[
            (kind, [_shown(number, e) for number, e in enumerate(explained) if e.mistake.kind == kind])
            for kind in KINDS
        ],
    )


def save_report(report: Report, path: str | Path) -> None:
    """Write the page; the file is replaced as a whole, or left as it was."""
    write_page(report_html(report), path)


def _shown(number: int, found: ExplainedMistake) -> dict[str, Any]:
    mistake, word = found.mistake, found.word
    attribution = word.attribution
    drawn = rows(attribution, found.target)
    weights = {part: c.weight for c in attribution.contributions(found.target) for part in c.indices}
    n_words = len(found.sentence.tokens)
    window = range(max(0, word.word_index - CONTEXT), min(n_words, word.word_index + CONTEXT + 1))
    told = [row for row in drawn if signed(row.weight) != "0.000"][:MAX_CONTRIBUTIONS]
    claim = claim_of(attribution, found.target)
    kinds = [span.type or "entity" for span in (mistake.gold, mistake.predicted) if span is not None]
    return {
        "number": number,
        "gold": _named(mistake.gold, found),
        "predicted": _named(mistake.predicted, found),
        "kinds": list(dict.fromkeys(kinds)),
        "target": str(found.target),
        "token": _clipped(word.token),
        "sentence_said": answer(attribution, word.token, claim, found.target),
        "probabilities": _probabilities(found),
        "words": _words(found, weights, window),
        "cut": (window.start > 0, window.stop < n_words),
        "rows": [replace(row, name=_clipped(row.name)) for row in told],
        "more": len(drawn) - len(told),
        "rest": sum(row.weight for row in drawn) - sum(row.weight for row in told),
        "bias": attribution.bias_of(found.target),
        "verdict": attribution.verdict_of(found.target),
        "sentence": mistake.sentence,
        "document": found.sentence.document,
    }


def _probabilities(found: ExplainedMistake) -> list[tuple[str, str, float]]:
    """(whose, label, probability) of the predicted label and of the gold one, at the word."""
    attribution, at = found.word.attribution, found.mistake.word_index
    gold = (found.sentence.tags or ())[at]
    said = [("predicted", found.word.label, attribution.value_of(found.word.label))]
    if gold != found.word.label and gold in attribution.targets:
        said.append(("gold", gold, attribution.value_of(gold)))
    return said


def _named(span: Span | None, found: ExplainedMistake) -> str:
    if span is None:
        return "nothing"
    words = found.sentence.tokens[span.start : min(span.end, span.start + CONTEXT)]
    return f"{span.type or 'entity'}: {_clipped(' '.join(words))}"


def _words(found: ExplainedMistake, weights: dict[int, float], window: range) -> list[Word]:
    explanation = found.word.explanation
    read, tokens = explanation.label_scheme, found.sentence.tokens
    gold, predicted = (_tags(read.spans(tags), tokens, window) for tags in (found.sentence.tags or (), found.predicted))
    words = []
    for index in window:
        classes = ("word", shade(weights.get(index, 0.0)), "chosen" if index == found.word.word_index else "")
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


def _tags(entities: Sequence[Span], tokens: Sequence[str], window: range) -> dict[int, Tag]:
    """For each word in the window that an entity covers: its piece of the bar."""
    covering: dict[int, Tag] = {}
    for span in entities:
        seen = range(max(span.start, window.start), min(span.end, window.stop))
        room = sum(min(cell_len(tokens[word]), len(tokens[word]), MAX_CHARACTERS) + 1 for word in seen)
        for word in seen:
            ends = ("opens" if word == span.start else "", "closes" if word == span.end - 1 else "")
            name = span.type or "entity"
            short = _abbreviated(name, max(1, int(NAMES_PER_CELL * room) - 1)) if word == seen.start else ""
            held = room <= MAX_HELD and word < seen.stop - 1
            covering[word] = Tag(name if word == seen.start else "", short, " ".join(filter(None, ends)), held)
    return covering


def _abbreviated(name: str, length: int) -> str:
    """A type that fits under the words of its entity, which must not be torn apart to make room for it."""
    return name if len(name) <= length else f"{name[: length - 1]}…"


def _clipped(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
