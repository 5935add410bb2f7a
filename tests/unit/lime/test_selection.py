"""The ways to choose a few components, each against the search that defines it."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
from sklearn.linear_model import Lasso

from ner_lime.errors import InputError
from ner_lime.lime.counts import Cosine
from ner_lime.lime.selection import select

WAYS = ["none", "highest_weights", "forward_selection", "lasso_path", "tree", "auto"]


@pytest.fixture(scope="module")
def sample():
    """200 masks of 9 components with lime's weights, and answers in which 1, 3 and 6 matter most, 3 and 6 together."""
    rng = np.random.default_rng(11)
    masks = Cosine().draw(rng, 200, 9)
    signal = 0.5 * masks[:, 1] + 0.6 * masks[:, 3] * masks[:, 6] + 0.1 * masks[:, 4]
    return masks, Cosine().weight(masks), signal + 0.05 * rng.normal(size=200)


def squared_error(masks, weight, values, chosen):
    rows = [tuple(row) for row in masks[:, chosen].astype(int).tolist()]
    bias, slopes = oracles.least_squares(rows, weight, values)
    return (weight * (values - bias[0] - masks[:, chosen] @ slopes[:, 0]) ** 2).sum()


def greedy(masks, weight, values, k):
    chosen = []
    for _ in range(k):
        rest = [j for j in range(masks.shape[1]) if j not in chosen]
        chosen.append(min(rest, key=lambda j: squared_error(masks, weight, values, [*chosen, j])))
    return sorted(chosen)


class TestWays:
    @pytest.mark.parametrize("k", [1, 2, 4, 9])
    def test_forward_selection_takes_the_least_error_each_time(self, sample, k):
        assert select(*sample, k, "forward_selection")[0] == greedy(*sample, k)

    @pytest.mark.parametrize("k", [1, 3, 5])
    def test_highest_weights_of_a_ridge_fit(self, sample, k):
        masks, weight, values = sample
        rows = [tuple(row) for row in masks.astype(int).tolist()]
        slopes = np.abs(oracles.least_squares(rows, weight, values, 0.01)[1][:, 0])
        expected = sorted(sorted(range(9), key=lambda j: -slopes[j])[:k])
        assert select(masks, weight, values, k, "highest_weights")[0] == expected

    def test_the_lasso_path_by_descending_penalties(self, sample):
        """The longest set of at most k that any penalty leaves, by coordinate descent on a fine grid."""
        masks, weight, values = sample
        root, share = np.sqrt(weight), weight / weight.sum()
        design = (masks - share @ masks) * root[:, None]
        answers = (values - share @ values) * root
        top = np.abs(design.T @ answers).max() / len(values)
        sets = []
        for penalty in top * np.geomspace(0.999, 0.02, 500):
            fitted = Lasso(alpha=penalty, fit_intercept=False, tol=1e-9, max_iter=50_000).fit(design, answers)
            sets.append(np.flatnonzero(np.abs(fitted.coef_) > 1e-9).tolist())
        for k in range(1, 7):
            longest = max((chosen for chosen in sets if len(chosen) <= k), key=len)
            assert select(masks, weight, values, k, "lasso_path")[0] == longest

    def test_a_tree_finds_what_it_splits_on(self, sample):
        masks, weight, values = sample
        assert select(masks, weight, values, 1, "tree")[0] == greedy(masks, weight, values, 1)
        for k in (2, 4, 8):
            chosen = select(masks, weight, values, k, "tree")[0]
            assert 1 <= len(chosen) <= k
        assert {1, 3, 6} <= set(select(masks, weight, values, 8, "tree")[0])

    def test_none_keeps_all(self, sample):
        assert select(*sample, 2, "none")[0] == list(range(9))

    def test_auto_is_forward_up_to_six(self, sample):
        for k, way in ((6, "forward_selection"), (7, "highest_weights")):
            assert select(*sample, k, "auto")[0] == select(*sample, k, way)[0]


class TestRefit:
    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("ridge", [0.0, 1.0])
    def test_the_chosen_are_fitted_anew(self, sample, way, ridge):
        masks, weight, values = sample
        chosen, bias, slopes = select(masks, weight, values, 3, way, ridge=ridge)
        rows = [tuple(row) for row in masks[:, chosen].astype(int).tolist()]
        expected_bias, expected = oracles.least_squares(rows, weight, values, ridge)
        assert slopes == pytest.approx(expected[:, 0], abs=1e-10)
        assert bias == pytest.approx(expected_bias[0], abs=1e-10)
        assert chosen == sorted(set(chosen))


class TestEdges:
    @pytest.mark.parametrize("way", WAYS)
    def test_more_than_there_are(self, sample, way):
        masks, weight, values = sample
        chosen, _, slopes = select(masks[:, :2], weight, values, 50, way)
        assert set(chosen) <= {0, 1}
        assert len(slopes) == len(chosen)

    @pytest.mark.parametrize("way", WAYS)
    def test_answers_that_never_change(self, sample, way):
        masks, weight, _ = sample
        chosen, bias, slopes = select(masks, weight, np.full(200, 0.25), 3, way)
        assert bias == pytest.approx(0.25)
        assert slopes == pytest.approx(np.zeros(len(chosen)), abs=1e-10)

    @pytest.mark.parametrize("way", WAYS)
    def test_a_component_that_is_always_kept(self, sample, way):
        masks, weight, values = sample
        fixed = masks.copy()
        fixed[:, 3] = True
        chosen, _, slopes = select(fixed, weight, values, 2, way)
        assert np.isfinite(slopes).all()
        if way != "none":
            assert 3 not in chosen

    def test_what_is_refused(self, sample):
        with pytest.raises(InputError, match="forward_selection, lasso_path, tree, found 'best'"):
            select(*sample, 3, "best")
        with pytest.raises(InputError, match="at least one feature, found num_features=0"):
            select(*sample, 0)
