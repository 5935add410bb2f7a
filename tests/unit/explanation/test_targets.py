"""Targets as combinations of labels, and the labels of a span in every scheme."""

from __future__ import annotations

from itertools import product

import pytest

from ner_lime.corpus.labels import Span, scheme_of_labels, spans
from ner_lime.errors import LabelError
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType, coefficients, spellings

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


LABEL_SETS = {
    "IOB": ("O", "B-PER", "I-PER", "B-ORG", "I-ORG"),
    "without B": ("O", "I-PER", "I-ORG"),
    "IOBES": ("O", "B-PER", "I-PER", "E-PER", "S-PER", "S-ORG"),
    "BILOU": ("B-PER", "I-PER", "L-PER", "U-PER", "O"),
    "BMES": ("O", "B-PER", "M-PER", "E-PER", "S-PER"),
    "plain": ("O", "PER", "ORG", "E-MAIL"),
    "a type named O": ("O", "B-O", "I-O", "B-PER", "I-PER"),
    "another spelling": ("o", "per_b", "per_i", "org_b", "org_i"),
    "nothing outside": ("B-PER", "I-PER", "B-ORG", "I-ORG"),
}


@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS)
def test_label_sequences_spell_an_entity_in_one_way_exactly_where_it_is_read(labels):
    """All sequences of four labels, all spans, all types."""
    scheme = scheme_of_labels(labels)
    kinds = {kind for label in labels if (kind := scheme.entity_type(label)) is not None}
    for kind, start in product(kinds, range(4)):
        for end in range(start + 1, 5):
            try:
                ways = spellings(kind, end - start, labels)
            except LabelError:
                ways = []
            for tags in product(labels, repeat=4):
                read = Span(start, end, kind) in spans(tags, scheme)
                assert sum(_spells(way, tags, start, end) for way in ways) == read, (tags, start, end, kind)


def _spells(way, tags, start, end):
    inside = all(tag in among for tag, among in zip(tags[start:end], way.labels, strict=True))
    before, after = tags[:start][-1:], tags[end:][:1]
    return inside and not {*before} & {*way.not_before} and not {*after} & {*way.not_after}


def test_a_span_of_a_type_that_is_not_there():
    with pytest.raises(LabelError, match="unknown entity type 'ORG': the tagger knows LOC, PER"):
        spellings("ORG", 2, ("O", "B-PER", "I-PER", "B-LOC"))


def test_a_type_that_has_no_inside_label():
    """One word is possible, two are not."""
    assert spellings("PER", 1, ("O", "B-PER"))[0].labels == (("B-PER",),)
    with pytest.raises(LabelError, match="an entity of type 'PER' has no 2 words: the tagger knows B-PER"):
        spellings("PER", 2, ("O", "B-PER"))


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
    assert tuple(ways[0] for ways in spellings(kind, 2, labels, scheme)[0].labels) == span
    outside = [n for n, value in enumerate(coefficients(AnyEntity(), labels, scheme)) if not value]
    assert outside == [n for n, label in enumerate(labels) if label in "Oo"]
