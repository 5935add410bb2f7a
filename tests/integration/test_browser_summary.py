"""The page of a summary in a real Chromium: nothing is asked for, nothing sticks out, the filter narrows.

Skipped with a reason where Chromium or playwright is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_pages import DESK, PHONE, axe_violations, opened
from explanations import HOSTILE

from ner_lime.explanation.summary import (
    Change,
    ExplainedWord,
    Representative,
    Summary,
    Suspect,
    Trigger,
    TypeSummary,
    WrongTrigger,
)
from ner_lime.render.summary import summary_html

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_source() -> str:
    names = (*HOSTILE, "years", "W" * 90)
    triggers = tuple(
        Trigger(name, "PER", 0.5 - 0.02 * n, 10 + n, {-1: 0.25, 0: 0.5, 3: 0.25}) for n, name in enumerate(names)
    )
    against = tuple(Trigger(name, "PER", -0.1, 12, {1: 1.0}) for name in names)
    types = tuple(
        TypeSummary(kind, 900, 0.9, 0.4, {"trust": 800, "do not trust": 100}, triggers, against, triggers, ())
        for kind in ("PER", "", "O")
    )
    words = tuple(ExplainedWord(name, "B-PER", ((name, -1, 0.5), ("of", 2, -0.2))) for name in names)
    return summary_html(
        Summary(
            title="a on <b>.tsv",
            sentences=300,
            failed=2,
            words=2700,
            contributions=40000,
            verdicts={"trust": 2400, "with care": 200, "do not trust": 100},
            types=types,
            suspects=tuple(Suspect(name, "punctuation", 0.1, 40, {"PER": 0.1, "O": -0.1}) for name in names),
            mistakes={"missed": 30},
            wrong=tuple(WrongTrigger("missed", name, 0.1, 5, "B-PER", "O") for name in names),
            changes=tuple(Change(name, "PER", (0.1, 5), None) for name in names),
            compared="an earlier one",
            representatives=(Representative(3, words, names),),
        )
    )


@pytest.fixture
def show(browser: Any, page_source: str, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open the page; nothing may be complained about, and nothing asked for but the page."""
    with opened(browser, page_source, tmp_path / "summary.html") as open_page:
        yield open_page


@pytest.mark.parametrize("viewport", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Callable[..., Any], viewport: dict[str, int], scheme: str) -> None:
    assert axe_violations(show(viewport=viewport, color_scheme=scheme)) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out(show: Callable[..., Any], width: int) -> None:
    page = show(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_filter_narrows_and_says_how_many(show: Callable[..., Any]) -> None:
    page = show()
    rows = page.locator("[data-word]:visible")
    n = rows.count()
    page.get_by_label("Filter by word").fill("YEARS")
    found = rows.count()
    assert 0 < found < n
    assert page.locator("#matches").inner_text() == f"{found} of {n} rows"
    assert all("years" in text for text in rows.all_text_contents())
    page.get_by_label("Filter by word").fill("")
    assert rows.count() == n


def test_links_lead_to_what_can_be_seen_with_the_keyboard_too(show: Callable[..., Any]) -> None:
    page = show()
    for link in page.locator("nav a").all():
        link.focus()
        page.keyboard.press("Enter")
        heading = page.locator(f"{link.get_attribute('href')} h2").bounding_box()
        assert 0 <= heading["y"] < DESK["height"]
    page.locator(".picked .line a").first.click()
    assert page.locator(".picked li:target").count() == 1


def test_hostile_words_are_text(show: Callable[..., Any]) -> None:
    page = show()
    assert page.evaluate("document.scripts.length") == 1
    assert page.locator("img, iframe").count() == 0
    assert page.inner_text("h1") == "a on <b>.tsv"
    assert "\u202e" not in page.content()
