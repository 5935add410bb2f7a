"""The stated error holds, for one law and for mixtures; what is out of reach is said early."""

from __future__ import annotations

from functools import partial

import numpy as np
import oracles
import pytest
from chains import random_chain, true_moments

from ner_lime.crf import messages, refinement
from ner_lime.crf.entries import Emissions, Law
from ner_lime.crf.exact import expectations
from ner_lime.crf.refinement import refine
from ner_lime.errors import IntractableError
from ner_lime.lime.shapley import keep_rates


class TestRefine:
    @pytest.mark.parametrize("scale", [0.5, 2.0, 8.0])
    @pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-5])
    def test_the_stated_error_holds(self, scale, tolerance):
        for seed, (keep, target_kept) in enumerate([(0.05, False), (0.5, True), (0.9, False), (0.97, True)]):
            chain = random_chain(1, 8, scale=scale, seed=seed)
            mean, effects, _ = true_moments(chain, keep, target_kept=target_kept)
            found, stated = refine(chain, oracles.always(keep), tolerance, np.arange(8), target_kept=target_kept)
            assert stated <= tolerance
            assert max(np.abs(found.mean - mean).max(), np.abs(found.effects - effects).max()) <= stated

    def test_joint_moments(self):
        chain = random_chain(1, 7)
        _, effects, _ = true_moments(chain, 0.6, target_kept=True)
        found, _ = refine(chain, oracles.always(0.6), 1e-6, np.arange(7), target_kept=True)
        rows = np.arange(7)
        assert found.joint[rows, :, rows] == pytest.approx(found.mean)
        assert found.joint[2, :, 4] == pytest.approx(0.6 * (found.mean[2] + 0.4 * effects[2, :, 4]), abs=1e-6)

    def test_a_mixture_is_refined_in_both_ways(self):
        chain = random_chain(0, 12, scale=2.0)
        loose, stated_loosely = refine(chain, partial(keep_rates, 12), 1e-2, np.arange(12), target_kept=False)
        tight, stated = refine(chain, partial(keep_rates, 12), 1e-6, np.arange(12), target_kept=False)
        assert stated <= 1e-6
        assert np.abs(loose.effects - tight.effects).max() <= stated_loosely

    def test_labels_that_no_marginal_shows_do_not_stop_merging(self):
        """Thirty-six of 39 labels are improbable under every mask, and their messages differ widely."""
        rng = np.random.default_rng(0)
        table = rng.normal(size=(40, 8, 39))
        table[:, :, 3:] -= 14.0
        transitions = np.where(np.arange(39) < 3, 1.0, 2.0) * rng.normal(size=(39, 39))
        (found,) = expectations(Emissions(table, transitions, 1), [Law(0.7, 0.02)])
        assert found.max_entries <= 400
        assert found.sizes.max() <= 1e-2

    def test_what_is_out_of_reach_is_refused_before_it_is_tried(self, monkeypatch):
        chain = random_chain(1, 30, 5, scale=2.0)
        monkeypatch.setattr(refinement, "MAX_PRODUCTS", 1000)
        monkeypatch.setattr(refinement, "MAX_TOLERANCE", 1e-9)
        runs = []
        monkeypatch.setattr(refinement, "expectations", lambda *a, **k: runs.append(a) or expectations(*a, **k))
        with pytest.raises(IntractableError, match=r"an error of 1e-06 would take more than"):
            refine(chain, oracles.always(0.7), 1e-6, np.arange(30), target_kept=False)
        assert len(runs) == 1


class TestParts:
    def test_a_sentence_in_parts_is_the_same(self, monkeypatch):
        chain = random_chain(1, 20)
        (whole,) = expectations(chain, [Law(0.7, 0.02)])
        monkeypatch.setattr(messages, "MAX_STORED", 5_000)
        (parts,) = expectations(chain, [Law(0.7, 0.02)])
        for name in ("mean", "effects", "second", "sizes"):
            assert np.abs(getattr(parts, name) - getattr(whole, name)).max() <= 1e-12
        assert parts.max_entries == whole.max_entries
