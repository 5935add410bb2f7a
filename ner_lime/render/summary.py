"""What a model has learned as one self-contained page: triggers by entity type, suspects, mistakes, changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ner_lime.corpus.labels import OUTSIDE
from ner_lime.explanation.summary import Change, Representative, Summary, Trigger, TypeSummary
from ner_lime.explanation.verdict import LEVELS
from ner_lime.render.page import shade
from ner_lime.render.templating import render, write_page

MAX_ROWS = 1200
"""Maximum number of triggers on the page, over all types and lists: each takes about half a kilobyte."""

MAX_CHARACTERS = 60
"""Maximum number of characters that are shown of a word."""

PLACES = (-3, -2, -1, 0, 1, 2, 3)
"""The offsets that are drawn; the outer ones stand for all beyond."""

ABOUT = {
    "missed": "The gold tag is of an entity, the predicted one is O.",
    "spurious": "The gold tag is O, the predicted one is of an entity.",
    "wrong type": "Both are of an entity, of different types.",
    "wrong boundary": "The type is right, the prefix is not.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A trigger as the page draws it: its share of the largest weight, and the bars of its offsets."""

    feature: str
    mean: float
    count: int
    start: float
    width: float
    sign: str
    bars: tuple[tuple[int, float], ...]
    where: str


def summary_html(summary: Summary) -> str:
    """One page of HTML, without references to anything outside of it, of less than a megabyte."""
    lists = ("speaking_for", "against", "shapes", "affixes")
    n_rows = max(1, MAX_ROWS // max(1, len(lists) * len(summary.types)))
    return render(
        "summary.html",
        styles=("page.css", "report.css", "summary.css"),
        script="summary.js",
        summary=summary,
        levels=[(level, summary.verdicts.get(level, 0)) for level in LEVELS],
        types=[_type(number, found, n_rows) for number, found in enumerate(summary.types)],
        suspects=[
            (_clipped(found.feature), found, [(name_of(kind), weight) for kind, weight in found.labels.items()])
            for found in summary.suspects
        ],
        mistakes=[
            (kind, count, ABOUT.get(kind, ""), [(_clipped(w.feature), w) for w in summary.wrong if w.mistake == kind])
            for kind, count in summary.mistakes.items()
        ],
        changes=[(_clipped(change.feature), name_of(change.kind), change, _came(change)) for change in summary.changes],
        picked=[_picked(number, found) for number, found in enumerate(summary.representatives)],
    )


def save_summary(summary: Summary, path: str | Path) -> None:
    """Write the page; the file is replaced as a whole, or left as it was."""
    write_page(summary_html(summary), path)


def name_of(kind: str) -> str:
    """An entity type in words: entities may have none, and what is outside of them is no type."""
    return "outside (O)" if kind == OUTSIDE else kind or "entity"


def _type(number: int, found: TypeSummary, n_rows: int) -> dict[str, Any]:
    of_words = sum(found.verdicts.values()) or 1
    return {
        "id": f"type-{number}",
        "name": name_of(found.kind),
        "found": found,
        "verdicts": [
            (level, found.verdicts.get(level, 0), found.verdicts.get(level, 0) / of_words) for level in LEVELS
        ],
        "tables": [
            _table("Words that speak for it", found.speaking_for[:n_rows], places=True),
            _table("Words that speak against it", found.against[:n_rows], places=True),
            _table("Shapes of the word itself", found.shapes[:n_rows]),
            _table("Beginnings and ends of the word itself", found.affixes[:n_rows]),
        ],
    }


def _table(title: str, triggers: Sequence[Trigger], *, places: bool = False) -> dict[str, Any]:
    rows = _rows(triggers)
    low = min((row.start for row in rows), default=0.0)
    high = max((row.start + row.width for row in rows), default=0.0)
    return {
        "title": title,
        "places": places,
        "rows": rows,
        "view_box": f"{low:.3f} 0 {high - low or 1:.3f} 1",
    }


def _rows(triggers: Sequence[Trigger]) -> list[Row]:
    largest = max((abs(trigger.mean) for trigger in triggers), default=0.0) or 1.0
    rows = []
    for trigger in triggers:
        share = trigger.mean / largest
        bars = tuple((place, trigger.offsets.get(place, 0.0)) for place in PLACES)
        told = [f"{_place(place)}: {part:.0%}" for place, part in bars if part >= 0.005]
        rows.append(
            Row(
                _clipped(trigger.feature),
                trigger.mean,
                trigger.count,
                min(share, 0.0),
                abs(share),
                "pos" if share > 0 else "neg",
                bars,
                ", ".join(told),
            )
        )
    return rows


def _place(offset: int) -> str:
    if offset == 0:
        return "the word itself"
    farther = " or farther" if abs(offset) == max(PLACES) else ""
    return f"{abs(offset)} {'before' if offset < 0 else 'after'}{farther}"


def _came(change: Change) -> str:
    if change.before is None:
        return "new"
    return "gone" if change.after is None else ""


def _picked(number: int, found: Representative) -> dict[str, Any]:
    words = []
    for index, word in enumerate(found.words):
        largest = max((abs(weight) for _, _, weight in word.contributions), default=0.0)
        contributions = [(_clipped(feature), offset, weight) for feature, offset, weight in word.contributions]
        words.append(
            {
                "id": f"s{number}w{index}",
                "token": _clipped(word.token),
                "label": word.predicted,
                "contributions": contributions,
                "shades": [shade(weight / largest if largest else 0.0) for _, _, weight in contributions],
            }
        )
    return {
        "id": f"s{number}",
        "sentence": found.sentence,
        "words": words,
        "covered": [_clipped(feature) for feature in found.covered],
    }


def _clipped(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
