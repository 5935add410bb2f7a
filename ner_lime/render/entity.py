"""An entity as a target: for a terminal, as Markdown, and as JSON."""

from __future__ import annotations

from typing import Unpack

from rich.text import Text

from ner_lime.explanation import EntityExplanation
from ner_lime.render.answer import answer, claim_of_entity
from ner_lime.render.cells import Form, layout_for, printed
from ner_lime.render.lines import (
    contributions_table,
    fact_lines,
    marked_sentence,
    sentence_lines,
    settings_fact,
    verdict_lines,
)

HOW = {
    "joint": "the probability of the whole span, which the model gives itself",
    "independent": "the product of the words' own probabilities, as if they were independent",
}
"""What the probability of an entity is."""


def entity_text(entity: EntityExplanation, *, num_features: int | None = None, **form: Unpack[Form]) -> str:
    """Show what every word adds to the probability of a span.

    Parameters
    ----------
    entity : EntityExplanation
    num_features, **form
        As `ner_lime.render.text.to_text` takes them.

    Raises
    ------
    InputError
        A width or number below its least.
    """
    layout = layout_for(form, num_features)
    attribution, explanation = entity.attribution, entity.explanation
    span = range(entity.start, entity.end)
    words = ", ".join(
        f"{layout.shown(explanation.tokens[word])} {layout.shown(explanation.predicted[word])} "
        f"{explanation[word].probability:.3f}"
        for word in span
        if word in explanation.positions
    )
    facts = [("what", Text(layout.own(f"{HOW[entity.how]}")))]
    facts += [("words", Text(words))] if words else []
    facts += [("fit", Text(layout.own(f"R² {entity.r2:.3f}")))] if entity.r2 == entity.r2 else []
    facts.append(settings_fact(entity.settings, layout))
    name = f"{entity.kind} here" if entity.kind else "an entity here"
    lines = [
        *marked_sentence(explanation, span, entity.contributions(), layout),
        Text(),
        *sentence_lines(answer(attribution, entity.text, claim_of_entity(entity)), layout),
        *verdict_lines(entity.verdict, layout),
        Text(),
        *contributions_table(attribution, None, name, layout, num_features),
        Text(),
        *fact_lines(facts, layout),
    ]
    return printed(lines, color=form.get("color", False))
