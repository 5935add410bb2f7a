"""Forward-backward against the sum over all label sequences."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.crf import lattice


def chain(n, length, n_labels, *, scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return scale * rng.normal(size=(n, length, n_labels)), scale * rng.normal(size=(n_labels, n_labels))


SHAPES = [(1, 1, 1), (3, 1, 3), (2, 2, 4), (4, 5, 3), (2, 7, 2)]


class TestMarginals:
    @pytest.mark.parametrize(("n", "length", "n_labels"), SHAPES)
    @pytest.mark.parametrize("scale", [1.0, 20.0])
    def test_all_label_sequences(self, n, length, n_labels, scale):
        emissions, transitions = chain(n, length, n_labels, scale=scale)
        found = lattice.marginals(emissions, transitions)
        expected = np.array([oracles.path_marginals(one, transitions) for one in emissions])
        assert found == pytest.approx(expected, abs=1e-12)

    def test_scores_too_wide_for_a_float(self):
        """A forbidden transition, and emissions whose exponentials are 0 and infinite."""
        emissions, transitions = chain(3, 5, 3, scale=400.0)
        transitions[0, 1] = -2000.0
        assert np.ptp(transitions) > lattice.MAX_RANGE
        found = lattice.marginals(emissions, transitions)
        expected = np.array([oracles.path_marginals(one, transitions) for one in emissions])
        assert found == pytest.approx(expected, abs=1e-9)

    def test_both_ways_of_summing_agree(self):
        emissions, transitions = chain(5, 30, 4, scale=3.0)
        found = lattice.marginals(emissions, transitions)
        assert lattice._log_marginals(emissions, transitions) == pytest.approx(found, abs=1e-12)
        assert oracles.chain_marginals(emissions, transitions) == pytest.approx(found, abs=1e-12)

    def test_a_constant_added_to_a_word_or_to_all_transitions_changes_nothing(self):
        emissions, transitions = chain(2, 4, 3)
        found = lattice.marginals(emissions, transitions)
        moved = lattice.marginals(emissions + np.array([[[7.0]], [[-300.0]]]), transitions + 50.0)
        assert moved == pytest.approx(found, abs=1e-12)

    def test_thousands_of_words(self):
        emissions, transitions = chain(1, 5000, 3, scale=5.0)
        found = lattice.marginals(emissions, transitions)
        assert found.sum(axis=2) == pytest.approx(np.ones((1, 5000)))
        middle = lattice.marginals(emissions[:, 2000:3000], transitions)
        assert found[0, 2500] == pytest.approx(middle[0, 500], abs=1e-12)

    def test_nothing(self):
        assert lattice.marginals(np.zeros((0, 4, 3)), np.zeros((3, 3))).shape == (0, 4, 3)
        assert lattice.marginals(np.zeros((2, 0, 3)), np.zeros((3, 3))).shape == (2, 0, 3)


class TestPartition:
    @pytest.mark.parametrize(("n", "length", "n_labels"), SHAPES)
    def test_all_label_sequences(self, n, length, n_labels):
        emissions, transitions = chain(n, length, n_labels, scale=3.0)
        expected = [oracles.log_partition(one, transitions) for one in emissions]
        assert lattice.log_partition(emissions, transitions) == pytest.approx(expected, abs=1e-10)

    def test_no_words(self):
        assert lattice.log_partition(np.zeros((2, 0, 3)), np.zeros((3, 3))).tolist() == [0.0, 0.0]


class TestSpans:
    @pytest.mark.parametrize("stop", [None, 0, 2])
    @pytest.mark.parametrize(
        ("start", "labels"), [(0, [1]), (0, [1, 2]), (2, [1, 2, 2]), (4, [2]), (3, [0, 1]), (0, [1, 2, 2, 0, 1])]
    )
    def test_all_label_sequences(self, start, labels, stop):
        emissions, transitions = chain(4, 5, 3, scale=2.0, seed=start)
        found = lattice.span_probability(emissions, transitions, start, labels, stop)
        expected = [oracles.path_span(one, transitions, start, labels, stop) for one in emissions]
        assert found == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize("stop", [None, [0], [0, 2]])
    @pytest.mark.parametrize(("start", "labels"), [(0, [[1, 2]]), (1, [[0, 2], [1], [1, 2]]), (3, [[0, 1, 2], [2]])])
    def test_any_of_several_labels(self, start, labels, stop):
        emissions, transitions = chain(4, 5, 3, scale=2.0, seed=start)
        found = lattice.span_probability(emissions, transitions, start, labels, stop)
        end, expected = start + len(labels), []
        for one in emissions:
            paths, weights = oracles.path_weights(one, transitions)
            inside = [all(p[start + k] in among for k, among in enumerate(labels)) for p in paths]
            follows = [end < len(p) and stop is not None and p[end] in stop for p in paths]
            expected.append(weights[np.array(inside) & ~np.array(follows)].sum())
        assert found == pytest.approx(np.array(expected), abs=1e-12)

    def test_one_word_without_a_stop_is_its_marginal(self):
        emissions, transitions = chain(3, 6, 4)
        found = lattice.span_probability(emissions, transitions, 3, [2], None)
        assert found == pytest.approx(lattice.marginals(emissions, transitions)[:, 3, 2], abs=1e-13)

    def test_a_long_span_in_a_long_text(self):
        emissions, transitions = chain(2, 2000, 3, scale=2.0)
        whole = lattice.span_probability(emissions, transitions, 1000, [1, 2, 2], 2)
        near = lattice.span_probability(emissions[:, 900:1100], transitions, 100, [1, 2, 2], 2)
        assert whole == pytest.approx(near, rel=1e-9)
