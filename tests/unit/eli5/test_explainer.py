"""`TokenTextExplainer`: eli5's face, without the faults that tokens, certain labels and seeds have there."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import eli5
import numpy as np
import pytest

from ner_lime import MaskString, NERExplainer, Sentence, UniformCount
from ner_lime.eli5 import TokenMaskingSampler, TokenTextExplainer, predict_function
from ner_lime.errors import InputError, LabelError, NotFittedError, WordIndexError
from ner_lime.testing import Trigger, TriggerTagger

TEXT = "6+ years of Web UI/UX design experience, mobile design."
WEIGHTS = {"Web": {"B-SKILLS": 0.2, "I-SKILLS": 0.1}, "UI/UX": {"I-SKILLS": 0.3}, "years": {"I-SKILLS": -0.15}}


class Matrix:
    """Gives every token the same row."""

    def __init__(self, *row: float, dtype: type = np.float64) -> None:
        self.labels = tuple(f"L{k}" for k in range(len(row)))
        self.row, self.dtype = row, dtype

    def predict_proba(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
        return [np.tile(np.array(self.row, dtype=self.dtype), (len(tokens), 1)) for tokens in sentences]


@pytest.fixture
def tagger() -> TriggerTagger:
    return TriggerTagger.additive(WEIGHTS, base=0.2)


@pytest.fixture
def fitted(tagger: TriggerTagger) -> TokenTextExplainer:
    return TokenTextExplainer().fit(TEXT, tagger, 4)


def features(explained: eli5.base.Explanation, target: str) -> dict[str, float]:
    found = next(one for one in explained.targets if one.target == target).feature_weights
    return {one.feature: one.weight for one in [*found.pos, *found.neg]}


def test_additive_words_get_their_true_weights(fitted: TokenTextExplainer) -> None:
    found = features(fitted.explain_prediction(), "I-SKILLS")
    assert found.pop("<BIAS>") == pytest.approx(0.2, abs=1e-9)
    assert {name for name, weight in found.items() if abs(weight) > 1e-9} == {"Web [3]", "UI/UX [4]", "years [1]"}
    np.testing.assert_allclose([found[n] for n in ("Web [3]", "UI/UX [4]", "years [1]")], [0.1, 0.3, -0.15], atol=1e-9)


def test_sampling_finds_them_too(tagger: TriggerTagger) -> None:
    explained = TokenTextExplainer(engine="sample", n_samples=300).fit(TEXT, tagger, 4).explain_prediction()
    found = features(explained, "I-SKILLS")
    np.testing.assert_allclose([found[n] for n in ("Web [3]", "UI/UX [4]", "years [1]")], [0.1, 0.3, -0.15], atol=1e-3)


@pytest.mark.parametrize("engine", ["auto", "sample"])
def test_the_same_seed_gives_the_same_however_often_it_is_fitted(tagger: TriggerTagger, engine: str) -> None:
    explainer = TokenTextExplainer(engine=engine, n_samples=100, random_state=7)  # type: ignore[arg-type]
    first = explainer.fit(TEXT, tagger, 4)
    weights, samples, metrics = first.explanation_.weights, first.samples_, first.metrics_
    again = explainer.fit("another text", tagger, 1).fit(TEXT, tagger, 4)
    np.testing.assert_array_equal(again.explanation_.weights, weights)
    assert again.samples_ == samples
    assert again.metrics_ == metrics


@pytest.mark.parametrize("engine", ["auto", "sample"])
def test_samples_similarities_and_answers_belong_together(tagger: TriggerTagger, engine: str) -> None:
    sampler = TokenMaskingSampler(replacement="UNKNOWN", max_replace=0.5)
    explainer = TokenTextExplainer(engine=engine, n_samples=200, sampler=sampler)  # type: ignore[arg-type]
    explainer.fit(TEXT, tagger, 4)
    assert explainer.doc_ == explainer.samples_[0] == TEXT
    assert len(set(explainer.samples_)) == len(explainer.samples_) == len(explainer.similarity_)
    hidden = np.array([[word == "UNKNOWN" for word in sample.tokens] for sample in explainer.samples_])
    np.testing.assert_array_equal(hidden, ~explainer.X_)
    assert hidden[1:].sum(axis=1).min() >= 1
    assert hidden.sum(axis=1).max() == 6, "half of the 11 tokens, rounded up"
    np.testing.assert_allclose(explainer.similarity_, np.sqrt((~hidden).mean(axis=1)))
    np.testing.assert_allclose(explainer.y_proba_, predict_function(tagger, 4)(explainer.samples_), atol=1e-12)


def test_the_metrics_compare_the_local_model_with_the_tagger_over_the_neighbourhood() -> None:
    together = TriggerTagger([Trigger.all_of("B-X", 0.45, "Web", "design")], base=0.1)
    explainer = TokenTextExplainer().fit("Web design is design", together, 0)
    kept = np.array([list(np.binary_repr(k, 4)) for k in range(16)]) == "1"
    hidden = 4 - kept.sum(axis=1)
    # At most ceil(.7 * 4) = 3 of 4 are hidden, each number alike, and similar texts count more.
    share = np.array([np.sqrt(1 - k / 4) / comb(4, k) if 1 <= k <= 3 else 0.0 for k in hidden])
    truth = np.where(kept[:, 0] & (kept[:, 1] | kept[:, 3]), 0.55, 0.1)
    truth = np.column_stack([1 - truth, truth])
    design = np.column_stack([np.ones(16), kept])
    coefficients = np.linalg.lstsq(design * np.sqrt(share)[:, None], truth * np.sqrt(share)[:, None])[0]
    guess = np.clip(design @ coefficients, 1e-6, 1)
    guess /= guess.sum(axis=1, keepdims=True)
    divergence = np.average((truth * np.log(truth / guess)).sum(axis=1), weights=share)
    same = np.average((truth > 0.5)[:, 0] == (guess > 0.5)[:, 0], weights=share)
    assert explainer.metrics_ == pytest.approx({"mean_KL_divergence": divergence, "score": same})
    assert 0.5 < same < 1.0


def test_a_sigma_weighs_the_samples_as_eli5_does(tagger: TriggerTagger) -> None:
    sharp = TokenTextExplainer(rbf_sigma=0.2).fit(TEXT, tagger, 4)
    plain = TokenTextExplainer().fit(TEXT, tagger, 4)
    np.testing.assert_allclose(sharp.similarity_, eli5.lime.utils.rbf(1 - plain.similarity_, sigma=0.2))


def test_it_is_the_explanation_of_eli5s_neighbourhood() -> None:
    together = TriggerTagger([Trigger.all_of("B-X", 0.6, "Web", "design")], base=0.1)
    sampler = TokenMaskingSampler(replacement="UNK", max_replace=0.4)
    found = TokenTextExplainer(sampler=sampler).fit(TEXT, together, 0).explanation_
    wanted = NERExplainer(together, neighbourhood=UniformCount(0.4), masking=MaskString("UNK"), n_samples=5000).explain(
        TEXT, positions=[0]
    )
    np.testing.assert_array_equal(found.weights, wanted.weights)
    assert found.settings == wanted.settings


def test_targets_stay_in_the_taggers_order_whatever_the_number_of_words(fitted: TokenTextExplainer) -> None:
    for top in (None, 1, 3, (1, 1), 0):
        explained = fitted.explain_prediction(top=top)
        assert [target.target for target in explained.targets] == ["O", "B-SKILLS", "I-SKILLS"]


def test_only_so_many_words_and_how_many_more_there_are(fitted: TokenTextExplainer) -> None:
    def shape(top: int | tuple[int, int]) -> tuple[list[str], list[str], int, int]:
        found = fitted.explain_prediction(targets=["I-SKILLS"], top=top).targets[0].feature_weights
        large = [[one.feature for one in side if abs(one.weight) > 1e-6] for side in (found.pos, found.neg)]
        rest = found.pos_remaining + found.neg_remaining + len(found.pos) + len(found.neg)
        return large[0], large[1], len(found.pos) + len(found.neg), rest

    everything = shape(99)
    assert shape(2) == (["UI/UX [4]", "<BIAS>"], [], 2, everything[3])
    assert shape((1, 1)) == (["UI/UX [4]"], ["years [1]"], 2, everything[3])


def test_the_most_probable_targets(fitted: TokenTextExplainer) -> None:
    # On the sentence: B-SKILLS .4, I-SKILLS .45, O .15.
    assert [t.target for t in fitted.explain_prediction(top_targets=2).targets] == ["I-SKILLS", "B-SKILLS"]
    assert [t.target for t in fitted.explain_prediction(top_targets=-1).targets] == ["O"]
    with pytest.raises(InputError, match="found both"):
        fitted.explain_prediction(top_targets=1, targets=["O"])


def test_names_of_targets_follow_the_taggers_labels(fitted: TokenTextExplainer) -> None:
    listed = fitted.explain_prediction(target_names=["nothing", "begin", "inside"], top_targets=2)
    assert [(t.target, round(t.proba, 9)) for t in listed.targets] == [("inside", 0.45), ("begin", 0.4)]
    mapped = fitted.explain_weights(target_names={"O": "nothing"})
    assert [t.target for t in mapped.targets] == ["nothing", "B-SKILLS", "I-SKILLS"]
    with pytest.raises(InputError, match="target_names for 3 labels"):
        fitted.explain_prediction(target_names=["a", "b"])
    with pytest.raises(LabelError, match="B-CHEESE"):
        fitted.explain_prediction(targets=["B-CHEESE"])


def test_weights_have_no_sentence_and_no_probability(fitted: TokenTextExplainer) -> None:
    target = fitted.explain_weights(targets=["I-SKILLS"]).targets[0]
    assert target.proba is target.score is target.weighted_spans is None
    assert {one.value for one in target.feature_weights.pos} == {None}
    assert features(fitted.explain_weights(), "O") == features(fitted.explain_prediction(), "O")
    assert "Weight" in eli5.format_as_text(fitted.explain_weights())
    assert "Contribution" in eli5.format_as_text(fitted.explain_prediction())


def test_a_notebook_shows_the_highlighted_text_and_nothing_else_by_default(fitted: TokenTextExplainer) -> None:
    page = fitted.show_prediction(targets=["I-SKILLS"])
    assert page._repr_html_() == page.data
    assert 'title="0.300">UI/UX</span>' in page.data
    assert "Explained as" not in page.data
    assert "UI/UX [4]" not in page.data
    assert "UI/UX [4]" in fitted.show_prediction(targets=["I-SKILLS"], force_weights=True).data
    assert "UI/UX [4]" in fitted.show_weights(targets=["I-SKILLS"], top=1).data


@pytest.mark.parametrize("engine", ["auto", "sample"])
@pytest.mark.parametrize(
    ("tagger", "tokens"),
    [
        (Matrix(0.0, 1.0), ["a", "b", "c"]),
        (Matrix(1.0), ["a", "b", "c"]),
        (Matrix(0.3, 0.7), ["a"]),
        (Matrix(0.0, 1.0), ["a"]),
        (Matrix(0.1, 0.2, 0.7, dtype=np.float32), ["a", "b", "c"]),
    ],
    ids=["certain", "single label", "one token", "certain, one token", "float32"],
)
@pytest.mark.parametrize("keep", [None, 0])
def test_what_breaks_eli5_does_not_break_this(tagger: Matrix, tokens: list[str], keep: int | None, engine: str) -> None:
    sampler = TokenMaskingSampler(keep=keep)
    explainer = TokenTextExplainer(sampler=sampler, engine=engine)  # type: ignore[arg-type]
    explained = explainer.fit(tokens, tagger, 0).explain_prediction()
    for target, probability in zip(explained.targets, tagger.row, strict=True):
        assert target.proba == pytest.approx(probability, abs=1e-3)
        assert target.score == pytest.approx(probability, abs=1e-3)
        assert all(abs(one.weight) < 1e-6 for one in target.feature_weights.neg)
    assert explainer.metrics_["mean_KL_divergence"] == pytest.approx(0.0, abs=1e-4)
    assert "y='L0'" in eli5.format_as_text(explained)
    assert explainer.show_prediction().data


def test_one_token_gets_the_difference_it_makes() -> None:
    found = TokenTextExplainer().fit(["Web"], TriggerTagger.additive(WEIGHTS, base=0.2), 0)
    assert features(found.explain_prediction(), "B-SKILLS") == pytest.approx({"Web [0]": 0.2, "<BIAS>": 0.2})
    assert found.samples_[0] == "Web"


def test_a_kept_word_is_in_every_sample_and_has_no_weight(tagger: TriggerTagger) -> None:
    explainer = TokenTextExplainer(sampler=TokenMaskingSampler(keep=4)).fit(TEXT, tagger, 4)
    assert {sample.tokens[4] for sample in explainer.samples_} == {"UI/UX"}
    assert explainer.explanation_.settings.context_only
    found = features(explainer.explain_prediction(), "I-SKILLS")
    assert "UI/UX [4]" not in found
    assert found["<BIAS>"] == pytest.approx(0.5)
    with pytest.raises(InputError, match="keeps word 4, expected None or the explained word, 3"):
        explainer.fit(TEXT, tagger, 3)


def test_tokens_and_sentences_are_taken_as_they_are(tagger: TriggerTagger) -> None:
    tokens = ["Web", "UI/UX", "Web UI/UX"]
    for document in (tokens, Sentence(tuple(tokens))):
        explainer = TokenTextExplainer().fit(document, tagger, 2)
        assert explainer.explanation_.tokens == tuple(tokens)
        assert explainer.samples_[0] == "Web UI/UX Web UI/UX"
    own = TokenTextExplainer(sampler=TokenMaskingSampler(tokenizer=str.split)).fit(TEXT, tagger, 0)
    assert own.explanation_.tokens[-1] == "design."


def test_in_a_long_text_only_the_words_within_reach_are_hidden(tagger: TriggerTagger) -> None:
    tokens = [f"w{i}" for i in range(320)]
    explainer = TokenTextExplainer(engine="sample", n_samples=20).fit(tokens, tagger, 310)
    # five of the twenty are held out to measure the fidelity
    assert explainer.X_.shape == (15, 320)
    assert explainer.X_[:, :210].all()
    assert not explainer.X_[1:, 210:].all(axis=1).any()
    assert [sample.tokens[0] for sample in explainer.samples_] == ["w0"] * 15
    np.testing.assert_allclose(explainer.y_proba_, predict_function(tagger, 310)(explainer.samples_))
    np.testing.assert_allclose(explainer.similarity_, np.sqrt(explainer.X_[:, 210:].mean(axis=1)))


def test_errors_say_what_to_do(tagger: TriggerTagger) -> None:
    with pytest.raises(NotFittedError, match="call fit"):
        TokenTextExplainer().explain_prediction()
    with pytest.raises(WordIndexError, match="99"):
        TokenTextExplainer().fit(TEXT, tagger, 99)
    with pytest.raises(InputError, match="at least one word"):
        TokenTextExplainer().fit("", tagger, 0)
