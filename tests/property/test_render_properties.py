"""For any text at all: pages show it and nothing else, lines fit, JSON comes back."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace

import numpy as np
from explanations import HOSTILE, make
from hypothesis import assume, given
from hypothesis import strategies as st
from pages import Page
from rich.cells import cell_len

from ner_lime.explanation import Explanation
from ner_lime.render.html import to_html
from ner_lime.render.json import from_dict, to_dict, to_json
from ner_lime.render.table import to_markdown, to_rows
from ner_lime.render.text import to_text
from ner_lime.render.visible import visible

LABELS = ("O", "B-X", "I-X")
characters = st.characters(exclude_categories=())  # surrogates and controls included
token = st.one_of(
    st.text(characters, min_size=1, max_size=12),
    st.sampled_from([word for word in HOSTILE if len(word) < 100]),
    st.text(st.sampled_from("a\u0301\u200d\ufe0f👩\u20e3東א\u202e\x1b[m<>&\"'/\\`|"), min_size=1, max_size=80),
)
tokens = st.lists(token, min_size=1, max_size=6)


def explained(words: list[str]) -> Explanation:
    tags = ["I-X" if i % 3 else "B-X" for i in range(len(words))]
    return make(words, tags, labels=LABELS, sampled=len(words) % 2 == 0)


@given(tokens)
def test_the_page_shows_the_raw_text_and_no_markup_of_it(words: list[str]) -> None:
    explanation = explained(words)
    source = to_html(explanation)
    page, plain = Page(source), Page(to_html(explained(["a"] * len(words))))
    assert page.inner["text"] == visible(explanation.text, keep="\n\t")
    assert page.skeleton == plain.skeleton
    assert page.data["word"] == 0
    source.encode("utf-8")


@given(tokens, st.integers(40, 120), st.booleans(), st.booleans(), st.data())
def test_lines_fit_and_nothing_acts(
    words: list[str], width: int, unicode: bool, one: bool, data: st.DataObject
) -> None:
    word_index = data.draw(st.integers(0, len(words) - 1)) if one else None
    text = to_text(explained(words), word_index, width=width, unicode=unicode)
    lines = text.split("\n")
    assert max(cell_len(line) for line in lines) <= width
    assert not [c for line in lines for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert unicode or text.isascii()


@given(tokens)
def test_json_comes_back(words: list[str]) -> None:
    assume(not re.search("[\ud800-\udbff][\udc00-\udfff]", " ".join(words)))  # JSON reads these as one character
    explanation = explained(words)
    back = from_dict(json.loads(to_json(explanation)))
    assert to_dict(back) == to_dict(explanation)
    assert back.tokens == explanation.tokens


@given(st.lists(st.floats(), min_size=12, max_size=12))
def test_floats_come_back_bit_by_bit(numbers: list[float]) -> None:
    explanation = replace(explained(["a", "b"]), weights=np.array(numbers).reshape(2, 3, 2))
    back = from_dict(json.loads(to_json(explanation))).weights
    same = (back.view(np.int64) == explanation.weights.view(np.int64)) | (
        np.isnan(back) & np.isnan(explanation.weights)
    )
    assert same.all()


@given(st.lists(st.floats(), min_size=12, max_size=12), st.floats())
def test_no_number_breaks_a_renderer(numbers: list[float], other: float) -> None:
    explanation = explained(["a", "b"])
    fidelity = replace(explanation.fidelity, kl=np.array([other, 0.1]), r2=np.full((2, 3), other))
    explanation = replace(
        explanation, weights=np.array(numbers).reshape(2, 3, 2), agreement=np.array([other, 0]), fidelity=fidelity
    )
    with np.errstate(all="ignore"):
        assert "all together" in to_text(explanation, 0)
        assert Page(to_html(explanation)).inner["token"] == "a"
        assert len(to_rows(explanation)) == 12


@given(tokens)
def test_markdown_keeps_its_columns(words: list[str]) -> None:
    lines = to_markdown(explained(words)).split("\n")[:-1]
    assert len(lines) == len(words) + 2
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines} == {7}
    assert not [line for line in lines if "<" in line]


@given(tokens)
def test_rows_hold_every_weight_once(words: list[str]) -> None:
    explanation = explained(words)
    rows = to_rows(explanation)
    assert [row["feature_weight"] for row in rows] == explanation.weights.ravel().tolist()
    assert [row["feature"] for row in rows[: len(words)]] == words
