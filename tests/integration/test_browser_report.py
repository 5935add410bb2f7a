"""A report in a real Chromium: what a person sees, searches and follows, on a desk and on a phone.

Skipped with a reason where Chromium or playwright is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browser_pages import DESK, PHONE, axe_violations, opened
from explanations import HOSTILE

from ner_lime.batch.report import make_report
from ner_lime.corpus import Corpus, Sentence
from ner_lime.crf import CRFTagger
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation.report import Report
from ner_lime.render.report import report_html

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(crf: CRFTagger, advertisements: Corpus) -> Report:
    hostile = Sentence(HOSTILE, ("B-SKILLS", "I-SKILLS", *["B-EXPERIENCE"] * (len(HOSTILE) - 2)))
    long = Sentence(("years", *["of"] * 2000, "Java"), ("O", "B-DIPLOMA_MAJOR", *["I-DIPLOMA_MAJOR"] * 1999, "O"))
    return make_report(NERExplainer(crf), [*advertisements[:40], hostile, long], title="a on <b>.tsv")


@pytest.fixture
def show(browser: Any, report: Report, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open the report; nothing may be complained about, and nothing asked for but the page."""
    with opened(browser, report_html(report), tmp_path / "report.html") as open_page:
        yield open_page


@pytest.mark.parametrize("viewport", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Callable[..., Any], viewport: dict[str, int], scheme: str) -> None:
    assert axe_violations(show(viewport=viewport, color_scheme=scheme)) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out(show: Callable[..., Any], width: int) -> None:
    page = show(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("[...document.querySelectorAll('.pair')].every((p) => p.scrollWidth <= p.clientWidth)")


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_no_tag_hides_another_and_every_type_can_be_read(show: Callable[..., Any], viewport: dict[str, int]) -> None:
    hidden = show(viewport=viewport).evaluate(
        """() => {
          const problems = [];
          for (const pair of document.querySelectorAll(".pair")) {
            const names = [...pair.querySelectorAll(".tag .short")];
            const tags = [...pair.querySelectorAll(".tag.gold, .tag.predicted"), ...names];
            const boxes = tags.map((tag) => tag.getBoundingClientRect());
            tags.forEach((tag, i) => {
              for (const [k, other] of boxes.entries()) {
                const across = Math.min(boxes[i].right, other.right) - Math.max(boxes[i].left, other.left);
                const down = Math.min(boxes[i].bottom, other.bottom) - Math.max(boxes[i].top, other.top);
                const same = names.includes(tags[k]) !== names.includes(tag);
                if (k > i && !same && across > 1 && down > 1) problems.push([tag.textContent, tags[k].textContent]);
              }
            });
          }
          return problems;
        }"""
    )
    assert hidden == []


def test_a_bar_is_as_long_as_its_entity(show: Callable[..., Any], report: Report) -> None:
    drawn = show().evaluate(
        """() => [...document.querySelectorAll(".pair")].map((pair) =>
          [...pair.querySelectorAll(".stack:has(.word)")].map((stack) => {
            const tag = stack.querySelector(".tag.gold");
            const { left, right, top } = (tag ?? stack).getBoundingClientRect();
            return { name: tag?.querySelector(".quiet").textContent, classes: tag?.className, left, right, top };
          }))"""
    )
    assert len(drawn) == len(report.explained)
    for words, found in zip(drawn, report.explained, strict=True):
        if len(words) > 30 or found.mistake.gold is None:
            continue
        start, end, kind = found.mistake.gold
        bar = words[start:end]
        assert [word["name"] for word in bar] == [f" gold {kind}", *[" gold "] * (end - start - 1)]
        assert [("opens" in word["classes"], "closes" in word["classes"]) for word in bar] == [
            (word == start, word == end - 1) for word in range(start, end)
        ]
        for left, right in pairwise(bar):
            assert right["left"] - left["right"] < 1 or right["top"] > left["top"]


def test_a_search_narrows_and_says_how_many(show: Callable[..., Any], report: Report) -> None:
    page = show()
    query, found = page.get_by_label("Search the mistakes"), page.locator(".mistake:visible")
    assert found.count() == len(report.explained)
    assert page.locator("#matches").inner_text() == ""
    query.fill("missed DIPLOMA_major")
    number = found.count()
    assert 0 < number < len(report.explained)
    assert page.locator("#matches").inner_text() == f"{number} of {len(report.explained)}"
    assert all("DIPLOMA_MAJOR" in text for text in found.all_text_contents())
    assert page.locator(".kind h2:visible").all_inner_texts() == ["Missed"]
    query.fill("no such word")
    assert page.locator("#matches").inner_text() == f"0 of {len(report.explained)}"
    assert page.locator(".kind:visible").count() == 0
    query.fill("")
    assert found.count() == len(report.explained)


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_links_lead_to_what_can_be_seen(show: Callable[..., Any], viewport: dict[str, int]) -> None:
    page = show(viewport=viewport)
    bar = page.locator(".search")
    for link in page.locator("nav a").all():
        link.click()
        heading = page.locator(f"{link.get_attribute('href')} h2").bounding_box()
        if "kind" in (page.locator(link.get_attribute("href")).get_attribute("class") or ""):
            assert heading["y"] >= bar.bounding_box()["y"] + bar.bounding_box()["height"]
        assert 0 <= heading["y"] < viewport["height"]


def test_a_link_to_what_the_search_hides_ends_the_search(show: Callable[..., Any]) -> None:
    page = show()
    query = page.get_by_label("Search the mistakes")
    query.fill("no such word")
    page.get_by_role("link", name="Spurious").click()
    assert page.locator("#spurious h2").is_visible()
    assert query.input_value() == ""
    query.fill("no such word")
    page.evaluate("location.hash = 'm3'")
    page.locator("#m3").wait_for()
    assert 0 <= page.locator("#m3").bounding_box()["y"] < DESK["height"]
    assert query.input_value() == ""


def test_hostile_words_are_text(show: Callable[..., Any]) -> None:
    page = show()
    shown = page.locator(".mistake", has_text="<script>alert(1)</script>")
    assert shown.count() > 0
    assert page.evaluate("document.scripts.length") == 1
    assert page.locator("img, iframe").count() == 0
    assert page.inner_text("h1") == "a on <b>.tsv"
    assert "\u202e" not in page.content()


def test_a_long_sentence_is_cut_around_the_mistake(show: Callable[..., Any], report: Report) -> None:
    page = show()
    number = next(k for k, found in enumerate(report.explained) if len(found.sentence.tokens) > 2000)
    words = page.locator(f"#m{number} .pair .word")
    assert words.count() < 100
    assert "…" in page.locator(f"#m{number} .pair").text_content()
    assert page.locator(f"#m{number} .pair .word.chosen").count() == 1
