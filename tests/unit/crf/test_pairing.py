"""What merging leaves out of every mean and effect is estimated, against the sum over all masks."""

from __future__ import annotations

import numpy as np
import pytest
from chains import random_chain, true_moments

from ner_lime.crf.entries import Law
from ner_lime.crf.exact import expectations
from ner_lime.crf.refinement import SAFETY, dependence_left_out


class TestSizes:
    @pytest.mark.parametrize("keep", [0.05, 0.7, 0.97])
    @pytest.mark.parametrize("scale", [1.0, 4.0, 10.0])
    @pytest.mark.parametrize(("window", "length"), [(0, 8), (1, 7), (2, 7)])
    def test_they_cover_the_error(self, window, length, scale, keep):
        for seed, target_kept in enumerate([False, True]):
            chain = random_chain(window, length, scale=scale, seed=seed)
            mean, effects, _ = true_moments(chain, keep, target_kept=target_kept)
            for width in (0.1, 0.02):
                (found,) = expectations(chain, [Law(keep, width)], target_kept=target_kept)
                stated = SAFETY * found.sizes.max() + dependence_left_out(width)
                assert max(np.abs(found.mean - mean).max(), np.abs(found.effects - effects).max()) <= stated

    def test_they_are_near_the_error(self):
        """The median of a chain of average steepness: an estimate, not a loose bound."""
        ratios = []
        for seed in range(12):
            chain = random_chain(1, 8, scale=2.0, seed=seed)
            mean, effects, _ = true_moments(chain, 0.7)
            (found,) = expectations(chain, [Law(0.7, 0.05)])
            error = max(np.abs(found.mean - mean).max(), np.abs(found.effects - effects).max())
            ratios.append(found.sizes.max() / error)
        assert 0.5 <= np.median(ratios) <= 5.0

    def test_they_shrink_with_the_square_of_the_width(self):
        chain = random_chain(1, 14)
        sizes = [found.sizes.max() for found in expectations(chain, [Law(0.7, width) for width in (0.08, 0.02, 0.005)])]
        assert sizes[0] > 3.0 * sizes[1] > 9.0 * sizes[2]

    def test_second_moments_keep_what_merging_spreads(self):
        chain = random_chain(1, 8)
        mean, _, second = true_moments(chain, 0.7)
        (found,) = expectations(chain, [Law(0.7, 0.1)])
        variance, expected = (np.einsum("pll->pl", s) - mean**2 for s in (found.second, second))
        assert np.abs(variance - expected).max() <= 0.02 * expected.max()
