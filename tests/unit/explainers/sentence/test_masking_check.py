"""Kendall's tau-b against SciPy's, and the comparison of two ways of hiding words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explanations import make
from scipy.stats import kendalltau

from ner_lime.explainers.sentence.masking_check import kendall_tau, masking_agreement


@pytest.mark.parametrize("seed", range(20))
def test_scipy_says_the_same_of_rows_with_ties(seed):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4 + seed, 12).astype(float)
    second = np.where(rng.random(12) < 0.6, first, rng.integers(0, 5, 12))
    assert kendall_tau(first, second) == pytest.approx(kendalltau(first, second).statistic, abs=1e-12)


def test_the_ends():
    row = np.array([3.0, -1.0, 0.5])
    assert kendall_tau(row, 2 * row + 1) == pytest.approx(1.0)
    assert kendall_tau(row, -row) == pytest.approx(-1.0)


def test_rows_that_rank_nothing():
    flat, row = np.zeros(4), np.arange(4.0)
    assert kendall_tau(flat, flat) == 1.0
    assert kendall_tau(flat, row) == 0.0
    assert kendall_tau(np.array([1.0]), np.array([5.0])) == 1.0


def test_a_very_long_text():
    weights = np.zeros((2, 50_000))
    weights[:, :3] = [[3, 2, 1], [3, 1, 2]]
    # Of 3 + 3 * 49,997 pairs that are not tied, one disagrees.
    assert kendall_tau(*weights) == pytest.approx(1 - 2 / (3 + 3 * 49_997), abs=1e-9)


def test_each_word_is_compared_for_its_predicted_label():
    one, other = make(seed=0, positions=[4, 1]), make(seed=1, positions=[4, 1])
    found = masking_agreement(one, other)
    for row, position in enumerate([4, 1]):
        label = one.labels.index(one.predicted[position])
        expected = kendalltau(one.weights[row, label], other.weights[row, label]).statistic
        assert found[row] == pytest.approx(expected, abs=1e-12)
    assert masking_agreement(one, one) == pytest.approx(np.ones(2))


def test_a_word_that_only_one_of_them_hides_is_left_out():
    one = make(seed=0, positions=[4, 1])
    weights = one.weights.copy()
    for row, position in enumerate(one.positions):
        weights[row, :, [position in words for words in one.components]] = 0.0
    other = replace(one, weights=weights, settings=replace(one.settings, context_only=not one.settings.context_only))
    assert masking_agreement(one, other) == pytest.approx(np.ones(2))


def test_rounding_ranks_nothing():
    one = make(seed=0)
    flat = replace(one, weights=np.zeros_like(one.weights))
    noise = replace(one, weights=1e-16 * one.weights)
    assert masking_agreement(flat, noise) == pytest.approx(np.ones(len(one.positions)))
