"""An entity for a terminal: what every word adds to the probability of a span."""

from __future__ import annotations

from rich.text import Text

from ner_lime.explanation import EntityExplanation, Explanation
from ner_lime.render.cells import layout_for, printed
from ner_lime.render.lines import contributions_table, fact_lines, marked_sentence, settings_fact, verdict_fact


def entity_text(
    explanation: Explanation,
    entity: EntityExplanation,
    *,
    width: int = 80,
    color: bool = False,
    unicode: bool = True,
    num_features: int | None = None,
) -> str:
    """Show what every word adds to the probability of a span.

    Parameters
    ----------
    explanation : Explanation
        Of the sentence.
    entity : EntityExplanation
        Of a span of it.
    width, color, unicode, num_features
        As `ner_lime.render.text.to_text` takes them.

    Raises
    ------
    InputError
        A width or number below its least.
    """
    layout = layout_for(width, unicode=unicode, num_features=num_features)
    contributions = entity.contributions()
    how = "of the whole span" if entity.how == "joint" else "product of the words' own"
    kind = entity.kind or "entity"
    facts = [
        verdict_fact(entity.verdict, layout),
        ("fidelity", Text(f"{'R²' if unicode else 'R2'} {entity.r2:.3f}")),
        settings_fact(entity.settings, layout),
    ]
    lines = [
        *marked_sentence(explanation, range(entity.start, entity.end), contributions, layout),
        Text(),
        *layout.wrap(Text(f"{layout.shown(entity.text)}: {layout.shown(kind)} {entity.probability:.3f} ({how})")),
        Text(),
        *contributions_table(contributions, entity.bias, layout, num_features),
        Text(),
        *fact_lines(facts, layout),
    ]
    return printed(lines, color=color)
