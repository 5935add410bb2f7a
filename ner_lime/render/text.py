"""An explanation for a terminal: one word, or the table of all words.

The explained word stands between » « (``>> <<`` in ASCII).
"""

from __future__ import annotations

from rich.text import Text

from ner_lime.explanation import Explanation, TokenExplanation
from ner_lime.explanation.targets import Contrast, Target
from ner_lime.render.cells import Cell, Layout, layout_for, printed
from ner_lime.render.lines import (
    contributions_table,
    fact_lines,
    made_by,
    marked_sentence,
    raw_text,
    sign_style,
    signed,
    verdict_fact,
    verdict_level,
)

MAX_LABELS = 8
"""Maximum number of other labels whose probability is listed."""


def to_text(
    explanation: Explanation,
    word_index: int | None = None,
    *,
    label: Target | None = None,
    width: int = 80,
    color: bool = False,
    unicode: bool = True,
    num_features: int | None = None,
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
    width
        In cells, at least 40; no line is wider.
    color
        Whether to use ANSI colours; the words of the sentence are then shaded by their weight.
    unicode
        False for plain ASCII; other characters are spelled out as Python escapes.
    num_features
        How many contributions, the largest first; by default 12, without those that are zero to three decimals.

    Raises
    ------
    WordIndexError, LabelError, InputError
        A word that was not explained, an unknown label, a width or number below its least.
    """
    layout = layout_for(width, unicode=unicode, num_features=num_features)
    if word_index is None:
        lines = _overview(explanation, label, layout)
    else:
        lines = _word(explanation[word_index], label, layout, num_features)
    return printed(lines, color=color)


def _word(word: TokenExplanation, target: Target | None, layout: Layout, max_shown: int | None) -> list[Text]:
    name = str(word.label if target is None else target)
    contributions = word.contributions(target)
    marked = range(word.word_index, word.word_index + 1)
    return [
        *marked_sentence(word.explanation, marked, contributions, layout),
        Text(),
        *_headline(word, target, name, layout),
        Text(),
        *contributions_table(contributions, word.bias(target), layout, max_shown),
        Text(),
        *_facts(word, target, layout),
    ]


def _headline(word: TokenExplanation, target: Target | None, name: str, layout: Layout) -> list[Text]:
    token = layout.clip(layout.shown(word.token), layout.width // 2)
    value = f"{word.probability_of(target):{'+' if isinstance(target, Contrast) else ''}.3f}"
    lines = layout.wrap(Text.assemble((token, "bold"), ": ", (layout.shown(name), "bold"), " ", value))
    likely = word.probabilities
    others = [f"{layout.shown(label)} {p:.3f}" for label, p in likely.items() if label != name]
    left_out = len(others) - MAX_LABELS
    if left_out > 1:
        others[MAX_LABELS:] = [f"and {left_out} more, together {sum(list(likely.values())[-left_out:]):.3f}"]
    lines += layout.flow(others, indent=2, style="dim")
    notes = []
    if word.label != word.marginal_label:
        notes.append(
            f"The tagger's best sequence has {layout.shown(word.label)} here; "
            f"by itself {layout.shown(word.marginal_label)} is the most probable label."
        )
    gold = word.explanation.gold
    if gold is not None and gold[word.word_index] != word.label:
        notes.append(f"The gold label is {layout.shown(gold[word.word_index])}.")
    if notes:
        lines += layout.wrap(Text(" ".join(notes)), indent=2)
    return lines


def _facts(word: TokenExplanation, target: Target | None, layout: Layout) -> list[Text]:
    fidelity, row = word.explanation.fidelity, word.row
    own = word.own_share(target)
    facts = [
        verdict_fact(word.verdict_of(target), layout),
        ("from", Text(f"the word itself {own:.0%}, its context {1 - own:.0%}")),
        (
            "fidelity",
            Text(
                f"{'R²' if layout.unicode else 'R2'} {word.r2(target):.3f}, KL {fidelity.kl[row]:.4f} nats, "
                f"same best label on {fidelity.top1[row]:.0%} "
                f"(measured on {layout.shown(fidelity.measured_on)})"
            ),
        ),
        *made_by(word.explanation, layout),
    ]
    return fact_lines(facts, layout)


def _overview(explanation: Explanation, target: Target | None, layout: Layout) -> list[Text]:
    heading = "label" if target is None else "predicted"
    rows = [
        [Cell("", right=True), Cell("word"), Cell(heading), Cell("P", right=True), Cell("strongest"), Cell("verdict")]
    ]
    for word in explanation:
        strongest = word.contributions(target, num_features=1)[0]
        gold = word.label if explanation.gold is None else explanation.gold[word.word_index]
        label = word.label if gold == word.label else f"{word.label} (gold {gold})"
        rows.append(
            [
                Cell(str(word.word_index), "dim", right=True),
                Cell(layout.clip(layout.shown(word.token), layout.width // 4)),
                Cell(layout.shown(label)),
                Cell(f"{word.probability_of(target):.3f}", right=True),
                Cell(f"{signed(strongest.weight)} {layout.shown(strongest.token)}", sign_style(strongest.weight)),
                Cell(*verdict_level(word.verdict_of(target).level, layout)),
            ]
        )
    explained = f"Explained: {layout.shown(str(target))}, its probability P and what adds most to it"
    return [
        *layout.wrap(_with_entities(explanation, layout)),
        Text(),
        *([] if target is None else [*layout.wrap(Text(explained)), Text()]),
        *layout.table(rows),
        Text(),
        *fact_lines(made_by(explanation, layout), layout),
    ]


def _with_entities(explanation: Explanation, layout: Layout) -> Text:
    """Draw the raw text with each predicted entity in brackets."""
    opens = {span.start for span in explanation.predicted_spans}
    closes = {span.end - 1: span.type for span in explanation.predicted_spans}

    def piece(index: int, token: str) -> Text:
        closed = Text.assemble((f" {layout.shown(closes[index])}", "cyan"), "]") if index in closes else Text()
        return Text.assemble("[" if index in opens else "", token, closed)

    return raw_text(explanation, layout, piece, range(len(explanation.tokens)))
