"""Detection of the scheme, and of the spelling of its labels."""

from __future__ import annotations

import pytest

from ner_lime.corpus.labels import LabelScheme, Scheme, Span, detect, scheme_of_labels, spans


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
        ("b i o b", "IOB2:b-per", [(0, 2, ""), (3, 4, "")]),
        ("B I O B", "IOB2", [(0, 2, ""), (3, 4, "")]),
        ("B–PER I–PER O", "IOB2:B–PER", [(0, 2, "PER")]),
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


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        (["O", "B-PER", "I-PER"], "IOB2"),
        (["O", "I-PER"], "IOB2"),  # a label set can't tell IOB1 from it
        (["O", "B_PER", "I_PER"], "IOB2:B_PER"),
        (["O", "S-PER", "B-PER", "E-PER"], "IOBES"),
        (["O", "W-PER", "M-PER", "B-PER", "E-PER"], "BMEWO"),
        (["O"], "IOB2"),
        (["E-MAIL", "NAME", "O"], "plain"),
        (["S", "E", "B", "R", "V"], "plain"),
        (["NN", "VB", "U"], "plain"),
    ],
)
def test_a_label_set_tells_its_scheme(labels: list[str], scheme: str) -> None:
    assert str(scheme_of_labels(labels)) == scheme
    assert str(scheme_of_labels(reversed(labels))) == scheme


def test_a_few_wrong_tags_do_not_change_the_spelling() -> None:
    good = ["B_PER", "I_PER", "O", "B_LOC", "O"] * 5
    assert detect([[*good, "word"], ["B-PER", *good]]) == "IOB2:B_PER"
