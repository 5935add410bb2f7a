"""Means over drawn replicates: their standard errors, and that nothing is called exact that hangs on a draw."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine
from ner_lime.lime.engine import solve
from ner_lime.lime.question import Plan, Question
from ner_lime.lime.shapley import Shapley
from ner_lime.types import Moments

LENGTH = 6
MASKS = oracles.as_array(oracles.masks_of(LENGTH))


class Drawn:
    """A mean over R tables, each the truth plus a table drawn anew; it may know its moments."""

    def __init__(self, truth, rng, n_replicates, has_moments=False):
        noise = 0.2 * rng.normal(size=(n_replicates, *truth.shape))
        self.tables, self.has_moments, self.n_replicates = truth + noise, has_moments, n_replicates
        self.n_calls, self.effects = 0, None

    def __call__(self, masks):
        self.n_calls += len(masks)
        return self.replicates(masks).mean(axis=0)

    def replicates(self, masks):
        return self.tables[:, masks @ (1 << np.arange(LENGTH)[::-1])]

    def moments(self, rates, **_options):
        ((keep, _),) = rates(0)
        parts = [oracles.product_moments(MASKS, table[:, 0], keep) for table in self.tables]
        self.effects = np.stack([part[1][None] for part in parts])
        mean = np.mean([part[0] for part in parts], axis=0)[None]
        effects = self.effects.mean(axis=0)
        return Moments(mean, effects, second=None, joint=np.zeros_like(effects), tolerance=0.0)

    def replicate_effects(self):
        return self.effects


def question(function, law, *, target_kept=False):
    return Question(
        function=function,
        n_components=LENGTH,
        law=law,
        centres=np.array([2]),
        target_kept=target_kept,
        is_distribution=False,
    )


@pytest.mark.parametrize(
    ("law", "plan", "target_kept"),
    [
        (Bernoulli(), Plan(engine="exact"), False),
        (Bernoulli(), Plan(engine="exact"), True),
        (Cosine(), Plan(engine="exact"), False),
        (Shapley(), Plan(engine="exact"), False),
        (Shapley(), Plan(engine="exact"), True),
        (Bernoulli(), Plan(engine="sample", n_samples=56, ridge=0.0), False),
    ],
)
def test_intervals_hold_the_mean_over_all_draws(law, plan, target_kept):
    rng = np.random.default_rng(1)
    truth = oracles.random_table(LENGTH, n_labels=2)[:, :1]
    inside = []
    for _ in range(300):
        found = solve(question(Drawn(truth, rng, 8), law, target_kept=target_kept), plan, rng)
        assert found.tolerance is None
        assert "mean over 8 draws" in found.estimator
        exact = Drawn(truth, rng, 1)
        exact.tables = truth[None]
        wanted = solve(question(exact, law, target_kept=target_kept), Plan(engine="exact"), rng)
        assert wanted.tolerance == 0.0
        free = np.arange(LENGTH) != 2 if target_kept else np.ones(LENGTH, dtype=bool)
        inside.append((np.abs(found.weights - wanted.weights) <= 1.96 * found.std_errors)[:, 0, free])
    assert 0.93 <= np.mean(inside) <= (1.0 if plan.engine == "sample" else 0.97)


def test_moments_say_it_too(monkeypatch):
    monkeypatch.setattr("ner_lime.lime.engine.MAX_BEFORE_MOMENTS", 0)
    rng = np.random.default_rng(2)
    function = Drawn(oracles.random_table(LENGTH, n_labels=2)[:, :1], rng, 5, has_moments=True)
    by_moments = solve(question(function, Bernoulli()), Plan(engine="exact", n_samples=2), rng)
    assert by_moments.estimator.startswith("merged messages, mean over 5 draws")
    function.has_moments = False
    by_sums = solve(question(function, Bernoulli()), Plan(engine="exact"), rng)
    assert by_moments.std_errors == pytest.approx(by_sums.std_errors, abs=1e-12)
