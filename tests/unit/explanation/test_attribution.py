"""An attribution of parts that are no words, read as a word's explanation is, against figures made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ner_lime.errors import InputError, LabelError
from ner_lime.explanation import Attribution
from ner_lime.explanation.targets import Contrast


@pytest.fixture
def row():
    """A row of a table: two classes, three columns of which two belong together."""
    return Attribution(
        parts=("age", "height", "weight"),
        components=((0,), (1, 2)),
        targets=("ill", "well"),
        predicted="well",
        values=np.array([0.2, 0.8]),
        bias=np.array([0.5, 0.5]),
        weights=np.array([[-0.4, 0.1], [0.4, -0.1]]),
        std_errors=np.array([[0.01, 0.2], [0.01, 0.2]]),
        variance=np.array([[0.04, -0.04], [-0.04, 0.04]]),
        residual=np.array([[0.004, -0.004], [-0.004, 0.004]]),
        own=(1,),
        unit="columns",
    )


def test_contributions_are_named_by_their_parts_largest_first(row):
    assert [str(one) for one in row.contributions()] == ["age +0.400 ± 0.020", "height weight -0.100 ± 0.392"]
    assert [one.indices for one in row.contributions("ill", num_features=1)] == [(0,)]
    assert row.name(1) == "height weight"


def test_targets_are_combined(row):
    assert row.value_of(Contrast("well", "ill")) == pytest.approx(0.6)
    assert row.bias_of(Contrast("well", "ill")) == pytest.approx(0.0)
    assert row.prediction() == pytest.approx(0.8)
    (age, _) = row.contributions(Contrast("well", "ill"))
    assert (age.weight, age.std_error) == (pytest.approx(0.8), pytest.approx(0.02))


def test_figures(row):
    assert row.r2() == pytest.approx(0.9)
    assert row.spread("ill") == pytest.approx(0.2)
    assert row.spread(Contrast("well", "ill")) == pytest.approx(0.4)
    assert row.own_share() == pytest.approx(0.2)


def test_the_verdict_speaks_of_its_parts(row):
    assert "adding up columns explains 90%" in str(row.verdict)
    assert "known to within 0.39 only" in str(row.verdict)
    assert replace(row, std_errors=row.std_errors / 10).verdict.level == "trust"


def test_what_the_model_says_where_everything_is_hidden(row):
    assert row.hidden_value_of() is None
    told = replace(row, hidden=np.array([0.1, 0.9]), std_errors=0 * row.std_errors)
    assert told.hidden_value_of("ill") == pytest.approx(0.1)
    assert told.verdict_of("ill").level == "trust"
    assert "says 0.90 even where all columns are hidden" in str(told.verdict)
    outside = replace(told, targets=("B-X", "O"), predicted="O")
    assert outside.verdict.level == "trust"


def test_wrong_questions(row):
    with pytest.raises(LabelError, match="'sick'"):
        row.value_of("sick")
    with pytest.raises(InputError, match="num_features"):
        row.contributions(num_features=0)
