"""Regions are small where they must be, never mix cells, and are no more than needed."""

from __future__ import annotations

import numpy as np
import pytest

from ner_lime.crf.quantisation import bisect


def regions(points, probability, cell, threshold):
    order, starts = bisect(points, probability, cell, np.broadcast_to(threshold, len(cell)))
    assert sorted(order.tolist()) == list(range(len(points)))
    return np.split(order, starts[1:])


def distortion(points, probability, members):
    weight = probability[members] / probability[members].sum()
    centre = weight @ points[members]
    return probability[members] @ ((points[members] - centre) ** 2).sum(axis=1)


class TestBisect:
    @pytest.mark.parametrize("threshold", [1.0, 1e-2, 1e-4, 1e-12])
    def test_no_region_is_too_large(self, threshold):
        rng = np.random.default_rng(0)
        points, probability = rng.normal(size=(400, 5)), rng.exponential(size=400) / 400
        cell = np.sort(rng.integers(0, 7, 400))
        found = regions(points, probability, cell, threshold)
        for members in found:
            assert len(set(cell[members].tolist())) == 1
            assert distortion(points, probability, members) <= threshold
        assert [cell[members[0]] for members in found] == sorted(cell[members[0]] for members in found)

    def test_equal_points_are_one_region(self):
        points = np.repeat(np.arange(4.0)[:, None], 25, axis=0)
        assert len(regions(points, np.full(100, 0.01), np.zeros(100, int), 0.0)) == 4

    def test_what_is_improbable_is_not_told_apart(self):
        rng = np.random.default_rng(0)
        points = np.concatenate([rng.normal(size=(50, 3)), rng.normal(size=(50, 3))])
        probability = np.repeat([1 / 50, 1e-9], 50)
        found = regions(points, probability, np.repeat([0, 1], 50), 1e-4)
        assert sum(members.max() < 50 for members in found) > 40
        assert sum(members.min() >= 50 for members in found) == 1

    @pytest.mark.parametrize("probabilities", [(1.0, 1e-12), (1e-12, 1.0), (1.0, 1e-300)])
    def test_a_mean_that_rounds_to_a_point(self, probabilities):
        """Far points of next to no probability are told apart, or left, and never looked at for ever."""
        points = np.array([[0.0], [1e5]])
        for swapped in (points, points[::-1].copy()):
            found = regions(swapped, np.array(probabilities), np.zeros(2, int), 1e-9)
            assert len(found) == (1 if min(probabilities) < 1e-100 else 2)

    def test_each_cell_has_its_own_threshold(self):
        points, cell = np.tile(np.linspace(0, 1, 20)[:, None], (2, 1)), np.repeat([0, 1], 20)
        found = regions(points, np.full(40, 0.05), cell, np.repeat([10.0, 1e-9], 20))
        assert [len(members) for members in found] == [20, *[1] * 20]
