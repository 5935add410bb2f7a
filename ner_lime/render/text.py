"""An explanation for a terminal: one word, or the table of all words.

The explained word stands between » « (``>> <<`` in ASCII). A sign is in the figure and in the direction of the bar,
never in the colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.text import Text

from ner_lime.errors import InputError
from ner_lime.explanation import Contribution, Explanation, TokenExplanation
from ner_lime.render.cells import GAP, Cell, Paper, printed
from ner_lime.targets import Contrast, Target
from ner_lime.verdict import Level

NARROWEST = 40
MOST_WORDS = 12
MOST_LABELS = 8
ZERO = "0.000"
SIGNS: dict[Level, tuple[str, str, str]] = {
    "trust": ("✓", "+", "green"),
    "with care": ("≈", "~", "yellow"),
    "do not trust": ("✗", "x", "red"),
}
POSITIVE, NEGATIVE = "green", "red"
SHADES = (
    ("color(194)", "color(157)", "color(120)", "color(77)"),
    ("color(224)", "color(217)", "color(210)", "color(203)"),
)


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
    if width < NARROWEST:
        raise InputError(f"expected a width of at least {NARROWEST} cells, found {width}")
    if num_features is not None and num_features < 1:
        raise InputError(f"expected at least 1 contribution to show, found num_features={num_features}")
    paper = Paper(width, unicode)
    if word_index is None:
        lines = _overview(explanation, label, paper)
    else:
        lines = _word(explanation[word_index], label, paper, num_features)
    return printed(lines, color=color)


def _word(word: TokenExplanation, target: Target | None, paper: Paper, most: int | None) -> list[Text]:
    name = str(word.label if target is None else target)
    contributions = word.contributions(target)
    if most is None:
        most = min(sum(_signed(c.weight) != ZERO for c in contributions), MOST_WORDS)
    return [
        *paper.wrap(_sentence(word, contributions, paper)),
        Text(),
        *_headline(word, target, name, paper),
        Text(),
        *_contributions(word, target, contributions, paper, most),
        Text(),
        *_facts(word, target, paper),
    ]


def _headline(word: TokenExplanation, target: Target | None, name: str, paper: Paper) -> list[Text]:
    token = paper.clip(paper.shown(word.token), paper.width // 2)
    value = f"{word.probability_of(target):{'+' if isinstance(target, Contrast) else ''}.3f}"
    lines = paper.wrap(Text.assemble((token, "bold"), ": ", (paper.shown(name), "bold"), " ", value))
    likely = word.probabilities
    others = [f"{paper.shown(label)} {p:.3f}" for label, p in likely.items() if label != name]
    left_out = len(others) - MOST_LABELS
    if left_out > 1:
        others[MOST_LABELS:] = [f"and {left_out} more, together {sum(list(likely.values())[-left_out:]):.3f}"]
    lines += paper.flow(others, indent=2, style="dim")
    notes = []
    if word.label != word.marginal_label:
        notes.append(
            f"The tagger's best sequence has {paper.shown(word.label)} here; "
            f"by itself {paper.shown(word.marginal_label)} is the most probable label."
        )
    gold = word.explanation.gold
    if gold is not None and gold[word.word_index] != word.label:
        notes.append(f"The gold label is {paper.shown(gold[word.word_index])}.")
    if notes:
        lines += paper.wrap(Text(" ".join(notes)), indent=2)
    return lines


def _contributions(
    word: TokenExplanation, target: Target | None, contributions: Sequence[Contribution], paper: Paper, most: int
) -> list[Text]:
    shown, rest = contributions[:most], contributions[most:]
    sampled = any(c.std_error for c in contributions)
    plus_minus = "±" if paper.unicode else "+-"
    rows = [
        [
            Cell(_indices(c.word_indices), "dim", right=True),
            Cell(paper.clip(paper.shown(c.token), paper.width // 3)),
            Cell(_signed(c.weight), _sign_style(c.weight), right=True),
            *(
                [Cell(f"{'±' if paper.unicode else '+-'}{1.96 * c.std_error:.3f}", "dim", right=True)]
                if sampled
                else []
            ),
        ]
        for c in shown
    ]
    blank = [Cell("", right=True)] * sampled
    if rest:
        sum_of_rest = Cell(_signed(sum(c.weight for c in rest)), "dim", right=True)
        rows.append([Cell(""), Cell(f"{len(rest)} more, sum", "dim"), sum_of_rest, *blank])
    rows += [
        [Cell(""), Cell("bias"), Cell(_signed(word.bias(target)), right=True), *blank],
        [Cell(""), Cell("all together"), Cell(_signed(word.prediction(target)), right=True), *blank],
    ]
    used = sum(max(cell_len(row[i].text) for row in rows) + GAP for i in range(len(rows[0]))) + 2
    room = min(paper.width - used, 40)
    bars = paper.bars([c.weight for c in shown], room) if room >= 8 and shown else [""] * len(shown)
    for row, c, bar in zip(rows, shown, bars, strict=False):
        row.append(Cell(bar, _sign_style(c.weight)))
    for row in rows[len(shown) :]:
        row.append(Cell(""))
    title = f"Contributions ({plus_minus} 1.96 standard errors)" if sampled else "Contributions"
    return [*paper.wrap(Text(title)), *paper.table(rows, indent=2)]


def _facts(word: TokenExplanation, target: Target | None, paper: Paper) -> list[Text]:
    fidelity, row = word.explanation.fidelity, word.row
    own = word.own_share(target)
    verdict = word.verdict_of(target)
    facts = [
        ("verdict", Text.assemble(_level(verdict.level, paper), f": {'; '.join(verdict.reasons)}")),
        ("from", Text(f"the word itself {own:.0%}, its context {1 - own:.0%}")),
        (
            "fidelity",
            Text(
                f"{'R²' if paper.unicode else 'R2'} {word.r2(target):.3f}, KL {fidelity.kl[row]:.4f} nats, "
                f"same best label on {fidelity.top1[row]:.0%} "
                f"(measured on {paper.shown(fidelity.measured_on)})"
            ),
        ),
        *_made_by(word.explanation, paper),
    ]
    return [line for name, text in facts for line in paper.wrap(text, indent=10, first=name)]


def _made_by(explanation: Explanation, paper: Paper) -> list[tuple[str, Text]]:
    s = explanation.settings
    parts = [s.method, s.neighbourhood, s.masking, f"{s.engine} ({s.estimator})", f"{s.n_calls} calls of the tagger"]
    if s.random_state is not None:
        parts.append(f"random state {s.random_state}")
    if s.tolerance:
        parts.append(f"tolerance {s.tolerance:.1g}")
    if s.context_only:
        parts.append("the word itself always kept")
    facts = [("made by", Text(paper.shown(", ".join(parts))))]
    if explanation.diagnostics:
        figures = ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in explanation.diagnostics.items())
        facts.append(("masking", Text(paper.shown(figures))))
    return facts


def _overview(explanation: Explanation, target: Target | None, paper: Paper) -> list[Text]:
    rows = [
        [Cell("", right=True), Cell("word"), Cell("label"), Cell("P", right=True), Cell("strongest"), Cell("verdict")]
    ]
    for word in explanation:
        strongest = word.contributions(target, num_features=1)[0]
        gold = word.label if explanation.gold is None else explanation.gold[word.word_index]
        label = word.label if gold == word.label else f"{word.label} (gold {gold})"
        rows.append(
            [
                Cell(str(word.word_index), "dim", right=True),
                Cell(paper.clip(paper.shown(word.token), paper.width // 4)),
                Cell(paper.shown(label)),
                Cell(f"{word.probability_of(target):.3f}", right=True),
                Cell(f"{_signed(strongest.weight)} {paper.shown(strongest.token)}", _sign_style(strongest.weight)),
                Cell(*_level(word.verdict_of(target).level, paper)),
            ]
        )
    made_by = [line for name, text in _made_by(explanation, paper) for line in paper.wrap(text, indent=10, first=name)]
    return [*paper.wrap(_with_entities(explanation, paper)), Text(), *paper.table(rows), Text(), *made_by]


def _sentence(word: TokenExplanation, contributions: Sequence[Contribution], paper: Paper) -> Text:
    """Draw the raw text: the explained word marked, the words shaded."""
    most = max((abs(c.weight) for c in contributions), default=0.0) or 1.0
    share = {index: c.weight / most for c in contributions for index in c.word_indices}
    before, after = ("»", "«") if paper.unicode else (">>", "<<")

    def piece(index: int, token: str) -> Text:
        text = Text(token, _shade(share.get(index, 0.0)))
        return Text.assemble((before, "bold"), text, (after, "bold")) if index == word.word_index else text

    return _raw_text(word.explanation, paper, piece)


def _with_entities(explanation: Explanation, paper: Paper) -> Text:
    """Draw the raw text with each predicted entity in brackets."""
    opens = {span.start for span in explanation.predicted_spans}
    closes = {span.end - 1: span.type for span in explanation.predicted_spans}

    def piece(index: int, token: str) -> Text:
        closed = Text.assemble((f" {paper.shown(closes[index])}", "cyan"), "]") if index in closes else Text()
        return Text.assemble("[" if index in opens else "", token, closed)

    return _raw_text(explanation, paper, piece)


def _raw_text(explanation: Explanation, paper: Paper, piece: Callable[[int, str], Text]) -> Text:
    line, end = Text(), 0
    for index, (token, (start, stop)) in enumerate(zip(explanation.tokens, explanation.offsets, strict=True)):
        line.append(_gap(explanation.text[end:start], paper))
        line.append_text(piece(index, paper.clip(paper.shown(token), paper.width // 2)))
        end = stop
    return line.append(_gap(explanation.text[end:], paper))


def _gap(text: str, paper: Paper) -> str:
    """Show what stands between two words: white space is one space, the rest stays."""
    shown = " ".join(paper.shown(part) for part in text.split())
    return f"{' ' * text[:1].isspace()}{shown}{' ' * (bool(shown) and text[-1:].isspace())}"


def _indices(words: Sequence[int]) -> str:
    if len(words) > 1 and words[-1] - words[0] == len(words) - 1:
        return f"{words[0]}-{words[-1]}"
    return ",".join(map(str, words))


def _level(level: Level, paper: Paper) -> tuple[str, str]:
    sign, ascii_sign, style = SIGNS[level]
    return f"{sign if paper.unicode else ascii_sign} {level}", style


def _signed(value: float) -> str:
    return ZERO if f"{abs(value):.3f}" == ZERO else f"{value:+.3f}"


def _sign_style(weight: float) -> str:
    return POSITIVE if weight > 0 else NEGATIVE if weight < 0 else ""


def _shade(share: float) -> str:
    """Black on a light colour, so that it can be read on any terminal."""
    if not 0.05 <= abs(share) <= 1.0:  # too little, or no number
        return ""
    shades = SHADES[share < 0]
    return f"color(16) on {shades[min(int(abs(share) * len(shades)), len(shades) - 1)]}"
