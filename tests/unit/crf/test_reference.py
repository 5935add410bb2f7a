"""The metric in which messages are compared: a label counts as much as its share can be."""

from __future__ import annotations

import numpy as np
import pytest

from ner_lime.crf.reference import coordinates, references


class TestCoordinates:
    def test_where_nothing_varies_it_is_fishers_metric(self):
        shares = np.random.default_rng(0).dirichlet(np.ones(4), size=9)
        found = coordinates(shares, np.zeros_like(shares))
        expected = 2.0 * np.arcsin(np.sqrt(shares))
        assert np.diff(found, axis=0) == pytest.approx(np.diff(expected, axis=0), abs=1e-12)

    def test_what_can_matter_counts_as_if_it_did(self):
        """Within two standard deviations of even odds, the coordinate has the slope of even odds: half the log odds."""
        shares = np.array([[0.001, 0.999], [0.01, 0.99], [0.05, 0.95]])
        found = coordinates(shares, np.full_like(shares, 4.0))
        odds = np.log(shares / (1.0 - shares))
        assert np.diff(found, axis=0) == pytest.approx(np.diff(odds, axis=0) / 2.0, abs=1e-12)

    def test_what_never_matters_does_not_count(self):
        shares = np.array([[1e-12, 1.0 - 1e-12], [1e-9, 1.0 - 1e-9]])
        assert np.abs(np.diff(coordinates(shares, np.full_like(shares, 0.5)), axis=0)).max() < 1e-3


class TestReferences:
    def test_a_chain_that_no_mask_changes(self):
        """Then there is one b a word, the potential times the message from the other side, and no spread."""
        rng = np.random.default_rng(0)
        local, step = np.exp(rng.normal(size=(5, 3))), np.exp(rng.normal(size=(3, 3)))
        potentials = np.repeat(np.repeat(local[:, None, None], 2, axis=1), 8, axis=2)
        potentials[:, 1] = potentials[::-1, 0]
        found = references(potentials, (step, step.T), 1, np.array([0.7]))
        backward = [np.ones(3)]
        for t in range(4, 0, -1):
            backward.append(step @ (local[t] * backward[-1]))
        expected = local * backward[::-1]
        expected /= expected.max(axis=1, keepdims=True)
        assert found.weights[:, 0] == pytest.approx(np.repeat(expected[:, None], 4, axis=1), abs=1e-9)
        assert found.spread == pytest.approx(np.zeros_like(found.spread), abs=1e-9)
