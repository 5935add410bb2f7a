"""Mistakes: every difference between gold and predicted entities is one of four kinds, and none is lost."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_lime.corpus.labels import Span, spans
from ner_lime.corpus.mistakes import confusion, find_mistakes


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("O B-A I-A O", "O B-A I-A O", []),
        ("O B-A I-A O", "O O O O", [("missed", Span(1, 3, "A"), None, 1)]),
        ("O O O O", "O O B-A O", [("spurious", None, Span(2, 3, "A"), 2)]),
        ("O B-A I-A O", "O B-B I-B O", [("wrong type", Span(1, 3, "A"), Span(1, 3, "B"), 1)]),
        ("O B-A I-A O", "O B-A I-A I-A", [("wrong boundary", Span(1, 3, "A"), Span(1, 4, "A"), 3)]),
        ("O B-A I-A I-A", "O B-A I-A O", [("wrong boundary", Span(1, 4, "A"), Span(1, 3, "A"), 3)]),
        ("B-A I-A O O", "O B-B I-B O", [("wrong boundary", Span(0, 2, "A"), Span(1, 3, "B"), 0)]),
        (
            "B-A I-A B-A O",
            "B-A I-A I-A O",
            [
                ("wrong boundary", Span(0, 2, "A"), Span(0, 3, "A"), 2),
                ("wrong boundary", Span(2, 3, "A"), Span(0, 3, "A"), 2),
            ],
        ),
        (
            "B-A I-A B-B I-B",
            "B-A I-A I-A I-A",
            [
                ("wrong boundary", Span(0, 2, "A"), Span(0, 4, "A"), 2),
                ("wrong boundary", Span(2, 4, "B"), Span(0, 4, "A"), 2),
            ],
        ),
        (
            "B-A I-A I-A I-A I-A I-A",
            "B-A B-A I-A I-A I-A I-A",
            [
                ("wrong boundary", Span(0, 6, "A"), Span(1, 6, "A"), 1),
                ("wrong boundary", Span(0, 6, "A"), Span(0, 1, "A"), 1),
            ],
        ),
    ],
)
def test_kinds(gold, predicted, expected):
    found = find_mistakes([gold.split()], [predicted.split()])
    assert [(m.kind, m.gold, m.predicted, m.word_index) for m in found] == expected


LABELS = st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B", "A", "B", "S-A", "E-B"])


@st.composite
def tagged(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    pairs = draw(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=9))
    return [gold for gold, _ in pairs], [predicted for _, predicted in pairs]


@given(tagged())
def test_every_wrong_entity_is_in_a_mistake_of_the_kind_that_it_is(sentence: tuple[list[str], list[str]]) -> None:
    gold, predicted = sentence
    mistakes = find_mistakes([gold], [predicted])
    right = set(spans(gold)) & set(spans(predicted))
    assert {m.gold for m in mistakes if m.gold} == set(spans(gold)) - right
    assert {m.predicted for m in mistakes if m.predicted} == set(spans(predicted)) - right
    touching = {(g, p) for g in spans(gold) for p in spans(predicted) if g.start < p.end and p.start < g.end}
    assert {m.gold for m in mistakes if m.kind == "missed"} == set(spans(gold)) - {g for g, _ in touching}
    assert {m.predicted for m in mistakes if m.kind == "spurious"} == set(spans(predicted)) - {p for _, p in touching}
    for m in mistakes:
        assert gold[m.word_index] != predicted[m.word_index]
        if m.gold and m.predicted:
            assert (m.gold, m.predicted) in touching
            assert (m.kind == "wrong type") == (m.gold[:2] == m.predicted[:2])


@given(st.lists(tagged(), max_size=3))
def test_confusion_counts_every_entity_once(sentences: list[tuple[list[str], list[str]]]) -> None:
    gold, predicted = [g for g, _ in sentences], [p for _, p in sentences]
    counts = confusion(gold, predicted)
    rows, columns = Counter[str | None](), Counter[str | None]()
    for (row, column), count in counts.items():
        rows[row] += count
        columns[column] += count
    del rows[None], columns[None]
    assert rows == Counter(span.type for tags in gold for span in spans(tags))
    assert columns == Counter(span.type for tags in predicted for span in spans(tags))
    assert counts[None, None] == 0


@pytest.mark.parametrize(("gold", "predicted"), [("B-A I-A I-A I-A", "B-B B-A I-A I-A"), ("B-A I-A O", "B-B B-A O")])
def test_partners_share_most_words_and_if_equal_the_type(gold: str, predicted: str) -> None:
    assert confusion([gold.split()], [predicted.split()]) == {("A", "A"): 1, (None, "B"): 1}


def test_confusion_counts_pairs_by_overlap():
    gold = [["B-A", "I-A", "O", "B-B", "O"], ["O", "B-A"]]
    predicted = [["B-A", "O", "O", "B-A", "O"], ["B-B", "O"]]
    assert confusion(gold, predicted) == {("A", "A"): 1, ("B", "A"): 1, ("A", None): 1, (None, "B"): 1}
