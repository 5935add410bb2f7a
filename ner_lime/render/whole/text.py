"""An explanation of a whole input for a terminal."""

from __future__ import annotations

from typing import Unpack

from rich.text import Text

from ner_lime.explanation.document import DocumentExplanation
from ner_lime.explanation.targets import Contrast, Target
from ner_lime.explanation.whole import WholeExplanation
from ner_lime.render.cells import Form, Layout, layout_for, printed
from ner_lime.render.lines import Weight, fact_lines, signed, verdict_lines, weights_table
from ner_lime.render.scale import LIMIT
from ner_lime.render.wording import how

MAX_CLASSES = 8
"""Maximum number of other classes whose value is listed."""

MAX_SHOWN = 600
"""Number of characters of a text that are shown."""


def to_text(
    explanation: WholeExplanation,
    target: Target | None = None,
    *,
    num_features: int | None = None,
    **form: Unpack[Form],
) -> str:
    """Text for a terminal, ending in a line break.

    Parameters
    ----------
    explanation
        Of a document, a row or a picture.
    target
        A class or a `Contrast`; the predicted class by default.
    num_features
        Number of contributions, the largest first; by default 12, without those that are zero to three decimals.
    width, color, unicode
        Cells of a line, at least 40 (80 by default); whether to use ANSI colours (False); whether to write other
        characters than ASCII as they are (True), or as escapes.
    """
    layout = layout_for(form, num_features)
    lines = [
        *_subject(explanation, layout),
        Text(),
        *_headline(explanation, target, layout),
        *verdict_lines(explanation.verdict_of(target), layout),
        Text(),
        *_contributions(explanation, target, layout, num_features),
        Text(),
        *_facts(explanation, target, layout),
    ]
    return printed(lines, color=form.get("color", False))


def _contributions(
    explanation: WholeExplanation, target: Target | None, layout: Layout, max_shown: int | None
) -> list[Text]:
    """A title, the table, and what it adds up to beside the model's own figure."""
    contributions = explanation.contributions(target)
    weights = [Weight(c.name, c.weight, c.std_error) for c in contributions]
    sums = [
        ("start (bias)", signed(explanation.bias(target)), ""),
        (
            "all together",
            signed(explanation.prediction(target)),
            f"the model: {explanation.probability_of(target):.3f}",
        ),
    ]
    name = layout.shown(str(explanation.label if target is None else target))
    error = layout.own(", ± half of the 95 % interval") if any(c.std_error for c in contributions) else ""
    title = f"What each of the {explanation.attribution.unit} adds to {name}{error}"
    return [
        *layout.wrap(Text(title)),
        *weights_table(weights, sums, layout, max_shown, LIMIT if explanation.is_distribution else None),
    ]


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
    made = "; ".join(how(explanation.settings)).replace("sentences were shown", "inputs were shown")
    if explanation.attribution.unit != "words":
        made = made.replace("each word is kept", f"each of the {explanation.attribution.unit} is kept")
    facts = [
        ("fidelity", Text(f"{r2} (measured on {layout.shown(fidelity.measured_on)})")),
        ("how", Text(layout.shown(layout.own(made)))),
    ]
    return fact_lines(facts, layout)
