"""Characters that hide or act are spelled out, all others stay."""

from __future__ import annotations

import unicodedata

import pytest

from ner_lime.render.visible import visible


@pytest.mark.parametrize(
    "text",
    ["6+ years", "naïve", "שלום", "\u200fא", "東京", "👩\u200d💻", "e\u0301", "می\u200cخواهم", "a\u00adb", "<&>\"'"],
)
def test_ordinary_text_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x00", "␀"),
        ("\x1b[31m", "␛[31m"),
        ("a\tb\r\n", "a␉b␍␊"),
        ("\x7f", "␡"),
        ("\x9b", "⟨U+009B⟩"),
        ("abc\u202etxt", "abc⟨U+202E⟩txt"),
        ("\u2066\u200b\ufeff", "⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩"),
        ("\ud800", "⟨U+D800⟩"),
    ],
)
def test_hidden_characters_are_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_what_is_kept_stays() -> None:
    assert visible("a\tb\n\x00", keep="\t\n") == "a\tb\n␀"


def test_ascii_only_is_python_escapes() -> None:
    assert visible("é\u202e\x1b😀\ud800", ascii_only=True) == r"\xe9\u202e\x1b\U0001f600\ud800"


def test_nothing_that_controls_a_terminal_is_left() -> None:
    every = "".join(map(chr, range(0x3000)))
    assert not [c for c in visible(every) if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert all(32 <= ord(c) < 127 for c in visible(every, ascii_only=True))
