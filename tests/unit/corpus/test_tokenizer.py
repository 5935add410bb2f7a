"""What stays whole, what is split, and where each token stood."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ner_lime.corpus import Sentence, tokenize, tokenize_whitespace


def joined(text: str) -> str:
    return " ".join(tokenize(text)[0])


@pytest.mark.parametrize(
    "token",
    ["C++", "C#", "F#", ".NET", "ASP.NET/C#", "C/C++", "C#/C++", "6+", "10,000+", "UI/UX", "node.js", "a@b.com",
     "jane.doe+jobs@mail.example.co.uk", "3-5", "3–5", "24/7", "10:30", "e.g.", "i.e.", "U.S.", "Ph.D.", "B.Tech.",
     "etc.", "Inc.", "Sr.", "R&D", "AT&T", "#1", "@handle", "https://example.org/a?b=1&c=#d", "www.example.org",
     "CI/CD", "example.com/jobs?id=3&x", "H1-B", "x86_64", "😀", "שלום", "\u200d", "a\u200bb", "rock'n'roll", "A/B"],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "({})", '"{}"', "{},", "of {} and", "“{}”", "{}; {}", "({}),"])
def test_stays_whole_wherever_it_stands(token: str, frame: str) -> None:
    text = frame.format(token, token)
    assert token in tokenize(text)[0]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("6+ years of Web UI/UX design experience", "6+ years of Web UI/UX design experience"),
     ("Use C++. Know C.", "Use C++ . Know C ."),
     ("Five years. Two jobs.", "Five years . Two jobs ."),
     ("(See https://x.org/a.)", "( See https://x.org/a . )"),
     ("Write to a@b.com.", "Write to a@b.com ."),
     ("$45,000-$60,000 or €45,000", "$ 45,000 - $ 60,000 or € 45,000"),
     ("50% of R&D, e.g. Node.js.", "50 % of R&D , e.g. Node.js ."),
     ("Bachelor's, Bachelor’s; don't, don’t", "Bachelor 's , Bachelor ’s ; do n't , do n’t"),
     ("wait... what?!", "wait ... what ? !"),
     ("•Python •SQL -Excel", "• Python • SQL - Excel"),
     ("SQL,Python:good", "SQL , Python : good"),
     ("say \"it\" and ''it'' and ``it''", "say \" it \" and '' it '' and `` it ''"),
     ("", ""), (" \n\t\u00a0", "")],
)  # fmt: skip
def test_split_of(text: str, tokens: str) -> None:
    assert joined(text) == tokens


@pytest.mark.parametrize(
    "text",
    ["a \"b\" ''c'' \"", "'''", "''\"''", "x\0y \0", "\ud800 \udfff\ud800.", "שלום (עולם).", "👩‍👩‍👧 ok.", "``", "\"''",
     "\u2028a\x85b", "(\"''a", "<''>", "`\"`''"],
)  # fmt: skip
def test_offsets_lead_back_to_the_text(text: str) -> None:
    tokens, offsets = tokenize(text)
    assert [text[start:end] for start, end in offsets] == list(tokens)
    assert "".join(tokens) == "".join(text.split())


@pytest.mark.parametrize("piece", ["a", "a.", "a&", "1,", "a/", "e.", "www.", "''", "a#", ".)", "a@"])
def test_words_of_ten_thousand_characters(piece: str) -> None:
    word = piece * (10_000 // len(piece)) + "x"
    assert "".join(tokenize(word)[0]) == word


def test_white_space_split_keeps_tokens_and_offsets() -> None:
    assert tokenize_whitespace(" 6+  years.\n") == (("6+", "years."), ((1, 3), (5, 11)))


def test_a_sentence_remembers_its_text() -> None:
    text = "Web  UI/UX,\tplease."
    sentence = Sentence.from_text(text)
    assert sentence.tokens == ("Web", "UI/UX", ",", "please", ".")
    assert sentence.raw_text == text
    assert sentence.offsets == ((0, 3), (5, 10), (10, 11), (12, 18), (18, 19))


def test_nltk_is_loaded_only_when_text_is_split() -> None:
    code = "import sys, ner_lime.corpus; assert not {'nltk', 'sklearn', 'seqeval', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
