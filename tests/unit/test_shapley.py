"""Shapley values against all orders of joining and all coalitions; the integral over keep-rates against both."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.lime.shapley import integrate_keep_rates, shapley_matrix


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
    def test_it_is_the_shapley_value(self):
        masks, values = table(6)
        found, change = integrate_keep_rates(lambda keep: oracles.banzhaf(masks, values, keep), tolerance=1e-12)
        assert found == pytest.approx(oracles.shapley_by_orders(masks, values), abs=1e-12)
        assert change <= 1e-12

    def test_nodes_double_until_nothing_changes(self):
        asked = []

        def effects(keep):
            asked.append(keep)
            return np.array([keep**6])

        found, change = integrate_keep_rates(effects, tolerance=1e-9, nodes=2)
        assert found == pytest.approx([1 / 7], abs=1e-12)
        assert len(asked) == 2 + 4 + 8
        assert 0 < min(asked) < max(asked) < 1
        assert change <= 1e-9

    def test_it_says_how_much_still_changed_when_it_gives_up(self):
        def step(keep):
            return np.array([float(keep > 0.8)])

        found, change = integrate_keep_rates(step, tolerance=1e-9, nodes=2, most=8)
        coarser, _ = integrate_keep_rates(step, tolerance=1e-9, nodes=4, most=4)
        assert change == pytest.approx(abs(found - coarser).item())
        assert change > 1e-9
