"""The sampling engine: what it asks, when it stops, what it counts, and how near it comes to the sum over all masks."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.draws import MAX_REDRAWN
from ner_lime.lime.enumeration import enumerate_masks
from ner_lime.lime.law import shares
from ner_lime.lime.question import Plan, Question
from ner_lime.lime.sampling import MIN_CHECKED, Budget, sample_masks
from ner_lime.lime.shapley import Shapley

LENGTH = 9


class Asked:
    """A function of the mask from a table, which remembers what it was asked."""

    def __init__(self, table, positions):
        self.table, self.positions, self.calls = table, positions, []

    def __call__(self, masks):
        self.calls.append(masks)
        numbers = masks @ (1 << np.arange(masks.shape[1])[::-1])
        return self.table[numbers][:, self.positions]


def question(table, *, positions=(4, 1), method="lime", neighbourhood=None, target_kept=False):
    length = table.shape[1]
    positions = np.array(positions)
    return Question(
        function=Asked(table, positions),
        n_components=length,
        law=Shapley() if method == "shapley" else neighbourhood or Bernoulli(),
        n_positions=len(positions),
        centres=positions,
        distance=np.abs(np.subtract.outer(positions, np.arange(length))).astype(float),
        target_kept=target_kept,
    )


def sample(asked, budget, seed=0):
    return sample_masks(asked, budget, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def smooth():
    return oracles.smooth_table(LENGTH)


def additive(length=LENGTH):
    """Answers that add up over the words."""
    masks = oracles.as_array(oracles.masks_of(length)).astype(float)
    share = np.random.default_rng(3).random((length, length)) / (2 * length)
    first = 0.2 + masks @ share.T
    return np.stack([first, 1 - first], axis=2), share


class TestWhatIsAsked:
    @pytest.mark.parametrize("most", [2, 10, 64, 100, 200])
    def test_the_full_sentence_first_no_mask_twice_and_no_more_than_allowed(self, most):
        asked = question(oracles.smooth_table(13))
        found = sample(asked, Budget(most, half_width=0.0, held_out=20))
        masks = np.concatenate(asked.function.calls)
        assert masks[0].all()
        assert len(masks) == most + 20 == len(np.unique(masks, axis=0))
        assert 20 <= found.fidelity.n_masks <= 80
        assert found.fidelity.measured_on == f"{found.fidelity.n_masks} fresh masks"

    def test_rounds_double(self):
        asked = question(oracles.smooth_table(12))
        sample(asked, Budget(400, half_width=1e-9, held_out=10))
        assert [len(masks) for masks in asked.function.calls] == [1, 127, 128, 144, 10]

    def test_all_at_once_where_nothing_is_precise_enough(self):
        asked = question(oracles.smooth_table(12))
        sample(asked, Budget(400, half_width=0.0, held_out=10))
        assert [len(masks) for masks in asked.function.calls] == [1, 399, 10]

    @pytest.mark.parametrize(
        ("n_calls", "fitted", "held_out"),
        [(2, 1, 1), (20, 15, 5), (40, 32, 8), (128, 112, 16), (512, 448, 64), (5000, 4872, 128)],
    )
    def test_the_calls_are_those_of_the_fit_and_of_the_fidelity(self, n_calls, fitted, held_out):
        budget = Budget.of(Plan(n_samples=n_calls, half_width=0.01))
        assert (budget.max_fitted, budget.held_out) == (fitted, held_out)
        linear = Budget.of(Plan(n_samples=n_calls, half_width=0.01, ridge=1.0))
        assert (linear.max_fitted, linear.held_out) == (n_calls, held_out)

    def test_it_stops_when_the_errors_are_small_enough(self, smooth):
        coarse = sample(question(smooth), Budget(128, half_width=0.0))
        width = 1.96 * coarse.std_errors.max()
        early = sample(question(smooth), Budget(480, half_width=1.1 * width))
        assert np.array_equal(early.weights, coarse.weights)
        asked = question(smooth)
        finer = sample(asked, Budget(480, half_width=0.8 * width, held_out=10))
        fitted = sum(len(masks) for masks in asked.function.calls[:-1])
        assert fitted > 128
        assert fitted >= 470 or 1.96 * finer.std_errors.max() <= 0.8 * width

    def test_the_errors_of_very_few_masks_are_not_believed(self, smooth):
        asked = question(smooth)
        sample(asked, Budget(400, half_width=10.0, held_out=10))
        assert sum(len(masks) for masks in asked.function.calls[:-1]) == 128

    def test_a_surprise_among_the_held_out_masks_makes_it_go_on(self):
        """Five words of which one must be seen: all five are hidden in one mask of 400."""
        masks = oracles.as_array(oracles.masks_of(12))
        rare = ~masks[:, [0, 3, 5, 8, 11]].any(axis=1)
        table = np.repeat(np.where(rare, 0.1, 0.9)[:, None, None] * [[[1.0, 0.0]]] + [[[0.0, 0.1]]], 12, axis=1)
        table /= table.sum(axis=2, keepdims=True)
        surprised = 0
        for seed in range(12):
            asked = question(table, positions=(4,))
            sample(asked, Budget(256, half_width=0.005, held_out=128), seed)
            calls = [~call[:, [0, 3, 5, 8, 11]].any(axis=1) for call in asked.function.calls]
            n_fitted = sum(map(len, calls[:-1]))
            seen = any(call.any() for call in calls[:-1])
            assert n_fitted >= 256 or seen or not calls[-1].any()
            surprised += n_fitted > 128
        assert surprised >= 1

    def test_where_all_masks_were_asked_none_is_asked_again_for_the_fidelity(self):
        asked = question(oracles.smooth_table(4), positions=(2,))
        found = sample(asked, Budget(100, half_width=0.0))
        masks = np.concatenate(asked.function.calls)
        assert len(np.unique(masks, axis=0)) == len(masks) == 16
        assert found.fidelity.measured_on == f"{MAX_REDRAWN * 64} fresh masks"

    def test_the_seed_decides(self, smooth):
        budget = Budget(128, half_width=0.0)
        first, again, other = (sample(question(smooth), budget, seed) for seed in (1, 1, 2))
        for name in ("bias", "weights", "std_errors"):
            assert np.array_equal(getattr(first, name), getattr(again, name))
        assert np.array_equal(first.fidelity.kl, again.fidelity.kl)
        assert not np.array_equal(first.weights, other.weights)


class TestWhatIsFound:
    def test_words_that_add_up_are_found_without_error(self):
        table, share = additive()
        found = sample(question(table), Budget(40, half_width=0.0))
        assert found.estimator == "linear fit"
        assert found.weights[:, 0] == pytest.approx(share[[4, 1]], abs=1e-10)
        assert found.bias[:, 0] == pytest.approx([0.2, 0.2], abs=1e-10)
        assert found.std_errors.max() <= 1e-10
        assert found.fidelity.r2 == pytest.approx(np.ones((2, 2)))

    def test_their_shapley_values_too(self):
        table, share = additive()
        found = sample(question(table, method="shapley"), Budget(40, half_width=0.0))
        assert found.estimator == "linear fit"
        assert found.weights[:, 0] == pytest.approx(share[[4, 1]], abs=1e-10)
        assert found.bias[:, 0] == pytest.approx([0.2, 0.2], abs=1e-10)

    @pytest.mark.parametrize("target_kept", [False, True])
    @pytest.mark.parametrize("method", ["lime", "shapley"])
    def test_the_kernel_comes_nearer_than_the_linear_fit(self, smooth, method, target_kept):
        truth = enumerate_masks(question(smooth, method=method, target_kept=target_kept)).weights
        errors = {}
        for name, ridge in (("kernel", None), ("linear", 0.0)):
            asked = question(smooth, method=method, target_kept=target_kept)
            found = sample(asked, Budget(160, half_width=0.0, ridge=ridge))
            errors[name] = np.linalg.norm(found.weights - truth) / np.linalg.norm(truth)
            assert ("kernel" in found.estimator) == (name == "kernel")
        assert errors["kernel"] < 0.06
        if method == "lime":
            assert errors["kernel"] < errors["linear"] / 2

    @pytest.mark.parametrize("target_kept", [False, True])
    @pytest.mark.parametrize("neighbourhood", [Cosine(), UniformCount(), Bernoulli(0.5)])
    def test_other_laws(self, smooth, neighbourhood, target_kept):
        truth = enumerate_masks(question(smooth, neighbourhood=neighbourhood, target_kept=target_kept))
        asked = question(smooth, neighbourhood=neighbourhood, target_kept=target_kept)
        found = sample(asked, Budget(240, half_width=0.0))
        assert np.linalg.norm(found.weights - truth.weights) < 0.08 * np.linalg.norm(truth.weights)
        assert np.abs(found.bias - truth.bias).max() < 0.03

    @pytest.mark.parametrize("neighbourhood", [Bernoulli(), Cosine(), UniformCount()])
    def test_once_all_masks_are_asked_nothing_is_left_to_chance(self, neighbourhood):
        table = oracles.smooth_table(6)
        truth = enumerate_masks(question(table, neighbourhood=neighbourhood)).weights
        found = sample(question(table, neighbourhood=neighbourhood), Budget(64, half_width=0.0))
        assert np.abs(found.weights - truth).max() < 2e-3

    @pytest.mark.parametrize("neighbourhood", [Bernoulli(), Cosine(), UniformCount()])
    def test_the_fidelity_is_that_of_the_whole_neighbourhood(self, smooth, neighbourhood):
        truth = enumerate_masks(question(smooth, neighbourhood=neighbourhood)).fidelity
        budget = Budget(128, half_width=0.0, held_out=300)
        found = sample(question(smooth, neighbourhood=neighbourhood), budget).fidelity
        moving = np.diagonal(truth.variance, axis1=1, axis2=2) > 1e-3
        assert np.abs(found.r2 - truth.r2)[moving].max() < 0.1
        assert np.abs(found.top1 - truth.top1).max() < 0.1

    @pytest.mark.parametrize(
        ("method", "neighbourhood"),
        [("lime", Bernoulli()), ("lime", Cosine()), ("lime", UniformCount()), ("shapley", None)],
    )
    def test_the_fidelity_is_not_biased_where_masks_come_again(self, method, neighbourhood):
        """Of 4096 masks the likely ones are mostly fitted; the full sentence and the empty one always are."""
        table = oracles.smooth_table(12)
        truth = enumerate_masks(question(table, method=method, neighbourhood=neighbourhood)).fidelity.r2
        budget = Budget.of(Plan(n_samples=512, half_width=0.0))
        found = [
            sample(question(table, method=method, neighbourhood=neighbourhood), budget, seed).fidelity.r2
            for seed in range(16)
        ]
        spread = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
        assert (np.abs(np.mean(found, axis=0) - truth) < 0.01 + 3.0 * spread).all()
        assert spread.max() < 0.02

    @pytest.mark.parametrize("most", [7, 13, 14, 20])
    def test_errors_of_fewer_masks_than_words_are_stated(self, most):
        """A linear fit goes through so few answers whatever they are, and shows no error by itself."""
        table = oracles.smooth_table(13)
        truth = enumerate_masks(question(table)).weights
        found = [sample(question(table), Budget(most, half_width=0.0), seed) for seed in range(30)]
        wrong = np.array([one.weights - truth for one in found])
        stated = np.array([one.std_errors for one in found])
        assert np.mean(np.abs(wrong) <= 1.96 * stated) > 0.8

    def test_no_fidelity_is_stated_on_too_few_masks(self):
        for n_calls in (4, 40):
            found = sample(question(oracles.smooth_table(13)), Budget.of(Plan(n_samples=n_calls, half_width=0.0)))
            few = found.fidelity.n_masks < MIN_CHECKED
            assert np.isnan(found.fidelity.r2).all() == np.isnan(found.fidelity.kl).all() == few == (n_calls == 4)

    def test_the_kept_target_weighs_nothing(self, smooth):
        for ridge in (None, 0.0):
            found = sample(question(smooth, target_kept=True), Budget(128, half_width=0.0, ridge=ridge))
            assert np.abs(found.weights[[0, 1], :, [4, 1]]).max() <= 1e-12
            assert np.abs(found.std_errors[[0, 1], :, [4, 1]]).max() <= 1e-12

    @pytest.mark.parametrize("target_kept", [False, True])
    @pytest.mark.parametrize("most", [2, 20, 128])
    def test_shapley_values_add_up(self, smooth, most, target_kept):
        asked = question(smooth, method="shapley", target_kept=target_kept)
        found = sample(asked, Budget(most, half_width=0.0))
        alone = [16, 128] if target_kept else [0, 0]
        expected = np.array([smooth[-1, p] - smooth[row, p] for row, p in zip(alone, (4, 1), strict=True)])
        assert found.weights.sum(axis=2) == pytest.approx(expected, abs=1e-9)
        assert found.bias == pytest.approx(np.array([smooth[row, p] for row, p in zip(alone, (4, 1), strict=True)]))


class TestThePlainFit:
    @pytest.mark.parametrize("neighbourhood", [Bernoulli(), Cosine(), UniformCount()])
    @pytest.mark.parametrize("ridge", [0.0, 1.0])
    def test_it_is_least_squares_on_what_was_asked(self, smooth, neighbourhood, ridge):
        found = sample(question(smooth, neighbourhood=neighbourhood), Budget(80, half_width=0.0, ridge=ridge))
        rows = [tuple(row) for row in found.samples.masks.astype(int).tolist()]
        for p in range(2):
            share, values = found.samples.share[:, p], found.samples.values[:, p]
            bias, weights = oracles.least_squares(rows, share, values, ridge)
            assert found.weights[p] == pytest.approx(weights.T, abs=1e-9)
            assert found.bias[p] == pytest.approx(bias, abs=1e-9)
        assert found.estimator == "linear fit"

    @pytest.mark.parametrize("neighbourhood", [Bernoulli(), Cosine(), UniformCount()])
    def test_many_draws_of_few_masks_follow_the_law(self, neighbourhood):
        """The limit of lime's and eli5's estimates: repeated masks count repeatedly."""
        table = oracles.smooth_table(5)
        truth = enumerate_masks(question(table, positions=(2,), neighbourhood=neighbourhood)).weights
        found = sample(
            question(table, positions=(2,), neighbourhood=neighbourhood),
            Budget(20_000, half_width=0.0, ridge=0.0),
        )
        assert np.abs(found.weights - truth).max() < 2e-3

    def test_as_many_draws_as_asked_not_as_many_masks(self):
        asked = question(oracles.smooth_table(5), positions=(2,))
        sample(asked, Budget(5000, half_width=0.0, ridge=1.0))
        assert len(np.concatenate(asked.function.calls)) <= 32


class TestFewComponents:
    @pytest.mark.parametrize("method", ["lime", "shapley"])
    @pytest.mark.parametrize("target_kept", [False, True])
    @pytest.mark.parametrize("length", [1, 2])
    def test_one_or_two_words(self, method, target_kept, length):
        table = oracles.random_table(length)
        asked = question(table, positions=(0,), method=method, target_kept=target_kept)
        found = sample(asked, Budget(16, half_width=0.0))
        truth = enumerate_masks(question(table, positions=(0,), method=method, target_kept=target_kept))
        assert found.weights == pytest.approx(truth.weights, abs=1e-6)
        assert found.bias == pytest.approx(truth.bias, abs=1e-6)


LAWS = [Bernoulli(), Cosine(), UniformCount(), Shapley()]


MANY = 16


@pytest.fixture(scope="module")
def terms():
    """(2^16, 16, 2): two hundred terms of up to four words, which no kernel fitted to a thousand masks gets right."""
    rng = np.random.default_rng(5)
    parts = [(rng.choice(MANY, rng.integers(1, 5), replace=False), rng.normal()) for _ in range(200)]
    everything = oracles.as_array(oracles.masks_of(MANY))
    total = sum(height * everything[:, words].all(axis=1) for words, height in parts)
    probability = 1 / (1 + np.exp(-np.asarray(total) / 4))
    values = np.stack([probability, 1 - probability], axis=1)[:, None]
    return np.broadcast_to(values, (len(everything), MANY, 2))


class TestMoreMasksThanTheKernelTakes:
    def errors(self, terms, law, most, seeds):
        """(seeds, C) each: error, and standard error."""
        truth = question(terms, positions=(0,), neighbourhood=law)
        everything = oracles.as_array(oracles.masks_of(MANY))
        wanted = (law.coefficients(everything, shares(law, everything)) @ terms[:, 0])[1:, 0]
        found = [sample(truth, Budget(most, half_width=0.0, held_out=32), seed) for seed in range(seeds)]
        assert {one.estimator for one in found} == {"kernel surrogate"}
        return np.array([one.weights[0, 0] - wanted for one in found]), np.array(
            [one.std_errors[0, 0] for one in found]
        )

    @pytest.mark.parametrize("most", [1500, 4096])
    @pytest.mark.parametrize("law", LAWS, ids=repr)
    def test_the_intervals_stay_honest(self, terms, law, most):
        """Near the kernel's own number they are cautious; above, what it gets wrong on the others says most of it."""
        wrong, stated = self.errors(terms, law, most, 10)
        assert 0.9 <= np.mean(np.abs(wrong) <= 1.96 * stated) <= 1.0

    @pytest.mark.parametrize("law", LAWS, ids=repr)
    def test_every_mask_makes_it_better(self, terms, law):
        sizes = [np.mean(np.square(self.errors(terms, law, most, 6)[0])) for most in (1024, 2048, 4096)]
        assert sizes[1] < 0.75 * sizes[0]
        assert sizes[2] < 0.6 * sizes[1]


class TestTheLinearFitOfShapleyValues:
    def test_it_comes_nearer_with_every_draw(self):
        """Answers without any order, of which least squares under the law would find something else."""
        table = oracles.random_table(10, seed=3)
        truth = enumerate_masks(question(table, method="shapley")).weights
        errors = []
        for most in (200, 400, 800):
            asked = question(table, method="shapley")
            found = [sample(asked, Budget(most, half_width=0.0, ridge=0.0), seed).weights - truth for seed in range(8)]
            errors.append(np.mean(np.square(found)))
        assert errors[1] < 0.75 * errors[0]
        assert errors[2] < 0.75 * errors[1]
