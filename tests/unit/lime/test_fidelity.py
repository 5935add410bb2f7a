"""Fidelity against sums over the masks one by one."""

from __future__ import annotations

from math import log

import numpy as np
import oracles
import pytest

from ner_lime.lime.fidelity import MIN_PROBABILITY, half_widths, measure
from ner_lime.lime.law import shares
from ner_lime.lime.masks import all_masks
from ner_lime.lime.question import Question, position_shares
from ner_lime.lime.shapley import Shapley


@pytest.fixture
def answers():
    """20 masks of 3 components, weights, answers of 2 positions and 3 labels, and coefficients."""
    rng = np.random.default_rng(7)
    masks = rng.random((20, 3)) < 0.5
    values = rng.dirichlet(np.ones(3), size=(20, 2))
    return masks, rng.random(20), values, rng.random((2, 3)) * 0.4, rng.normal(size=(2, 3, 3)) * 0.2


def agreement(masks, share, values, bias, weights):
    """With the same share of a mask at every position, or one for each."""
    by_position = share if share.ndim == 2 else np.repeat(share[:, None], values.shape[1], axis=1)
    return measure(masks, by_position, values, bias, weights, measured_on="these")


def one_by_one(masks, share, values, bias, weights, p):
    """KL divergence and agreement on the best label at one position."""
    kl = same = 0.0
    for mask, s, truth in zip(masks, share / share.sum(), values[:, p], strict=True):
        guess = [bias[p, m] + sum(weights[p, m, j] * mask[j] for j in range(3)) for m in range(3)]
        clipped = [min(max(g, MIN_PROBABILITY), 1.0) for g in guess]
        kl += s * sum(t * log(t / (c / sum(clipped))) for t, c in zip(truth, clipped, strict=True) if t > 0)
        same += s * (int(np.argmax(guess)) == int(np.argmax(truth)))
    return kl, same


def test_every_figure(answers):
    masks, share, values, bias, weights = answers
    found = agreement(masks, share, values, bias, weights)
    rows = [tuple(row) for row in masks.astype(int).tolist()]
    for p in range(2):
        kl, same = one_by_one(masks, share, values, bias, weights, p)
        assert found.kl[p] == pytest.approx(kl, abs=1e-12)
        assert found.top1[p] == pytest.approx(same, abs=1e-12)
        for label in range(3):
            expected = oracles.r_squared(rows, share, values[:, p, label], bias[p, label], weights[p, label])
            assert found.r2[p, label] == pytest.approx(expected, abs=1e-12)


def test_combinations_of_labels_follow(answers):
    masks, share, values, bias, weights = answers
    found = agreement(masks, share, values, bias, weights)
    rows = [tuple(row) for row in masks.astype(int).tolist()]
    c = np.array([0.0, 1.0, -1.0])
    expected = oracles.r_squared(rows, share, values[:, 1] @ c, bias[1] @ c, c @ weights[1])
    assert 1 - (c @ found.residual[1] @ c) / (c @ found.variance[1] @ c) == pytest.approx(expected, abs=1e-12)


def test_each_position_may_have_weights_of_its_own(answers):
    masks, share, values, bias, weights = answers
    both = np.column_stack([share, share * masks[:, 1]])
    found = agreement(masks, both, values, bias, weights)
    for p in range(2):
        alone = agreement(masks, both[:, p], values, bias, weights)
        assert found.kl[p] == pytest.approx(alone.kl[p])
        assert found.top1[p] == pytest.approx(alone.top1[p])
        assert found.r2[p] == pytest.approx(alone.r2[p])


def test_a_surrogate_that_is_right_has_nothing_left():
    masks = oracles.as_array(oracles.masks_of(3))
    weights = np.array([[[0.1, 0.05, 0.0], [-0.1, -0.05, 0.0]]])
    bias = np.array([[0.3, 0.7]])
    values = bias + np.einsum("nj,plj->npl", masks, weights)
    found = agreement(masks, np.ones(8), values, bias, weights)
    assert found.r2 == pytest.approx(np.ones((1, 2)))
    assert found.kl == pytest.approx([0.0], abs=1e-12)
    assert found.top1 == pytest.approx([1.0])


def test_certain_answers_have_a_finite_divergence_and_a_constant_no_fit():
    masks = oracles.as_array(oracles.masks_of(2))
    values = np.tile([1.0, 0.0], (4, 1, 1))
    found = agreement(masks, np.ones(4), values, np.array([[-0.2, 1.2]]), np.zeros((1, 2, 2)))
    assert np.isfinite(found.kl).all()
    assert found.kl[0] > 1.0
    assert found.r2.tolist() == [[0.0, 0.0]]


def test_values_that_are_no_distribution_have_no_divergence(answers):
    masks, share, values, bias, weights = answers
    by_position = np.repeat(share[:, None], 2, axis=1)
    found = measure(masks, by_position, values * 100, bias, weights, measured_on="these", is_distribution=False)
    assert np.isnan(found.kl).all()
    assert np.isnan(found.top1).all()
    assert np.isfinite(found.r2).all()
    assert (found.n_masks, found.measured_on) == (20, "these")


def test_with_the_target_kept_the_others_follow_their_own_law():
    """Sizes of Shapley's masks among the other words are alike, as they would be without the target."""
    masks, n = all_masks(5), 5
    question = Question(
        function=lambda masks: np.zeros((len(masks), 1, 2)),
        n_components=n,
        law=Shapley(),
        centres=np.array([2]),
        target_kept=True,
    )
    share = position_shares(shares(Shapley(), masks), masks, question)[:, 0]
    kept = masks[:, 2]
    others = np.delete(masks[kept], 2, axis=1)
    assert not share[~kept].any()
    assert share[kept] / share.sum() == pytest.approx(shares(Shapley(), others), abs=1e-12)


class TestHalfWidths:
    def test_they_cover_the_truth(self):
        """Over samples of all masks, the truth lies within the half-width in 95 % of them."""
        rng = np.random.default_rng(0)
        masks = rng.random((20_000, 4)) < 0.7
        logits = masks @ rng.normal(size=(4, 3)) + 2.0 * (masks[:, :1] & masks[:, 1:2])
        values = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))[:, None, :]
        bias, weights = np.full((1, 3), 1 / 3), rng.normal(scale=0.1, size=(1, 3, 4))
        truth = measure(masks, np.ones((len(masks), 1)), values, bias, weights, measured_on="all")
        inside = []
        for chosen in np.split(rng.permutation(len(masks)), 200):
            some = masks[chosen], np.ones((len(chosen), 1)), values[chosen], bias, weights
            found, (kl, top1) = measure(*some, measured_on="some"), half_widths(*some)
            inside.append((abs(found.kl - truth.kl) <= kl, abs(found.top1 - truth.top1) <= top1))
        assert (np.mean(inside, axis=0) >= 0.9).all()
