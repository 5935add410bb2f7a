"""Shapley values against all orders of joining and all coalitions; the integral over keep-rates against both."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.lime.linear import leave_one_out
from ner_lime.lime.shapley import FINEST, MAX_NODES, Shapley, keep_rates, shapley_matrix
from ner_lime.types import Moments


def table(n_components, n_targets=2, seed=0):
    masks = oracles.masks_of(n_components)
    return masks, np.random.default_rng(seed).normal(size=(len(masks), n_targets))


class TestMatrix:
    @pytest.mark.parametrize("n_components", [1, 2, 3, 6])
    def test_all_orders_of_joining(self, n_components):
        masks, values = table(n_components)
        coefficients = shapley_matrix(oracles.as_array(masks)) @ values
        assert coefficients[1:] == pytest.approx(oracles.shapley_by_orders(masks, values), abs=1e-12)

    def test_all_coalitions(self):
        masks, values = table(9, 1)
        coefficients = shapley_matrix(oracles.as_array(masks)) @ values
        assert coefficients[1:] == pytest.approx(oracles.shapley_by_subsets(masks, values), abs=1e-12)

    @pytest.mark.parametrize("n_components", [0, 1, 7])
    def test_bias_and_values_add_up_to_the_full_sentence(self, n_components):
        masks, values = table(n_components)
        coefficients = shapley_matrix(oracles.as_array(masks)) @ values
        assert coefficients[0] == pytest.approx(values[0], abs=1e-12)
        assert coefficients.sum(axis=0) == pytest.approx(values[-1], abs=1e-12)


class TestIntegral:
    @pytest.mark.parametrize("n_components", [1, 2, 3, 6])
    def test_it_is_the_shapley_value(self, n_components):
        masks, values = table(n_components)
        rates = keep_rates(n_components, FINEST)
        found = sum(share * oracles.banzhaf(masks, values, keep) for keep, share in rates)
        assert found == pytest.approx(oracles.shapley_by_orders(masks, values), abs=1e-12)
        assert len(rates) == n_components // 2 + 1
        # the mean as well: a polynomial of degree C
        found = sum(
            share * oracles.mean([oracles.bernoulli_share(m, keep) for m in masks], values) for keep, share in rates
        )
        expected = Shapley().probability(oracles.as_array(masks)) @ values
        assert found == pytest.approx(expected, abs=1e-12)

    def test_each_level_is_exact_for_polynomials_of_a_higher_degree(self):
        assert [len(keep_rates(200, level)) for level in range(FINEST + 1)] == [3, 4, 6, 10, 18, MAX_NODES]
        for level, degree in enumerate([5, 7, 11, 19, 35, 63]):
            rates = keep_rates(200, level)
            assert sum(share * keep**degree for keep, share in rates) == pytest.approx(1 / (degree + 1), abs=1e-12)
            assert all(0.0 < keep < 1.0 for keep, _ in rates)


class TestRegression:
    @pytest.mark.parametrize("kept", [None, 2])
    @pytest.mark.parametrize("n_components", [3, 6])
    def test_on_all_masks_it_gives_the_shapley_values(self, n_components, kept):
        masks, values = table(n_components)
        rows = [k for k, mask in enumerate(masks) if kept is None or mask[kept]]
        whole = oracles.as_array([masks[k] for k in rows])
        others = [tuple(bit for j, bit in enumerate(masks[k]) if j != kept) for k in rows]
        found = Shapley().regression(whole, Shapley().probability(whole), kept)
        bias, weights = found.fit(values[rows])
        if kept is not None:
            assert weights[kept] == pytest.approx(np.zeros(2), abs=0)
            weights = np.delete(weights, kept, axis=0)
        assert weights == pytest.approx(oracles.shapley_by_orders(others, values[rows]), abs=1e-12)
        assert bias == pytest.approx(values[rows][0], abs=1e-12)

    def test_it_goes_through_both_ends_whatever_was_drawn(self):
        masks, values = table(6)
        rows = [0, 63, *np.random.default_rng(0).choice(np.arange(1, 63), 20, replace=False)]
        whole = oracles.as_array(masks)[rows]
        bias, weights = (found := Shapley().regression(whole, np.ones(22), None)).fit(values[rows])
        assert bias == pytest.approx(values[0], abs=1e-12)
        assert bias + weights.sum(axis=0) == pytest.approx(values[63], abs=1e-12)
        assert found.known.tolist() == [True, True] + [False] * 20

    def test_leaving_one_out_is_fitting_again_without_it(self):
        masks, values = table(6)
        rows = [0, 63, *np.random.default_rng(0).choice(np.arange(1, 63), 25, replace=False)]
        whole, weight = oracles.as_array(masks)[rows], np.random.default_rng(1).random(27) + 0.5
        errors = leave_one_out(Shapley().regression(whole, weight, None), whole, values[rows])
        assert errors[:2] == pytest.approx(np.zeros((2, 2)), abs=0)
        for k in (2, 9, 26):
            others = np.delete(np.arange(27), k)
            bias, weights = Shapley().regression(whole[others], weight[others], None).fit(values[rows][others])
            assert errors[k] == pytest.approx(values[rows[k]] - bias - whole[k] @ weights, abs=1e-10)

    def test_draws_come_in_pairs(self):
        drawn = Shapley().draw(np.random.default_rng(0), 41, 7)
        assert drawn.shape == (41, 7)
        assert (drawn[0:40:2] == ~drawn[1:40:2]).all()


class TestSecondMoments:
    """The covariance of the answers and of the error, from moments of the mixture, against the sum over all masks."""

    @pytest.mark.parametrize("kept", [None, 2])
    def test_all_masks(self, kept):
        masks, values = table(5, 3)
        others = [j for j in range(5) if j != kept]
        inside = [k for k, mask in enumerate(masks) if kept is None or mask[kept]]
        z, f = oracles.as_array(masks)[inside].astype(float), values[inside]
        shares = Shapley().probability(z[:, others] > 0)
        assert shares.sum() == pytest.approx(1.0)
        bias, weights = np.array([0.3, -0.2, 0.0]), np.random.default_rng(1).normal(size=(3, 5))
        if kept is not None:
            weights[:, kept] = 0.0
        moments = Moments(
            mean=(shares @ f)[None],
            effects=np.zeros((1, 3, 5)),
            second=(f.T * shares @ f)[None],
            joint=(f.T * shares @ z)[None],
            tolerance=0.0,
        )
        rows = None if kept is None else np.array([kept])
        variance, residual = Shapley().second_moments(moments, bias[None], weights[None], rows)
        centred, error = f - shares @ f, f - bias - z @ weights.T
        assert variance[0] == pytest.approx(centred.T * shares @ centred, abs=1e-12)
        assert residual[0] == pytest.approx(error.T * shares @ error, abs=1e-12)
