"""Planted triggers: 200 hand-built taggers whose weights are known, explained as a black box with default settings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from ner_lime import MaskString, NERExplainer
from ner_lime.testing import Trigger, TriggerTagger

KINDS = ("single", "and", "or", "long-range", "decoy")
N_CASES = 200
LABEL = "B-X"
KEEP = 0.7


@dataclass(frozen=True)
class Case:
    kind: str
    tokens: tuple[str, ...]
    position: int
    true: frozenset[int]
    tagger: TriggerTagger


@dataclass(frozen=True)
class Result:
    case: Case
    on_top: bool
    error: float


def make_case(number):
    """6 to 25 words, a jump of .3 to .6 planted at one position."""
    rng = np.random.default_rng([9, number])
    kind = KINDS[number % len(KINDS)]
    n = int(rng.integers(6, 26))
    tokens = tuple(f"w{i}" for i in range(n))
    position, jump = int(rng.integers(n)), float(rng.uniform(0.3, 0.6))

    def pick(k, pool):
        return [int(i) for i in rng.choice(pool, size=k, replace=False)]

    def planted(true, make=Trigger.all_of):
        return make(LABEL, jump, *[tokens[i] for i in true], at=position)

    if kind == "single":
        true = pick(1, range(n))
        triggers = [planted(true)]
    elif kind == "and":
        true = pick(int(rng.integers(2, 4)), range(n))
        triggers = [planted(true)]
    elif kind == "or":
        true = pick(int(rng.integers(2, 4)), range(n))
        triggers = [planted(true, Trigger.any_of)]
    elif kind == "long-range":
        position = 0 if rng.random() < 0.5 else n - 1
        true = pick(int(rng.integers(1, 3)), [i for i in range(n) if abs(i - position) >= n // 2])
        triggers = [planted(true)]
    else:  # one word speaks for another label here, another for this label elsewhere
        true = pick(1, range(n))
        other_label, elsewhere = pick(2, [i for i in range(n) if i not in true])
        triggers = [
            planted(true),
            Trigger.all_of("B-Y", 0.3, tokens[other_label], at=position),
            Trigger.all_of(LABEL, 0.5, tokens[elsewhere], at=(position + 1) % n),
        ]
    return Case(kind, tokens, position, frozenset(true), TriggerTagger(triggers, base=0.05))


def explain(case):
    explainer = NERExplainer(case.tagger, masking=MaskString("xxx"))
    explanation = explainer.explain(case.tokens, positions=[case.position])
    weights = explanation.weights[0, explanation.labels.index(LABEL)]
    wanted = case.tagger.expected_weights(case.tokens, case.position, LABEL, keep=KEEP)
    top = np.argsort(-np.abs(weights), kind="stable")[: len(case.true)]
    return Result(case, set(top.tolist()) == case.true, float(np.abs(weights - wanted).max()))


@pytest.fixture(scope="module")
def results():
    return [explain(make_case(number)) for number in range(N_CASES)]


def test_the_cases_are_what_they_say():
    cases = [make_case(number) for number in range(N_CASES)]
    assert {len(case.tokens) for case in cases} == set(range(6, 26))
    for case in cases:
        weights = case.tagger.expected_weights(case.tokens, case.position, LABEL, keep=KEEP)
        assert set(np.flatnonzero(weights).tolist()) == case.true


def test_the_true_triggers_are_on_top(results):
    missed = [(result.case.kind, len(result.case.tokens)) for result in results if not result.on_top]
    assert len(missed) <= 0.01 * N_CASES, missed


@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_are_right(results, kind):
    errors = {result.case: result.error for result in results if result.case.kind == kind}
    worst = max(errors, key=errors.__getitem__)
    assert errors[worst] <= 0.005, (len(worst.tokens), worst.true, errors[worst])
