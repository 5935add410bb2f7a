"""Contributions under several seeds: those of the explanations themselves, as plain data."""

from __future__ import annotations

import copy
import pickle
from itertools import combinations

import numpy as np
import pytest
from explanations import TOKENS

import ner_lime as nl
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation.targets import EntityType
from ner_lime.metrics import Stability, stability
from ner_lime.testing import Trigger, TriggerTagger

TAGGER = TriggerTagger(
    [Trigger.all_of("B-SKILLS", 0.5, "Web", "UI/UX"), Trigger.all_of("B-SKILLS", 0.2, "of")], labels=("O", "B-SKILLS")
)


def explainer(**settings: object) -> NERExplainer:
    return NERExplainer(TAGGER, **{"engine": "sample", "n_samples": 24, **settings})


def test_one_row_a_seed() -> None:
    own = explainer()
    found = stability(own, TOKENS, seeds=[3, 5], word_index=3, target="B-SKILLS")
    by_seed = [explainer(random_state=seed).explain(TOKENS, positions=[3]) for seed in (3, 5)]
    np.testing.assert_array_equal(found.weights, [explanation.weights[0, 1] for explanation in by_seed])
    assert (found.seeds, found.token, found.names) == ((3, 5), "Web", TOKENS)
    np.testing.assert_allclose(found.means, np.mean(found.weights, axis=0))
    np.testing.assert_allclose(found.deviations, np.std(found.weights, axis=0))
    assert own.random_state == 0


def test_by_default_the_predicted_label_of_the_first_word_in_an_entity() -> None:
    tagger = TriggerTagger([Trigger.all_of("B-SKILLS", 0.9, "design")], labels=("O", "B-SKILLS"))
    found = stability(NERExplainer(tagger), TOKENS, seeds=2)
    predicted = NERExplainer(tagger).explain(TOKENS).predicted_spans
    assert found.word_index == (predicted[0].start if predicted else 0)
    assert found.target in ("O", "B-SKILLS")


def test_without_a_sample_all_seeds_agree() -> None:
    found = stability(explainer(engine="exact"), TOKENS, seeds=3)
    assert len(set(found.weights)) == 1
    assert found.overlap() == 1.0


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_overlap_against_sets(size: int) -> None:
    weights = np.random.default_rng(1).normal(size=(4, 6))
    found = Stability(
        0, "a", "O", (0, 1, 2, 3), tuple((i,) for i in range(6)), tuple("abcdef"), tuple(map(tuple, weights))
    )
    best = [set(np.argsort(-np.abs(row))[:size].tolist()) for row in weights]
    shares = [len(one & other) / min(size, 6) for one, other in combinations(best, 2)]
    assert found.overlap(size) == pytest.approx(np.mean(shares))


def test_one_seed_overlaps_with_none() -> None:
    assert stability(explainer(), TOKENS, seeds=1).overlap() is None


def test_it_is_plain_data() -> None:
    found = nl.metrics.stability(explainer(), TOKENS, seeds=2, target=EntityType("SKILLS"))
    assert pickle.loads(pickle.dumps(found)) == copy.deepcopy(found) == found


def test_no_seed() -> None:
    with pytest.raises(InputError, match="at least one seed"):
        stability(explainer(), TOKENS, seeds=0)
