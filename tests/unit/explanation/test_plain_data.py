"""Explanations are plain data: they copy, compare, travel to another process, and weigh what their arrays weigh."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import oracles
import pytest

from ner_lime import metrics
from ner_lime.corpus import Sentence
from ner_lime.errors import DetachedError, InputError
from ner_lime.explainers.sentence import NERExplainer, Options
from ner_lime.explainers.sentence.masking import MaskString
from ner_lime.explanation import Explanation, TokenExplanation
from ner_lime.explanation.targets import EntityType
from ner_lime.render.records import from_record, to_record

TOKENS = ["six", "years", "of", "Web", "design"]


class Box:
    """Counts its calls, and lets nobody look inside."""

    labels = ("O", "B-X", "I-X")

    def __init__(self, n_words=5):
        self.inner, self.n = oracles.TableTagger(oracles.random_table(n_words, seed=1)), 0

    def predict_proba(self, sentences):
        self.n += len(sentences)
        return self.inner.predict_proba(sentences)


@pytest.fixture(scope="module")
def explainer():
    return NERExplainer(Box(), n_samples=20, engine="sample", masking=MaskString())


@pytest.fixture
def explanation(explainer):
    return explainer.explain(Sentence(("a", "b", "c", "d", "e"), tags=("O",) * 5))


def results(explanation):
    """One of every kind of public result."""
    word = explanation[1]
    return [
        explanation,
        word,
        explanation.entity(1, 3, "X"),
        explanation.interactions(1)[0],
        word.contributions()[0],
        word.verdict,
        word.attribution,
        explanation.fidelity,
        explanation.settings,
    ]


@pytest.mark.parametrize("number", range(9))
@pytest.mark.parametrize("way", [copy.deepcopy, copy.copy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_equals_it(explanation, number, way):
    result = results(explanation)[number]
    assert way(result) == result


def test_what_differs_is_not_equal(explanation):
    weights = explanation.weights.copy()
    weights[0, 0, 0] += 1e-9
    assert explanation != replace(explanation, weights=weights)
    assert explanation != replace(explanation, text="another")
    assert explanation != "another"
    assert explanation == replace(explanation, session=None)
    nan = replace(explanation, weights=np.full_like(weights, np.nan))
    assert nan == copy.deepcopy(nan)


def test_a_copy_in_this_process_can_still_ask(explanation):
    assert copy.deepcopy(explanation).entity(1, 3, "X") == explanation.entity(1, 3, "X")


@pytest.mark.parametrize("number", range(9))
def test_json_keeps_it(explanation, number):
    result = results(explanation)[number]
    if isinstance(result, TokenExplanation):
        assert from_record(json.loads(json.dumps(to_record(result.explanation))))[result.word_index] == result
    else:
        assert from_record(json.loads(json.dumps(to_record(result), allow_nan=False))) == result


def test_json_keeps_what_a_crf_shows_and_what_metrics_measure(crf):
    explainer = NERExplainer(crf)
    explanation = explainer.explain(["Web", "design"])
    for result in (
        explanation.white_box(1),
        metrics.stability(explainer, ["Web", "design"], seeds=2, target=EntityType("SKILLS")),
        metrics.fidelity_by_calls(explainer, ["Web", "design"], n_calls=(2, 4)),
    ):
        assert from_record(json.loads(json.dumps(to_record(result), allow_nan=False))) == result


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("weight", "much", "weight: expected a number, found 'much'"),
        ("indices", [1.5], r"indices\[0\]: expected int, found 1.5"),
        ("indices", 3, "indices: expected a list, found 3"),
        ("name", None, "name: expected str, found None"),
        ("version", 2, "expected a record of version 1, found 2"),
        ("format", "ner-lime/nothing", "expected a record"),
    ],
)
def test_json_of_another_shape_is_one_line(explanation, field, value, message):
    data = to_record(explanation[0].contributions()[0]) | {field: value}
    with pytest.raises(InputError, match=message):
        from_record(data)
    del data[field]
    with pytest.raises(InputError, match="expected"):
        from_record(data)


def test_what_is_no_result_has_no_json():
    with pytest.raises(InputError, match=r"expected a result of ner-lime .* found list"):
        to_record([])


ELSEWHERE = """
import pickle, sys
import ner_lime as nl
explanation = pickle.load(sys.stdin.buffer)
word = explanation[1]
assert word.contributions() and word.to_text() and explanation.to_html()
for what, ask in {
    "an entity": lambda: explanation.entity(1, 3),
    "interactions": lambda: explanation.interactions(1),
    "feature selection": lambda: word.contributions(num_features=2, selection="auto"),
    "the white-box view": lambda: explanation.white_box(1),
}.items():
    try:
        ask()
    except nl.NerLimeError as error:
        assert str(error).startswith(what) and "explain the sentence again" in str(error), error
        assert "\\n" not in str(error)
    else:
        raise AssertionError(what)
sys.stdout.buffer.write(pickle.dumps(explanation))
"""


def test_it_travels_to_another_process_and_back(explanation):
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], input=pickle.dumps(explanation), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    again = pickle.loads(done.stdout)
    assert isinstance(again, Explanation)
    assert again == explanation
    assert again.session is None
    with pytest.raises(DetachedError, match="an entity needs the tagger"):
        again.entity(0, 1)


def test_an_old_explanation_answers_as_a_fresh_one_does(explainer):
    first = explainer.explain(TOKENS)
    fresh = (first.entity(1, 3, "X"), first.interactions(2), first[0].contributions(num_features=2, selection="tree"))
    for k in range(6):
        explainer.explain([f"w{k}{j}" for j in range(5)])
    tagger = explainer.tagger
    before = tagger.n
    assert (
        first.entity(1, 3, "X"),
        first.interactions(2),
        first[0].contributions(num_features=2, selection="tree"),
    ) == fresh
    assert tagger.n > before  # its samples were given up


def test_a_recent_one_is_not_asked_again(explainer):
    first = explainer.explain(TOKENS)
    first.interactions(2)
    before = explainer.tagger.n
    first.interactions(1)
    first[0].contributions(num_features=2, selection="tree")
    assert explainer.tagger.n == before


def arrays_of(explanation):
    """Bytes of its arrays."""
    fidelity = explanation.fidelity
    arrays = [getattr(explanation, name) for name in ("probabilities", "weights", "bias", "std_errors")]
    arrays += [getattr(fidelity, name) for name in ("r2", "kl", "top1", "variance", "residual")]
    return sum(array.nbytes for array in arrays)


class Forgetful:
    """Keeps nothing of what it is asked."""

    labels = ("O", "B-X")

    def predict_proba(self, sentences):
        share = np.array([[0.1 + 0.4 * (word == "a") for word in words] for words in sentences])
        return np.stack([1 - share, share], axis=2)


@pytest.mark.parametrize("n", [500, pytest.param(10_000, marks=pytest.mark.heavy)])
def test_a_list_of_explanations_weighs_what_their_arrays_weigh(n):
    explainer = NERExplainer(Forgetful(), engine="sample", n_samples=64, options=Options(ridge=0.0))
    sentence = Sentence(("a", "b", "c", "d", "e", "a", "b", "c"))
    explainer.explain(sentence)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [explainer.explain(sentence, positions=[0]) for _ in range(n)]
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    # Python's own part (15 arrays' heads, records, tuples) comes on top: under 5 kB an explanation, whatever was asked.
    # The masks and answers behind each would be 15 kB more.
    assert used < n * (arrays_of(kept[0]) + 5_000)
