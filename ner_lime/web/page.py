"""The interactive page: a form and the view of an explanation."""

from __future__ import annotations

from functools import lru_cache

from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.render.html import MAX_CONTRIBUTIONS
from ner_lime.render.templating import fill, joined, policy
from ner_lime.web.limits import Limits
from ner_lime.web.schema import MAX_MASK_LENGTH

EXAMPLE = "6+ years of Web UI/UX design experience Proven mobile web application design experience"

STYLE = joined("page.css", "serve.css")
SCRIPT = joined("page.js", "serve.js")
POLICY = policy(STYLE, SCRIPT, "connect-src 'self'", "img-src data:", "frame-ancestors 'none'")


@lru_cache(maxsize=1)
def page(limits: Limits) -> str:
    """Make the page; its script asks for the view."""
    return fill(
        "serve.html",
        style=STYLE,
        script=SCRIPT,
        example=EXAMPLE,
        keep=Bernoulli().keep,
        most=MAX_CONTRIBUTIONS,
        max_features=limits.max_tokens,
        max_mask=MAX_MASK_LENGTH,
    )
