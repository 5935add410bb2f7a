"""Schemes against tables of allowed neighbours, and spans against seqeval, over every short tag sequence."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from ner_lime.corpus.labels import (
    SCHEMES,
    Fault,
    Scheme,
    Span,
    convert,
    entity_type,
    faults,
    label_key,
    prefix,
    repair,
    spans,
    tags_from_spans,
    validate,
)
from ner_lime.errors import TagError


def sequences(letters: str, longest: int) -> list[list[str]]:
    alphabet = ["O", *(f"{letter}-{kind}" for letter in letters for kind in "XY")]
    return [list(tags) for length in range(1, longest + 1) for tags in product(alphabet, repeat=length)]


def allowed(before: str, after: str, scheme: Scheme) -> bool:
    """The definition of each scheme, told as which tag may follow which ('O' stands at both ends)."""
    same = before[1:] == after[1:]
    if scheme == "IOB1":
        return after[0] != "B" or same
    if scheme == "IOB2":
        return after[0] != "I" or same
    unfinished, continues = before[0] in "BI", after[0] in "IEL"
    return unfinished == continues and (same or not unfinished)


@pytest.mark.parametrize(
    ("scheme", "letters", "longest"), [("IOB1", "BI", 5), ("IOB2", "BI", 5), ("IOBES", "BIES", 4), ("BILOU", "BILU", 4)]
)
def test_tags_are_valid_exactly_if_all_neighbours_are_allowed(scheme: Scheme, letters: str, longest: int) -> None:
    outcomes = set()
    for tags in sequences(letters, longest):
        framed = ["O", *tags, "O"]
        expected = all(allowed(a, b, scheme) for a, b in pairwise(framed))
        assert (faults(tags, scheme) == []) is expected, tags
        outcomes.add(expected)
    assert outcomes == {True, False}


@pytest.mark.parametrize(("letters", "longest"), [("BI", 5), ("BIES", 4)])
def test_spans_of_any_tags_are_those_of_the_conll_evaluation(letters: str, longest: int) -> None:
    for tags in sequences(letters, longest):
        expected = [Span(start, end + 1, kind) for kind, start, end in get_entities(tags)]
        assert spans(tags) == expected, tags


def test_bilou_is_iobes_in_other_letters() -> None:
    letters = str.maketrans("LU", "ES")
    for tags in sequences("BILU", 4):
        assert spans(tags) == spans([tag.translate(letters) for tag in tags])


def test_each_scheme_writes_an_entity_in_its_own_way() -> None:
    entities = [Span(0, 1, "X"), Span(1, 4, "X"), Span(5, 7, "Y")]
    written = {scheme: " ".join(tags_from_spans(entities, 8, scheme)) for scheme in SCHEMES}
    assert written == {
        "IOB1": "I-X B-X I-X I-X O I-Y I-Y O",
        "IOB2": "B-X B-X I-X I-X O B-Y I-Y O",
        "IOBES": "S-X B-X I-X E-X O B-Y E-Y O",
        "BILOU": "U-X B-X I-X L-X O B-Y L-Y O",
        "BMES": "S-X B-X M-X E-X O B-Y E-Y O",
        "BMEWO": "W-X B-X M-X E-X O B-Y E-Y O",
        "plain": "X X X X O Y Y O",
    }


def test_plain_types_may_look_like_prefixes() -> None:
    tags = ["E-MAIL", "E-MAIL", "O", "MAIL"]
    assert spans(tags, "plain") == [Span(0, 2, "E-MAIL"), Span(3, 4, "MAIL")]
    assert convert(tags, source="plain", target="IOB2") == ("B-E-MAIL", "I-E-MAIL", "O", "B-MAIL")


def test_tags_without_a_type_keep_their_letters() -> None:
    assert spans(["B", "I", "O", "B"]) == [Span(0, 2, ""), Span(3, 4, "")]
    assert convert(["B", "I", "O", "B"], source="IOB2", target="IOBES") == ("B", "E", "O", "S")


def test_tags_joined_by_commas_are_tags() -> None:
    assert spans(["B-person,B-group", "I-person,B-group"]) == [Span(0, 2, "person,B-group")]


@pytest.mark.parametrize(
    ("label", "letter", "kind"),
    [("O", "", None), ("B-SKILLS", "B", "SKILLS"), ("SKILLS", "", "SKILLS"), ("I-creative-work", "I", "creative-work"),
     ("B", "B", ""), ("OTHER", "", "OTHER"), ("X-Y", "", "X-Y"), ("U-\n", "U", "\n")],
)  # fmt: skip
def test_parts_of_a_label(label: str, letter: str, kind: str | None) -> None:
    assert (prefix(label), entity_type(label)) == (letter, kind)


def test_labels_sort_by_type_then_prefix_after_o() -> None:
    labels = ["I-SKILLS", "B-DIPLOMA", "O", "I-DIPLOMA", "B-SKILLS", "B-DIPLOMA_MAJOR"]
    assert sorted(labels, key=label_key) == [
        "O", "B-DIPLOMA", "I-DIPLOMA", "B-DIPLOMA_MAJOR", "B-SKILLS", "I-SKILLS",
    ]  # fmt: skip


def test_a_fault_tells_what_should_stand_there() -> None:
    assert faults(["O", "I-X", "I-Y"], "IOB2") == [Fault(1, "I-X", "B-X"), Fault(2, "I-Y", "B-Y")]
    with pytest.raises(TagError, match=r"tag 1: expected 'B-X' in IOB2, found 'I-X'"):
        validate(["O", "I-X", "I-Y"], "IOB2")
    with pytest.raises(TagError, match="found 'Udd'"):
        validate(["Udd"], "IOB2")


def test_repair_counts_what_it_changed() -> None:
    assert repair(["O", "I-X", "I-X", "I-Y", "B-Y"], "IOB2") == (("O", "B-X", "I-X", "B-Y", "B-Y"), 2)
    assert repair(["B-X", "I-X", "O"], "IOBES") == (("B-X", "E-X", "O"), 1)


def test_convert_refuses_tags_that_break_their_scheme() -> None:
    with pytest.raises(TagError, match="repair"):
        convert(["I-X"], source="IOB2", target="IOBES")


def test_a_type_is_needed_for_plain_tags() -> None:
    with pytest.raises(TagError, match="with a type"):
        convert(["B"], source="IOB2", target="plain")


@pytest.mark.parametrize("wrong", [[Span(0, 2, "X"), Span(1, 3, "X")], [Span(2, 4, "X")], [Span(1, 1, "X")]])
def test_spans_that_no_tags_can_spell(wrong: list[Span]) -> None:
    with pytest.raises(TagError, match="in order within 3 tokens"):
        tags_from_spans(wrong, 3)


def test_unknown_scheme_is_named_with_the_known_ones() -> None:
    with pytest.raises(TagError, match="auto, IOB1, IOB2, IOBES, BILOU, BMES, BMEWO, plain, found 'BIO'"):
        spans(["O"], "BIO")  # type: ignore[arg-type]  # the error is the point
    with pytest.raises(TagError, match="found 'auto'"):
        faults(["O"], "auto")  # type: ignore[arg-type]
