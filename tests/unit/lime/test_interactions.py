"""Pair interactions from all masks, against mixed second differences one by one."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.interactions import enumerated_interactions
from ner_lime.lime.law import shares

MASKS = oracles.masks_of(5)


@pytest.mark.parametrize("keep", [0.5, 0.7])
def test_mixed_second_differences(keep):
    values = np.random.default_rng(0).normal(size=(32, 2))
    masks = oracles.as_array(MASKS)
    found = enumerated_interactions(masks, shares(Bernoulli(keep), masks), values)
    for i in range(5):
        for j in range(5):
            expected = oracles.pair_interaction(MASKS, values, i, j, keep) if i != j else np.zeros(2)
            assert found[i, j] == pytest.approx(expected, abs=1e-12)


def test_words_that_only_add_up_do_not_interact_and_an_and_does():
    masks = oracles.as_array(MASKS)
    values = (masks @ np.arange(1.0, 6.0) + 3.0 * masks[:, 1] * masks[:, 3])[:, None]
    found = enumerated_interactions(masks, shares(Bernoulli(0.7), masks), values)[:, :, 0]
    expected = np.zeros((5, 5))
    expected[1, 3] = expected[3, 1] = 3.0
    assert found == pytest.approx(expected, abs=1e-11)
