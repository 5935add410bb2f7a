"""The CRF opened at one word: its parts add up to the marginal's own log-odds."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import oracles
import pytest

from ner_lime.crf import word2features
from ner_lime.crf.whitebox import white_box
from ner_lime.errors import LabelError, WordIndexError

TOKENS = ["6+", "years", "of", "Web", "UI/UX", "design", "experience"]


@pytest.mark.parametrize("position", [0, 3, 6])
def test_the_parts_add_up_to_the_log_odds_of_the_marginal(crf, position):
    box = crf.white_box(TOKENS, position)
    marginal = crf.predict_proba([TOKENS])[0][position]
    assert box.probabilities == pytest.approx(marginal, abs=1e-13)
    for a, b in combinations(range(len(crf.labels)), 2):
        parts = box.log_odds(crf.labels[a], crf.labels[b])
        assert parts["total"] == pytest.approx(np.log(marginal[a] / marginal[b]), abs=1e-9)
        assert parts["word"] + parts["left"] + parts["right"] == pytest.approx(parts["total"], abs=1e-12)


def test_transitions_beyond_the_range_of_a_float(crf):
    wide = crf.weights.transitions.copy()
    wide[0], wide[:, 2] = wide[0] - 900.0, wide[:, 2] + 500.0
    weights = replace(crf.weights, transitions=wide)
    box = white_box(SimpleNamespace(weights=weights, feature_function=crf.feature_function), TOKENS[:4], 2)
    expected = oracles.path_marginals(crf.emissions(TOKENS[:4]), wide)[2]
    assert box.probabilities == pytest.approx(expected, abs=1e-9)
    parts = box.log_odds(crf.labels[0], crf.labels[1])
    assert np.isfinite(list(parts.values())).all()
    assert parts["left"] + parts["word"] + parts["right"] == pytest.approx(parts["total"], abs=1e-9)


def test_the_part_of_the_word_is_the_sum_of_its_features(crf):
    box = crf.white_box(TOKENS, 4)
    features = box.feature_log_odds("I-SKILLS", "O")
    assert sum(amount for _, amount in features) == pytest.approx(box.log_odds("I-SKILLS", "O")["word"], abs=1e-12)
    assert [abs(amount) for _, amount in features] == sorted((abs(amount) for _, amount in features), reverse=True)


def test_the_features_are_those_that_fire_and_are_known(crf):
    box = crf.white_box(TOKENS, 4)
    fired = {f"{name}:{value}" if isinstance(value, str) else name for name, value in word2features(TOKENS, 4).items()}
    names = [feature.name for feature in box.features]
    assert set(names) <= fired
    assert {"bias", "word.isupper()"} <= set(names)
    assert set(names) <= set(crf.weights.attributes)
    emission = sum(feature.value * np.array(feature.weights) for feature in box.features)
    assert emission == pytest.approx(crf.emissions(TOKENS)[4], abs=1e-12)


def test_the_evidence_of_the_sides_is_that_of_the_words_there(crf):
    """The left part is what a chain that ends before the word says of it, the right part one that starts after it."""
    box = crf.white_box(TOKENS, 2)
    scores, transitions = crf.emissions(TOKENS), crf.weights.transitions
    before, after = scores[:3].copy(), scores[2:].copy()
    before[-1] = after[0] = 0.0
    left = np.log(oracles.path_marginals(before, transitions)[-1])
    right = np.log(oracles.chain_marginals(after[None], transitions)[0, 0])
    assert box.forward - box.forward[0] == pytest.approx(left - left[0], abs=1e-10)
    assert box.backward - box.backward[0] == pytest.approx(right - right[0], abs=1e-10)


def test_one_word_has_no_evidence_beside_it(crf):
    parts = crf.white_box(["Berlin"], 0).log_odds("O", "B-SKILLS")
    assert parts["left"] == parts["right"] == 0.0


@pytest.mark.parametrize("position", [-1, 7])
def test_outside_of_the_sentence(crf, position):
    with pytest.raises(WordIndexError, match="expected 0 to 6"):
        crf.white_box(TOKENS, position)


def test_a_label_that_the_model_does_not_have(crf):
    box = crf.white_box(TOKENS, 4)
    with pytest.raises(LabelError, match=r"unknown label 'B-X'.*I-SKILLS"):
        box.log_odds("B-X", "O")
    with pytest.raises(LabelError, match="unknown label 'B-X'"):
        box.feature_log_odds("O", "B-X")
