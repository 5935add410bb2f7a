"""What the surrogate says of a product law, against the sum of its predictions over all masks."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

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
