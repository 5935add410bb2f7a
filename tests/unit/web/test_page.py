"""The page to play with as a document: self-contained, locked down, and its view the interactive view."""

from __future__ import annotations

import base64
import json
import re
import threading
from hashlib import sha256

import pytest
from explanations import HOSTILE, make
from pages import Page

from ner_lime.crf import CRFTagger
from ner_lime.render.html import to_html, view_html
from ner_lime.render.visible import visible

pytest.importorskip("starlette", reason="starlette is not installed")
from ner_lime.web.jobs import Jobs
from ner_lime.web.limits import Limits
from ner_lime.web.page import POLICY, page

pytestmark = pytest.mark.extras


def test_nothing_comes_from_outside_and_the_policy_knows_style_and_script() -> None:
    source = page(Limits())
    attributes = {(name, value) for _, given in Page(source).tags for name, value in given.items()}
    assert [value for name, value in attributes if name in ("src", "href", "action", "srcset")] == ["data:,"]
    assert not [name for name, _ in attributes if name.startswith("on") or name == "style"]
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
        assert rules[rule] == f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == rules["frame-ancestors"] == "'none'"
    assert rules["connect-src"] == "'self'"


def test_every_field_has_a_label() -> None:
    tags = Page(page(Limits())).tags
    named = {given["for"] for tag, given in tags if tag == "label" and "for" in given}
    source = page(Limits())
    wrapped = re.findall(r'<label>[^<]*(?:<span>.*?</span>)?\s*<(?:select|input) id="([\w-]+)"', source)
    fields = {given["id"] for tag, given in tags if tag in ("input", "select", "textarea")}
    assert fields == named | set(wrapped)


def test_no_name_is_used_twice() -> None:
    view, _ = view_html(make([f"w{i}" for i in range(20)]))
    names = re.findall(r'\bid="([\w-]+)"', page(Limits()) + view)
    assert sorted(names) == sorted(set(names))


def test_the_view_is_that_of_the_page_that_stands_alone() -> None:
    explanation = make(HOSTILE, sampled=True)
    view, data = view_html(explanation)
    alone = to_html(explanation)
    assert view in alone
    assert Page(alone).data == data
    assert Page(view).inner["text"] == visible(explanation.text)
    few, _ = view_html(explanation, max_contributions=3)
    folded = [
        classes for tag, attributes in Page(few).tags if "more" in (classes := attributes.get("class") or "").split()
    ]
    assert len(folded) == len(HOSTILE) - 3


@pytest.mark.parametrize(
    "text", ["\ud800 a \udc00", "a\x00b \x1b[31m", "\u202eabc \u2028", "x" * 5000, "👩‍💻 日本 שלום"]
)
def test_any_text_becomes_a_view(crf: CRFTagger, text: str) -> None:
    answer = json.loads(Jobs(crf, Limits()).view({"text": text}, threading.Event()))
    shown = Page(answer["html"])
    assert shown.inner["text"] == visible(text, keep="\n\t")
    assert len(answer["places"]) == len(answer["data"]["positions"])
