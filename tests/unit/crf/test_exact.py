"""The merged-message programme against the sum over all masks, on random chains of every window."""

from __future__ import annotations

from functools import partial

import numpy as np
import oracles
import pytest
from chains import random_chain

from ner_lime.crf import exact, messages
from ner_lime.crf.entries import Emissions, Law
from ner_lime.crf.exact import expectations
from ner_lime.crf.masked import MaskedLattice
from ner_lime.errors import IntractableError
from ner_lime.lime.shapley import keep_rates

EXACT = 1e-9


def marginals_by_hand(chain, masks):
    """(n, T, L): the bits around each token, read as a number with the first one highest."""
    w, length = chain.window, len(chain.table)
    scores = np.zeros((len(masks), length, chain.table.shape[2]))
    for k, mask in enumerate(masks):
        for t in range(length):
            bits = [mask[j] if 0 <= j < length else 1 for j in range(t - w, t + w + 1)]
            scores[k, t] = chain.table[t, int("".join(map(str, bits)), 2)]
    return oracles.chain_marginals(scores, chain.transitions)


def largest_difference(found, masks, values, keep, positions, *, target_kept=False):
    worst = 0.0
    for row, position in enumerate(positions):
        target = position if target_kept else None
        mean, effects, second = oracles.product_moments(masks, values[:, position], keep, target)
        worst = max(
            worst,
            np.abs(found.mean[row] - mean).max(),
            np.abs(found.effects[row] - effects).max(),
            np.abs(found.second[row] - second).max(),
        )
    return worst


class TestAgainstAllMasks:
    @pytest.mark.parametrize("window", [0, 1, 2, 3])
    @pytest.mark.parametrize("length", [1, 2, 3, 5, 8])
    @pytest.mark.parametrize("target_kept", [False, True])
    def test_every_window_and_length(self, window, length, target_kept):
        chain, masks = random_chain(window, length), oracles.masks_of(length)
        values = marginals_by_hand(chain, masks)
        for keep in (0.5, 0.7):
            (found,) = expectations(chain, [Law(keep, EXACT)], target_kept=target_kept)
            assert largest_difference(found, masks, values, keep, range(length), target_kept=target_kept) <= 1e-10

    @pytest.mark.parametrize("keep", [0.02, 0.98])
    def test_keep_rates_near_the_ends(self, keep):
        chain, masks = random_chain(1, 6), oracles.masks_of(6)
        (found,) = expectations(chain, [Law(keep, EXACT)])
        assert largest_difference(found, masks, marginals_by_hand(chain, masks), keep, range(6)) <= 1e-10

    def test_strong_potentials(self):
        """Messages that forget nothing and labels that are next to certain."""
        chain, masks = random_chain(1, 7, scale=12.0), oracles.masks_of(7)
        (found,) = expectations(chain, [Law(0.7, EXACT)])
        assert largest_difference(found, masks, marginals_by_hand(chain, masks), 0.7, range(7)) <= 1e-10

    @pytest.mark.parametrize("positions", [[4], [0], [6], [5, 1], [3, 3, 2]])
    def test_only_some_positions(self, positions):
        chain, masks = random_chain(1, 7), oracles.masks_of(7)
        values = marginals_by_hand(chain, masks)
        (found,) = expectations(chain, [Law(0.7, EXACT)], positions=np.array(positions))
        assert found.mean.shape == (len(positions), 3)
        assert largest_difference(found, masks, values, 0.7, positions) <= 1e-10

    def test_a_chain_without_transitions_is_local(self):
        """Each word then depends on its own window only, and so do the effects."""
        chain = random_chain(1, 9)
        chain = Emissions(chain.table, np.zeros((3, 3)), 1)
        (found,) = expectations(chain, [Law(0.7, EXACT)])
        for t in range(9):
            far = [j for j in range(9) if abs(j - t) > 1]
            assert np.abs(found.effects[t][:, far]).max() <= 1e-12

    def test_effects_add_up_to_nothing_over_labels(self):
        (found,) = expectations(random_chain(2, 30), [Law(0.7, 0.05)])
        assert np.abs(found.effects.sum(axis=1)).max() <= 1e-9
        assert found.mean.sum(axis=1) == pytest.approx(np.ones(30), abs=1e-12)
        assert found.second.sum(axis=2) == pytest.approx(found.mean, abs=1e-9)


class TestWidths:
    @pytest.mark.parametrize("window", [0, 1, 2, 3])
    def test_several_at_once_are_what_each_is_alone(self, window):
        """Coarse laws share their arrays, in groups whose size depends on the window."""
        chain = random_chain(window, 12)
        laws = [Law(keep, width) for width in (0.08, 0.04, 0.01) for keep in (0.2, 0.7, 0.9)]
        together = expectations(chain, laws)
        assert len(together) == len(laws)
        for found, law in zip(together, laws, strict=True):
            (alone,) = expectations(chain, [law])
            # lags that nobody leans on any more are dropped by the finest width of the pass
            assert np.abs(found.effects - alone.effects).max() <= 1e-4
            assert np.abs(found.mean - alone.mean).max() <= 1e-12
            assert found.max_entries == alone.max_entries

    def test_finer_is_closer(self):
        chain, masks = random_chain(1, 10), oracles.masks_of(10)
        values = marginals_by_hand(chain, masks)
        widths = [1.6, 0.4, 0.1, 0.025]
        errors = [
            largest_difference(found, masks, values, 0.7, range(10))
            for found in expectations(chain, [Law(0.7, width) for width in widths])
        ]
        assert errors == sorted(errors, reverse=True)
        assert errors[-1] <= 1e-3

    def test_too_fine_for_the_memory(self, monkeypatch):
        monkeypatch.setattr(messages, "MAX_COVARIANCES", 20_000)
        with pytest.raises(IntractableError, match="to be merged"):
            expectations(random_chain(1, 40), [Law(0.7, 1e-9)])

    def test_too_fine_for_the_time(self, monkeypatch):
        monkeypatch.setattr(exact, "MAX_PRODUCTS", 200_000)
        expectations(random_chain(1, 40), [Law(0.7, 0.1)])
        with pytest.raises(IntractableError, match="to be paired"):
            expectations(random_chain(1, 40), [Law(0.7, 1e-3)])

    def test_scores_too_far_apart(self):
        """Where both sides are sure of different labels, what they agree on is next to nothing."""
        chain = random_chain(1, 9, scale=150.0)
        with pytest.raises(IntractableError, match="differ by too much for floating-point"):
            expectations(chain, [Law(0.7, 0.1)])

    def test_long_chains_are_finite(self):
        (found,) = expectations(random_chain(1, 400, scale=3.0), [Law(0.7, 0.2)], positions=np.array([0, 200, 399]))
        assert np.isfinite(found.effects).all()
        assert found.mean.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-9)


class TestTolerance:
    def lattice(self, *shape, **more):
        return MaskedLattice(("a", "b", "c"), random_chain(*shape, **more))

    @pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-6])
    def test_the_effects_are_within_what_was_asked(self, tolerance):
        masked = self.lattice(1, 9)
        masks = oracles.masks_of(9)
        values = marginals_by_hand(masked.emissions, masks)
        found = masked.moments(oracles.always(0.7), tolerance=tolerance, positions=range(9))
        assert found.tolerance <= tolerance
        worst = largest_difference(found, masks, values, 0.7, range(9))
        assert worst <= tolerance

    @pytest.mark.parametrize("tolerance", [1e-3, 1e-6, 1e-9])
    def test_a_mixture_of_laws(self, tolerance):
        """The mean over all keep-rates: Shapley values."""
        masked = self.lattice(1, 9)
        masks = oracles.masks_of(9)
        values = marginals_by_hand(masked.emissions, masks)
        found = masked.moments(partial(keep_rates, 9), tolerance=tolerance, positions=range(9))
        assert found.tolerance <= tolerance
        for position in range(9):
            expected = oracles.shapley_by_subsets(masks, values[:, position])
            assert np.abs(found.effects[position].T - expected).max() <= max(tolerance, 1e-10)

    def test_what_the_memory_allows_is_stated(self, monkeypatch):
        masked = self.lattice(1, 30)
        finer = masked.moments(oracles.always(0.7), tolerance=1e-6, positions=[15])
        monkeypatch.setattr(messages, "MAX_COVARIANCES", 4_000)
        found = masked.moments(oracles.always(0.7), tolerance=1e-6, positions=[15])
        assert found.tolerance > 1e-6
        assert np.abs(found.effects - finer.effects).max() <= found.tolerance
