"""Laws given that some components are kept, against the whole law's masks that keep them."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.conditional import conditioned_on
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.law import shares

KEPT = np.array([False, True, False, False, True, False])
MASKS = oracles.as_array(oracles.masks_of(4))


@pytest.mark.parametrize("whole", [Bernoulli(0.4), Cosine(), UniformCount(0.7), UniformCount(0.5, rbf_sigma=0.5)])
class TestGiven:
    def test_the_law_is_the_conditional_one(self, whole):
        masks = oracles.as_array(oracles.masks_of(6))
        rows = masks[:, KEPT].all(axis=1)
        expected = shares(whole, masks)[rows]
        assert shares(conditioned_on(whole, KEPT), MASKS) == pytest.approx(expected / expected.sum())

    def test_masks_are_drawn_as_often_as_it_says(self, whole):
        found = conditioned_on(whole, KEPT)
        drawn = found.draw(np.random.default_rng(0), 20_000, 4)
        assert drawn.shape == (20_000, 4)
        frequencies = [(drawn == mask).all(axis=1).mean() for mask in MASKS]
        assert frequencies == pytest.approx(found.probability(MASKS), abs=0.015)

    def test_nothing_kept_changes_nothing(self, whole):
        assert conditioned_on(whole, np.zeros(6, dtype=bool)) is whole
