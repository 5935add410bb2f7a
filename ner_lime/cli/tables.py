"""Results that are small tables: an entity, what a CRF adds up for a word, the words of a long text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from ner_lime.cli.output import Medium
from ner_lime.errors import InputError
from ner_lime.render.cells import Cell, Paper, printed
from ner_lime.render.visible import visible

if TYPE_CHECKING:
    from ner_lime.explanation import EntityExplanation, TokenExplanation

MOST_ROWS = 12
LONGEST_BAR = 40


def entity_text(entity: EntityExplanation, medium: Medium, num_features: int | None = None) -> str:
    """Show what every word adds to the probability of a span.

    Parameters
    ----------
    entity : EntityExplanation
    medium : Medium
    num_features : int, optional
        How many contributions, the largest first; 12 by default.
    """
    paper = Paper(medium.width, medium.unicode)
    plus_minus = "±" if medium.unicode else "+-"
    rows = [
        (
            "-".join(map(str, sorted({c.word_indices[0], c.word_indices[-1]}))),
            c.token,
            c.weight,
            f"{plus_minus}{1.96 * c.std_error:.3f}" if entity.std_errors.any() else "",
        )
        for c in entity.contributions()
    ]
    sums = [("bias", entity.bias), ("all together", entity.bias + float(entity.weights.sum()))]
    how = "of the whole span" if entity.how == "joint" else "product of the words' own"
    lines = [
        *paper.wrap(Text(f"{paper.shown(entity.text)}: {paper.shown(entity.kind)} {entity.probability:.3f} ({how})")),
        Text(),
        Text(f"Contributions ({plus_minus} 1.96 standard errors)" if entity.std_errors.any() else "Contributions"),
        *_table(rows, sums, num_features or MOST_ROWS, paper),
        Text(),
        *paper.wrap(Text(f"{'R²' if medium.unicode else 'R2'} {entity.r2:.3f}"), indent=10, first="fidelity"),
    ]
    return printed(lines, color=medium.color)


def white_box_text(
    word: TokenExplanation, label: str | None, other: str | None, medium: Medium, num_features: int | None = None
) -> str:
    """Show what a CRF adds up for a word, as log-odds of one label against another.

    Parameters
    ----------
    word : TokenExplanation
    label, other : str, optional
        By default the predicted label, and the most probable of the others.
    medium : Medium
    num_features : int, optional
        How many features, the largest first; 12 by default.

    Raises
    ------
    LabelError, InputError
        An unknown label, or the same one twice.
    """
    from ner_lime.targets import label_index

    box = word.explanation.white_box(word.word_index)
    label = word.label if label is None else label
    other = next(name for name in word.probabilities if name != label) if other is None else other
    own, rival = (float(box.probabilities[label_index(name, box.labels)]) for name in (label, other))
    if label == other:
        raise InputError(f"expected two labels to compare, found {label} twice")
    paper = Paper(medium.width, medium.unicode)
    odds = box.log_odds(label, other)
    parts = [
        ("", "its own features", odds["word"], ""),
        ("", "the words before it", odds["left"], ""),
        ("", "the words after it", odds["right"], ""),
    ]
    features = [("", name, weight, "") for name, weight in box.feature_log_odds(label, other)]
    title = (
        f"{paper.shown(word.token)}: {paper.shown(label)} {own:.3f} rather than {paper.shown(other)} {rival:.3f}, "
        "in the model's own log-odds"
    )
    lines = [
        *paper.wrap(Text(title)),
        Text(),
        *_table(parts, [("all together", odds["total"])], len(parts), paper),
        Text(),
        Text("Its own features"),
        *_table(features, [("all features", odds["word"])], num_features or MOST_ROWS, paper),
    ]
    return printed(lines, color=medium.color)


def list_text(tokens: Sequence[str], labels: Sequence[str], values: Sequence[float], medium: Medium) -> str:
    """List index, probability, label and token of every word, one a line; plain, since there may be very many."""
    of_index, of_label = len(str(len(tokens) - 1)), max(map(len, labels))
    return "".join(
        f"{index:>{of_index}}  {value:.3f}  {label:<{of_label}}  {visible(token, ascii_only=not medium.unicode)}\n"
        for index, (token, label, value) in enumerate(zip(tokens, labels, values, strict=True))
    )


def _table(
    rows: Sequence[tuple[str, str, float, str]], sums: Sequence[tuple[str, float]], most: int, paper: Paper
) -> list[Text]:
    """Lay out rows of (mark, name, weight, remark) with bars, those beyond `most` as one, and what they sum to."""
    shown, rest = rows[:most], rows[most:]
    if rest:
        sums = [(f"{len(rest)} more, sum", sum(row[2] for row in rest)), *sums]
    used = max((len(row[0]) for row in rows), default=0) + paper.width // 3 + 24
    bars = paper.bars([row[2] for row in shown], min(LONGEST_BAR, paper.width - used)) if shown else []
    cells = [
        [
            Cell(mark, "dim", right=True),
            Cell(paper.clip(paper.shown(name), paper.width // 3)),
            Cell(f"{weight:+.3f}", _style(weight), right=True),
            Cell(remark, "dim"),
            Cell(bar, _style(weight)),
        ]
        for (mark, name, weight, remark), bar in zip(shown, bars, strict=True)
    ]
    cells += [[Cell(""), Cell(name), Cell(f"{value:+.3f}", right=True), Cell(""), Cell("")] for name, value in sums]
    filled = [column for column in range(5) if any(row[column].text for row in cells)]
    return paper.table([[row[column] for column in filled] for row in cells], indent=2)


def _style(weight: float) -> str:
    return "green" if weight > 0 else "red" if weight < 0 else ""
