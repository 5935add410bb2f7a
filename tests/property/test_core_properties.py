"""What holds for every sentence, mask, chain and table of answers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import oracles
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ner_lime.crf import lattice
from ner_lime.crf.entries import Emissions, Law
from ner_lime.crf.exact import expectations
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.blocks import MAX_WHOLE, split
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explainers.sentence.groups import components
from ner_lime.explainers.sentence.mask_function import SentenceMasks
from ner_lime.explainers.sentence.masking import MaskString, Resample, apply, word_shape
from ner_lime.explainers.sentence.masking_check import weighted_tau
from ner_lime.explanation.targets import AnyEntity, EntityType, spellings
from ner_lime.explanation.verdict import LEVELS, Evidence, judge
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.law import shares
from ner_lime.lime.linear import linear_map
from ner_lime.lime.masks import all_masks
from ner_lime.lime.sampling import MIN_CHECKED
from ner_lime.lime.selection import select
from ner_lime.lime.shapley import Shapley, shapley_matrix

WORD = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
TOKENS = st.lists(WORD, min_size=1, max_size=7)
SHARE = st.floats(0.01, 0.99)
NEIGHBOURHOOD = st.one_of(
    st.builds(Bernoulli, SHARE),
    st.builds(Cosine, st.floats(0.05, 5.0)),
    st.builds(UniformCount, st.floats(0.05, 1.0), st.none() | st.floats(0.1, 2.0)),
    st.just(Shapley()),
)


def table(length, n_labels=3, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(n_labels), size=(2**length, length))


class TestMasking:
    @given(tokens=TOKENS, data=st.data())
    def test_as_many_words_as_before_and_the_kept_ones_as_they_were(self, tokens, data):
        masks = data.draw(hnp.arrays(bool, (3, len(tokens))))
        replacement = tuple(data.draw(st.lists(WORD.filter(bool), min_size=len(tokens), max_size=len(tokens))))
        for mask, words in zip(masks, apply(masks, tokens, replacement), strict=True):
            assert len(words) == len(tokens)
            for own, other, kept, word in zip(tokens, replacement, mask, words, strict=True):
                assert word == (own if kept else other)

    @given(tokens=TOKENS)
    def test_keeping_everything_changes_nothing(self, tokens):
        whole = np.ones((1, len(tokens)), dtype=bool)
        for replacement in (("",) * len(tokens), ("UNK",) * len(tokens)):
            assert apply(whole, tokens, replacement) == [tokens]

    @given(tokens=TOKENS, data=st.data())
    def test_deleting_leaves_the_kept_words_in_their_order(self, tokens, data):
        mask = data.draw(hnp.arrays(bool, (1, len(tokens))))
        kept = [word for word, bit in zip(tokens, mask[0], strict=True) if bit]
        assert apply(mask, tokens, ("",) * len(tokens)) == [kept]

    @given(tokens=TOKENS, corpus=st.lists(TOKENS, min_size=1, max_size=4))
    def test_resampled_sentences_are_as_long_and_of_words_of_the_corpus(self, tokens, corpus):
        words = [word for sentence in corpus for word in sentence if word]
        assume(words)
        for drawn in Resample(corpus, draws=3).replacements(tokens, None, np.random.default_rng(0)):
            assert len(drawn) == len(tokens)
            assert set(drawn) <= set(words)
            for own, other in zip(tokens, drawn, strict=True):
                same = [word for word in words if word_shape(word) == word_shape(own)]
                assert not same or other in same

    @given(word=st.text(max_size=60))
    def test_a_shape_never_repeats_a_kind(self, word):
        shape = word_shape(word)
        assert len(shape) <= len(word)
        assert all(a != b for a, b in pairwise(shape))

    @given(data=st.data(), n=st.integers(1, 12))
    def test_components_cover_every_word_once(self, data, n):
        groups = data.draw(st.lists(st.lists(st.integers(0, n - 1), min_size=1, max_size=4, unique=True), max_size=4))
        flat = [word for group in groups for word in group]
        if len(set(flat)) < len(flat):
            with pytest.raises(InputError, match="overlap"):
                components(groups, ["w"] * n, ["O"] * n)
            return
        found = components(groups, ["w"] * n, ["O"] * n)
        assert sorted(word for words in found for word in words) == list(range(n))
        assert list(found) == sorted(found)
        assert {tuple(sorted(group)) for group in groups} <= set(found)

    @given(words=st.lists(st.sampled_from(["a", "Web", "(", ")", ",", ".", "and", "&", "x"]), min_size=1, max_size=12))
    @pytest.mark.parametrize("kind", ["phrases", "clauses"])
    def test_kinds_of_groups_are_runs_that_cover_every_word_once(self, words, kind):
        found = components(kind, words, words)
        assert [word for group in found for word in group] == list(range(len(words)))


class TestLaws:
    @given(neighbourhood=NEIGHBOURHOOD, n=st.integers(1, 7))
    def test_shares_are_shares_and_do_not_know_the_order_of_the_words(self, neighbourhood, n):
        masks = all_masks(n)
        share = shares(neighbourhood, masks)
        assert (share >= 0).all()
        assert share.sum() == pytest.approx(1.0)
        by_count = {k: share[masks.sum(axis=1) == k] for k in range(n + 1)}
        for alike in by_count.values():
            assert np.ptp(alike) <= 1e-12

    @given(neighbourhood=NEIGHBOURHOOD, n=st.integers(2, 6), seed=st.integers(0, 99))
    def test_answers_that_add_up_are_fitted_without_error(self, neighbourhood, n, seed):
        rng = np.random.default_rng(seed)
        masks, weights = all_masks(n), rng.normal(size=(n, 2))
        share = shares(neighbourhood, masks)
        assume(np.linalg.matrix_rank(np.cov(masks[share > 0].T, aweights=share[share > 0])) == n)
        bias, found = linear_map(masks, share).fit(0.3 + masks @ weights)
        assert found == pytest.approx(weights, abs=1e-6)
        assert bias == pytest.approx([0.3, 0.3], abs=1e-6)

    @given(n=st.integers(1, 7), seed=st.integers(0, 99))
    def test_shapley_values_add_up_and_know_no_dummy(self, n, seed):
        rng = np.random.default_rng(seed)
        masks, answers = all_masks(n), rng.normal(size=(2**n, 1))
        answers = answers[np.arange(2**n) | 1]  # the first component changes nothing
        found = shapley_matrix(masks) @ answers
        assert found.sum() == pytest.approx(answers[-1, 0])
        assert found[1, 0] == pytest.approx(0.0, abs=1e-12)

    @given(k=st.integers(1, 8), seed=st.integers(0, 30), way=st.sampled_from(["highest_weights", "forward_selection"]))
    def test_more_features_fit_no_worse(self, k, seed, way):
        rng = np.random.default_rng(seed)
        masks, values = rng.random((60, 8)) < 0.7, rng.normal(size=60)

        def error(count):
            chosen, bias, slopes = select(masks, np.ones(60), values, count, way)
            assert len(chosen) == count
            return ((values - bias - masks[:, chosen] @ slopes) ** 2).sum()

        if way == "forward_selection":
            assert error(k) <= error(max(k - 1, 1)) + 1e-9
        assert error(8) <= error(k) + 1e-9


class TestChains:
    @settings(max_examples=25)
    @given(data=st.data(), length=st.integers(1, 4), n_labels=st.integers(1, 3))
    def test_marginals_are_sums_over_label_sequences(self, data, length, n_labels):
        scores = st.floats(-30, 30)
        emissions = data.draw(hnp.arrays(np.float64, (1, length, n_labels), elements=scores))
        transitions = data.draw(hnp.arrays(np.float64, (n_labels, n_labels), elements=scores))
        found = lattice.marginals(emissions, transitions)
        assert found[0] == pytest.approx(oracles.path_marginals(emissions[0], transitions), abs=1e-9)
        start = data.draw(st.integers(0, length - 1))
        labels = data.draw(st.lists(st.integers(0, n_labels - 1), min_size=1, max_size=length - start))
        stop = data.draw(st.none() | st.integers(0, n_labels - 1))
        joint = lattice.span_probability(emissions, transitions, start, labels, stop)
        assert joint[0] == pytest.approx(oracles.path_span(emissions[0], transitions, start, labels, stop), abs=1e-9)

    @settings(max_examples=25)
    @given(
        seed=st.integers(0, 10_000),
        length=st.integers(1, 6),
        window=st.integers(0, 2),
        keep=SHARE,
        scale=st.sampled_from([0.1, 1.0, 5.0]),
        target_kept=st.booleans(),
    )
    def test_merged_messages_are_sums_over_masks(self, seed, length, window, keep, scale, target_kept):
        rng = np.random.default_rng(seed)
        table = scale * rng.normal(size=(length, 2 ** (2 * window + 1), 2))
        chain = Emissions(table, scale * rng.normal(size=(2, 2)), window)
        masks = oracles.masks_of(length)
        padded = [(1,) * window + mask + (1,) * window for mask in masks]
        numbers = [[int("".join(map(str, row[t : t + 2 * window + 1])), 2) for t in range(length)] for row in padded]
        values = oracles.chain_marginals(table[np.arange(length), np.array(numbers)], chain.transitions)
        (found,) = expectations(chain, [Law(keep, 1e-9)], target_kept=target_kept)
        for t in range(length):
            mean, effects, second = oracles.product_moments(masks, values[:, t], keep, t if target_kept else None)
            assert found.mean[t] == pytest.approx(mean, abs=1e-9)
            # a difference of two conditional means, each over as little as a hundredth of the mass
            assert found.effects[t] == pytest.approx(effects, abs=1e-7)
            assert found.second[t] == pytest.approx(second, abs=1e-9)


class TestExplanations:
    @settings(max_examples=25)
    @given(length=st.integers(1, 5), seed=st.integers(0, 999), keep=SHARE, context_only=st.booleans())
    def test_what_every_explanation_obeys(self, length, seed, keep, context_only):
        tagger = oracles.TableTagger(table(length, seed=seed))
        found = NERExplainer(tagger, neighbourhood=Bernoulli(keep)).explain(
            [f"w{i}" for i in range(length)], context_only=context_only
        )
        # probabilities sum to 1, so the weights of all labels cancel, and the biases sum to 1
        assert np.abs(found.weights.sum(axis=1)).max() <= 1e-9
        assert found.bias.sum(axis=1) == pytest.approx(np.ones(length), abs=1e-9)
        assert not found.std_errors.any()
        assert (found.fidelity.r2 <= 1 + 1e-9).all()
        assert ((found.fidelity.top1 >= 0) & (found.fidelity.top1 <= 1 + 1e-12)).all()
        assert (found.fidelity.kl >= 0).all()
        for word in found:
            assert 0 <= word.own_share() <= 1
            assert word.verdict.level in LEVELS
            any_entity = sum(c.weight for c in word.contributions(AnyEntity()))
            assert any_entity == pytest.approx(-sum(c.weight for c in word.contributions("O")), abs=1e-9)
            assert word.probability_of(EntityType("X")) == pytest.approx(1 - word.probability_of("O"))

    @settings(max_examples=25)
    @given(length=st.integers(2, 4), seed=st.integers(0, 999))
    def test_a_word_that_changes_nothing_weighs_nothing(self, length, seed):
        answers = table(length, seed=seed)[np.arange(2**length) | 1]  # the last word is the lowest bit
        for method in ("lime", "shapley"):
            found = NERExplainer(oracles.TableTagger(answers), method=method).explain(["a"] * length)
            assert np.abs(found.weights[:, :, -1]).max() <= 1e-10

    @settings(max_examples=15)
    @given(seed=st.integers(0, 99), n_samples=st.integers(2, 40), method=st.sampled_from(["lime", "shapley"]))
    def test_any_budget_gives_finite_figures_or_says_that_they_are_not_known(self, seed, n_samples, method):
        tagger = oracles.TableTagger(table(6, seed=seed))
        explainer = NERExplainer(tagger, engine="sample", method=method, n_samples=n_samples, random_state=seed)
        found = explainer.explain(["a"] * 6, positions=[seed % 6])
        for array in (found.weights, found.bias, found.std_errors):
            assert np.isfinite(array).all()
        for array in (found.fidelity.r2, found.fidelity.kl, found.fidelity.top1):
            assert np.isnan(array).all() if found.fidelity.n_masks < MIN_CHECKED else np.isfinite(array).all()
        assert (found.std_errors >= 0).all()

    @given(tokens=TOKENS)
    def test_the_whole_sentence_is_answered_as_it_is(self, tokens):
        class Letters:
            labels = ("a", "b")

            def predict_proba(self, sentences):
                rows = [[len(word) % 4 / 4 for word in sentence] for sentence in sentences]
                return [np.column_stack([row, 1 - np.array(row)]) for row in rows]

        tagger = Letters()
        replacements = MaskString("xyz").replacements(tokens, tagger, None)
        perturbed = SentenceMasks(tagger, tokens, replacements, tuple((i,) for i in range(len(tokens))), 0, len(tokens))
        whole = np.ones((1, len(tokens)), dtype=bool)
        assert np.array_equal(perturbed(whole)[0], tagger.predict_proba([tokens])[0])

    @given(n=st.integers(1, 900), reach=st.integers(1, 60), data=st.data())
    def test_blocks_hold_every_position_and_its_reach(self, n, reach, data):
        positions = tuple(data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=8)))
        blocks = list(split(positions, tuple((i,) for i in range(n)), n, reach))
        assert sorted(row for block in blocks for row in block.rows) == list(range(len(positions)))
        for block in blocks:
            for row, position in zip(block.rows, block.positions, strict=True):
                assert positions[row] == position
                if n > MAX_WHOLE:
                    assert block.start <= max(position - reach, 0)
                    assert block.end >= min(position + reach + 1, n)
            assert block.components == tuple((i,) for i in range(block.start, block.end))


class TestFigures:
    @given(first=hnp.arrays(np.float64, 6, elements=st.integers(-3, 3)), data=st.data())
    def test_rank_agreement(self, first, data):
        second = data.draw(hnp.arrays(np.float64, 6, elements=st.integers(-3, 3)))
        tau = weighted_tau(first, second)
        assert -1 - 1e-12 <= tau <= 1 + 1e-12
        assert tau == pytest.approx(weighted_tau(second, first))
        assert weighted_tau(first, first) == pytest.approx(1.0)

    @given(
        r2=st.floats(-5, 1), spread=st.floats(0, 0.5), unsure=st.floats(0, 1), agreement=st.none() | st.floats(-1, 1)
    )
    def test_worse_figures_never_raise_the_verdict(self, r2, spread, unsure, agreement):
        def level(*figures):
            return LEVELS.index(judge(Evidence(*figures)).level)

        here = level(r2, spread, unsure, agreement)
        assert level(r2 - 0.3, spread, unsure, agreement) >= here
        assert level(r2, spread, min(unsure + 0.3, 1.0), agreement) >= here
        assert level(r2, 0.0, unsure, agreement) == LEVELS.index("do not trust")
        assert judge(Evidence(r2, spread, unsure, agreement)).reasons

    @given(length=st.integers(1, 6), scheme=st.sampled_from(["BI", "BIES", "BILU", "I", ""]))
    def test_a_span_has_as_many_labels_as_words(self, length, scheme):
        labels = ("O", *(f"{prefix}-X" for prefix in scheme)) if scheme else ("O", "X")
        for way in spellings("X", length, labels):
            assert len(way.labels) == length
            assert {label for among in way.labels for label in among} <= set(labels) - {"O"}
