"""Results that are small tables: an entity, what a CRF adds up for a word, the words of a long text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from ner_lime.cli.output import Medium
from ner_lime.errors import InputError
from ner_lime.render.cells import Paper, printed
from ner_lime.render.lines import (
    Weight,
    contributions_table,
    fact_lines,
    marked_sentence,
    settings_fact,
    verdict_fact,
    weights_table,
)
from ner_lime.render.visible import visible

if TYPE_CHECKING:
    from ner_lime.explanation import EntityExplanation, Explanation, TokenExplanation


def entity_text(
    explanation: Explanation, entity: EntityExplanation, medium: Medium, num_features: int | None = None
) -> str:
    """Show what every word adds to the probability of a span.

    Parameters
    ----------
    explanation : Explanation
        Of the sentence.
    entity : EntityExplanation
        Of a span of it.
    medium : Medium
    num_features : int, optional
        How many contributions, the largest first; by default 12, without those that are zero to three decimals.
    """
    paper = Paper(medium.width, medium.unicode)
    contributions = entity.contributions()
    how = "of the whole span" if entity.how == "joint" else "product of the words' own"
    kind = entity.kind or "entity"
    facts = [
        verdict_fact(entity.verdict, paper),
        ("fidelity", Text(f"{'R²' if medium.unicode else 'R2'} {entity.r2:.3f}")),
        settings_fact(entity.settings, paper),
    ]
    lines = [
        *marked_sentence(explanation, range(entity.start, entity.end), contributions, paper),
        Text(),
        *paper.wrap(Text(f"{paper.shown(entity.text)}: {paper.shown(kind)} {entity.probability:.3f} ({how})")),
        Text(),
        *contributions_table(contributions, entity.bias, paper, num_features),
        Text(),
        *fact_lines(facts, paper),
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
        How many features, the largest first; by default 12, without those that are zero to three decimals.

    Raises
    ------
    LabelError, InputError
        An unknown label, or the same one twice.
    """
    from ner_lime.corpus.labels import label_index

    box = word.explanation.white_box(word.word_index)
    label = word.label if label is None else label
    other = next(name for name in word.probabilities if name != label) if other is None else other
    own, rival = (float(box.probabilities[label_index(name, box.labels)]) for name in (label, other))
    if label == other:
        raise InputError(f"expected two labels to compare, found {label} twice")
    paper = Paper(medium.width, medium.unicode)
    odds = box.log_odds(label, other)
    parts = [
        Weight("its own features", odds["word"]),
        Weight("the words before it", odds["left"]),
        Weight("the words after it", odds["right"]),
    ]
    features = [Weight(name, weight) for name, weight in box.feature_log_odds(label, other)]
    marked = range(word.word_index, word.word_index + 1)
    title = (
        f"{paper.shown(word.token)}: {paper.shown(label)} {own:.3f} rather than {paper.shown(other)} {rival:.3f}, "
        "in the model's own log-odds"
    )
    lines = [
        *marked_sentence(word.explanation, marked, [], paper),
        Text(),
        *paper.wrap(Text(title)),
        Text(),
        *weights_table(parts, [("all together", odds["total"])], paper, len(parts)),
        Text(),
        Text("Its own features"),
        *weights_table(features, [("all features", odds["word"])], paper, num_features),
    ]
    return printed(lines, color=medium.color)


def list_text(tokens: Sequence[str], labels: Sequence[str], values: Sequence[float], medium: Medium) -> str:
    """List index, probability, label and token of every word, one a line; plain, since there may be very many."""
    of_index, of_label = len(str(len(tokens) - 1)), max(map(len, labels))
    return "".join(
        f"{index:>{of_index}}  {value:.3f}  {label:<{of_label}}  {visible(token, ascii_only=not medium.unicode)}\n"
        for index, (token, label, value) in enumerate(zip(tokens, labels, values, strict=True))
    )
