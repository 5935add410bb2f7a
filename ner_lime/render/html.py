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

from ner_lime.explanation import Explanation
from ner_lime.explanation.opening import first_word
from ner_lime.explanation.targets import Target, coefficients
from ner_lime.render.page import choices, first_view, script_data
from ner_lime.render.templating import fill, render, shown, write_page

MAX_CONTRIBUTIONS = 12
"""Maximum number of contributions that a page shows at first; a button shows the others."""


def to_html(
    explanation: Explanation, word_index: int | None = None, *, label: Target | None = None, title: str | None = None
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
    title
        The heading.

    Raises
    ------
    WordIndexError, LabelError
        A word that was not explained, or an unknown label.
    """
    content, data = _view(explanation, word_index, label)
    shown_first = f"{content['word'].token}: {content['name']}"
    packed = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return render(
        "page.html",
        styles=("page.css",),
        script="page.js",
        **content,
        title=title or "Why these labels?",
        page_title=title or shown_first,
        data=Markup(packed.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")),
    )


def view_html(explanation: Explanation, *, max_contributions: int = MAX_CONTRIBUTIONS) -> tuple[str, dict[str, Any]]:
    """Make the content of the page alone, for one that has ``page.css`` and ``page.js``, and what its script reads.

    Parameters
    ----------
    explanation
        As for `to_html`.
    max_contributions
        Maximum number of contributions shown at first, the largest.
    """
    content, data = _view(explanation, None, None, max_contributions)
    return fill("view.html", **content), data


def _view(
    explanation: Explanation, word_index: int | None, label: Target | None, max_contributions: int = MAX_CONTRIBUTIONS
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the template reads, and what the script reads."""
    word = explanation[first_word(explanation) if word_index is None else word_index]
    coefficients(word.label if label is None else label, explanation.labels)  # an unknown label ends here
    content = first_view(explanation, word.word_index, label)
    content |= {
        "explanation": explanation,
        "choices": choices(explanation.labels),
        "max_contributions": max_contributions,
    }
    return content, shown(script_data(explanation, word.word_index, label))


def save_html(explanation: Explanation, path: str | Path, word_index: int | None = None) -> None:
    """Write the page; the file is replaced as a whole, or left as it was.

    Raises
    ------
    InputError
        The folder does not exist.
    OSError
        The file can't be written.
    """
    write_page(to_html(explanation, word_index), path)


def notebook_html(explanation: Explanation, word_index: int | None = None) -> str:
    """Put the page into a frame, for the output of a notebook: a page of its own, apart from the notebook's."""
    page = escape(to_html(explanation, word_index))
    return (
        f'<iframe title="Why these labels?" width="100%" height="760" frameborder="0" sandbox="allow-scripts" '
        f'allow="clipboard-write" srcdoc="{page}"></iframe>'
    )
