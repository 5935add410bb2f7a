"""Schemes against tables of allowed neighbours, and spans against seqeval, over every short tag sequence."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from ner_lime.corpus.labels import (
    SCHEMES,
    Fault,
    LabelScheme,
    Scheme,
    Span,
    convert,
    detect,
    entity_type,
    faults,
    label_key,
    prefix,
    repair,
    scheme_of_labels,
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


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [("O O", "IOB2"), ("", "IOB2"), ("B-X I-X O", "IOB2"), ("I-X I-X O I-Y B-Y", "IOB1"), ("B-X E-X O", "IOBES"),
     ("S-X O", "IOBES"), ("B-X L-X", "BILOU"), ("U-X", "BILOU"), ("X X O", "plain"),
     ("B-X O B-X I-X O word O B-Y", "IOB2"), ("B-X O B-X I-Y", "IOB2")],
)  # fmt: skip
def test_detection_is_a_vote(tags: str, scheme: Scheme) -> None:
    assert detect([tags.split()]) == scheme


@pytest.mark.parametrize(
    ("tags", "scheme", "expected"),
    [
        ("B-LOC M-LOC E-LOC W-LOC O", "BMEWO", [(0, 3, "LOC"), (3, 4, "LOC")]),
        ("B-A M-A E-A O S-A", "BMES", [(0, 3, "A"), (4, 5, "A")]),
        ("BB_O_A W_A EE_O_A O B_B M_B E_B", "BMEWO:B_PER", [(1, 2, "A"), (4, 7, "B")]),
        ("B_PER I_PER O", "IOB2:B_PER", [(0, 2, "PER")]),
        ("B:PER I:PER O", "IOB2:B:PER", [(0, 2, "PER")]),
        ("PER-B PER-I O PER-B", "IOB2:PER-B", [(0, 2, "PER"), (3, 4, "PER")]),
        ("Job.B Job.I O O", "IOB2:PER.B", [(0, 2, "Job")]),
        ("b-per i-per o", "IOB2:b-per", [(0, 2, "per")]),
        ("b-PER i-PER O", "IOB2:b-per", [(0, 2, "PER")]),
        ("per_b per_e O per_s", "IOBES:per_b", [(0, 2, "per"), (3, 4, "per")]),
        ("E-MAIL E-MAIL NAME O", "plain", [(0, 2, "E-MAIL"), (2, 3, "NAME")]),
        ("R S E S V B O", "plain", [(0, 1, "R"), (1, 2, "S"), (2, 3, "E"), (3, 4, "S"), (4, 5, "V"), (5, 6, "B")]),
        ("VITAMIN-B O", "plain", [(0, 1, "VITAMIN-B")]),
        ("B-a.b I-a.b O", "IOB2", [(0, 2, "a.b")]),
    ],
)
def test_schemes_and_spellings_that_people_have(tags: str, scheme: str, expected: list[tuple[int, int, str]]) -> None:
    row = tags.split()
    assert detect([row]) == scheme
    assert spans(row, scheme) == expected
    assert scheme_of_labels(row).spans(row) == expected
    assert str(LabelScheme.parse(scheme)) == scheme


def test_tags_of_an_unknown_scheme_are_read_by_their_own_spelling() -> None:
    assert spans(["B_PER", "I_PER", "O"]) == [Span(0, 2, "PER")]
    assert spans(["B-LOC", "M-LOC", "E-LOC"]) == [Span(0, 3, "LOC")]


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
