"""An explanation of a whole input as one self-contained page, without a script.

Nothing of an input can act: the template escapes every string, and the page's Content-Security-Policy allows one style,
known by its digest, and the pictures that are part of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.document import DocumentExplanation
from ner_lime.explanation.image import ImageExplanation
from ner_lime.explanation.row import RowExplanation
from ner_lime.explanation.targets import Target
from ner_lime.explanation.whole import WholeExplanation
from ner_lime.render.direction import direction
from ner_lime.render.page import shade
from ner_lime.render.scale import LIMIT, clipped
from ner_lime.render.templating import fill, joined, policy
from ner_lime.render.whole.overlay import cut_out, in_colour, overlay
from ner_lime.render.whole.png import data_address

MAX_CLASSES = 5
"""Number of classes that a page explains unless some are named."""

MAX_CONTRIBUTIONS = 20
"""Number of contributions that are seen at once; the others are folded."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: a word with its weight, or what stands between two words (`weight` None)."""

    text: str
    weight: float | None
    shade: str


def to_html(explanation: WholeExplanation, targets: Sequence[Target] | None = None, *, title: str | None = None) -> str:
    """Make one page of HTML, without references to anything outside of it.

    Parameters
    ----------
    explanation
        Of a document, a row or a picture.
    targets
        Classes or contrasts to explain, the first one open; by default the `MAX_CLASSES` with the largest values.
    title
        The heading.
    """
    chosen: Sequence[Target] = explanation.top(MAX_CLASSES) if targets is None else targets
    style = joined("page.css", "whole.css")
    return fill(
        "whole.html",
        style=style,
        policy=policy(style, "", "img-src data:"),
        title=title or f"Why {explanation.label}?",
        e=explanation,
        unit=explanation.attribution.unit,
        sections=[_section(explanation, target) for target in chosen],
        likely=list(explanation.probabilities.items())[:10],
        largest=max(max(map(abs, explanation.probabilities.values())), 1e-12),
        picture=data_address(in_colour(explanation.image)) if isinstance(explanation, ImageExplanation) else None,
        is_row=isinstance(explanation, RowExplanation),
        direction=direction(explanation.text) or "ltr" if isinstance(explanation, DocumentExplanation) else None,
        max_contributions=MAX_CONTRIBUTIONS,
    )


def notebook_html(explanation: WholeExplanation) -> str:
    """Put the page into a frame, for the output of a notebook."""
    page = escape(to_html(explanation))
    return (
        f'<iframe title="{escape(repr(explanation))}" width="100%" height="560" frameborder="0" sandbox="" '
        f'srcdoc="{page}"></iframe>'
    )


def _section(e: WholeExplanation, target: Target) -> dict[str, Any]:
    contributions = e.contributions(target)
    unit = scale(e, contributions)
    content: dict[str, Any] = {
        "name": str(target),
        "value": e.probability_of(target),
        "verdict": e.verdict_of(target),
        "r2": e.r2(target),
        "bias": e.bias(target),
        "prediction": e.prediction(target),
        "contributions": [(c, e.feature(c), e.feature_value(c), clipped(c.weight / unit)) for c in contributions],
        "sampled": any(c.std_error for c in contributions),
        "pieces": _pieces(e, contributions) if isinstance(e, DocumentExplanation) else [],
        "overlay": None,
    }
    if isinstance(e, ImageExplanation):
        content["overlay"] = data_address(overlay(e, target))
        content["best"] = data_address(cut_out(e, e.where(target)))
        content["worst"] = data_address(cut_out(e, e.where(target, sign=-1)))
    return content


def scale(e: WholeExplanation, contributions: Sequence[Contribution]) -> float:
    """The weight at the end of the axis: 1 for probabilities, as everywhere; the largest one for other values."""
    if e.is_distribution:
        return LIMIT
    return max((abs(c.weight) for c in contributions), default=0.0) or LIMIT


def _pieces(e: DocumentExplanation, contributions: Sequence[Contribution]) -> list[Piece]:
    """The text in order; each word has the weight of its component."""
    weights = {part: c.weight for c in contributions for part in c.indices}
    unit = scale(e, contributions)
    pieces, at = [], 0
    for part, (start, end) in enumerate(e.offsets):
        if start > at:
            pieces.append(Piece(e.text[at:start], None, ""))
        weight = weights.get(part, 0.0)
        pieces.append(Piece(e.text[start:end], weight, shade(weight / unit)))
        at = end
    if at < len(e.text):
        pieces.append(Piece(e.text[at:], None, ""))
    return pieces
