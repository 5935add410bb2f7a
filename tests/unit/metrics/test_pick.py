"""The pick against all subsets, and a planted feature."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.errors import InputError
from ner_lime.testing import Trigger, TriggerTagger

VOCABULARY = ["red", "green", "blue", "cyan", "pink", "grey"]


def model(seed):
    weight = np.random.default_rng(seed).random(len(VOCABULARY)) / 8

    def classify(texts):
        p = np.array([sum(w for w, word in zip(weight, VOCABULARY, strict=True) if word in text) for text in texts])
        return np.column_stack([p, 1 - p])

    return nl.as_classifier(classify, classes=["colour", "none"])


def explanations(seed):
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(VOCABULARY, 3, replace=False)) for _ in range(7)]
    return nl.TextExplainer(model(seed)).explain_many(texts)


def covered(given, chosen):
    """Of a set of explanations, the slow way."""
    importance: dict[str, float] = {}
    for e in given:
        for c in e.contributions():
            importance[c.name] = importance.get(c.name, 0.0) + abs(c.weight)
    names = {c.name for index in chosen for c in given[index].contributions() if abs(c.weight) > 1e-3}
    kept = {name: np.sqrt(value) for name, value in importance.items()}
    return sum(kept[name] for name in names) / sum(kept.values())


@pytest.mark.parametrize("seed", range(8))
def test_greedy_reaches_its_share_of_the_best_choice(seed):
    given = explanations(seed)
    found = nl.pick(given, budget=2)
    best = max(covered(given, pair) for pair in combinations(range(len(given)), 2))
    assert found.coverage[-1] == pytest.approx(covered(given, found.chosen), abs=1e-9)
    assert (1 - 1 / np.e) * best <= found.coverage[-1] <= best + 1e-9
    first = max(range(len(given)), key=lambda index: covered(given, [index]))
    assert covered(given, found.chosen[:1]) == pytest.approx(covered(given, [first]))


def test_what_each_covers_is_new_and_adds_up():
    found = nl.pick(explanations(1), budget=10)
    names = [name for names in found.covers for name in names]
    assert len(set(names)) == len(names)
    assert set(names) == set(found.features)
    assert found.coverage[-1] == pytest.approx(1.0)
    assert (np.diff(found.coverage) > 0).all()
    assert len(found.chosen) < 7  # it stops where nothing is left to cover


def test_importance_is_the_root_of_the_sum():
    given = explanations(2)
    found = nl.pick(given)
    for name, importance, share in found.table():
        weights = [abs(c.weight) for e in given for c in e.contributions() if c.name == name]
        assert importance == pytest.approx(np.sqrt(sum(weights)))
        assert share == pytest.approx(importance / found.importance.sum())
    assert list(found.importance) == sorted(found.importance, reverse=True)


def test_words_and_sentences_of_sequence_labelling():
    tagger = TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs", at=1)])
    explanations = [nl.NERExplainer(tagger).explain(["Mrs", name]) for name in ("Smith", "Jones")]
    words = nl.pick([e[1] for e in explanations], budget=2)
    assert words.features == ("B-PER: Mrs [-1]",)
    assert len(words.chosen) == 1
    assert nl.pick(explanations).features == words.features
    entities = nl.pick([entity for e in explanations for entity in e.entities])
    assert entities.features == ("PER: Mrs [-1]",)


def test_features_may_be_renamed():
    found = nl.pick(explanations(3), feature=lambda name: name[0])
    assert all(len(name) == 1 for name in found.features)


def test_rows_and_noise():
    rng = np.random.default_rng(0)
    train = rng.random((40, 2))
    value = nl.as_classifier(lambda rows: rows[:, [0]], input="row", classes=["y"], is_distribution=False)
    explained = nl.TabularExplainer(value, train, feature_names=["a", "b"]).explain_many(train[:10])
    found = nl.pick(explained, budget=2)
    assert found.features
    assert all("a" in name for name in found.features)


@pytest.mark.parametrize(("given", "says"), [([], "at least one"), ([3], "found int")])
def test_bad_input(given, says):
    with pytest.raises(InputError, match=says):
        nl.pick(given)
