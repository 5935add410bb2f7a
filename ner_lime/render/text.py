"""An explanation for a terminal: one word, or the table of all entities and words.

The explained word stands between » « (``>> <<`` in ASCII).
"""

from __future__ import annotations

from math import isfinite
from typing import Unpack

from rich.text import Text

from ner_lime.explanation import Explanation, TokenExplanation
from ner_lime.explanation.joint import Joint
from ner_lime.explanation.targets import Contrast, Target
from ner_lime.render.answer import answer, claim_of
from ner_lime.render.cells import Cell, Form, Layout, layout_for, printed
from ner_lime.render.lines import (
    contributions_table,
    fact_lines,
    made_by,
    marked_sentence,
    raw_text,
    sentence_lines,
    sign_style,
    signed,
    verdict_cell,
    verdict_key,
    verdict_lines,
)
from ner_lime.render.scale import HARDLY, LIMIT
from ner_lime.render.wording import together

MAX_LABELS = 8
"""Maximum number of other labels whose probability is listed."""


def to_text(
    explanation: Explanation,
    word_index: int | None = None,
    *,
    label: Target | None = None,
    num_features: int | None = None,
    beside: Joint | None = None,
    **form: Unpack[Form],
) -> str:
    """Text for a terminal, ending in a line break.

    Parameters
    ----------
    explanation
        Any.
    word_index
        The word to show; all explained words as a table by default.
    label
        What is explained: a label, an `EntityType`, `AnyEntity` or a `Contrast`; the predicted label by default.
    num_features
        Number of contributions, the largest first; by default 12, without those that are zero to three decimals.
    beside
        What words do together, of `ner_lime.explanation.joint.joint`: the entities are listed, the pair is named.
    width, color, unicode
        Cells of a line, at least 40 (80 by default); whether to use ANSI colours, the words of the sentence are then
        shaded by their weight (False); whether to write other characters than ASCII as they are (True), or as escapes.

    Raises
    ------
    WordIndexError, LabelError, InputError
        A word that was not explained, an unknown label, a width or number below its least.
    """
    layout, beside = layout_for(form, num_features), beside or Joint()
    if word_index is None:
        lines = _overview(explanation, label, layout, beside)
    else:
        lines = _word(explanation[word_index], label, layout, num_features, beside)
    return printed(lines, color=form.get("color", False))


def _word(
    word: TokenExplanation, target: Target | None, layout: Layout, max_shown: int | None, beside: Joint
) -> list[Text]:
    attribution = word.attribution
    marked = range(word.word_index, word.word_index + 1)
    name = str(word.label if target is None else target)
    pair = beside.pairs.get(word.word_index) if target is None else None
    lines = [
        *sentence_lines(answer(attribution, word.token, claim_of(attribution, target), target), layout),
        *layout.wrap(Text(_note(word, layout))),
        *verdict_lines(attribution.verdict_of(target), layout),
    ]
    if pair is not None and abs(pair.weight) >= HARDLY:
        first, second = map(layout.shown, pair.tokens)
        lines += layout.wrap(Text(layout.own(f"Together most: {first} and {second}, {together(pair.weight)}")))
    return [
        *marked_sentence(word.explanation, marked, attribution.contributions(target), layout),
        Text(),
        *filter(None, lines),
        Text(),
        *contributions_table(attribution, target, name, layout, max_shown),
        Text(),
        *_facts(word, target, name, layout),
    ]


def _note(word: TokenExplanation, layout: Layout) -> str:
    notes = []
    if word.label != word.marginal_label:
        notes.append(
            f"The tagger's best sequence has {layout.shown(word.label)} here; "
            f"by itself {layout.shown(word.marginal_label)} is the most probable label."
        )
    gold = word.explanation.gold
    if gold is not None and gold[word.word_index] != word.label:
        notes.append(f"The gold label is {layout.shown(gold[word.word_index])}.")
    return " ".join(notes)


def _facts(word: TokenExplanation, target: Target | None, name: str, layout: Layout) -> list[Text]:
    attribution, own = word.attribution, word.own_share(target)
    facts = [("else", Text(_others(word, name, layout), "dim"))]
    if len(attribution.components) > 1:
        facts.append(("context", Text(f"the word itself {own:.0%} of the weights, its context {1 - own:.0%}")))
    facts.append(("fit", Text(_fit(word, target, layout))))
    return fact_lines([*facts, *made_by(word.explanation, layout)], layout)


def _others(word: TokenExplanation, name: str, layout: Layout) -> str:
    """The other labels that have a probability, the most probable first; the rest as a sum."""
    others = [(label, p) for label, p in word.probabilities.items() if label != name]
    listed = [(label, p) for label, p in others if f"{p:.3f}" != "0.000"][:MAX_LABELS]
    rest = others[len(listed) :]
    said = [f"{layout.shown(label)} {p:.3f}" for label, p in listed]
    if rest:
        plural = "s" if len(rest) > 1 else ""
        said.append(f"{len(rest)} {'more' if said else 'other'} label{plural} {sum(p for _, p in rest):.3f}")
    return ", ".join(said)


def _fit(word: TokenExplanation, target: Target | None, layout: Layout) -> str:
    """How good the sum is; what was not measured is left out."""
    fidelity, row = word.explanation.fidelity, word.row
    figures = []
    if isfinite(r2 := word.r2(target)):
        figures.append(layout.own(f"R² {r2:.3f}"))
    if isfinite(top1 := float(fidelity.top1[row])):
        figures.append(f"the same best label as the model on {top1:.0%} of the masks")
    if isfinite(kl := float(fidelity.kl[row])):
        figures.append(f"KL divergence {kl:.4f} nats")
    if not figures:
        return "not known"
    return f"{', '.join(figures)}; measured on {layout.shown(fidelity.measured_on)}"


def _overview(explanation: Explanation, target: Target | None, layout: Layout, beside: Joint) -> list[Text]:
    heading = "label" if target is None else "predicted"
    rows = [
        [
            Cell("", right=True),
            Cell("word"),
            Cell(heading),
            Cell("P", right=True),
            Cell("moved most by"),
            Cell("trust?"),
        ]
    ]
    for word in explanation:
        attribution = word.attribution
        strongest = attribution.contributions(target, num_features=1)[0]
        gold = word.label if explanation.gold is None else explanation.gold[word.word_index]
        label = word.label if gold == word.label else f"{word.label} (gold {gold})"
        moves = abs(strongest.weight) >= HARDLY
        rows.append(
            [
                Cell(str(word.word_index), "dim", right=True),
                Cell(layout.clip(layout.shown(word.token), layout.width // 4)),
                Cell(layout.shown(label)),
                Cell(_value(attribution.value_of(target), target), right=True),
                Cell(
                    f"{signed(strongest.weight)} {layout.clip(layout.shown(strongest.name), layout.width // 4)}"
                    if moves
                    else "",
                    sign_style(strongest.weight, LIMIT),
                ),
                verdict_cell(attribution.verdict_of(target), layout),
            ]
        )
    explained = f"Explained: {layout.shown(str(target))}, its probability P and what moves it most"
    return [
        *layout.wrap(_with_entities(explanation, layout)),
        Text(),
        *([] if target is None else [*layout.wrap(Text(explained)), Text()]),
        *_entities(beside, layout),
        *layout.table(rows),
        Text(),
        *fact_lines([("trust?", verdict_key(layout)), *made_by(explanation, layout)], layout),
    ]


def _entities(beside: Joint, layout: Layout) -> list[Text]:
    """The entities with their joint probabilities, what moves them most, and whether to trust that."""
    if not beside.entities:
        return []
    rows = [
        [
            Cell("", right=True),
            Cell("entity"),
            Cell("type"),
            Cell("P", right=True),
            Cell("moved most by"),
            Cell("trust?"),
        ]
    ]
    for entity in beside.entities:
        strongest = entity.contributions(num_features=1)[0]
        name = layout.clip(layout.shown(strongest.name), layout.width // 4)
        rows.append(
            [
                Cell(f"{entity.start}-{entity.end - 1}", "dim", right=True),
                Cell(layout.clip(layout.shown(entity.text), layout.width // 3)),
                Cell(layout.shown(entity.kind or "entity")),
                Cell(f"{entity.probability:.3f}", right=True),
                Cell(f"{signed(strongest.weight)} {name}", sign_style(strongest.weight, LIMIT)),
                verdict_cell(entity.verdict, layout),
            ]
        )
    return [*layout.table(rows), Text()]


def _head(what: str, label: str) -> list[Cell]:
    return [Cell("", right=True), Cell(what), Cell(label), Cell("P", right=True), Cell("moved most by"), Cell("trust?")]


def _value(value: float, target: Target | None) -> str:
    return f"{value:+.3f}" if isinstance(target, Contrast) else f"{value:.3f}"


def _with_entities(explanation: Explanation, layout: Layout) -> Text:
    """Draw the raw text with each predicted entity in brackets."""
    opens = {span.start for span in explanation.predicted_spans}
    closes = {span.end - 1: span.type for span in explanation.predicted_spans}

    def piece(index: int, token: str) -> Text:
        closed = Text.assemble((f" {layout.shown(closes[index])}", "cyan"), "]") if index in closes else Text()
        return Text.assemble("[" if index in opens else "", token, closed)

    return raw_text(explanation, layout, piece, range(len(explanation.tokens)))
