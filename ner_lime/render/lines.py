"""The parts that texts for a terminal are made of: the marked sentence, the table of weights, how it was explained.

A sign is in the figure and in the direction of the bar, never in the colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from ner_lime.explanation import Contribution, Explanation, Settings
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.targets import Target
from ner_lime.explanation.verdict import HARDLY_MOVES, Level, Verdict
from ner_lime.render.answer import Piece
from ner_lime.render.cells import GAP, Cell, Layout
from ner_lime.render.scale import LIMIT, strength
from ner_lime.render.wording import diagnostics, how

MAX_CONTRIBUTIONS = 12
"""Maximum number of contributions that a table shows by default."""

CONTEXT = 60
"""Words of a long text that are shown on each side of the marked ones."""

MAX_BAR = 41
"""Maximum length of an axis, in cells."""

ZERO = "0.000"
POSITIVE, NEGATIVE = "color(32)", "color(166)"
"""Blue and orange, as on pages and in pictures."""

SHADES = (
    ("color(189)", "color(153)", "color(111)", "color(75)"),
    ("color(223)", "color(216)", "color(215)", "color(208)"),
)
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
    weights = {index: c.weight for c in contributions for index in c.indices}
    before, after = ("»", "«") if layout.unicode else (">>", "<<")

    def piece(index: int, token: str) -> Text:
        return Text.assemble(
            (before if index == marked.start else "", "bold"),
            Text(token, _shade(weights.get(index, 0.0))),
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


def sentence_lines(pieces: Sequence[Piece], layout: Layout) -> list[Text]:
    """Lay out the sentence that answers, with the names in it set off."""
    styles = {"plain": "", "part": "italic", "subject": "bold"}
    shown = [
        layout.own(piece.text) if piece.kind == "plain" else layout.clip(layout.shown(piece.text), layout.width // 2)
        for piece in pieces
    ]
    styled = [(text, styles[piece.kind]) for text, piece in zip(shown, pieces, strict=True)]
    return layout.wrap(Text.assemble(*styled))


def verdict_lines(verdict: Verdict, layout: Layout) -> list[Text]:
    """Lay out the verdict, which is one on the explanation and not on the label."""
    reasons = layout.own("; ".join(verdict.reasons))
    return layout.wrap(Text.assemble("This explanation: ", verdict_level(verdict.level, layout), f": {reasons}"))


def weights_table(
    weights: Sequence[Weight],
    sums: Sequence[tuple[str, str, str]],
    layout: Layout,
    max_shown: int | None = None,
    limit: float | None = None,
) -> list[Text]:
    """Lay out weights with bars, those beyond `max_shown` as one line, and sums: a name, a figure, a remark.

    By default the 12 largest are shown, without those that are zero to three decimals. `limit` is the end of the axis,
    which then has its figures above; None: as far as the weights go.
    """
    if max_shown is None:
        max_shown = min(sum(signed(w.value) != ZERO for w in weights), MAX_CONTRIBUTIONS)
    shown, rest = weights[:max_shown], weights[max_shown:]
    sampled = any(w.std_error for w in weights)
    plus_minus = "±" if layout.unicode else "+-"
    rows = [
        [
            Cell(w.mark, "dim", right=True),
            Cell(layout.clip(layout.shown(w.name), layout.width // 3), _quiet(w.value, limit)),
            Cell(signed(w.value), sign_style(w.value, limit), right=True),
            Cell(f"{plus_minus}{1.96 * w.std_error:.3f}" if sampled else "", "dim", right=True),
        ]
        for w in shown
    ]
    if rest:
        words = f"{len(rest)} more"
        total = sum(w.value for w in rest)
        nothing = all(signed(w.value) == ZERO for w in rest)
        verb = "add" if len(rest) > 1 else "adds"
        sums = [(f"{words} {verb} nothing", "", "") if nothing else (f"{words}, sum", signed(total), ""), *sums]
    for name, value, _ in sums:
        rows.append([Cell(""), Cell(name), Cell(value, right=True), Cell("")])
    filled = [column for column in range(4) if any(row[column].text for row in rows)]
    rows = [[row[column] for column in filled] for row in rows]
    used = sum(max(cell_len(row[i].text) for row in rows) + GAP for i in range(len(filled))) + 2
    room = min(layout.width - used - (2 if limit else 0), MAX_BAR)
    room -= 1 - room % 2
    lengths = [0.0 if signed(w.value) == ZERO else w.value for w in shown]
    has_bars = room >= 8 and bool(shown)
    bars = layout.bars(lengths, room, limit) if has_bars else [""] * len(shown)
    for row, w, bar in zip(rows, shown, bars, strict=False):
        row.append(Cell(bar, sign_style(w.value, limit)))
    for row, (_, _, remark) in zip(rows[len(shown) :], sums, strict=True):
        row.append(Cell(layout.clip(remark, max(room + 2, 0)) if room > 0 else "", "dim"))
    if limit and has_bars:
        rows.insert(0, [*[Cell("")] * len(filled), Cell(layout.axis(room, limit), "dim")])
    return layout.table(rows, indent=2)


def contributions_table(
    attribution: Attribution, target: Target | None, name: str, layout: Layout, max_shown: int | None = None
) -> list[Text]:
    """Lay out contributions under a title, on the one scale, and what they add up to beside the model's own figure."""
    contributions = attribution.contributions(target)
    weights = [Weight(c.name, c.weight, c.std_error, _indices(c.indices)) for c in contributions]
    value = f"{attribution.value_of(target):.3f}"
    sums = [
        ("start (bias)", signed(attribution.bias_of(target)), ""),
        ("all together", signed(attribution.prediction(target)), f"the model: {value}"),
    ]
    sampled = any(c.std_error for c in contributions)
    unit = attribution.unit.removesuffix("s")
    title = f"What each {unit} adds to the probability of {layout.shown(name)}"
    error = layout.own(", ± half of the 95 % interval") if sampled else ""
    return [*layout.wrap(Text(title + error)), *weights_table(weights, sums, layout, max_shown, LIMIT)]


def made_by(explanation: Explanation, layout: Layout) -> list[tuple[str, Text]]:
    """How it was explained, as facts: a name and a text."""
    facts = [settings_fact(explanation.settings, layout)]
    if explanation.diagnostics:
        facts.append(("masking", Text(layout.own("; ".join(diagnostics(explanation.diagnostics))))))
    return facts


def settings_fact(settings: Settings, layout: Layout) -> tuple[str, Text]:
    """The law, the masking, the engine and the cost, in plain words."""
    return "how", Text(layout.shown(layout.own("; ".join(how(settings)))))


def verdict_level(level: Level, layout: Layout) -> tuple[str, str]:
    """With its sign, and the style."""
    sign, ascii_sign, style = SIGNS[level]
    return f"{sign if layout.unicode else ascii_sign} {level}", style


def verdict_cell(verdict: Verdict, layout: Layout) -> Cell:
    """The verdict in a list: the sign of its level, and why in a few words."""
    if verdict.brief == HARDLY_MOVES:
        return Cell(layout.own(f"– {HARDLY_MOVES}"), "dim")
    sign, ascii_sign, style = SIGNS[verdict.level]
    return Cell(f"{sign if layout.unicode else ascii_sign} {', '.join(verdict.briefs) or verdict.level}", style)


def verdict_key(layout: Layout) -> Text:
    """What the signs in a list mean."""
    return Text("  ".join(verdict_level(level, layout)[0] for level in SIGNS), "dim")


def fact_lines(facts: Sequence[tuple[str, Text]], layout: Layout) -> list[Text]:
    """Lay out facts with their names before them."""
    return [line for name, text in facts for line in layout.wrap(text, indent=10, first=name)]


def signed(value: float) -> str:
    """Three decimals with their sign; no sign where they are zero."""
    return ZERO if f"{abs(value):.3f}" == ZERO else f"{value:+.3f}"


def sign_style(weight: float, limit: float | None = None) -> str:
    """Give the colour of a sign; on the one scale what hardly moves anything is grey."""
    if limit and not strength(weight):
        return "dim"
    return POSITIVE if weight > 0 else NEGATIVE if weight < 0 else ""


def _quiet(weight: float, limit: float | None) -> str:
    return "dim" if limit and not strength(weight) else ""


def _gap(text: str, layout: Layout) -> str:
    """Show what stands between two words: white space is one space, the rest stays."""
    shown = " ".join(layout.shown(part) for part in text.split())
    return f"{' ' * text[:1].isspace()}{shown}{' ' * (bool(shown) and text[-1:].isspace())}"


def _indices(words: Sequence[int]) -> str:
    if len(words) > 1 and words[-1] - words[0] == len(words) - 1:
        return f"{words[0]}-{words[-1]}"
    return ",".join(map(str, words))


def _shade(weight: float) -> str:
    """Black on a light colour, so that it can be read on any terminal."""
    step = strength(weight)
    if not step:
        return ""
    return f"color(16) on {SHADES[weight < 0][min(step // 3, 3)]}"
