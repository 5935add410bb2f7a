"""The weighted tau against a sum over all pairs, and the comparison of two ways of hiding words."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from explanations import make

from ner_lime.explainers.sentence.masking_check import masking_agreement, weighted_tau


def by_pairs(first, second):
    """Every pair of words counts the more, the higher they rank; the mean over the two rankings."""
    sizes = np.abs([first, second])
    found = []
    for ranking in sizes:
        rank = (-ranking).argsort().argsort()
        total = agreed = 0.0
        for i, j in combinations(range(len(first)), 2):
            importance = 1 / (rank[i] + 1) + 1 / (rank[j] + 1)
            total += importance
            agreed += importance * np.sign((sizes[0, i] - sizes[0, j]) * (sizes[1, i] - sizes[1, j]))
        found.append(agreed / total)
    return np.mean(found)


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_sum_over_all_pairs(seed):
    first, second = np.random.default_rng(seed).normal(size=(2, 9))
    assert weighted_tau(first, second) == pytest.approx(by_pairs(first, second), abs=1e-12)


def test_the_ends():
    row = np.array([3.0, -1.0, 0.5])
    assert weighted_tau(row, -2 * row) == pytest.approx(1.0)
    assert weighted_tau(row, 1 / row) == pytest.approx(-1.0)


def test_the_top_counts_most():
    row = np.array([9.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert weighted_tau(row, row[[1, 0, 2, 3, 4, 5]]) < weighted_tau(row, row[[0, 1, 2, 3, 5, 4]]) - 0.1


def test_rows_that_rank_nothing():
    flat, row = np.zeros(4), np.arange(4.0)
    assert weighted_tau(flat, flat) == 1.0
    assert weighted_tau(flat, row) == 0.0
    assert weighted_tau(np.array([1.0]), np.array([5.0])) == 1.0


def test_a_very_long_text():
    weights = np.zeros((2, 50_000))
    weights[:, :3] = [[3, 2, 1], [3, 1, 2]]
    assert 0.8 < weighted_tau(*weights) < 1.0


def test_each_word_is_compared_for_its_predicted_label():
    one, other = make(seed=0, positions=[4, 1]), make(seed=1, positions=[4, 1])
    found = masking_agreement(one, other)
    for row, position in enumerate([4, 1]):
        label = one.labels.index(one.predicted[position])
        expected = by_pairs(one.weights[row, label], other.weights[row, label])
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
