"""An explanation of a whole input for a terminal."""

from __future__ import annotations

from rich.text import Text

from ner_lime.explanation.document import DocumentExplanation
from ner_lime.explanation.targets import Contrast, Target
from ner_lime.explanation.whole import WholeExplanation
from ner_lime.render.cells import Layout, layout_for, printed
from ner_lime.render.lines import contributions_table, fact_lines, settings_fact, verdict_fact

MAX_CLASSES = 8
"""Maximum number of other classes whose value is listed."""

MAX_SHOWN = 600
"""Number of characters of a text that are shown."""


def to_text(
    explanation: WholeExplanation,
    target: Target | None = None,
    *,
    width: int = 80,
    color: bool = False,
    unicode: bool = True,
    num_features: int | None = None,
) -> str:
    """Text for a terminal, ending in a line break.

    Parameters
    ----------
    explanation
        Of a document, a row or a picture.
    target
        A class or a `Contrast`; the predicted class by default.
    width
        In cells, at least 40; no line is wider.
    color
        Whether to use ANSI colours.
    unicode
        False for plain ASCII; other characters are spelled out as Python escapes.
    num_features
        How many contributions, the largest first; by default 12, without those that are zero to three decimals.
    """
    layout = layout_for(width, unicode=unicode, num_features=num_features)
    contributions = explanation.contributions(target)
    lines = [
        *_subject(explanation, layout),
        Text(),
        *_headline(explanation, target, layout),
        Text(),
        *contributions_table(contributions, explanation.bias(target), layout, num_features),
        Text(),
        *_facts(explanation, target, layout),
    ]
    return printed(lines, color=color)


def _subject(explanation: WholeExplanation, layout: Layout) -> list[Text]:
    shown = explanation.data
    if isinstance(explanation, DocumentExplanation):
        shown = " ".join(shown.split())
    if len(shown) > MAX_SHOWN:
        shown = f"{shown[:MAX_SHOWN]} {'…' if layout.unicode else '...'}"
    return layout.wrap(Text(layout.shown(shown)))


def _headline(explanation: WholeExplanation, target: Target | None, layout: Layout) -> list[Text]:
    name = str(explanation.label if target is None else target)
    value = f"{explanation.probability_of(target):{'+' if isinstance(target, Contrast) else ''}.3f}"
    lines = layout.wrap(Text.assemble((layout.shown(name), "bold"), " ", value))
    likely = explanation.probabilities
    others = [f"{layout.shown(label)} {p:.3f}" for label, p in likely.items() if label != name]
    left_out = len(others) - MAX_CLASSES
    if left_out > 1:
        others[MAX_CLASSES:] = [f"and {left_out} more, together {sum(list(likely.values())[-left_out:]):.3f}"]
    return lines + layout.flow(others, indent=2, style="dim")


def _facts(explanation: WholeExplanation, target: Target | None, layout: Layout) -> list[Text]:
    fidelity = explanation.fidelity
    r2 = f"{'R²' if layout.unicode else 'R2'} {explanation.r2(target):.3f}"
    if explanation.is_distribution:
        r2 += f", KL {fidelity.kl[0]:.4f} nats, same best class on {fidelity.top1[0]:.0%}"
    facts = [
        verdict_fact(explanation.verdict_of(target), layout),
        ("fidelity", Text(f"{r2} (measured on {layout.shown(fidelity.measured_on)})")),
        _made_by(explanation, layout),
    ]
    return fact_lines(facts, layout)


def _made_by(explanation: WholeExplanation, layout: Layout) -> tuple[str, Text]:
    name, text = settings_fact(explanation.settings, layout)
    return name, Text(text.plain.replace("calls of the tagger", "calls of the model"))
