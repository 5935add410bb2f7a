"""Laws over masks: their shares against plain formulas, their draws against their shares."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.errors import InputError
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.law import as_law, expected_counts, shares
from ner_lime.lime.masks import all_masks, draw_distinct, first_seen, hide_random
from ner_lime.lime.shapley import Shapley

LAWS = [
    (Bernoulli(), lambda mask: oracles.bernoulli_share(mask, 0.7)),
    (Bernoulli(keep=0.2), lambda mask: oracles.bernoulli_share(mask, 0.2)),
    (Cosine(), lambda mask: oracles.cosine_share(mask, 0.25)),
    (Cosine(width=1.5), lambda mask: oracles.cosine_share(mask, 1.5)),
    (UniformCount(), lambda mask: oracles.uniform_count_share(mask, -(-7 * len(mask) // 10))),
    (UniformCount(0.31), lambda mask: oracles.uniform_count_share(mask, -(-31 * len(mask) // 100))),
    (UniformCount(1.0, rbf_sigma=0.3), lambda mask: oracles.uniform_count_share(mask, len(mask), 0.3)),
]


class TestShares:
    @pytest.mark.parametrize("n_components", [2, 5, 8])
    @pytest.mark.parametrize(("neighbourhood", "share"), LAWS)
    def test_every_mask_has_its_share(self, neighbourhood, share, n_components):
        masks = oracles.masks_of(n_components)
        expected = np.array([share(mask) for mask in masks])
        found = shares(neighbourhood, oracles.as_array(masks))
        assert found == pytest.approx(expected / expected.sum(), abs=1e-14)
        assert as_law(neighbourhood) is neighbourhood

    @pytest.mark.parametrize("neighbourhood", [n for n, _ in LAWS])
    def test_one_component_is_seen_or_hidden_both_alike(self, neighbourhood):
        assert shares(neighbourhood, all_masks(1)).tolist() == [0.5, 0.5]

    @pytest.mark.parametrize(
        "neighbourhood", [*(n for n, _ in LAWS), Shapley()], ids=lambda n: getattr(n, "__name__", repr(n)[:40])
    )
    def test_draws_come_as_often_as_they_should(self, neighbourhood):
        n, masks = 40_000, all_masks(4)
        drawn = neighbourhood.draw(np.random.default_rng(3), n, 4)
        counts = (drawn @ (1 << np.arange(4)))[:, None] == np.arange(16)
        expected = neighbourhood.probability(masks)
        assert expected.sum() == pytest.approx(1.0)
        spread = np.sqrt(expected * (1 - expected) / n)
        assert (np.abs(counts.mean(axis=0) - expected) <= 4.5 * spread).all()

    def test_a_subset_of_a_size_is_as_likely_as_any_other(self):
        counts = np.full(30_000, 2)
        drawn = hide_random(np.random.default_rng(0), counts, 5)
        assert (drawn.sum(axis=1) == 3).all()
        seen, times = np.unique(drawn, axis=0, return_counts=True)
        assert len(seen) == 10
        assert np.abs(times / 3000 - 1).max() < 0.1

    def test_the_shapley_law_mixes_all_keep_rates(self):
        masks = oracles.masks_of(5)
        at, weight = np.polynomial.legendre.leggauss(6)
        mixed = [
            sum(w / 2 * oracles.bernoulli_share(m, (x + 1) / 2) for x, w in zip(at, weight, strict=True)) for m in masks
        ]
        assert shares(Shapley(), oracles.as_array(masks)) == pytest.approx(np.array(mixed), abs=1e-14)


class TestRefused:
    @pytest.mark.parametrize("keep", [0.0, 1e-300, 1.0, 1.0 - 1e-16, -0.1, 1.1, float("nan"), "0.7", None])
    def test_keep_rates(self, keep):
        with pytest.raises(InputError, match=r"keep-rate from 0\.001 to 0\.999"):
            Bernoulli(keep)

    @pytest.mark.parametrize("width", [0.0, -1.0, float("nan")])
    def test_widths(self, width):
        with pytest.raises(InputError, match="width above 0"):
            Cosine(width)
        with pytest.raises(InputError, match="rbf_sigma above 0"):
            UniformCount(rbf_sigma=width)

    @pytest.mark.parametrize("share", [0.0, 1.01, -1.0])
    def test_shares_replaced(self, share):
        with pytest.raises(InputError, match="max_replace"):
            UniformCount(share)


class TestSets:
    def test_all_masks_are_all(self):
        masks = all_masks(6)
        assert sorted(map(tuple, masks.astype(int).tolist())) == oracles.masks_of(6)
        assert masks[-1].all()
        assert all_masks(0).shape == (1, 0)

    @pytest.mark.parametrize("n_components", [3, 8, 9, 70])
    def test_the_first_of_equal_rows(self, n_components):
        rng = np.random.default_rng(1)
        pool = rng.random((12, n_components)) < 0.5
        rows = [tuple(row) for row in pool[rng.integers(0, 12, 60)].tolist()]
        expected = [k for k, row in enumerate(rows) if row not in rows[:k]]
        assert first_seen(np.array(rows)).tolist() == expected

    def test_draws_differ_from_each_other_and_from_the_known(self):
        known = np.ones((1, 10), dtype=bool)
        drawn, counts, came, n_draws = draw_distinct(Bernoulli(), np.random.default_rng(0), 300, 10, known=known)
        assert drawn.shape == (300, 10)
        assert n_draws >= 300
        assert (np.diff(came) > 0).all()
        assert came[-1] == n_draws - 1
        assert counts.sum() == n_draws
        assert len(np.unique(np.concatenate([known, drawn]), axis=0)) == 301

    def test_draws_are_counted_up_to_the_last_one_that_was_wanted(self):
        class Script:
            rows = iter(np.array([[0, 1], [0, 1], [1, 1], [0, 0], [1, 0], [1, 0]] * 6, dtype=bool))

            def draw(self, _rng, n, _n_components):
                return np.array([next(self.rows) for _ in range(n)])

        drawn, counts, came, n_draws = draw_distinct(Script(), None, 2, 2, known=np.ones((1, 2), dtype=bool))
        assert drawn.astype(int).tolist() == [[0, 1], [0, 0]]
        assert n_draws == 4
        assert counts.tolist() == [1, 2, 1]
        assert came.tolist() == [0, 3]

    def test_a_law_that_has_no_more_gives_what_it_has(self):
        drawn, counts, came, n_draws = draw_distinct(
            Bernoulli(0.5), np.random.default_rng(0), 100, 3, known=np.ones((1, 3), dtype=bool)
        )
        assert len(np.unique(drawn, axis=0)) == len(drawn) == 7
        assert n_draws > 100
        assert came.max() < n_draws
        assert counts.sum() == n_draws


class TestCounts:
    def test_a_mask_that_came_is_expected_as_often_as_in_repeated_draws(self):
        """Simulated: how often a mask comes in 12 draws, over the runs in which it came."""
        neighbourhood, masks = Bernoulli(0.7), all_masks(3)
        drawn = neighbourhood.draw(np.random.default_rng(0), 12 * 20_000, 3) @ (1 << np.arange(3))
        times = (drawn.reshape(20_000, 12)[:, :, None] == np.arange(8)).sum(axis=1)
        expected = [times[times[:, k] > 0, k].mean() for k in range(8)]
        assert expected_counts(neighbourhood.probability(masks), 12) == pytest.approx(expected, rel=0.03)

    def test_few_draws_of_many_masks_come_once_each(self):
        masks = Bernoulli(0.5).draw(np.random.default_rng(0), 5, 60)
        assert expected_counts(Bernoulli(0.5).probability(masks), 100) == pytest.approx(np.ones(5))

    def test_many_draws_come_as_the_law_says(self):
        masks = all_masks(4)
        counts = expected_counts(Bernoulli().probability(masks), 10**6)
        assert counts / counts.sum() == pytest.approx(shares(Bernoulli(), masks))

    def test_what_is_never_drawn_came_once(self):
        masks = np.array([[True, True, True], [False, True, True]])
        assert expected_counts(Cosine().probability(masks), 30)[0] == 1.0
        assert expected_counts(Bernoulli().probability(masks), 0).tolist() == [1.0, 1.0]
