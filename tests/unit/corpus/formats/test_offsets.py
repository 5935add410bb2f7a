"""Spans of characters to tags: what fits, and what is named where it does not."""

from __future__ import annotations

import pytest

from ner_lime.corpus import Sentence
from ner_lime.corpus.formats.events import Event, Note
from ner_lime.corpus.formats.offsets import Alignment, AnnotatedText, TextSpan
from ner_lime.corpus.labels import LabelScheme
from ner_lime.errors import CorpusError

TEXT = "Ana Lund-Bo left New York City."


def events(*spans: tuple[object, ...], on_error: str = "raise", text: str = TEXT, scheme: str = "IOB2") -> list[Event]:
    alignment = Alignment(LabelScheme.parse(scheme), on_error=on_error)  # type: ignore[arg-type]
    annotated = AnnotatedText(text, tuple(TextSpan(*span) for span in spans), ("a.jsonl", 7))  # type: ignore[arg-type]
    return list(alignment.sentence(annotated))


def test_spans_of_whole_tokens_are_tags() -> None:
    (sentence,) = events((0, 11, "PER"), (17, 30, "LOC"))
    assert isinstance(sentence, Sentence)
    assert sentence.tokens == ("Ana", "Lund-Bo", "left", "New", "York", "City", ".")
    assert sentence.tags == ("B-PER", "I-PER", "O", "B-LOC", "I-LOC", "I-LOC", "O")
    assert sentence.text == TEXT
    assert [TEXT[a:b] for a, b in sentence.offsets or ()] == list(sentence.tokens)
    (other,) = events((0, 11, "PER"), scheme="BMEWO:PER_B")
    assert isinstance(other, Sentence)
    assert other.tags is not None
    assert other.tags[:3] == ("PER_B", "PER_E", "O")


def test_white_space_at_the_ends_of_a_span_is_no_fault() -> None:
    assert events((0, 12, "PER")) == events((0, 11, "PER"))
    assert events((16, 31, "LOC"))[0] != events((17, 30, "LOC"))[0]  # the full stop is no white space


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([(4, 8, "PER")], "expected a span of whole tokens, found PER 'Lund' at 4..8, which cuts 'Lund-Bo'"),
        ([(1, 3, "PER")], "found PER 'na' at 1..3, which cuts 'Ana'"),
        ([(17, 25, "LOC"), (17, 30, "LOC")], "do not overlap, found LOC 'New York City' and LOC 'New York'"),
        ([(17, 25, "LOC"), (21, 30, "ORG")], "do not overlap, found LOC 'New York' and ORG 'York City'"),
        ([(12, 40, "X")], "within the text's 31 characters, found X 'left New York City.' at 12..40"),
        ([(-3, 3, "X")], "within the text's 31 characters"),
        ([(3, 4, "X")], "within the text's 31 characters, found X '' at 3..4"),
        ([(0, 3, "PER", "Bob")], "expected 'Bob' at 0..3, found 'Ana'"),
    ],
)
def test_what_does_not_fit_is_named_with_its_text(spans: list[tuple[object, ...]], message: str) -> None:
    for on_error in ("raise", "skip"):
        (error,) = events(*spans, on_error=on_error)
        assert isinstance(error, CorpusError)
        assert (error.path, error.line) == ("a.jsonl", 7)
        assert message in str(error)
    *notes, sentence = events(*spans, on_error="repair")
    assert isinstance(sentence, Sentence)
    assert notes
    assert all(isinstance(note, Note) and note.message.startswith("a.jsonl:7: expected") for note in notes)


def test_repair_widens_and_keeps_the_longest() -> None:
    *_, sentence = events((4, 8, "PER"), (17, 25, "LOC"), (17, 30, "LOC"), on_error="repair")
    assert isinstance(sentence, Sentence)
    assert sentence.tags == ("O", "B-PER", "O", "B-LOC", "I-LOC", "I-LOC", "O")


def test_one_span_twice_is_one() -> None:
    assert events((0, 3, "PER"), (0, 3, "PER")) == events((0, 3, "PER"))


def test_offsets_in_utf16_are_recognised_by_the_span_s_own_text() -> None:
    text = "😀 Ana left"
    (sentence,) = events((3, 6, "PER", "Ana"), text=text)
    assert isinstance(sentence, Sentence)
    assert sentence.tags == ("O", "B-PER", "O")
    (same,) = events((2, 5, "PER", "Ana"), text=text)
    assert same == sentence


def test_an_empty_text_is_no_sentence() -> None:
    assert events(text="") == events(text=" \n") == []


def test_a_tokenizer_of_one_s_own() -> None:
    alignment = Alignment(LabelScheme("IOB2"), tokenizer=str.split)
    (sentence,) = alignment.sentence(AnnotatedText("Ana left.", (TextSpan(0, 3, "PER"),), ("x", None)))
    assert isinstance(sentence, Sentence)
    assert sentence.tokens == ("Ana", "left.")
    (error,) = Alignment(LabelScheme("IOB2"), tokenizer=lambda _: ["ana"]).sentence(AnnotatedText("Ana", (), ("x", 3)))
    assert "the tokenizer rewrites them" in str(error)
