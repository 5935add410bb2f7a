"""Targets as combinations of labels, and the labels of a span in every scheme."""

from __future__ import annotations

import pytest

from ner_lime.errors import LabelError
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType, coefficients, span_labels

LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
IOBES = ("O", *(f"{p}-{kind}" for kind in ("PER", "LOC") for p in "BIES"))
BILOU = ("O", *(f"{p}-PER" for p in "BILU"))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("I-PER", [0, 0, 1, 0, 0]),
        ("O", [1, 0, 0, 0, 0]),
        (EntityType("LOC"), [0, 0, 0, 1, 1]),
        (AnyEntity(), [0, 1, 1, 1, 1]),
        (Contrast("I-PER", "B-PER"), [0, -1, 1, 0, 0]),
        (Contrast("O", "O"), [0, 0, 0, 0, 0]),
    ],
)
def test_coefficients(target, expected):
    assert coefficients(target, LABELS).tolist() == expected


def test_bare_types_and_other_schemes():
    assert coefficients(EntityType("PER"), ("O", "PER", "LOC")).tolist() == [0, 1, 0]
    assert coefficients(EntityType("PER"), IOBES).tolist() == [0, 1, 1, 1, 1, 0, 0, 0, 0]
    assert coefficients(AnyEntity(), BILOU).tolist() == [0, 1, 1, 1, 1]


def test_how_they_are_named():
    assert [str(t) for t in (EntityType("PER"), AnyEntity(), Contrast("B-PER", "O"))] == [
        "PER",
        "any entity",
        "B-PER rather than O",
    ]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("B-ORG", "unknown label 'B-ORG': the tagger knows O, B-PER, I-PER, B-LOC, I-LOC"),
        ("b-per", "unknown label 'b-per'"),
        (EntityType("ORG"), "unknown entity type 'ORG': the tagger knows LOC, PER"),
        (EntityType("B-PER"), "unknown entity type 'B-PER'"),
        (Contrast("B-PER", "X"), "unknown label 'X'"),
        (Contrast("X", "B-PER"), "unknown label 'X'"),
    ],
)
def test_what_the_tagger_does_not_know(target, message):
    with pytest.raises(LabelError) as caught:
        coefficients(target, LABELS)
    assert str(caught.value).startswith(message)
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize(
    ("labels", "length", "chain", "stop"),
    [
        (LABELS, 1, ("B-PER",), "I-PER"),
        (LABELS, 3, ("B-PER", "I-PER", "I-PER"), "I-PER"),
        (IOBES, 1, ("S-PER",), None),
        (IOBES, 2, ("B-PER", "E-PER"), None),
        (IOBES, 4, ("B-PER", "I-PER", "I-PER", "E-PER"), None),
        (BILOU, 1, ("U-PER",), None),
        (BILOU, 3, ("B-PER", "I-PER", "L-PER"), None),
        (("O", "I-PER"), 2, ("I-PER", "I-PER"), "I-PER"),
        (("O", "PER"), 2, ("PER", "PER"), "PER"),
    ],
)
def test_spans(labels, length, chain, stop):
    assert span_labels("PER", length, labels) == (chain, stop)


def test_a_span_of_a_type_that_is_not_there():
    with pytest.raises(LabelError, match="unknown label"):
        span_labels("ORG", 2, LABELS)


def test_a_type_that_has_no_inside_label():
    """One word is possible, two are not."""
    assert span_labels("PER", 1, ("O", "B-PER"))[0] == ("B-PER",)
    with pytest.raises(LabelError, match="unknown label 'I-PER'"):
        span_labels("PER", 2, ("O", "B-PER"))


@pytest.mark.parametrize(
    ("labels", "scheme", "kind", "columns", "span"),
    [
        (("O", "E-MAIL", "NAME"), "plain", "E-MAIL", [1], ("E-MAIL", "E-MAIL")),
        (("O", "E-MAIL", "NAME"), None, "E-MAIL", [1], ("E-MAIL", "E-MAIL")),
        (("O", "B_PER", "I_PER"), None, "PER", [1, 2], ("B_PER", "I_PER")),
        (("o", "b-per", "i-per"), "IOB2:b-per", "per", [1, 2], ("b-per", "i-per")),
        (("O", "B-PER", "M-PER", "E-PER", "W-PER"), None, "PER", [1, 2, 3, 4], ("B-PER", "E-PER")),
        (("S", "E", "B", "R"), "plain", "S", [0], ("S", "S")),
    ],
)
def test_the_label_scheme_splits_the_labels(
    labels: tuple[str, ...], scheme: str | None, kind: str, columns: list[int], span: tuple[str, ...]
) -> None:
    vector = coefficients(EntityType(kind), labels, scheme)
    assert [n for n, value in enumerate(vector) if value] == columns
    assert span_labels(kind, 2, labels, scheme=scheme)[0] == span
    outside = [n for n, value in enumerate(coefficients(AnyEntity(), labels, scheme)) if not value]
    assert outside == [n for n, label in enumerate(labels) if label in "Oo"]
