"""The page of a summary: complete, escaped, self-contained, and less than a megabyte whatever is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import Page

from ner_lime.errors import InputError
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
from ner_lime.render.summary import save_summary, summary_html

EVIL = '<script>alert(1)</script>"\u202e'


def summary(kinds: int = 2, rows: int = 3, name: str = "word") -> Summary:
    triggers = tuple(Trigger(f"{name}{i}", "PER", 0.5 - 0.01 * i, 10, {-3: 0.2, 0: 0.8}) for i in range(rows))
    against = tuple(Trigger(f"{name}{i}", "PER", -0.1, 10, {1: 1.0}) for i in range(rows))
    types = tuple(
        TypeSummary(f"T{k}", 1000, 0.9, 0.4, {"trust": 900, "with care": 100}, triggers, against, triggers, against)
        for k in range(kinds)
    )
    word = ExplainedWord(name, "B-PER", ((name, -1, 0.5), (name, 0, -0.25)))
    return Summary(
        title=f"{name} on test.tsv",
        sentences=100,
        failed=1,
        words=2000,
        contributions=30000,
        verdicts={"trust": 1800, "with care": 200},
        types=types,
        suspects=(Suspect(name, "punctuation", 0.2, 30, {"PER": 0.2, "O": -0.1}),),
        mistakes={"missed": 12, "spurious": 3},
        wrong=(WrongTrigger("missed", name, 0.1, 5, "B-PER", "O"),),
        changes=(Change(name, "PER", None, (0.2, 5)), Change(name, "", (0.1, 3), None)),
        compared=f"{name} before",
        representatives=(Representative(7, (word, ExplainedWord("the", "O", ())), (name,)),),
    )


def test_all_of_it_is_there() -> None:
    page = summary_html(summary())
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for told in (
        "word on test.tsv",
        "2,000 words of 100 sentences explained, 30,000 contributions; 1 sentence could not be explained",
        "the word itself 40 % , its context 60 %",
        "3 before or farther: 20%, the word itself: 80%",
        "Missed: 12 words",
        "gold B-PER, predicted O",
        "Nothing stands out",
        "new",
        "gone",
        "Sentence 7",
    ):
        assert told in text, told


def test_hostile_words_stay_words() -> None:
    page = summary_html(summary(name=EVIL))
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert [tag for tag, _ in Page(page).tags].count("script") == 1


def test_nothing_outside_is_asked_for_and_links_lead_somewhere() -> None:
    page = summary_html(summary())
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_it_stays_below_a_megabyte() -> None:
    assert len(summary_html(summary(40, 100, "日本語の長い言葉" * 12)).encode()) < 1_000_000


def test_an_empty_run_has_a_page() -> None:
    page = summary_html(Summary("t", 0, 0, 0, 0, {}, (), (), {}, (), (), "", ()))
    assert "0 words of 0 sentences" in page
    assert 'id="mistakes"' not in page


def test_it_is_written_as_a_whole(tmp_path: Path) -> None:
    save_summary(summary(), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == summary_html(summary())
    with pytest.raises(InputError, match="make it first"):
        save_summary(summary(), tmp_path / "none" / "page.html")
