"""An explanation as one self-contained page: complete without its script, interactive with it.

Nothing of a sentence can act: the template escapes every string, the script writes text only, and the page's own
Content-Security-Policy allows no style and no script but the two that are part of it, known by their digests, and no
request at all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from ner_lime.explanation import EntityExplanation, Explanation
from ner_lime.explanation.joint import Joint
from ner_lime.explanation.opening import first_word
from ner_lime.explanation.targets import Target, coefficients
from ner_lime.render.answer import plain_text
from ner_lime.render.page import NO_VERDICT, chips, choices, entity_view, script_data, word_view
from ner_lime.render.templating import fill, render, shown, write_page
from ner_lime.render.wording import diagnostics, how, in_code

MAX_CONTRIBUTIONS = 12
"""Maximum number of contributions that a page shows at first; a button shows the others."""

MAX_ENTITIES = 8
"""Number of entities beyond which their list is folded: it must not push the answer off the first screen."""

TITLE = "Why these labels?"


def to_html(
    explanation: Explanation,
    word_index: int | None = None,
    *,
    label: Target | None = None,
    entity: EntityExplanation | None = None,
    beside: Joint | None = None,
    title: str | None = None,
) -> str:
    """Make one page of HTML, without references to anything outside of it.

    Parameters
    ----------
    explanation
        Any; the page has its numbers rounded (weights to 1/32767 of the largest, probabilities to 6 decimals).
    word_index
        The word that is shown first: by default the first explained word that is in an entity.
    label
        What is explained first: a label, an `EntityType`, `AnyEntity` or a `Contrast`; the predicted label by default.
    entity
        An entity of the sentence, which is shown first instead of a word.
    beside
        What words do together, of `ner_lime.explanation.joint.joint`: the entities that can be asked about, and pairs.
    title
        The heading.

    Raises
    ------
    WordIndexError, LabelError
        A word that was not explained, or an unknown label.
    """
    content, data = _view(explanation, word_index, label, entity, beside or Joint())
    packed = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return render(
        "page.html",
        styles=("page.css",),
        script="page.js",
        **content,
        title=title or TITLE,
        page_title=title or plain_text(content["sentence"]),
        data=Markup(packed.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")),
    )


def view_html(
    explanation: Explanation, *, max_contributions: int = MAX_CONTRIBUTIONS, beside: Joint | None = None
) -> tuple[str, dict[str, Any]]:
    """Make the content of the page alone, for one that has ``page.css`` and ``page.js``, and what its script reads.

    Parameters
    ----------
    explanation
        As for `to_html`.
    max_contributions
        Maximum number of contributions shown at first, the largest.
    beside
        As for `to_html`.
    """
    content, data = _view(explanation, None, None, None, beside or Joint())
    content["max_contributions"] = data["most"] = max_contributions
    return fill("view.html", **content), data


def save_html(explanation: Explanation, path: str | Path, word_index: int | None = None, **options: Any) -> None:
    """Write the page, with the options of `to_html`; the file is replaced as a whole, or left as it was.

    Raises
    ------
    InputError
        The folder does not exist.
    OSError
        The file can't be written.
    """
    write_page(to_html(explanation, word_index, **options), path)


def notebook_html(explanation: Explanation, word_index: int | None = None, **options: Any) -> str:
    """Put the page into a frame, for the output of a notebook: a page of its own, apart from the notebook's."""
    page = escape(to_html(explanation, word_index, **options))
    return (
        f'<iframe title="{TITLE}" width="100%" height="760" frameborder="0" sandbox="allow-scripts" '
        f'allow="clipboard-write" srcdoc="{page}"></iframe>'
    )


def _view(
    explanation: Explanation,
    word_index: int | None,
    label: Target | None,
    entity: EntityExplanation | None,
    beside: Joint,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the template reads, and what the script reads."""
    index = first_word(explanation) if word_index is None else word_index
    if entity is not None and word_index is None:
        index = next((word for word in explanation.positions if entity.start <= word < entity.end), index)
    word = explanation[index]
    coefficients(
        word.label if label is None else label, explanation.labels, explanation.scheme
    )  # an unknown label ends here
    number = None
    if entity is not None:
        places = [(found.start, found.end, found.kind) for found in beside.entities]
        place = (entity.start, entity.end, entity.kind)
        if place not in places:
            beside = Joint((*beside.entities, entity), beside.pairs)
        number = places.index(place) if place in places else len(places)
        content = entity_view(explanation, entity)
    else:
        content = word_view(explanation, index, label, beside.pairs.get(index))
    content |= {
        "explanation": explanation,
        "choices": choices(explanation.labels, explanation.scheme),
        "max_contributions": MAX_CONTRIBUTIONS,
        "entities": chips(explanation, beside),
        "entity": number,
        "max_entities": MAX_ENTITIES,
        "no_verdict": NO_VERDICT,
        "how": how(explanation.settings if entity is None else entity.settings),
        "code": in_code(explanation.settings),
        "diagnostics": diagnostics(explanation.diagnostics),
    }
    data = script_data(explanation, index, label, beside, number)
    return content, shown(data | {"most": MAX_CONTRIBUTIONS})
