"""The linear surrogate against `numpy.linalg.lstsq`, against scikit-learn, and against refits."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
from sklearn.linear_model import Ridge

from ner_lime.lime.linear import leave_one_out, linear_map, sandwich


@pytest.fixture
def sample():
    """30 masks of 5 components, weights and two targets."""
    rng = np.random.default_rng(5)
    masks = rng.random((30, 5)) < 0.6
    return masks, rng.random(30) + 0.1, rng.random((30, 2))


def rows(masks):
    return [tuple(row) for row in masks.astype(int).tolist()]


class TestFit:
    @pytest.mark.parametrize("ridge", [0.0, 0.5, 1.0])
    def test_least_squares(self, sample, ridge):
        masks, weight, values = sample
        bias, slopes = linear_map(masks, weight, ridge=ridge).fit(values)
        expected_bias, expected = oracles.least_squares(rows(masks), weight, values, ridge)
        assert slopes == pytest.approx(expected, abs=1e-12)
        assert bias == pytest.approx(expected_bias, abs=1e-12)

    def test_the_ridge_is_scikit_learns(self, sample):
        masks, weight, values = sample
        bias, slopes = linear_map(masks, weight, ridge=1.0).fit(values)
        theirs = Ridge(alpha=1.0).fit(masks, values, sample_weight=weight)
        assert slopes == pytest.approx(theirs.coef_.T, abs=1e-10)
        assert bias == pytest.approx(theirs.intercept_, abs=1e-10)

    def test_the_scale_of_the_weights_does_not_matter_without_ridge(self, sample):
        masks, weight, values = sample
        _, once = linear_map(masks, weight).fit(values)
        _, more = linear_map(masks, 1e-7 * weight).fit(values)
        assert more == pytest.approx(once, abs=1e-10)

    def test_a_component_that_never_varies_weighs_nothing(self, sample):
        masks, weight, values = sample
        masks[:, 2] = True
        bias, slopes = linear_map(masks, weight).fit(values)
        others = [0, 1, 3, 4]
        expected_bias, expected = oracles.least_squares(rows(masks[:, others]), weight, values)
        assert slopes[2] == pytest.approx([0.0, 0.0], abs=1e-12)
        assert slopes[others] == pytest.approx(expected, abs=1e-11)
        assert bias == pytest.approx(expected_bias, abs=1e-11)

    def test_twins_share(self, sample):
        masks, weight, values = sample
        masks[:, 4] = masks[:, 0]
        _, slopes = linear_map(masks, weight).fit(values)
        assert slopes[0] == pytest.approx(slopes[4], abs=1e-11)

    def test_no_component_leaves_the_mean(self, sample):
        _, weight, values = sample
        bias, slopes = linear_map(np.zeros((30, 0), dtype=bool), weight).fit(values)
        assert bias == pytest.approx(np.average(values, axis=0, weights=weight))
        assert slopes.shape == (0, 2)


class TestErrors:
    @pytest.mark.parametrize("ridge", [0.0, 0.7])
    def test_leaving_one_out_is_a_refit_without_it(self, sample, ridge):
        masks, weight, values = sample
        found = leave_one_out(linear_map(masks, weight, ridge=ridge), masks, values)
        for k in range(len(masks)):
            others = np.arange(len(masks)) != k
            bias, slopes = oracles.least_squares(rows(masks[others]), weight[others], values[others], ridge)
            assert found[k] == pytest.approx(values[k] - bias - masks[k] @ slopes, abs=1e-10)

    def test_the_sandwich(self, sample):
        masks, weight, values = sample
        residuals = np.random.default_rng(1).normal(size=values.shape)
        found = sandwich(linear_map(masks, weight), residuals)
        design = np.column_stack([np.ones(30), masks])
        bread = np.linalg.inv(sum(w * np.outer(row, row) for w, row in zip(weight, design, strict=True)))
        for target in range(2):
            meat = sum(
                (w * r) ** 2 * np.outer(row, row)
                for w, r, row in zip(weight, residuals[:, target], design, strict=True)
            )
            assert found[:, target] == pytest.approx(np.sqrt(np.diag(bread @ meat @ bread))[1:], abs=1e-12)
