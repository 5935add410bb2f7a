"""Texts against brute force over all masks, and the peers on the same masks."""

from __future__ import annotations

import json
import pickle
from itertools import product

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import ner_lime as nl
from ner_lime.errors import ClassifierError, DetachedError, InputError, LabelError
from ner_lime.explainers.document.levels import stretches
from ner_lime.explainers.document.logistic import logistic_fit
from ner_lime.explainers.document.parts import grouped, occurrences, word_places

TEXT = "Cheap pills: buy CHEAP pills now, dear friend! cheap offer ends soon."


def score(text: str) -> float:
    words = text.split()
    z = 0.9 * ("Cheap" in text) + 0.6 * ("pills" in text) * ("now" in text) - 0.02 * len(words) + 0.3 * text.count("!")
    return float(1 / (1 + np.exp(-z)))


def classify(texts):
    p = np.array([score(text) for text in texts])
    return np.column_stack([1 - p, p])


MODEL = nl.as_classifier(classify, classes=["ham", "spam"])


def hidden(text, offsets, mask):
    """The text without some words, the slow way."""
    for (start, end), keep in reversed(list(zip(offsets, mask, strict=True))):
        if not keep:
            text = text[:start] + text[end:]
    return text


def test_weights_are_differences_of_conditional_means_over_all_masks():
    e = nl.TextExplainer(MODEL, n_samples=2**12).explain(TEXT)
    masks = np.array(list(product([False, True], repeat=len(e.words))))
    values = classify([hidden(TEXT, e.offsets, mask) for mask in masks])[:, 1]
    share = 0.7 ** masks.sum(axis=1) * 0.3 ** (~masks).sum(axis=1)
    for j in range(len(e.words)):
        on, off = masks[:, j], ~masks[:, j]
        effect = (share * values)[on].sum() / share[on].sum() - (share * values)[off].sum() / share[off].sum()
        assert e.weights[1, j] == pytest.approx(effect, abs=1e-12)
    assert e.settings.engine == "exact"
    assert not e.std_errors.any()


def test_sampled_weights_are_near_and_their_intervals_cover():
    exact = nl.TextExplainer(MODEL, n_samples=2**12).explain(TEXT)
    options = nl.SolverOptions("sample", 0.0)
    inside = []
    for seed in range(8):
        e = nl.TextExplainer(MODEL, n_samples=256, random_state=seed, options=options).explain(TEXT)
        assert np.linalg.norm(e.weights[1] - exact.weights[1]) < 0.05 * np.linalg.norm(exact.weights[1])
        inside.append(np.abs(e.weights[1] - exact.weights[1]) <= 1.96 * e.std_errors[1] + 1e-12)
    assert np.mean(inside) > 0.85
    assert e == nl.TextExplainer(MODEL, n_samples=256, random_state=7, options=options).explain(TEXT)


def test_occurrences_have_weights_of_their_own_or_one_together():
    alone = nl.TextExplainer(MODEL).explain("pills now pills")
    together = nl.TextExplainer(MODEL, words="together").explain("pills now pills")
    assert [c.indices for c in sorted(alone.contributions(), key=lambda c: c.index)] == [(0,), (1,), (2,)]
    assert {c.name for c in together.contributions()} == {"pills ×2", "now"}
    shown = nl.TextExplainer(MODEL, words="together").mask_function("pills now pills")
    assert shown.texts(np.array([[False, True]])) == [" now "]


def test_the_mask_token_stands_in_place_of_words_and_groups_go_with_their_gaps():
    explainer = nl.TextExplainer(nl.as_classifier(classify, classes=["ham", "spam"], mask_token="[MASK]"))
    assert explainer.mask_function("a b, c").texts(np.array([[False, True, False]])) == ["[MASK] b, [MASK]"]
    two = nl.TextExplainer(MODEL).mask_function("One two. Three, four.", groups="sentences")
    assert two.texts(np.array([[False, True], [True, False]])) == [". Three, four.", "One two. ."]


def test_equal_texts_are_asked_once():
    asked: list[str] = []

    def counted(texts):
        asked.extend(texts)
        return classify(texts)

    e = nl.TextExplainer(nl.as_classifier(counted, classes=["ham", "spam"])).explain("pills pills now")
    assert e.settings.n_calls == len(asked) < 2**3 + 3


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ("sentences", ((0, 1), (2, 3), (4,))),
        ("lines", ((0, 1, 2, 3), (4,))),
        ("paragraphs", ((0, 1, 2, 3, 4),)),
        ([[0, 2]], ((0, 2), (1,), (3,), (4,))),
    ],
)
def test_groups(groups, found):
    text = "A b. C d?\nE"
    assert grouped(text, word_places(text, r"\w+"), groups) == found


def test_like_lime_is_lime_on_the_same_masks():
    from lime.lime_base import LimeBase

    e = nl.TextExplainer.like_lime(MODEL, n_samples=400).explain(TEXT)
    samples = e.selector.estimate.samples
    base = LimeBase(lambda share: share, random_state=0)
    bias, found, _, _ = base.explain_instance_with_data(
        samples.masks.astype(float), samples.values[:, 0], samples.share[:, 0], 1, 100, feature_selection="none"
    )
    for j, weight in found:
        assert e.weights[1, j] == pytest.approx(weight, abs=1e-9)
    assert e.bias("spam") == pytest.approx(bias, abs=1e-9)


def test_like_lime_hides_what_lime_hides():
    from lime.lime_text import IndexedString

    text = "win cash, cash now"
    theirs = IndexedString(text, bow=True)
    ours = nl.TextExplainer.like_lime(MODEL).mask_function(text)
    for hide in ([0], [1], [0, 2], [0, 1, 2]):
        mask = np.ones((1, 3), dtype=bool)
        mask[0, [theirs.inverse_vocab.index(("win", "cash", "now")[j]) for j in hide]] = False
        assert ours.texts(mask) == [
            theirs.inverse_removing([theirs.inverse_vocab.index(("win", "cash", "now")[j]) for j in hide])
        ]


def test_like_lime_selects_as_lime_does():
    from lime.lime_base import LimeBase

    e = nl.TextExplainer.like_lime(MODEL, n_samples=400).explain(TEXT)
    samples = e.selector.estimate.samples
    base = LimeBase(lambda share: share, random_state=0)
    _, found, _, _ = base.explain_instance_with_data(
        samples.masks.astype(float),
        samples.values[:, 0],
        samples.share[:, 0],
        1,
        3,
        feature_selection="highest_weights",
    )
    chosen = {c.index: c.weight for c in e.contributions("spam", num_features=3, selection="highest_weights")}
    components = e.attribution.components
    assert chosen == pytest.approx({components[j][0]: weight for j, weight in found}, abs=1e-9)


def test_like_eli5_is_within_eli5s_own_spread():
    from eli5.lime import TextExplainer

    texts = [
        "free cash now",
        "see you there",
        "cash for you",
        "hello there friend",
        "win cash",
        "free lunch friend",
    ] * 3
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=20)).fit(texts, ["s", "h", "s", "h", "s", "h"] * 3)
    text = "win free cash for a friend there"
    theirs = []
    for seed in range(6):
        vec = CountVectorizer(token_pattern=r"(?u)\b\w+\b")
        explainer = TextExplainer(n_samples=1000, random_state=seed, vec=vec).fit(text, model.predict_proba)
        weights = dict(zip(explainer.vec_.get_feature_names_out(), explainer.clf_.coef_[0], strict=True))
        theirs.append([weights[word] for word in text.split()])
    e = nl.TextExplainer.like_eli5(model, n_samples=1000).explain(text)
    mean, spread = np.mean(theirs, axis=0), np.std(theirs, axis=0)
    assert (np.abs(e.weights[1] - mean) < 4 * spread + 0.1 * np.abs(mean).max()).all()
    assert np.corrcoef(e.weights[1], mean)[0, 1] > 0.98
    assert "log-odds" in e.settings.estimator


def test_the_logistic_fit_finds_a_logistic_model():
    masks = np.random.default_rng(0).random((4000, 3)) < 0.5
    p = 1 / (1 + np.exp(-(masks @ [2.0, -1.0, 0.0] - 0.3)))
    bias, weights = logistic_fit(masks, np.ones(4000), np.column_stack([1 - p, p]), 0)
    np.testing.assert_allclose(weights[1], [2, -1, 0], atol=0.3)
    np.testing.assert_allclose(bias, [-bias[1], bias[1]])


def test_long_texts_in_two_levels_find_the_word():
    rng = np.random.default_rng(1)
    vocabulary = [f"w{k}" for k in range(500)]
    lines = [" ".join(rng.choice(vocabulary, 25)) for _ in range(200)]
    lines[137] += " treasure"
    e = nl.TextExplainer(
        nl.as_classifier(
            lambda texts: [[0.1, 0.9] if "treasure" in text else [0.9, 0.1] for text in texts], classes=["no", "yes"]
        )
    ).explain("\n".join(lines))
    assert len(e.words) == 5001
    assert e.contributions()[0].name == "treasure"
    assert e.contributions()[0].weight == pytest.approx(0.8, abs=0.01)
    assert "stretches first" in e.settings.estimator
    assert e.settings.n_calls <= 2 * 512 + 6


def test_stretches_cover_every_word_once():
    for text in ("a " * 900, "\n".join(["one two three"] * 500), "A b c. " * 120):
        offsets = word_places(text, r"\w+")
        found = stretches(text, offsets)
        assert [word for group in found for word in group] == list(range(len(offsets)))
        assert 4 <= len(found) <= 64


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: nl.TextExplainer(MODEL).explain(""), "empty text"),
        (lambda: nl.TextExplainer(MODEL).explain("?! ..."), "no word in"),
        (lambda: nl.TextExplainer(MODEL).explain(["a"]), "expected a text"),
        (lambda: nl.TextExplainer(MODEL).explain("a b", split="("), "regular expression"),
        (lambda: nl.TextExplainer(MODEL).explain("a b", groups="pages"), "'pages'"),
        (lambda: nl.TextExplainer(MODEL).explain("a b", groups=[[0], [0]]), "different word indices"),
        (lambda: nl.TextExplainer(MODEL, words="each"), "occurrences"),
        (lambda: nl.TextExplainer(MODEL, n_samples=1), "n_samples"),
        (lambda: nl.TextExplainer(MODEL, neighbourhood=3), "neighbourhood"),
    ],
)
def test_bad_input_gets_one_line(call, says):
    with pytest.raises(InputError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_answers_that_change_are_noticed():
    rng = np.random.default_rng(0)

    def moody(texts):
        p = rng.random(len(texts))
        return np.column_stack([p, 1 - p])

    with pytest.raises(ClassifierError, match="changed by"):
        nl.TextExplainer(nl.as_classifier(moody, classes=["a", "b"])).explain("one two")


def test_one_class_and_one_word_are_no_crash():
    one = nl.TextExplainer(nl.as_classifier(lambda texts: np.ones((len(texts), 1)), classes=["all"])).explain("a b")
    assert one.verdict.level == "do not trust"
    assert nl.TextExplainer(MODEL).explain("Cheap").contributions()[0].name == "Cheap"


def test_stop_words_only_explain_nothing():
    texts = ["cash and carry", "hello the you", "cash the", "hello and"]
    model = make_pipeline(CountVectorizer(stop_words="english"), LogisticRegression()).fit(texts, [1, 0, 1, 0])
    e = nl.TextExplainer(model).explain("and the")
    assert (e.verdict.level, "nothing to explain" in str(e.verdict)) == ("do not trust", True)


def test_it_is_plain_data():
    e = nl.TextExplainer(MODEL).explain(TEXT)
    assert pickle.loads(pickle.dumps(e)) == e
    back = nl.DocumentExplanation.from_dict(json.loads(json.dumps(e.to_dict(), allow_nan=False)))
    assert back == e
    with pytest.raises(DetachedError, match="explain the input again"):
        back.contributions(num_features=2, selection="auto")
    assert len(e.contributions(num_features=2, selection="auto")) == 2


def test_reading_it():
    e = nl.TextExplainer(MODEL).explain(TEXT)
    assert e.label == max(e.probabilities, key=e.probabilities.get)
    assert e.probability == pytest.approx(score(TEXT))
    contrast = e.contributions(nl.Contrast("spam", "ham"))[0]
    assert contrast.weight == pytest.approx(
        2 * next(c.weight for c in e.contributions("spam") if c.index == contrast.index)
    )
    assert e.top(1) == (e.label,)
    with pytest.raises(LabelError, match="eggs"):
        e.contributions("eggs")


def test_many_texts_are_numbered():
    done = []
    cases = nl.TextExplainer(MODEL).explain_many(["Cheap pills", "hello"], progress=lambda *p: done.append(p))
    assert ([e.case for e in cases], done) == (["1", "2"], [(1, 2), (2, 2)])


def test_occurrence_components_keep_the_order_of_the_text():
    assert occurrences(["b", "a", "b"], together=True) == ((0, 2), (1,))
