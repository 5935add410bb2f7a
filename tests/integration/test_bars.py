"""How right the figures are, on real sentences and trained models: the sums over all masks are the truth.

The truth is computed by the helpers in `oracles`, from the model's own features and weights.
"""

from __future__ import annotations

from math import comb

import numpy as np
import oracles
import pytest

from ner_lime.corpus import Sentence, read_iob
from ner_lime.crf import CRFTagger
from ner_lime.crf.entries import Emissions, Law
from ner_lime.crf.exact import expectations
from ner_lime.crf.masked import MaskedLattice
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explainers.sentence.masking import Delete, MaskString, Resample
from ner_lime.explainers.sentence.options import Options
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.question import Plan, Question
from ner_lime.lime.sampling import Budget, sample_masks


class BlackBox:
    """A tagger that offers its labels and probabilities, and nothing else."""

    def __init__(self, tagger):
        self.labels, self.predict_proba = tagger.labels, tagger.predict_proba


class RandomChain:
    """A linear chain whose scores were drawn at random; what it sees of a word is which words near it are hidden."""

    def __init__(self, length, window=1, n_labels=3, seed=0):
        rng = np.random.default_rng([seed, length, window])
        table = 2.0 * rng.normal(size=(length, 2 ** (2 * window + 1), n_labels))
        self.labels = tuple(f"B-{k}" if k else "O" for k in range(n_labels))
        self.chain = Emissions(table, 2.0 * rng.normal(size=(n_labels, n_labels)), window)

    def under_masks(self, *_):
        return MaskedLattice(self.labels, self.chain)

    def predict_proba(self, sentences):
        return list(self.answers([tuple(int(word != "UNK") for word in sentence) for sentence in sentences]))

    def answers(self, masks):
        """(n, T, L)."""
        w, table = self.chain.window, self.chain.table
        scores = np.zeros((len(masks), len(table), table.shape[2]))
        for k, mask in enumerate(masks):
            padded = (1,) * w + tuple(mask) + (1,) * w
            for t in range(len(mask)):
                scores[k, t] = table[t, int("".join(map(str, padded[t : t + 2 * w + 1])), 2)]
        return oracles.chain_marginals(scores, self.chain.transitions)


def advert(advertisements, length, number=0):
    """A sentence of this many words."""
    return list([s for s in advertisements if len(s) == length][number].tokens)


LAWS = [
    (Bernoulli(), lambda mask: oracles.bernoulli_share(mask, 0.7)),
    (Bernoulli(0.5), lambda mask: oracles.bernoulli_share(mask, 0.5)),
    (Cosine(), lambda mask: oracles.cosine_share(mask, 0.25)),
    (UniformCount(), lambda mask: oracles.uniform_count_share(mask, -(-7 * len(mask) // 10))),
    (UniformCount(1.0, rbf_sigma=0.5), lambda mask: oracles.uniform_count_share(mask, len(mask), 0.5)),
]


@pytest.fixture(scope="module", params=["chain of 5", "chain of 9", "black box of 8", "trained, 12 words"])
def case(request, crf, advertisements):
    """A tagger, tokens, and its answers to every mask."""
    kind = request.param
    if kind == "trained, 12 words":
        tokens = advert(advertisements, 12)
        masks = oracles.masks_of(12)
        return crf, tokens, oracles.masked_marginals(crf, tokens, ["UNK"] * 12, masks)
    length = int(kind.split()[-1])
    tokens = [f"w{i}" for i in range(length)]
    if kind.startswith("chain"):
        tagger = RandomChain(length)
        return tagger, tokens, tagger.answers(oracles.masks_of(length))
    table = oracles.random_table(length)
    return oracles.TableTagger(table), tokens, table


class TestEnumeration:
    """Within 1e-9 of brute force."""

    @pytest.mark.parametrize(("neighbourhood", "share"), LAWS)
    def test_lime(self, case, neighbourhood, share):
        tagger, tokens, answers = case
        explainer = NERExplainer(tagger, neighbourhood=neighbourhood, masking=MaskString(), n_samples=2**12)
        found = explainer.explain(tokens)
        assert found.settings.estimator == "all masks"
        masks = oracles.masks_of(len(tokens))
        shares = [share(mask) for mask in masks]
        bias, weights = oracles.least_squares(masks, shares, answers.reshape(len(masks), -1))
        assert np.abs(found.bias.ravel() - bias).max() <= 1e-9
        assert np.abs(found.weights.reshape(-1, len(tokens)) - weights.T).max() <= 1e-9

    def test_banzhaf(self, case):
        tagger, tokens, answers = case
        found = NERExplainer(tagger, masking=MaskString(), n_samples=2**12).explain(tokens, positions=[1])
        expected = oracles.banzhaf(oracles.masks_of(len(tokens)), answers[:, 1], 0.7)
        assert np.abs(found.weights[0] - expected.T).max() <= 1e-9

    def test_the_closed_form_of_lime_s_own_estimator(self, case):
        tagger, tokens, answers = case
        explainer = NERExplainer(tagger, neighbourhood=Cosine(), masking=MaskString(), n_samples=2**12)
        found = explainer.explain(tokens, positions=[1])
        expected = oracles.lime_limit(oracles.masks_of(len(tokens)), answers[:, 1], 0.25)
        assert np.abs(found.weights[0] - expected.T).max() <= 1e-9

    def test_shapley(self, case):
        tagger, tokens, answers = case
        explainer = NERExplainer(tagger, method="shapley", masking=MaskString(), n_samples=2**12)
        found = explainer.explain(tokens, positions=[1])
        assert found.settings.estimator == "all masks"
        expected = oracles.shapley_by_subsets(oracles.masks_of(len(tokens)), answers[:, 1])
        assert np.abs(found.weights[0] - expected.T).max() <= 1e-9
        assert found.weights[0].sum(axis=1) == pytest.approx(answers[-1, 1] - answers[0, 1], abs=1e-9)


def all_moments(masks, answers, keep):
    """Mean (T, L), effects (T, L, T) and second moments (T, L, L) over all masks, for every position at once."""
    kept = oracles.as_array(masks).astype(float)
    share = np.prod(np.where(kept == 1.0, keep, 1.0 - keep), axis=1)
    flat = answers.reshape(len(kept), -1)
    seen = (kept * share[:, None]).T @ flat / keep
    hidden = ((1.0 - kept) * share[:, None]).T @ flat / (1.0 - keep)
    effects = (seen - hidden).T.reshape(*answers.shape[1:], -1)
    second = np.einsum("npl,npm->plm", answers * share[:, None, None], answers)
    return (share @ flat).reshape(answers.shape[1:]), effects, second


LENGTHS = [4, 5] + [6] * 5 + [7] * 9 + [8] * 12 + [9] * 12 + [10] * 8 + [11, 14]


class TestMergedMessages:
    """100 sentences, two windows: within 1e-3 of all masks as they come, within 1e-10 at the finest."""

    @pytest.mark.parametrize("model", ["crf", "wide_crf"])
    def test_every_figure(self, request, model, advertisements):
        tagger = request.getfixturevalue(model)
        sentences = [advert(advertisements, n, LENGTHS[:i].count(n)) for i, n in enumerate(LENGTHS)]
        assert len(sentences) == 50
        for number, tokens in enumerate(sentences):
            mask = ["UNK" if number % 2 else tagger.mask_string(tokens)] * len(tokens)
            masks = oracles.masks_of(len(tokens))
            answers = oracles.masked_marginals(tagger, tokens, mask, masks)
            mean, effects, second = all_moments(masks, answers, 0.7)
            masked = tagger.under_masks(tokens, mask)
            found = masked.moments(oracles.always(0.7), tolerance=1e-3, positions=range(len(tokens)))
            assert found.tolerance <= 1e-3
            assert np.abs(found.effects - effects).max() <= 1e-3
            assert np.abs(found.mean - mean).max() <= 1e-3
            (finest,) = expectations(masked.emissions, [Law(0.7, 1e-9)])
            assert np.abs(finest.effects - effects).max() <= 1e-10
            assert np.abs(finest.mean - mean).max() <= 1e-10
            assert np.abs(finest.second - second).max() <= 1e-10

    def test_two_labels(self, jobs, advertisements):
        """Messages of one number merge more easily than those of eight."""
        corpus = [
            Sentence(one.tokens, ["O" if tag == "O" else "I-ENTITY" for tag in one.tags])
            for one in read_iob(jobs / "train.tsv")
        ]
        tagger = CRFTagger(c1=1.0, max_iterations=60).fit(corpus)
        for number in range(12):
            tokens = advert(advertisements, 11, number)
            masks = oracles.masks_of(11)
            for mask in (["UNK"] * 11, [tagger.mask_string(tokens)] * 11):
                answers = oracles.masked_marginals(tagger, tokens, mask, masks)
                mean, effects, _ = all_moments(masks, answers, 0.7)
                found = tagger.under_masks(tokens, mask).moments(
                    oracles.always(0.7), tolerance=1e-3, positions=range(11)
                )
                assert np.abs(found.effects - effects).max() <= 1e-3
                assert np.abs(found.mean - mean).max() <= 1e-3

    @pytest.mark.parametrize("window", [0, 3])
    def test_the_other_windows(self, window, jobs, advertisements):
        tagger = CRFTagger(window=window, max_iterations=15).fit(read_iob(jobs / "train.tsv")[:150])
        for length in (5, 9, 11):
            tokens, mask = advert(advertisements, length), ["UNK"] * length
            masks = oracles.masks_of(length)
            mean, effects, _ = all_moments(masks, oracles.masked_marginals(tagger, tokens, mask, masks), 0.7)
            masked = tagger.under_masks(tokens, mask)
            found = masked.moments(oracles.always(0.7), tolerance=1e-3, positions=range(length))
            assert np.abs(found.effects - effects).max() <= 1e-3
            (finest,) = expectations(masked.emissions, [Law(0.7, 1e-9)])
            assert np.abs(finest.effects - effects).max() <= 1e-10
            assert np.abs(finest.mean - mean).max() <= 1e-10

    @pytest.mark.parametrize("method", ["lime", "shapley"])
    @pytest.mark.parametrize("context_only", [False, True])
    def test_an_explanation(self, crf, advertisements, method, context_only):
        tokens, masks = advert(advertisements, 11), oracles.masks_of(11)
        answers = oracles.masked_marginals(crf, tokens, ["UNK"] * 11, masks)
        found = NERExplainer(crf, method=method, masking=MaskString()).explain(tokens, context_only=context_only)
        assert found.settings.estimator == "merged messages"
        assert found.settings.tolerance <= 1e-3
        for position in (0, 5, 10):
            chosen = [k for k, mask in enumerate(masks) if mask[position] or not context_only]
            others = [j for j in range(11) if j != position or not context_only]
            inside, values = [tuple(masks[k][j] for j in others) for k in chosen], answers[chosen, position]
            if method == "shapley":
                weights = oracles.shapley_by_subsets(inside, values).T
                bias = values[inside.index((0,) * len(others))]
                shares = [1.0 / (len(others) + 1) / comb(len(others), sum(mask)) for mask in inside]
                total = found.bias[position] + found.weights[position].sum(axis=1)
                assert total == pytest.approx(answers[-1, position], abs=1e-9)
            else:
                shares = [oracles.bernoulli_share(mask, 0.7) for mask in inside]
                bias, solution = oracles.least_squares(inside, shares, values)
                weights = solution.T
            for label in np.flatnonzero(values.std(axis=0) > 0.01):
                r2 = oracles.r_squared(inside, shares, values[:, label], bias[label], weights[label])
                assert found.fidelity.r2[position, label] == pytest.approx(r2, abs=5e-3)
            assert np.abs(found.weights[position][:, others] - weights).max() <= 1e-3
            assert np.abs(found.bias[position] - bias).max() <= 1e-3

    def test_random_chains(self):
        for window, length in ((0, 12), (1, 12), (2, 11)):
            tagger = RandomChain(length, window)
            masks = oracles.masks_of(length)
            _, effects, _ = all_moments(masks, tagger.answers(masks), 0.7)
            found = NERExplainer(tagger, engine="exact", masking=MaskString()).explain(["w"] * length)
            assert found.settings.estimator == "merged messages"
            assert np.abs(found.weights - effects).max() <= 1e-3


@pytest.fixture(scope="module")
def wnut(corpora):
    """A CRF trained on a part of WNUT-17, and other sentences of 13 words in which it sees an entity."""
    sentences = read_iob(corpora / "wnut17" / "wnut17train.conll")
    tagger = CRFTagger(max_iterations=40).fit(sentences[:1200])
    others = [list(sentence.tokens) for sentence in sentences[1200:] if len(sentence) == 13]
    found = [tokens for tokens, tags in zip(others, tagger.predict(others), strict=True) if set(tags) != {"O"}]
    return tagger, found[:8]


class TestSampling:
    """A CRF of which only the answers are seen."""

    @pytest.mark.parametrize(("n_samples", "reach"), [(128, 0.006), (512, 0.001)])
    def test_the_error_of_the_weights(self, wnut, n_samples, reach):
        """Relative L2 error of the predicted label's weights, median over all words of the sentences."""
        tagger, sentences = wnut
        errors = []
        for seed, tokens in enumerate(sentences):
            truth = NERExplainer(tagger, engine="exact", options=Options(tolerance=1e-6)).explain(tokens)
            explainer = NERExplainer(
                BlackBox(tagger),
                engine="sample",
                masking=MaskString(tagger.mask_string(tokens)),
                n_samples=n_samples,
                random_state=seed,
                options=Options(half_width=0.0),
            )
            found = explainer.explain(tokens)
            for word in truth:
                label = truth.labels.index(word.label)
                exact = truth.weights[word.row, label]
                errors.append(np.linalg.norm(found.weights[word.row, label] - exact) / np.linalg.norm(exact))
        assert len(errors) >= 100
        assert np.median(errors) <= reach

    def test_the_coverage_of_the_intervals(self, crf, advertisements):
        """Share of the true weights within 1.96 standard errors, over 1,000 fits of one (position, label) each.

        Labels whose probability has a standard deviation of less than .01 over all masks are not counted: their weights
        are numerically nothing.
        """
        inside = total = fits = 0
        bits = 1 << np.arange(13)[::-1]
        masks = oracles.masks_of(13)
        for number in range(12):
            tokens = advert(advertisements, 13, number)
            hidden = ["UNK" if number % 2 else crf.mask_string(tokens)] * 13
            answers = oracles.masked_marginals(crf, tokens, hidden, masks)
            _, effects, second = all_moments(masks, answers, 0.7)
            mean = np.einsum("n,npl->pl", [oracles.bernoulli_share(mask, 0.7) for mask in masks], answers)
            spread = np.sqrt(np.einsum("pll->pl", second) - mean**2)
            positions = np.flatnonzero(spread.max(axis=1) > 0.01)[:4]
            for seed in range(8):
                question = Question(
                    function=lambda z, table=answers, at=positions: table[z @ bits][:, at],
                    n_components=13,
                    law=Bernoulli(),
                    n_positions=len(positions),
                    distance=np.abs(np.subtract.outer(positions, np.arange(13))).astype(float),
                )
                found = sample_masks(
                    question, Budget.of(Plan(n_samples=128, half_width=0.0)), np.random.default_rng(seed)
                )
                hit = np.abs(found.weights - effects[positions]) <= 1.96 * found.std_errors
                counted = spread[positions] > 0.01
                inside, total, fits = inside + hit[counted].sum(), total + hit[counted].size, fits + counted.sum()
            if fits >= 1000:
                break
        assert fits >= 1000
        assert 0.91 <= inside / total <= 0.97


def same(one, other):
    """Bit by bit."""
    arrays = ("weights", "bias", "std_errors", "probabilities")
    figures = ("r2", "kl", "top1", "variance", "residual")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays) and all(
        np.array_equal(getattr(one.fidelity, name), getattr(other.fidelity, name)) for name in figures
    )


class TestSeeds:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"engine": "sample", "n_samples": 100},
            {"engine": "sample", "n_samples": 100, "neighbourhood": Cosine()},
            {"engine": "sample", "n_samples": 100, "method": "shapley"},
            {"engine": "sample", "n_samples": 100, "options": Options(ridge=1.0)},
            {"method": "shapley"},
            {"masking": Resample([["Java", "1+", "in", "C#"]], draws=2)},
        ],
    )
    def test_the_same_call_gives_the_same_bits(self, crf, advertisements, options):
        tokens = advert(advertisements, 12)
        explainer = NERExplainer(crf, random_state=3, **options)
        assert same(explainer.explain(tokens, positions=[2, 7]), explainer.explain(tokens, positions=[2, 7]))
        again = NERExplainer(crf, random_state=3, **options)
        assert same(again.explain(tokens, positions=[2, 7]), explainer.explain(tokens, positions=[2, 7]))

    @pytest.mark.parametrize("length", [6, 12, 40])
    @pytest.mark.parametrize("method", ["lime", "shapley"])
    def test_exact_answers_do_not_depend_on_the_seed(self, crf, advertisements, length, method):
        tokens = [token for sentence in advertisements[:9] for token in sentence.tokens][:length]
        one, other = (
            NERExplainer(crf, method=method, random_state=seed).explain(tokens, positions=[1, 4]) for seed in (0, 99)
        )
        assert one.settings.engine == "exact"
        assert same(one, other)

    def test_sampled_answers_do(self, crf, advertisements):
        tokens = advert(advertisements, 12)
        one, other = (NERExplainer(crf, engine="sample", n_samples=70, random_state=s).explain(tokens) for s in (0, 1))
        assert not np.array_equal(one.weights, other.weights)


class TestVeryLongTexts:
    def test_a_newspaper_without_a_sentence_end(self, corpora, crf):
        """28,012 words in one sequence, explained at one of them."""
        (sentence,) = read_iob(corpora / "europeana-de-onb" / "enp_DE.onb.bio")
        assert len(sentence) == 28_012
        position = 14_000
        found = NERExplainer(crf, masking=MaskString()).explain(sentence, positions=[position])
        assert found.weights.shape == (1, len(crf.labels), 28_012)
        assert found.settings.estimator == "merged messages"
        near = slice(position - 100, position + 101)
        assert not np.delete(found.weights[0], np.arange(28_012)[near], axis=1).any()
        # what a chain says of a word does not depend on words 40 away: a short cut-out says the same
        cut = list(sentence.tokens[position - 40 : position + 41])
        short = NERExplainer(crf, masking=MaskString()).explain(cut, positions=[40])
        assert found.weights[0][:, position - 40 : position + 41] == pytest.approx(short.weights[0], abs=1e-3)
        assert found.probabilities[position] == pytest.approx(short.probabilities[40], abs=1e-6)

    def test_all_of_it_at_once_names_the_way_out(self, corpora, crf):
        from ner_lime.errors import InputError

        sentence = read_iob(corpora / "europeana-de-onb" / "enp_DE.onb.bio")[0]
        with pytest.raises(InputError, match=r"28012 words x .* explain fewer with positions="):
            NERExplainer(crf).explain(sentence)


class TestDeletion:
    def test_a_crf_without_the_deleted_words(self, crf, advertisements):
        tokens, masks = advert(advertisements, 8), oracles.masks_of(8)
        found = NERExplainer(crf, masking=Delete()).explain(tokens, context_only=True)
        for position in (0, 3, 7):
            chosen = [mask for mask in masks if mask[position]]
            left = [[word for word, bit in zip(tokens, mask, strict=True) if bit] for mask in chosen]
            values = [
                answer[sum(mask[:position])] for answer, mask in zip(crf.predict_proba(left), chosen, strict=True)
            ]
            others = [tuple(bit for j, bit in enumerate(mask) if j != position) for mask in chosen]
            shares = [oracles.bernoulli_share(mask, 0.7) for mask in others]
            bias, weights = oracles.least_squares(others, shares, np.array(values))
            assert np.delete(found.weights[position], position, axis=1) == pytest.approx(weights.T, abs=1e-9)
            assert found.bias[position] == pytest.approx(bias, abs=1e-9)
