"""Which engine answers which question about a sentence."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.crf import CRFTagger, messages
from ner_lime.errors import InputError, IntractableError
from ner_lime.explainers.sentence import NERExplainer, Options
from ner_lime.explainers.sentence.masking import MaskString, Resample
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount

TOKENS = ["6+", "years", "of", "Web", "UI/UX", "design", "experience", "or", "an", "equivalent", "degree", "in", "Arts"]


class BlackBox:
    """The same tagger, which lets nobody look inside."""

    def __init__(self, tagger):
        self.labels, self.predict_proba = tagger.labels, tagger.predict_proba


def settings(tagger, tokens, **more):
    context = more.pop("context_only", False)
    groups = more.pop("groups", None)
    explainer = NERExplainer(tagger, masking=more.pop("masking", MaskString("UNK")), **more)
    return explainer.explain(tokens, positions=[1], context_only=context, groups=groups).settings


class TestChoice:
    @pytest.mark.parametrize(
        ("length", "options", "estimator"),
        [
            (4, {}, "all masks"),
            (10, {}, "all masks"),
            (11, {}, "merged messages"),
            (13, {}, "merged messages"),
            (13, {"engine": "exact"}, "merged messages"),
            (13, {"n_samples": 2**13}, "all masks"),
            (13, {"method": "shapley"}, "merged messages"),
            (13, {"context_only": True}, "merged messages"),
            (13, {"neighbourhood": Cosine()}, "all masks"),
            (13, {"neighbourhood": UniformCount()}, "all masks"),
            (13, {"groups": [(0, 1)]}, "all masks"),
        ],
    )
    def test_a_crf_is_explained_exactly(self, crf, length, options, estimator):
        found = settings(crf, TOKENS[:length], **options)
        assert (found.engine, found.estimator) == ("exact", estimator)
        assert found.random_state is None
        assert found.tolerance is not None

    def test_what_no_programme_covers_is_sampled(self, crf):
        long = [*TOKENS, *TOKENS]
        for options in ({"neighbourhood": Cosine()}, {"groups": [(0, 1)]}, {"engine": "sample"}):
            found = settings(crf, long, n_samples=64, **options)
            assert (found.engine, found.random_state, found.tolerance) == ("sample", 0, None)
            assert "kernel" in found.estimator or "linear" in found.estimator

    @pytest.mark.parametrize(
        ("length", "options", "engine"),
        [
            (5, {}, "exact"),
            (9, {}, "exact"),
            (10, {}, "sample"),
            (10, {"n_samples": 1024}, "exact"),
            (5, {"n_samples": 20}, "sample"),
            (5, {"engine": "sample"}, "sample"),
            (10, {"engine": "exact"}, "exact"),
        ],
    )
    def test_a_black_box_is_asked_for_all_masks_where_the_budget_allows(self, crf, length, options, engine):
        assert settings(BlackBox(crf), TOKENS[:length], **options).engine == engine

    def test_exactness_that_can_t_be_had(self, crf):
        with pytest.raises(InputError, match=r'exact answer for 26 components.*engine="sample"'):
            settings(BlackBox(crf), [*TOKENS, *TOKENS], engine="exact")
        with pytest.raises(InputError, match="exact answer"):
            settings(crf, [*TOKENS, *TOKENS], engine="exact", neighbourhood=Cosine())

    def test_messages_that_do_not_merge(self, crf, monkeypatch):
        """As with many labels and strong transitions: all masks where they are few, else a sample."""
        monkeypatch.setattr(messages, "MAX_COVARIANCES", 1000)
        assert settings(crf, TOKENS).estimator == "all masks"
        assert settings(crf, [*TOKENS, *TOKENS], n_samples=64).engine == "sample"
        with pytest.raises(IntractableError, match=r'differ too much to be merged .*at most 1000.*engine="sample"'):
            settings(crf, [*TOKENS, *TOKENS], engine="exact")

    def test_features_of_the_whole_sentence_are_a_black_box(self, advertisements):
        def features(tokens, i):
            return {"word": tokens[i].lower(), "share": sum(word.istitle() for word in tokens) / len(tokens)}

        tagger = CRFTagger(features=features, max_iterations=5).fit(advertisements[:30])
        found = settings(tagger, TOKENS, n_samples=64)
        assert found.engine == "sample"
        few = NERExplainer(tagger, masking=MaskString("UNK")).explain(TOKENS[:6])
        sequences = [
            [word if bit else "UNK" for word, bit in zip(TOKENS, mask, strict=False)] for mask in oracles.masks_of(6)
        ]
        values = np.array(tagger.predict_proba(sequences))
        _, effects, _ = oracles.product_moments(oracles.masks_of(6), values[:, 2], 0.7)
        assert few.weights[2] == pytest.approx(effects, abs=1e-9)


class TestCounts:
    def test_the_calls_are_those_that_were_made(self, crf):
        class Counting(BlackBox):
            def __init__(self, tagger):
                self.labels, self.inner, self.n = tagger.labels, tagger, 0

            def predict_proba(self, sentences):
                self.n += len(sentences)
                return self.inner.predict_proba(sentences)

        tagger = Counting(crf)
        explanation = NERExplainer(tagger, n_samples=40).explain(TOKENS)
        # those to fit and for the fidelity; on top the whole sentence once more, everything hidden, and two repeated
        assert explanation.settings.n_calls == tagger.n == 40 + 2 + 2

    def test_resampling_averages_over_its_draws(self, crf):
        masking = Resample([["Java", "Rust", "1+", "in", "UI/UX", "weeks"]], draws=3)
        explanation = NERExplainer(crf, masking=masking, engine="exact").explain(TOKENS[:11])
        assert explanation.settings.random_state == 0
        replacements = masking.replacements(TOKENS[:11], crf, np.random.default_rng(0))
        masks = oracles.masks_of(11)
        values = np.mean([oracles.masked_marginals(crf, TOKENS[:11], r, masks) for r in replacements], axis=0)
        for position in (0, 4, 10):
            mean, effects, _ = oracles.product_moments(masks, values[:, position], 0.7)
            assert explanation.weights[position] == pytest.approx(effects, abs=1e-3)
            assert explanation.bias[position] == pytest.approx(mean - 0.7 * effects.sum(axis=1), abs=1e-3)


class TestOptions:
    def test_a_finer_tolerance_is_finer(self, crf):
        masks = oracles.masks_of(12)
        values = oracles.masked_marginals(crf, TOKENS[:12], ["UNK"] * 12, masks)
        _, effects, _ = oracles.product_moments(masks, values[:, 4], 0.7)
        for tolerance in (1e-3, 1e-8):
            explainer = NERExplainer(crf, masking=MaskString(), options=Options(tolerance=tolerance))
            explanation = explainer.explain(TOKENS[:12], positions=[4])
            assert explanation.settings.tolerance <= tolerance
            assert np.abs(explanation.weights[0] - effects).max() <= tolerance

    def test_a_ridge_is_the_plain_fit(self, crf):
        explainer = NERExplainer(BlackBox(crf), engine="sample", n_samples=64, options=Options(ridge=1.0))
        assert explainer.explain(TOKENS[:6]).settings.estimator == "linear fit"

    def test_likenesses(self, crf):
        lime, eli5 = NERExplainer.like_lime(crf), NERExplainer.like_eli5(crf)
        assert (lime.neighbourhood, lime.n_samples, lime.options.ridge) == (Cosine(0.25), 5000, 1.0)
        assert (eli5.neighbourhood, eli5.n_samples, eli5.options.ridge) == (UniformCount(0.7), 5000, 0.0)
        assert lime.engine == eli5.engine == "sample"
        assert NERExplainer(crf).neighbourhood == Bernoulli(0.7)
