"""The one scale: equal changes look equal, and what hardly moves looks like nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_lime.render.scale import HARDLY, LIMIT, SHADES, clipped, short, strength


@pytest.mark.parametrize(
    ("weight", "step"),
    [(0.0, 0), (0.0199, 0), (0.02, 1), (0.1, 1), (-0.37, 4), (0.94, 9), (1.0, 10), (-1.8, 10), (math.nan, 0)],
)
def test_steps_of_shading(weight: float, step: int) -> None:
    assert strength(weight) == step


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_a_larger_change_is_never_paler(first: float, second: float) -> None:
    small, large = sorted((first, second), key=abs)
    assert strength(small) <= strength(large) <= SHADES
    assert (strength(large) == 0) == (abs(large) < HARDLY)
    assert abs(clipped(large)) <= LIMIT


@pytest.mark.parametrize(
    ("value", "text"), [(0.371, "+.37"), (-0.045, "−.04"), (0.004, "0"), (-1.234, "−1.23"), (0.0, "0"), (1.0, "+1.00")]
)
def test_short_figures(value: float, text: str) -> None:
    assert short(value) == text
