"""What the surrogate says of a product law, against the sum of its predictions over all masks."""

from __future__ import annotations

from math import comb

import numpy as np
import oracles
import pytest

from ner_lime.lime.conditional import conditioned_on
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.kernel import Kernel, fit_kernel
from ner_lime.lime.projection import effect_rows, linear_coefficients, pair_interactions

DECAY = np.array([0.3, 0.5, 0.8, 0.4, 0.2, 0.001])
MASKS = oracles.masks_of(6)


@pytest.fixture(scope="module")
def surrogate():
    rng = np.random.default_rng(4)
    masks = np.array(MASKS, dtype=bool)[rng.permutation(64)[:25]]
    return fit_kernel(masks, rng.normal(size=(25, 3)), Kernel(DECAY, 1e-4))


@pytest.fixture(scope="module")
def predicted(surrogate):
    """(64, 3): what the surrogate predicts for every mask."""
    return surrogate.predict(np.array(MASKS, dtype=bool))


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.7])
def test_the_linear_fit(surrogate, predicted, keep):
    shares = [oracles.bernoulli_share(mask, keep) for mask in MASKS]
    bias, weights = linear_coefficients(surrogate, keep)
    expected_bias, expected = oracles.least_squares(MASKS, shares, predicted)
    assert weights == pytest.approx(expected, abs=1e-11)
    assert bias == pytest.approx(expected_bias, abs=1e-11)
    assert weights == pytest.approx(oracles.banzhaf(MASKS, predicted, keep), abs=1e-11)


def test_the_mean(surrogate, predicted):
    shares = [oracles.bernoulli_share(mask, 0.7) for mask in MASKS]
    found = surrogate.mean + effect_rows(surrogate, 0.7)[0] @ surrogate.coefficients
    assert found == pytest.approx(oracles.mean(shares, predicted), abs=1e-12)


def test_one_component_always_kept(surrogate, predicted):
    chosen = [k for k, mask in enumerate(MASKS) if mask[2]]
    others = [tuple(bit for j, bit in enumerate(MASKS[k]) if j != 2) for k in chosen]
    shares = [oracles.bernoulli_share(mask, 0.7) for mask in others]
    bias, weights = linear_coefficients(surrogate, 0.7, kept=2)
    expected_bias, expected = oracles.least_squares(others, shares, predicted[chosen])
    assert np.delete(weights, 2, axis=0) == pytest.approx(expected, abs=1e-11)
    assert weights[2] == pytest.approx(np.zeros(3), abs=0)
    assert bias == pytest.approx(expected_bias, abs=1e-11)


@pytest.mark.parametrize("keep", [0.3, 0.7])
def test_pairs(surrogate, predicted, keep):
    found = pair_interactions(surrogate, keep)
    for i in range(6):
        assert found[i, i] == pytest.approx(np.zeros(3), abs=0)
        for j in range(i):
            expected = oracles.pair_interaction(MASKS, predicted, i, j, keep)
            assert found[i, j] == pytest.approx(expected, abs=1e-11)
            assert found[j, i] == pytest.approx(expected, abs=1e-11)


def test_pairs_given_that_a_component_is_kept(surrogate, predicted):
    found = pair_interactions(surrogate, 0.7, kept=2)
    chosen = [k for k, mask in enumerate(MASKS) if mask[2]]
    others = [tuple(bit for j, bit in enumerate(MASKS[k]) if j != 2) for k in chosen]
    for i, j in ((0, 1), (1, 3), (4, 5)):
        at = [(0, 1, 3, 4, 5).index(word) for word in (i, j)]
        expected = oracles.pair_interaction(others, predicted[chosen], *at, 0.7)
        assert found[i, j] == pytest.approx(expected, abs=1e-11)
    assert not found[2].any()
    assert not found[:, 2].any()


COUNTS = [
    (Cosine(), lambda mask: oracles.cosine_share(mask, 0.25)),
    (UniformCount(), lambda mask: oracles.uniform_count_share(mask, 5)),
    (UniformCount(0.4, rbf_sigma=0.3), lambda mask: oracles.uniform_count_share(mask, 3, 0.3)),
    (UniformCount(0.1), lambda mask: oracles.uniform_count_share(mask, 1)),
]


@pytest.mark.parametrize("kept", [None, 2])
@pytest.mark.parametrize(("law", "share"), COUNTS)
def test_laws_by_counts(surrogate, predicted, law, share, kept):
    chosen = [k for k, mask in enumerate(MASKS) if kept is None or mask[kept]]
    others = [tuple(bit for j, bit in enumerate(MASKS[k]) if j != kept) for k in chosen]
    expected_bias, expected = oracles.least_squares(others, [share(MASKS[k]) for k in chosen], predicted[chosen])
    bias, weights = law.project(surrogate, kept)
    if kept is not None:
        assert weights[kept] == pytest.approx(np.zeros(3), abs=0)
        weights = np.delete(weights, kept, axis=0)
    if law.by_kept(6)[5] == 1.0:  # one is hidden always: what is added to every weight is taken from the bias
        n_kept = len(weights) - 1
        bias, weights = bias + n_kept * weights.mean(axis=0), weights - weights.mean(axis=0)
        expected_bias = expected_bias + n_kept * expected.mean(axis=0)
        expected = expected - expected.mean(axis=0)
    assert weights == pytest.approx(expected, abs=1e-10)
    assert bias == pytest.approx(expected_bias, abs=1e-10)


@pytest.mark.parametrize("law", [Cosine(), UniformCount(), UniformCount(0.3, rbf_sigma=0.2)])
def test_laws_by_counts_among_many_components(law):
    """Two components of sixty matter, and the sums over the others are those of how many of them are kept."""
    decay = np.full(60, 1e-15)
    decay[[3, 40]] = 0.7, 0.4
    masks = np.random.default_rng(1).random((20, 60)) < 0.6
    surrogate = fit_kernel(masks, np.random.default_rng(2).normal(size=(20, 2)), Kernel(decay, 1e-3))
    by_kept, cells = law.by_kept(60), list(np.ndindex(2, 2))
    points = np.zeros((4, 60), dtype=bool)
    points[:, [3, 40]] = cells
    values = surrogate.predict(points)
    size = np.arange(61)
    both, one = size * (size - 1) / (60 * 59), size * (60 - size) / (60 * 59)
    # E[f], and E[z_j f] for the two and for any other component, from the joint law of three components.
    chance = [by_kept @ (1 - both - 2 * one), by_kept @ one, by_kept @ one, by_kept @ both]
    others = [(size - sum(cell)) / 58 for cell in cells]
    kept_other = [
        by_kept @ (weight * other) for weight, other in zip([1 - both - 2 * one, one, one, both], others, strict=True)
    ]
    mean = np.array(chance) @ values
    joint = np.array([np.array(kept_other) @ values] * 60)
    joint[3], joint[40] = chance[2] * values[2] + chance[3] * values[3], chance[1] * values[1] + chance[3] * values[3]
    rate = by_kept @ size / 60
    covariance = joint - rate * mean
    gram = np.full((60, 60), by_kept @ both - rate**2)
    np.fill_diagonal(gram, rate - rate**2)
    expected = np.linalg.solve(gram, covariance)
    bias, weights = law.project(surrogate, None)
    assert weights == pytest.approx(expected, abs=1e-9)
    assert bias == pytest.approx(mean - rate * expected.sum(axis=0), abs=1e-9)


def test_laws_given_kept_components(surrogate, predicted):
    kept = np.zeros(8, dtype=bool)
    kept[[1, 5]] = True
    law = conditioned_on(Cosine(), kept)
    expected = [oracles.cosine_share((1, 1, *mask), 0.25) for mask in MASKS]
    found = law.by_kept(6)[[sum(mask) for mask in MASKS]] / [comb(6, sum(mask)) for mask in MASKS]
    assert found == pytest.approx(oracles.normalised(expected), abs=1e-14)
    bias, weights = law.project(surrogate, None)
    expected_bias, expected_weights = oracles.least_squares(MASKS, expected, predicted)
    assert weights == pytest.approx(expected_weights, abs=1e-10)
    assert bias == pytest.approx(expected_bias, abs=1e-10)
