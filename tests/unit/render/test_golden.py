"""What the renderers make of one stored explanation, compared with files that a person has looked at.

Set NER_LIME_UPDATE_GOLDEN=1 to write them anew, and look at the difference before you commit it; with "all" the
explanation itself is written anew, too.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from explanations import make

from ner_lime.explanation import Explanation
from ner_lime.explanation.targets import Contrast
from ner_lime.render.html import to_html
from ner_lime.render.json import from_dict, to_dict, to_json
from ner_lime.render.table import to_csv, to_markdown
from ner_lime.render.text import to_text

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
UPDATE = os.environ.get("NER_LIME_UPDATE_GOLDEN") in ("1", "all")


@pytest.fixture(scope="module")
def stored() -> Explanation:
    """An explanation as version 1 wrote it: reading it must go on working, and its figures hang on no library."""
    path = GOLDEN / "explanation.json"
    if os.environ.get("NER_LIME_UPDATE_GOLDEN") == "all":
        explanation = make(sampled=True, positions=(3, 4))
        gold = ("B-EXPERIENCE", "I-EXPERIENCE", "O", "O", "B-SKILLS", "I-SKILLS", "O")
        path.write_text(to_json(replace(explanation, gold=gold)) + "\n", encoding="utf-8")
    return from_dict(json.loads(path.read_text(encoding="utf-8")))


def body(page: str) -> str:
    """The page without style, script and their digests, which change with every touch."""
    changing = r"sha256-[\w+/=]+|(?<=<style>).*?(?=</style>)|(?<=<script>).*?(?=</script>)"
    return re.sub(changing, "", page, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("name", "render"),
    [
        ("word.txt", lambda e: to_text(e, 4)),
        ("word-ascii.txt", lambda e: to_text(e, 4, unicode=False, width=60, num_features=4)),
        ("word-color.txt", lambda e: to_text(e, 4, color=True)),
        ("contrast.txt", lambda e: to_text(e, 4, label=Contrast("I-SKILLS", "B-SKILLS"))),
        ("words.txt", to_text),
        ("page.html", lambda e: body(to_html(e, 4))),
        ("rows.csv", to_csv),
        ("word.md", lambda e: to_markdown(e, 4)),
        ("words.md", to_markdown),
    ],
)
def test_golden(stored: Explanation, name: str, render: Callable[[Explanation], str]) -> None:
    path, found = GOLDEN / name, render(stored)
    if UPDATE:
        path.write_text(found, encoding="utf-8", newline="\n")
    assert found == path.read_text(encoding="utf-8")


def test_a_stored_document_is_written_as_it_was_read(stored: Explanation) -> None:
    assert to_dict(stored) == json.loads((GOLDEN / "explanation.json").read_text(encoding="utf-8"))
