"""An explanation as one self-contained page: complete without its script, interactive with it.

Nothing of a sentence can act: the template escapes every string, the script writes text only, and the page's own
Content-Security-Policy allows no style and no script but the two that are part of it, known by their digests, and no
request at all.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from ner_lime.errors import InputError
from ner_lime.explanation import Explanation
from ner_lime.render.page import choices, first_view, first_word, script_data, shade, signed
from ner_lime.render.visible import visible
from ner_lime.targets import Target, coefficients


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
    word = explanation[first_word(explanation) if word_index is None else word_index]
    coefficients(word.label if label is None else label, explanation.labels)  # an unknown label ends here
    template, style, script = _parts()
    view = first_view(explanation, word.word_index, label)
    data = json.dumps(_shown(script_data(explanation, word.word_index, label)), allow_nan=False, separators=(",", ":"))
    return template.render(
        **view,
        title=title or "Why these labels?",
        page_title=title or f"{word.token}: {view['name']}",
        explanation=explanation,
        choices=choices(explanation.labels),
        style=style,
        script=script,
        policy=_policy(style, script),
        data=Markup(data.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")),
    )


def save_html(explanation: Explanation, path: str | Path, word_index: int | None = None) -> None:
    """Write the page; the file is replaced as a whole, or left as it was.

    Raises
    ------
    InputError
        The folder does not exist.
    OSError
        The file can't be written.
    """
    path, page = Path(path), to_html(explanation, word_index)
    if not path.parent.is_dir():
        raise InputError(f"expected a folder for {path.name}, found none at {path.parent}: make it first")
    beside = path.with_name(f".{uuid4().hex}.html")
    try:
        beside.write_text(page, encoding="utf-8", newline="\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def notebook_html(explanation: Explanation, word_index: int | None = None) -> str:
    """Put the page into a frame, for the output of a notebook: a page of its own, apart from the notebook's."""
    page = escape(to_html(explanation, word_index))
    return (
        f'<iframe title="Why these labels?" width="100%" height="760" frameborder="0" sandbox="allow-scripts" '
        f'allow="clipboard-write" srcdoc="{page}"></iframe>'
    )


@lru_cache(maxsize=1)
def _parts() -> tuple[Template, Markup, Markup]:
    """Read template, style and script."""
    loader = PackageLoader("ner_lime.render")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"signed": signed, "shade": shade}

    def source(name: str) -> Markup:
        return Markup(loader.get_source(environment, name)[0])

    return environment.get_template("page.html"), source("page.css"), source("page.js")


def _policy(style: str, script: str) -> str:
    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode('ascii')}'"

    allowed = f"style-src {digest(style)}; script-src {digest(script)}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _shown(value: Any) -> Any:
    """Make every string fit to be shown; line breaks and tabs stay, and so does what is HTML already."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, keep="\n\t")
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value
