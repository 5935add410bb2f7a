"""Label schemes as objects: their spelling."""

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
@pytest.mark.parametrize("length", [1, 2, 3])
def test_what_is_written_opens_and_closes_an_entity(scheme: str, length: int) -> None:
    parsed = LabelScheme(scheme)
    tags = parsed.tags([Span(1, 1 + length, "X")], length + 2)
    assert parsed.spans(tags) == [Span(1, 1 + length, "X")]
    assert parsed.opens(tags[1]) == (scheme != "IOB1")
    assert parsed.closes(tags[length]) == (scheme not in ("IOB1", "IOB2"))
