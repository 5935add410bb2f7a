"""PubTator: title, abstract and rows of offsets."""

from __future__ import annotations

import io
import re

import pytest

from ner_lime.corpus import read_corpus
from ner_lime.errors import CorpusError

TEXT = (
    "2234245|t|Naloxone reverses the effect of clonidine.\n"
    "2234245|a|In rats, naloxone was given. Hypertension was seen.\n"
    "2234245\t0\t8\tNaloxone\tChemical\tD009270\n"
    "2234245\t32\t41\tclonidine\tChemical\tD003000\n"
    "2234245\t52\t60\tnaloxone\tChemical\tD009270\n"
    "2234245\t72\t84\tHypertension\tDisease\tD006973\n"
    "2234245\tCID\tD003000\tD006973\n"
    "\n"
    "99|t|Title alone\n"
    "99|a|\n"
    "\n"
)


def test_title_and_abstract_are_sentences_of_a_document() -> None:
    corpus = read_corpus(io.StringIO(TEXT))
    assert [(s.document, s.text) for s in corpus] == [
        (0, "Naloxone reverses the effect of clonidine."),
        (0, "In rats, naloxone was given. Hypertension was seen."),
        (1, "Title alone"),
    ]
    assert corpus[0].tags == ("B-Chemical", "O", "O", "O", "O", "B-Chemical", "O")
    assert [t for t, tag in zip(corpus[1].tokens, corpus[1].tags or (), strict=True) if tag != "O"] == [
        "naloxone", "Hypertension",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "line", "message"),
    [
        ("2234245\t0\t8\tNaloxon\tChemical\tD1", 3, "expected 'Naloxon' at 0..8, found 'Naloxone'"),
        ("2234245\t0\t4\tNalo\tChemical\tD1", 3, "which cuts 'Naloxone'"),
        ("2234245\t40\t50\te. In rats\tChemical\tD1", 3, "within the title or the abstract, found Chemical"),
        ("2234245\tzero\t8", 3, "expected ID, start, end, text and type between tabs"),
    ],
)
def test_complaints_name_the_line(row: str, line: int, message: str) -> None:
    lines = TEXT.split("\n")
    broken = "\n".join([*lines[:2], row, *lines[3:]])
    with pytest.raises(CorpusError, match=re.escape(message)) as caught:
        read_corpus(io.StringIO(broken))
    assert caught.value.line == line
    assert read_corpus(io.StringIO(broken), on_error="skip").skipped[0].line == line


def test_a_document_without_a_title() -> None:
    with pytest.raises(CorpusError, match=r":3: expected a document that begins with ID\|t\|title"):
        read_corpus(io.StringIO("1|t|x\n\n1\t0\t1\tx\tA\tB\n"))
