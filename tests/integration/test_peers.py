"""lime and eli5 themselves beside our settings for them: the same masks, weights, fits and selections.

What is deterministic (kernel, similarity, ridge, selection) must agree to rounding on the peer's own data. What is
drawn (end to end) must agree within the peer's own spread from seed to seed.
"""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eli5.lime import TextExplainer
from eli5.lime.samplers import MaskingTextSampler
from eli5.lime.textutils import TokenizedText, cosine_similarity_vec
from eli5.lime.utils import rbf
from lime.lime_base import LimeBase
from lime.lime_text import LimeTextExplainer
from scipy.stats import chisquare

from ner_lime import CRFTagger, MaskString, NERExplainer, read_iob, tokenize
from ner_lime.eli5 import predict_function
from ner_lime.errors import InputError, WordIndexError
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.law import Law
from ner_lime.lime.linear import linear_map
from ner_lime.lime.masks import all_masks
from ner_lime.lime.selection import select
from ner_lime.types import FloatArray, Masks

TEXT = "6+ years of Web UI/UX design experience Proven mobile web application design experience"
SHORT = "6+ years of Web UI/UX design"
WORD_INDEX = 4
SEEDS = 4

# Deprecations and convergence are the peers' own affair; what they compute is ours.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def tagger(jobs: Path) -> CRFTagger:
    return CRFTagger(max_iterations=40).fit(read_iob(jobs / "train.tsv")[:500])


class Recorder(LimeBase):
    """Keeps what lime hands to its surrogate."""

    def explain_instance_with_data(self, data: Any, values: Any, distances: Any, *rest: Any, **options: Any) -> Any:
        self.data, self.values, self.distances = data, values, distances
        return super().explain_instance_with_data(data, values, distances, *rest, **options)


def run_lime(
    tagger: CRFTagger, text: str, *, seed: int, n_samples: int, num_features: int | None = None
) -> tuple[FloatArray, Recorder, int]:
    """lime on the tagger's own tokens: bias and weights (T + 1,) of the predicted label, and what it saw on its way.

    With `num_features` the others' weights are 0.
    """
    tokens, _ = tokenize(text)
    label = tagger.labels.index(tagger.predict([tokens])[0][WORD_INDEX])
    explainer = LimeTextExplainer(
        bow=False, mask_string=" UNK ", split_expression=lambda text: tokenize(text)[0], random_state=seed
    )
    explainer.base = Recorder(explainer.base.kernel_fn, random_state=explainer.random_state)
    found = explainer.explain_instance(
        text,
        predict_function(tagger, WORD_INDEX, sentence=text),
        labels=[label],
        num_features=num_features or len(tokens),
        num_samples=n_samples,
    )
    weights = dict(found.local_exp[label])
    return np.array([found.intercept[label], *(weights.get(j, 0.0) for j in range(len(tokens)))]), explainer.base, label


def ours(explainer: NERExplainer, text: str) -> FloatArray:
    """(T + 1,): bias and weights of the predicted label."""
    found = explainer.explain(text, positions=[WORD_INDEX])
    label = found.labels.index(found.predicted[WORD_INDEX])
    return np.array([found.bias[0, label], *found.weights[0, label]])


def assert_same_within_spread(first: list[FloatArray], second: list[FloatArray]) -> None:
    """The means over seeds differ by no more than their standard errors allow.

    One spread serves all coefficients: more seeds would be needed for one each.
    """
    a, b = np.array(first), np.array(second)
    spread = np.sqrt(a.var(axis=0, ddof=1).mean() / len(a) + b.var(axis=0, ddof=1).mean() / len(b))
    apart = np.abs(a.mean(axis=0) - b.mean(axis=0)) / spread
    assert apart.max() < 4.5, f"standard errors apart: {np.round(apart, 1)}"


def assert_counts_follow(law: Law, hidden: Masks) -> None:
    """A chi-square test of how many are hidden at once, and of how often each component is."""
    n, n_components = hidden.shape
    every = all_masks(n_components)
    chance = law.probability(every)
    sizes = n_components - every.sum(axis=1)
    expected = np.array([chance[sizes == k].sum() for k in range(n_components + 1)])
    found = np.bincount(hidden.sum(axis=1), minlength=n_components + 1)
    assert found[expected == 0].sum() == 0
    assert chisquare(found[expected > 0], n * expected[expected > 0]).pvalue > 1e-4
    rate = 1.0 - chance @ every
    np.testing.assert_allclose(hidden.mean(axis=0), rate, atol=5 * np.sqrt(0.25 / n))


# lime: the neighbourhood


@pytest.mark.parametrize("text", [TEXT, SHORT, "design of one UI/UX x"])
def test_limes_masks_are_drawn_from_the_cosine_law_and_the_full_sentence_comes_once_more(
    tagger: CRFTagger, text: str
) -> None:
    _, seen, _ = run_lime(tagger, text, seed=1, n_samples=3000)
    masks = seen.data.astype(bool)
    assert masks[0].all()
    assert not masks[1:].all(axis=1).any()
    assert_counts_follow(Cosine(), ~masks[1:])
    assert_counts_follow(Cosine(), ~Cosine().draw(np.random.default_rng(0), 3000, masks.shape[1]))


@pytest.mark.parametrize("width", [25, 10, 100])
def test_limes_kernel_is_the_cosine_laws_weight(width: int) -> None:
    masks = all_masks(7)
    kernel = LimeTextExplainer(kernel_width=width).base.kernel_fn
    # lime's distances are cosine distances times 100 (and all hidden is at distance 1).
    norm = np.sqrt(masks.sum(axis=1))
    cosine = np.divide(masks.sum(axis=1), norm * np.sqrt(7), out=np.zeros(len(masks)), where=norm > 0)
    np.testing.assert_allclose(Cosine(width=width / 100).weight(masks), kernel(100 * (1 - cosine)), rtol=1e-9)


def test_limes_own_distances_give_the_same_weights(tagger: CRFTagger) -> None:
    _, seen, _ = run_lime(tagger, TEXT, seed=1, n_samples=300)
    np.testing.assert_allclose(Cosine().weight(seen.data.astype(bool)), seen.kernel_fn(seen.distances), rtol=1e-9)


def test_lime_as_it_is_works_with_the_predict_function_or_is_told_what_to_change(tagger: CRFTagger) -> None:
    f = predict_function(tagger, WORD_INDEX, sentence=TEXT)
    by_position = LimeTextExplainer(class_names=f.labels, bow=False, split_expression=r"\s+", random_state=0)
    found = by_position.explain_instance(TEXT, f, top_labels=1, num_samples=200)  # hidden words are UNKWORDZ
    assert f.labels[found.top_labels[0]] == "I-SKILLS"
    assert "UI/UX" in dict(found.as_list(label=found.top_labels[0]))
    for function, error in ((f, InputError), (predict_function(tagger, WORD_INDEX), WordIndexError)):
        with pytest.raises(error, match=r"text \d+ .*lime: bow=False"):
            LimeTextExplainer(random_state=0).explain_instance(TEXT, function, num_samples=200)


def test_a_mask_string_between_blanks_stays_a_word_beside_any_punctuation(tagger: CRFTagger) -> None:
    text = "Web (UI/UX) design, beta (and more)."
    found, seen, _ = run_lime(tagger, text, seed=0, n_samples=300)  # the function refuses other numbers of tokens
    assert len(found) == 1 + len(tokenize(text)[0]) == 1 + seen.data.shape[1]
    with pytest.raises(InputError, match=r"expected 12 tokens, found \d+: .*mask_string=' UNK '"):
        LimeTextExplainer(
            bow=False, mask_string="UNK", split_expression=lambda text: tokenize(text)[0], random_state=0
        ).explain_instance(text, predict_function(tagger, WORD_INDEX, sentence=text), num_samples=300)


# lime: the fit


@pytest.mark.parametrize("text", [TEXT, SHORT])
def test_our_ridge_is_limes_on_limes_own_masks(tagger: CRFTagger, text: str) -> None:
    theirs, seen, label = run_lime(tagger, text, seed=2, n_samples=400)
    masks = seen.data.astype(bool)
    bias, weights = linear_map(masks, Cosine().weight(masks), ridge=1.0).fit(seen.values[:, [label]])
    np.testing.assert_allclose([bias[0], *weights[:, 0]], theirs, atol=1e-9)


def test_lime_on_our_masks_is_our_ridge(tagger: CRFTagger) -> None:
    masks = np.vstack([np.ones((1, 13), dtype=bool), Cosine().draw(np.random.default_rng(3), 500, 13)])
    values = np.random.default_rng(4).random((501, 3))
    weight = Cosine().weight(masks)
    base = LimeBase(lambda _: weight)
    bias, weights = linear_map(masks, weight, ridge=1.0).fit(values)
    for label in range(3):
        intercept, found, _, prediction = base.explain_instance_with_data(
            masks.astype(float), values, np.zeros(501), label, 13, feature_selection="none"
        )
        assert intercept == pytest.approx(bias[label], abs=1e-9)
        np.testing.assert_allclose([dict(found)[j] for j in range(13)], weights[:, label], atol=1e-9)
        assert prediction[0] == pytest.approx(bias[label] + weights[:, label].sum(), abs=1e-9)


@pytest.mark.parametrize("text", [TEXT, SHORT], ids=["13 words", "6 words"])
def test_like_lime_agrees_with_lime_end_to_end(tagger: CRFTagger, text: str) -> None:
    def by_us(seed: int) -> FloatArray:
        explainer = NERExplainer.like_lime(tagger, n_samples=2000, random_state=seed, masking=MaskString("UNK"))
        return ours(explainer, text)

    by_lime = [run_lime(tagger, text, seed=seed, n_samples=2000)[0] for seed in range(SEEDS)]
    assert_same_within_spread(by_lime, [by_us(seed) for seed in range(SEEDS)])


@pytest.mark.parametrize("num_features", [4, 10], ids=["forward selection", "highest weights"])
def test_the_features_that_lime_shows_end_to_end(tagger: CRFTagger, num_features: int) -> None:
    def by_us(seed: int) -> FloatArray:
        explainer = NERExplainer.like_lime(tagger, n_samples=2000, random_state=seed, masking=MaskString("UNK"))
        word = explainer.explain(TEXT, positions=[WORD_INDEX])[WORD_INDEX]
        weights = np.zeros(len(word.explanation.tokens))
        for contribution in word.contributions(num_features=num_features, selection="auto"):
            weights[contribution.word_index] = contribution.weight
        assert np.count_nonzero(weights) == num_features
        return weights

    by_lime = [
        run_lime(tagger, TEXT, seed=seed, n_samples=2000, num_features=num_features)[0][1:] for seed in range(SEEDS)
    ]
    assert_same_within_spread(by_lime, [by_us(seed) for seed in range(SEEDS)])


def test_a_single_word_is_explained_as_lime_does_it(tagger: CRFTagger) -> None:
    f = predict_function(tagger, 0)
    label = int(f(["design"])[0].argmax())
    lime = LimeTextExplainer(bow=False, mask_string="UNK", random_state=0)
    theirs = dict(lime.explain_instance("design", f, labels=[label], num_samples=2000).local_exp[label])[0]
    found = NERExplainer.like_lime(tagger, n_samples=2000, masking=MaskString("UNK")).explain("design")
    assert found.weights[0, label, 0] == pytest.approx(theirs, abs=1e-9)


# lime: feature selection

METHODS = ("none", "forward_selection", "highest_weights", "lasso_path", "auto")


def compare_selection(masks: Masks, weight: FloatArray, values: FloatArray, k: int, method: Any) -> None:
    theirs = LimeBase(None).feature_selection(masks.astype(float), values, weight, k, method)
    chosen, bias, weights = select(masks, weight, values, k, method, ridge=1.0)
    assert sorted(chosen) == sorted(map(int, theirs)), f"{method}, {k} features"
    intercept, found, _, _ = LimeBase(lambda _: weight).explain_instance_with_data(
        masks.astype(float), values[:, None], np.zeros(len(masks)), 0, k, feature_selection=method
    )
    assert dict(found) == pytest.approx(dict(zip(chosen, weights, strict=True)), abs=1e-9)
    assert bias == pytest.approx(intercept, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(2))
def test_the_same_words_are_selected_on_limes_own_samples(tagger: CRFTagger, method: str, seed: int) -> None:
    _, seen, label = run_lime(tagger, TEXT, seed=seed, n_samples=150)
    masks = seen.data.astype(bool)
    for k in (1, 3, 7):
        compare_selection(masks, seen.kernel_fn(seen.distances), seen.values[:, label], k, method)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_components_are_selected_of_any_function(method: str) -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        masks = np.vstack([np.ones((1, 8), dtype=bool), Cosine().draw(rng, 80, 8)])
        logit = (
            masks @ (rng.normal(size=8) * rng.choice([0.0, 0.1, 1.0], 8)) + (masks[:, 0] & masks[:, 7]) - masks[:, 1]
        )
        for k in (2, 4, 7):
            compare_selection(masks, Cosine().weight(masks), 1 / (1 + np.exp(-logit)), k, method)


@pytest.mark.parametrize("seed", [22, 33, 41, 89, 145])
def test_the_lasso_path_is_left_at_the_same_step_where_a_component_drops_out(seed: int) -> None:
    """With components that go together, one may leave the path as another joins: lime takes the last set that fits."""
    rng = np.random.default_rng(seed)
    n_components = int(rng.integers(4, 10))
    common = rng.normal(size=(80, 2)) @ rng.normal(size=(2, n_components))
    masks = np.asarray(common + 0.5 * rng.normal(size=common.shape) > 0)
    masks[0] = True
    weight = rng.random(80)
    values = masks @ (rng.normal(size=n_components) * 3) + 0.3 * rng.normal(size=80)
    for k in range(1, n_components + 1):
        compare_selection(masks, weight, values, k, "lasso_path")


# eli5: the neighbourhood


@pytest.mark.parametrize("max_replace", [0.05, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_eli5_hides_as_many_at_most_as_the_uniform_count_law(max_replace: float) -> None:
    for n_components in range(1, 60):
        limits = TokenizedText("")._get_min_max(1, max_replace, n_components)
        assert limits == (1, UniformCount(max_replace).max_hidden(n_components))


@pytest.mark.parametrize("max_replace", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("bow", [False, True], ids=["positions", "bag of words"])
def test_eli5s_masks_are_drawn_from_the_uniform_count_law(max_replace: float, bow: bool) -> None:
    text = "a b c d e f g"  # no word twice: a bag of words is then the same law
    sampler = MaskingTextSampler(bow=bow, replacement="UNK", max_replace=max_replace, random_state=1)
    _, similarity, hidden, _ = sampler.sample_near_with_mask(text, 3000)
    law = UniformCount(max_replace)
    assert_counts_follow(law, np.asarray(hidden, dtype=bool))
    assert_counts_follow(law, ~law.draw(np.random.default_rng(0), 3000, 7))
    np.testing.assert_allclose(law.weight(~np.asarray(hidden, dtype=bool)), similarity, atol=1e-6)


@pytest.mark.parametrize("n_components", [1, 2, 7, 40])
def test_eli5s_similarity_is_the_uniform_count_laws_weight(n_components: int) -> None:
    hidden = np.arange(n_components + 1)
    masks = hidden[:, None] <= np.arange(n_components)
    similarity = cosine_similarity_vec(n_components, hidden)  # with 1e-6 under its roots against division by zero
    np.testing.assert_allclose(UniformCount().weight(masks), similarity, atol=1e-6)
    for sigma in (0.1, 1.0):
        weight = UniformCount(rbf_sigma=sigma).weight(masks)
        np.testing.assert_allclose(weight, rbf(1 - similarity, sigma=sigma), atol=1e-6 / sigma)


def test_what_eli5_does_by_default_is_known() -> None:
    """`UniformCount()` has the tutorial's 70 %; eli5 may hide all, and 30 % of samples hide equal words together."""
    assert signature(MaskingTextSampler).parameters["max_replace"].default == 1.0
    explainer = TextExplainer()
    assert explainer.rbf_sigma is None
    assert explainer.n_samples == signature(NERExplainer.like_eli5).parameters["n_samples"].default == 5000
    assert [(s.bow, s.max_replace) for s in explainer.sampler.samplers] == [(False, 1.0), (True, 1.0)]
    np.testing.assert_allclose(explainer.sampler.weights, [0.7, 0.3])


# eli5: the fit


@pytest.fixture(scope="module")
def eli5_runs(tagger: CRFTagger) -> list[TextExplainer]:
    """eli5 on the tagger's own tokens, each position by itself."""
    return [
        TextExplainer(
            sampler=MaskingTextSampler(
                bow=False, replacement="UNK", max_replace=0.7, token_pattern=r"\S+", random_state=seed
            ),
            position_dependent=True,
            token_pattern=r"\S+",
            n_samples=2000,
            random_state=seed,
        ).fit(TEXT, predict_function(tagger, WORD_INDEX, sentence=TEXT))
        for seed in range(SEEDS)
    ]


@pytest.fixture(scope="module")
def our_runs(tagger: CRFTagger) -> list[FloatArray]:
    def explainer(seed: int) -> NERExplainer:
        return NERExplainer.like_eli5(tagger, n_samples=2000, random_state=seed, masking=MaskString("UNK"))

    return [ours(explainer(seed), TEXT) for seed in range(SEEDS)]


def label_of(tagger: CRFTagger) -> int:
    return tagger.labels.index(tagger.predict([TEXT.split()])[0][WORD_INDEX])


def test_like_eli5_is_the_linear_fit_to_eli5s_own_samples(
    tagger: CRFTagger, eli5_runs: list[TextExplainer], our_runs: list[FloatArray]
) -> None:
    label, fits = label_of(tagger), []
    for run in eli5_runs:
        masks = np.asarray(run.X_, dtype=bool)
        np.testing.assert_allclose(UniformCount().weight(masks), run.similarity_, atol=1e-6)
        bias, weights = linear_map(masks, run.similarity_).fit(run.y_proba_[:, [label]])
        fits.append(np.array([bias[0], *weights[:, 0]]))
    assert_same_within_spread(fits, our_runs)


def test_like_eli5_and_eli5s_white_box_differ_by_no_more_than_the_white_box_errs(
    tagger: CRFTagger, eli5_runs: list[TextExplainer], our_runs: list[FloatArray]
) -> None:
    """eli5's white box is a penalised logistic regression on labels drawn at random: its weights are log-odds.

    So they are compared on probabilities: what hiding a word changes, on average over the neighbourhood, in the white
    box's probability of the label (its linear projection) beside our weights. The penalty and the other form of the
    model leave a difference that no number of samples removes; it must be less than half of the white box's own error
    against the tagger (root mean square, over words and over the same masks), and both must name the same three words.
    """
    label = label_of(tagger)
    masks = UniformCount().draw(np.random.default_rng(9), 2000, 13)
    weight = UniformCount().weight(masks)
    words = TEXT.split()
    texts = [" ".join(word if kept else "UNK" for word, kept in zip(words, row, strict=True)) for row in masks]
    truth = predict_function(tagger, WORD_INDEX)(texts)[:, label]
    effects, errors = [], []
    for run in eli5_runs:
        answers = run.clf_.predict_proba(masks.astype(float))[:, list(run.clf_.classes_).index(label)]
        effects.append(linear_map(masks, weight).fit(answers[:, None])[1][:, 0])
        errors.append(np.sqrt(np.average((answers - truth) ** 2, weights=weight)))
    theirs, mine = np.mean(effects, axis=0), np.mean(our_runs, axis=0)[1:]
    assert np.sqrt(np.mean((theirs - mine) ** 2)) < np.mean(errors) / 2
    assert np.corrcoef(theirs, mine)[0, 1] > 0.99
    largest = [set(np.argsort(-np.abs(row))[:3].tolist()) for row in (theirs, mine)]
    assert largest[0] == largest[1]
