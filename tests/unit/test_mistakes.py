"""Mistakes: every difference between gold and predicted entities is one of four kinds, and none is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_lime.corpus.labels import Span, spans
from ner_lime.corpus.mistakes import KINDS, confusion, find_mistakes


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
            [("wrong boundary", Span(0, 2, "A"), Span(0, 3, "A"), 2)],
        ),
    ],
)
def test_kinds(gold, predicted, expected):
    found = find_mistakes([gold.split()], [predicted.split()])
    assert [(m.kind, m.gold, m.predicted, m.word_index) for m in found] == expected


TAGS = st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), min_size=1, max_size=8)


@given(st.data())
def test_every_wrong_entity_is_in_a_mistake_and_every_right_one_in_none(data):
    gold = data.draw(TAGS)
    predicted = data.draw(st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B"]), min_size=len(gold), max_size=len(gold)))
    mistakes = find_mistakes([gold], [predicted])
    right = set(spans(gold)) & set(spans(predicted))
    assert all(m.kind in KINDS for m in mistakes)
    assert {m.predicted for m in mistakes if m.predicted} == set(spans(predicted)) - right
    assert all(gold[m.word_index] != predicted[m.word_index] or m.gold != m.predicted for m in mistakes)
    touched = {s for s in spans(gold) for p in spans(predicted) if s.start < p.end and p.start < s.end}
    assert {m.gold for m in mistakes if m.kind == "missed"} == set(spans(gold)) - touched


def test_confusion_counts_pairs_by_overlap():
    gold = [["B-A", "I-A", "O", "B-B", "O"], ["O", "B-A"]]
    predicted = [["B-A", "O", "O", "B-A", "O"], ["B-B", "O"]]
    assert confusion(gold, predicted) == {("A", "A"): 1, ("B", "A"): 1, ("A", "O"): 1, ("O", "B"): 1}
