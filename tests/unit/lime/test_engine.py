"""One chooser of engines, for laws and functions of anybody's own, against sums over all masks."""

from __future__ import annotations

from math import comb

import numpy as np
import oracles
import pytest

from ner_lime.errors import InputError
from ner_lime.explainers.sentence import NERExplainer
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine
from ner_lime.lime.engine import choose, collect, solve
from ner_lime.lime.law import DrawnLaw, as_law
from ner_lime.lime.question import Plan, Question
from ner_lime.lime.shapley import Shapley

MASKS = oracles.masks_of(9)
EVERY = oracles.as_array(MASKS)


class Halves:
    """A law of a user's own with no more than it must have: half of the components are seen, the first counts twice."""

    def draw(self, rng, n, n_components):
        order = rng.random((n, n_components)).argsort(axis=1).argsort(axis=1)
        return order < n_components // 2

    def weight(self, masks):
        return 1.0 + masks[:, 0]


def halves_share(mask):
    return (1 + mask[0]) / comb(len(mask), len(mask) // 2) if sum(mask) == len(mask) // 2 else 0.0


def table(seed=0, n_positions=2, n_targets=3):
    """Values of no distribution: a smooth function with pairs that act together, in any unit."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(n_positions, n_targets, 9))
    pairs = rng.normal(size=(n_positions, n_targets, 9, 9)) * 0.2
    z = EVERY.astype(float)
    return 20 + np.einsum("nj,pkj->npk", z, first) + np.einsum("ni,nj,pkij->npk", z, z, pairs)


def question(values, law, **more):
    numbers = 1 << np.arange(9)[::-1]
    return Question(
        function=lambda masks: values[masks @ numbers],
        n_components=9,
        law=as_law(law),
        n_positions=values.shape[1],
        is_distribution=False,
        **more,
    )


def truth(values, share):
    """Bias and weights by least squares, one target after the other."""
    found = [oracles.least_squares(MASKS, share, values[:, p]) for p in range(values.shape[1])]
    return np.array([bias for bias, _ in found]), np.array([weights.T for _, weights in found])


class TestOwnFunctions:
    @pytest.mark.parametrize("law", [Bernoulli(0.6), Cosine()])
    def test_values_of_any_unit_without_positions_or_distances(self, law):
        values = table()
        share = [
            oracles.bernoulli_share(mask, 0.6) if law == Bernoulli(0.6) else oracles.cosine_share(mask, 0.25)
            for mask in MASKS
        ]
        bias, weights = truth(values, share)
        found = solve(question(values, law), Plan(), np.random.default_rng(0))
        assert found.estimator == "all masks"
        assert found.weights == pytest.approx(weights, abs=1e-8)
        assert found.bias == pytest.approx(bias, abs=1e-8)
        assert np.isnan(found.fidelity.kl).all()

    @pytest.mark.parametrize("law", [Bernoulli(), Shapley(), Cosine()])
    def test_sampled_without_distances(self, law):
        values = table(seed=1)
        exact = solve(question(values, law), Plan(engine="exact"), np.random.default_rng(0))
        found = solve(question(values, law), Plan(engine="sample", n_samples=200), np.random.default_rng(0))
        assert found.tolerance is None
        assert np.linalg.norm(found.weights - exact.weights) < 0.05 * np.linalg.norm(exact.weights)
        assert np.mean(np.abs(found.weights - exact.weights) <= 1.96 * found.std_errors) > 0.8

    def test_one_target_kept_without_distances(self):
        values = table(n_positions=1)
        asked = question(values, Bernoulli(), centres=np.array([4]), target_kept=True)
        found = solve(asked, Plan(), np.random.default_rng(0))
        rows = EVERY[:, 4]
        others = [tuple(mask[j] for j in range(9) if j != 4) for mask in MASKS if mask[4]]
        for k in range(3):
            expected = oracles.banzhaf(others, values[rows, 0, k], 0.7)
            assert np.delete(found.weights[0, k], 4) == pytest.approx(expected, abs=1e-9)
        assert not found.weights[:, :, 4].any()


class TestOwnLaws:
    def test_draw_and_weight_are_enough(self):
        values = table(seed=2)
        bias, weights = truth(values, [halves_share(mask) for mask in MASKS])
        # The size is constant, so least squares does not tell the bias from the mean weight: compare predictions.
        expected = bias[:, :, None] + np.einsum("pkj,nj->pkn", weights, EVERY[EVERY.sum(axis=1) == 4])
        found = solve(question(values, Halves()), Plan(n_samples=100), np.random.default_rng(0))
        predicted = found.bias[:, :, None] + np.einsum("pkj,nj->pkn", found.weights, EVERY[EVERY.sum(axis=1) == 4])
        assert found.tolerance is None
        assert np.abs(predicted - expected).max() < 0.05 * np.ptp(expected)

    def test_repeated_masks_count_as_often_as_they_came(self):
        values = table(seed=3)
        plan = Plan(engine="sample", n_samples=4000, ridge=0.0)
        found = solve(question(values, Halves()), plan, np.random.default_rng(0))
        bias, weights = truth(values, [halves_share(mask) for mask in MASKS])
        rows = EVERY[EVERY.sum(axis=1) == 4]
        expected = bias[:, :, None] + np.einsum("pkj,nj->pkn", weights, rows)
        predicted = found.bias[:, :, None] + np.einsum("pkj,nj->pkn", found.weights, rows)
        assert np.abs(predicted - expected).max() < 0.1 * np.ptp(expected)

    def test_a_sentence_under_it(self):
        box = oracles.TableTagger(oracles.smooth_table(9))
        found = NERExplainer(box, neighbourhood=Halves(), n_samples=80).explain([f"w{i}" for i in range(9)])
        assert "Halves" in found.settings.neighbourhood
        assert found.settings.engine == "sample"
        values = box.table[:, 3]
        bias, weights = oracles.least_squares(MASKS, [halves_share(mask) for mask in MASKS], values)
        rows = EVERY[EVERY.sum(axis=1) == 4]
        expected = bias + rows @ weights
        predicted = found.bias[3] + rows @ found.weights[3].T
        assert np.abs(predicted - expected).max() < 0.1 * np.ptp(expected)
        assert found.interactions(3)
        assert len(found[3].contributions(num_features=2, selection="auto")) == 2
        entity = found.entity(2, 4, "X")
        assert np.isfinite(entity.weights).all()

    def test_it_is_never_summed_up(self):
        with pytest.raises(InputError, match="law that knows their probabilities"):
            choose(question(table(), Halves()), Plan(engine="exact"))

    @pytest.mark.parametrize("law", [3, "shapley", Bernoulli, object()])
    def test_what_is_no_law(self, law):
        with pytest.raises(InputError, match="expected a neighbourhood such as Bernoulli"):
            as_law(law)

    def test_masks_that_are_none(self):
        class Numbers(Halves):
            def draw(self, rng, n, n_components):
                return rng.random((n, n_components))

        class Negative(Halves):
            def weight(self, masks):
                return -np.ones(len(masks))

        with pytest.raises(InputError, match="booleans of shape"):
            as_law(Numbers()).draw(np.random.default_rng(0), 2, 3)
        with pytest.raises(InputError, match="finite number of 0 or more"):
            as_law(Negative()).weight(EVERY)

    def test_one_that_knows_its_probabilities_is_summed_up(self):
        class Known(Halves):
            def probability(self, masks):
                return (masks.sum(axis=1) == 4) / comb(9, 4)

        law = as_law(Known())
        assert isinstance(law, DrawnLaw)
        assert choose(question(table(), law), Plan()) == "enumeration"


class TestCollected:
    def test_all_masks_where_they_are_few(self):
        draw = collect(question(table(), Bernoulli()), Plan(), np.random.default_rng(0))
        assert len(draw.masks) == 512

    def test_what_is_known_is_not_asked_again(self):
        asked = question(table(), Bernoulli())
        plan = Plan(engine="sample", n_samples=128)
        known = solve(asked, plan, np.random.default_rng(0)).samples
        draw = collect(asked, plan, np.random.default_rng(1), known)
        assert len(draw.masks) == 128
        assert np.array_equal(draw.masks[: len(known.masks)], known.masks)
