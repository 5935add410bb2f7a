"""Label schemes as objects: their spelling, and the labels of a span."""

from __future__ import annotations

import pytest

from ner_lime.corpus.labels import SCHEMES, Fault, LabelScheme, Span, convert, faults
from ner_lime.errors import TagError


def test_faults_are_spelled_as_the_scheme_is() -> None:
    assert faults(["O", "I_X", "I_Y"], "IOB2:B_PER") == [Fault(1, "I_X", "B_X"), Fault(2, "I_Y", "B_Y")]
    assert faults(["BB_O_A", "W_A", "EE_O_A", "M_A"], "BMEWO:B_PER") == [Fault(3, "M_A", "W_A")]
    assert convert(["per-b", "per-i", "o"], source="IOB2:per-b", target="BMEWO") == ("B-per", "E-per", "O")


@pytest.mark.parametrize("scheme", ["IOB2:", "IOB2:PER", "IOB2:BPER", "plain:B_PER", "IOB2:B-LOC"])
def test_a_spelling_that_is_none(scheme: str) -> None:
    with pytest.raises(TagError, match="'IOB2:PER-B'"):
        LabelScheme.parse(scheme)


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme != "plain"])
@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_the_labels_of_a_span_are_those_that_writing_gives(scheme: str, length: int) -> None:
    parsed = LabelScheme(scheme)
    labels = {tag for n in range(1, 6) for tag in parsed.tags([Span(0, n, "X"), Span(n, n + 1, "X")], n + 2)}
    written = parsed.tags([Span(1, 1 + length, "X")], length + 2)[1:-1]
    chain, continuation = parsed.span_labels("X", length, labels)
    if scheme == "IOB1":  # the label set alone can't tell it from IOB2, whose entities begin with B-
        written = ("B-X", *written[1:])
    assert chain == written
    assert continuation == ("I-X" if scheme.startswith("IOB1") or scheme == "IOB2" else None)
    assert LabelScheme("plain").span_labels("E-MAIL", 2, ["E-MAIL", "O"]) == (("E-MAIL", "E-MAIL"), "E-MAIL")
