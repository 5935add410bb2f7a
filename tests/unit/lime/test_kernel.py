"""The kernel surrogate: its Gram matrix, its equations, its leave-one-out errors, the choice of its figures."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.lime.kernel import FLOOR, NOISES, REACHES, STRENGTHS, Kernel, choose_kernel, fit_kernel, gram

DISTANCE = np.array([0.0, 1.0, 1.0, 2.0, 5.0])
RELEVANCE = np.array([0.3, 0.0, 0.1, 0.02, 0.2])
DECAY = np.array([0.4, 0.25, 0.25, 0.1, 0.02])


@pytest.fixture
def sample():
    rng = np.random.default_rng(2)
    masks = np.array(oracles.masks_of(5), dtype=bool)[rng.permutation(32)[:20]]
    values = np.column_stack([masks @ rng.normal(size=5), masks[:, 0] * masks[:, 1] + 0.1 * rng.normal(size=20)])
    return masks, values


def test_the_gram_matrix(sample):
    masks, _ = sample
    expected = [[oracles.kernel(left, right, DECAY) for right in masks] for left in masks[:7]]
    assert gram(masks[:7], masks, DECAY) == pytest.approx(np.array(expected), abs=1e-14)


def test_the_coefficients_solve_the_ridge_system(sample):
    masks, values = sample
    surrogate = fit_kernel(masks, values, Kernel(DECAY, 1e-3))
    matrix = np.array([[oracles.kernel(a, b, DECAY) for b in masks] for a in masks])
    expected = np.linalg.solve(matrix + 1e-3 * np.eye(20), values - values.mean(axis=0))
    assert surrogate.coefficients == pytest.approx(expected, abs=1e-9)
    assert surrogate.mean == pytest.approx(values.mean(axis=0))


def test_it_predicts_by_its_own_sum(sample):
    masks, values = sample
    surrogate = fit_kernel(masks, values, Kernel(DECAY, 1e-3))
    fresh = np.array(oracles.masks_of(5), dtype=bool)
    expected = [
        surrogate.mean
        + sum(a * oracles.kernel(z, x, DECAY) for a, x in zip(surrogate.coefficients, masks, strict=True))
        for z in fresh
    ]
    assert surrogate.predict(fresh) == pytest.approx(np.array(expected), abs=1e-12)


@pytest.mark.parametrize("noise", NOISES)
def test_leaving_one_out_is_a_refit_without_it(sample, noise):
    """Around the same mean: the closed form holds it fixed."""
    masks, values = sample
    surrogate = fit_kernel(masks, values, Kernel(DECAY, noise))
    centred = values - values.mean(axis=0)
    for k in range(len(masks)):
        others = np.flatnonzero(np.arange(len(masks)) != k)
        matrix = np.array([[oracles.kernel(masks[a], masks[b], DECAY) for b in others] for a in others])
        row = np.array([oracles.kernel(masks[k], masks[b], DECAY) for b in others])
        predicted = row @ np.linalg.solve(matrix + noise * np.eye(len(others)), centred[others])
        assert surrogate.residuals[k] == pytest.approx(centred[k] - predicted, abs=1e-8)


def error(masks, values, decay, noise):
    return (fit_kernel(masks, values, Kernel(decay, noise)).residuals ** 2).sum()


class TestChoice:
    def test_none_of_the_kernels_by_distance_with_the_first_strength_is_better(self, sample):
        masks, values = sample
        chosen = choose_kernel(masks, values, DISTANCE, RELEVANCE)
        least = min(
            error(masks, values, 0.3 * np.exp(-DISTANCE / reach) + FLOOR, noise)
            for reach in REACHES
            for noise in NOISES
        )
        assert error(masks, values, chosen.decay, chosen.noise) <= least * (1 + 1e-6)

    def test_no_other_noise_is_better(self, sample):
        masks, values = sample
        chosen = choose_kernel(masks, values, DISTANCE, RELEVANCE)
        least = min(error(masks, values, chosen.decay, noise) for noise in NOISES)
        assert error(masks, values, chosen.decay, chosen.noise) == pytest.approx(least, rel=1e-6)

    def test_what_is_near_matters_where_nothing_stands_out(self):
        """All components matter alike, near ones more: the chosen kernel falls with the distance, or is flat."""
        rng = np.random.default_rng(0)
        masks, distance = rng.random((60, 8)) < 0.6, np.arange(8.0)
        values = np.tanh(masks @ np.exp(-distance))[:, None]
        chosen = choose_kernel(masks, values, distance, np.ones(8))
        assert (np.diff(chosen.decay) <= 1e-12).all()
        assert min(STRENGTHS) <= chosen.decay[0] <= max(STRENGTHS) + FLOOR

    def test_what_acts_from_afar_is_found_by_its_relevance(self):
        rng = np.random.default_rng(0)
        masks, distance = rng.random((60, 20)) < 0.6, np.arange(20.0)
        values = (0.2 * masks[:, 19] * masks[:, 3] + 0.1)[:, None]
        relevance = np.zeros(20)
        relevance[[19, 3]] = 1.0
        chosen = choose_kernel(masks, values, distance, relevance)
        assert set(np.argsort(-chosen.decay)[:2]) == {19, 3}

    def test_the_same_answers_give_the_same_choice(self, sample):
        masks, values = sample
        one = choose_kernel(masks, values, DISTANCE, RELEVANCE)
        again = choose_kernel(masks.copy(), values.copy(), DISTANCE, RELEVANCE)
        assert np.array_equal(one.decay, again.decay)
        assert one.noise == again.noise

    def test_only_the_first_masks_are_searched(self):
        rng = np.random.default_rng(0)
        masks = rng.random((200, 12)) < 0.5
        distance = np.arange(12.0)
        values = masks @ rng.normal(size=(12, 1))
        other = values.copy()
        other[128:] = rng.normal(size=(72, 1))
        one, same = (choose_kernel(masks, v, distance, np.ones(12)) for v in (values, other))
        assert np.array_equal(one.decay, same.decay)
        assert one.noise == same.noise

    def test_nothing_is_relevant_to_a_constant(self, sample):
        masks, _ = sample
        chosen = choose_kernel(masks, np.full((20, 1), 0.4), DISTANCE, np.zeros(5))
        surrogate = fit_kernel(masks, np.full((20, 1), 0.4), chosen)
        assert surrogate.predict(masks) == pytest.approx(np.full((20, 1), 0.4))
