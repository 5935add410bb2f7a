"""The parts that texts for a terminal are made of: the marked sentence, the table of weights, how it was explained.

A sign is in the figure and in the direction of the bar, never in the colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from ner_lime.explanation import Contribution, Explanation, Settings
from ner_lime.explanation.verdict import Level, Verdict
from ner_lime.render.cells import GAP, Cell, Layout

MAX_CONTRIBUTIONS = 12
"""Maximum number of contributions that a table shows by default."""

CONTEXT = 60
"""Words of a long text that are shown on each side of the marked ones."""

MAX_BAR = 40
"""Maximum length of a bar, in cells."""

ZERO = "0.000"
POSITIVE, NEGATIVE = "green", "red"
SHADES = (
    ("color(194)", "color(157)", "color(120)", "color(77)"),
    ("color(224)", "color(217)", "color(210)", "color(203)"),
)
DIAGNOSTICS = {
    "entity_probability_all_hidden": "with all words hidden the probability of an entity is {:.3g} on average",
    "o_to_entity_rate": "{:.0%} of the words labelled O turn into entities",
}
SIGNS: dict[Level, tuple[str, str, str]] = {
    "trust": ("✓", "+", "green"),
    "with care": ("≈", "~", "yellow"),
    "do not trust": ("✗", "x", "red"),
}


@dataclass(frozen=True, slots=True)
class Weight:
    """One row of a table of weights."""

    name: str
    value: float
    std_error: float = 0.0
    mark: str = ""


def marked_sentence(
    explanation: Explanation, marked: range, contributions: Sequence[Contribution], layout: Layout
) -> list[Text]:
    """Draw the raw text: the explained words between marks, all shaded by their weights; of a long text a part."""
    largest = max((abs(c.weight) for c in contributions), default=0.0) or 1.0
    share = {index: c.weight / largest for c in contributions for index in c.word_indices}
    before, after = ("»", "«") if layout.unicode else (">>", "<<")

    def piece(index: int, token: str) -> Text:
        return Text.assemble(
            (before if index == marked.start else "", "bold"),
            Text(token, _shade(share.get(index, 0.0))),
            (after if index == marked.stop - 1 else "", "bold"),
        )

    words = range(max(0, marked.start - CONTEXT), min(len(explanation.tokens), marked.stop + CONTEXT))
    return layout.wrap(raw_text(explanation, layout, piece, words))


def raw_text(explanation: Explanation, layout: Layout, piece: Callable[[int, str], Text], words: range) -> Text:
    """Join the pieces of these words by what stands between them, with an ellipsis where something is missing."""
    ellipsis = "…" if layout.unicode else "..."
    line = Text(f"{ellipsis} " if words.start else "")
    end = explanation.offsets[words.start][0] if words.start else 0
    for index in words:
        start, stop = explanation.offsets[index]
        line.append(_gap(explanation.text[end:start], layout))
        line.append_text(piece(index, layout.clip(layout.shown(explanation.tokens[index]), layout.width // 2)))
        end = stop
    if words.stop < len(explanation.tokens):
        return line.append(f" {ellipsis}")
    return line.append(_gap(explanation.text[end:], layout))


def weights_table(
    weights: Sequence[Weight], sums: Sequence[tuple[str, float]], layout: Layout, max_shown: int | None = None
) -> list[Text]:
    """Lay out weights with bars, those beyond `max_shown` as one, and what they sum to.

    By default the 12 largest are shown, without those that are zero to three decimals.
    """
    if max_shown is None:
        max_shown = min(sum(signed(w.value) != ZERO for w in weights), MAX_CONTRIBUTIONS)
    shown, rest = weights[:max_shown], weights[max_shown:]
    sampled = any(w.std_error for w in weights)
    plus_minus = "±" if layout.unicode else "+-"
    rows = [
        [
            Cell(w.mark, "dim", right=True),
            Cell(layout.clip(layout.shown(w.name), layout.width // 3)),
            Cell(signed(w.value), sign_style(w.value), right=True),
            Cell(f"{plus_minus}{1.96 * w.std_error:.3f}" if sampled else "", "dim", right=True),
        ]
        for w in shown
    ]
    if rest:
        sums = [(f"{len(rest)} more, sum", sum(w.value for w in rest)), *sums]
    for name, value in sums:
        rows.append([Cell(""), Cell(name), Cell(signed(value), right=True), Cell("")])
    filled = [column for column in range(4) if any(row[column].text for row in rows)]
    rows = [[row[column] for column in filled] for row in rows]
    used = sum(max(cell_len(row[i].text) for row in rows) + GAP for i in range(len(filled))) + 2
    room = min(layout.width - used, MAX_BAR)
    lengths = [0.0 if signed(w.value) == ZERO else w.value for w in shown]
    bars = layout.bars(lengths, room) if room >= 8 and shown else [""] * len(shown)
    for row, w, bar in zip(rows, shown, bars, strict=False):
        row.append(Cell(bar, sign_style(w.value)))
    for row in rows[len(shown) :]:
        row.append(Cell(""))
    return layout.table(rows, indent=2)


def contributions_table(
    contributions: Sequence[Contribution], bias: float, layout: Layout, max_shown: int | None = None
) -> list[Text]:
    """Lay out contributions under a title, and what they add up to together with the bias."""
    weights = [Weight(c.token, c.weight, c.std_error, _indices(c.word_indices)) for c in contributions]
    sums = [("bias", bias), ("all together", bias + sum(c.weight for c in contributions))]
    sampled = any(c.std_error for c in contributions)
    title = f"Contributions ({'±' if layout.unicode else '+-'} 1.96 standard errors)" if sampled else "Contributions"
    return [*layout.wrap(Text(title)), *weights_table(weights, sums, layout, max_shown)]


def made_by(explanation: Explanation, layout: Layout) -> list[tuple[str, Text]]:
    """How it was explained, as facts: a name and a text."""
    facts = [settings_fact(explanation.settings, layout)]
    if explanation.diagnostics:
        figures = [DIAGNOSTICS.get(name, f"{name} {{:.3g}}").format(v) for name, v in explanation.diagnostics.items()]
        facts.append(("masking", Text(layout.shown(", ".join(figures)))))
    return facts


def settings_fact(s: Settings, layout: Layout) -> tuple[str, Text]:
    """The engine, the law, the masking and the cost."""
    parts = [s.method, s.neighbourhood, s.masking, f"{s.engine} ({s.estimator})", f"{s.n_calls} calls of the tagger"]
    if s.random_state is not None:
        parts.append(f"random state {s.random_state}")
    if s.tolerance:
        parts.append(f"tolerance {s.tolerance:.1g}")
    if s.context_only:
        parts.append("the word itself always kept")
    return "made by", Text(layout.shown(", ".join(parts)))


def verdict_fact(verdict: Verdict, layout: Layout) -> tuple[str, Text]:
    """The level and its reasons."""
    return "verdict", Text.assemble(verdict_level(verdict.level, layout), f": {'; '.join(verdict.reasons)}")


def verdict_level(level: Level, layout: Layout) -> tuple[str, str]:
    """With its sign, and the style."""
    sign, ascii_sign, style = SIGNS[level]
    return f"{sign if layout.unicode else ascii_sign} {level}", style


def fact_lines(facts: Sequence[tuple[str, Text]], layout: Layout) -> list[Text]:
    """Lay out facts with their names before them."""
    return [line for name, text in facts for line in layout.wrap(text, indent=10, first=name)]


def signed(value: float) -> str:
    """Three decimals with their sign; no sign where they are zero."""
    return ZERO if f"{abs(value):.3f}" == ZERO else f"{value:+.3f}"


def sign_style(weight: float) -> str:
    """Give the colour of a sign."""
    return POSITIVE if weight > 0 else NEGATIVE if weight < 0 else ""


def _gap(text: str, layout: Layout) -> str:
    """Show what stands between two words: white space is one space, the rest stays."""
    shown = " ".join(layout.shown(part) for part in text.split())
    return f"{' ' * text[:1].isspace()}{shown}{' ' * (bool(shown) and text[-1:].isspace())}"


def _indices(words: Sequence[int]) -> str:
    if len(words) > 1 and words[-1] - words[0] == len(words) - 1:
        return f"{words[0]}-{words[-1]}"
    return ",".join(map(str, words))


def _shade(share: float) -> str:
    """Black on a light colour, so that it can be read on any terminal."""
    if not 0.05 <= abs(share) <= 1.0:  # too little, or no number
        return ""
    shades = SHADES[share < 0]
    return f"color(16) on {shades[min(int(abs(share) * len(shades)), len(shades) - 1)]}"
