"""Fidelity against the number of calls: the figures of the explanations themselves, as plain data."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from explanations import TOKENS

import ner_lime as nl
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.metrics import fidelity_by_calls
from ner_lime.testing import Trigger, TriggerTagger

TAGGER = TriggerTagger(
    [Trigger.all_of("B-SKILLS", 0.5, "Web", "UI/UX"), Trigger.all_of("B-SKILLS", 0.2, "of")], labels=("O", "B-SKILLS")
)


def explainer(**settings: object) -> NERExplainer:
    return NERExplainer(TAGGER, **{"engine": "sample", "n_samples": 32, **settings})


def test_each_row_is_the_fidelity_of_an_explanation_from_that_many_masks() -> None:
    curve = fidelity_by_calls(explainer(), TOKENS, n_calls=(64, 32))
    assert curve.n_calls == (32, 64)
    assert curve.positions == tuple(range(len(TOKENS)))
    everything = nl.Options(half_width=0.0)
    for n, r2, top1 in zip(curve.n_calls, curve.r2, curve.top1, strict=True):
        alone = explainer(n_samples=n, options=everything).explain(TOKENS)
        assert r2 == tuple(word.r2() for word in alone)
        np.testing.assert_array_equal(top1, alone.fidelity.top1)


def test_some_positions() -> None:
    curve = fidelity_by_calls(explainer(), TOKENS, n_calls=(32,), positions=[3])
    assert curve.positions == (3,)
    assert [len(row) for row in curve.r2] == [1]


def test_it_samples_also_where_the_explainer_is_exact_and_leaves_it_as_it_was() -> None:
    exact = explainer(engine="exact", n_samples=None)
    assert fidelity_by_calls(exact, TOKENS, n_calls=(32,)) == fidelity_by_calls(explainer(), TOKENS, n_calls=(32,))
    assert (exact.engine, exact.n_samples) == ("exact", None)


def test_too_few_masks_left_to_measure_are_none_not_nan() -> None:
    curve = fidelity_by_calls(explainer(), TOKENS, n_calls=(16, 64))
    assert set(curve.r2[0]) == set(curve.top1[0]) == {None}
    assert None not in curve.r2[1]


def test_it_is_plain_data() -> None:
    curve = nl.metrics.fidelity_by_calls(explainer(), TOKENS, n_calls=(16,))
    assert pickle.loads(pickle.dumps(curve)) == copy.deepcopy(curve) == curve
    assert curve != fidelity_by_calls(explainer(), TOKENS, n_calls=(32,))


@pytest.mark.parametrize("n_calls", [(), (1,), (64, 0), (2.5,)])
def test_numbers_of_calls_are_whole_and_at_least_2(n_calls: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="n_calls="):
        fidelity_by_calls(explainer(), TOKENS, n_calls=n_calls)
