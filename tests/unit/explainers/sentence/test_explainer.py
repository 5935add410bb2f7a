"""The explainer as it is used: every array against brute force, and a clear line for everything that can't be."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.corpus import Sentence
from ner_lime.errors import InputError, TaggerError, UnsupportedTaggerError, WordIndexError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explainers.sentence.masking import Delete, MaskString, apply
from ner_lime.explainers.sentence.masking_check import weighted_tau
from ner_lime.explainers.sentence.options import Options
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.testing import TriggerTagger

TOKENS = ["a", "b", "c", "d", "e", "f"]
MASKS = oracles.masks_of(6)
SHARES = [oracles.bernoulli_share(mask, 0.7) for mask in MASKS]


@pytest.fixture(scope="module")
def box():
    return oracles.TableTagger(oracles.random_table(6))


@pytest.fixture(scope="module")
def explanation(box):
    return NERExplainer(box).explain(TOKENS)


class TestArrays:
    def test_shapes_and_names(self, explanation, box):
        assert explanation.weights.shape == explanation.std_errors.shape == (6, 3, 6)
        assert explanation.bias.shape == explanation.fidelity.r2.shape == (6, 3)
        assert explanation.fidelity.kl.shape == explanation.fidelity.top1.shape == (6,)
        assert explanation.labels == box.labels
        assert explanation.tokens == tuple(TOKENS)
        assert explanation.positions == tuple(range(6))
        assert explanation.components == tuple((i,) for i in range(6))
        assert explanation.probabilities == pytest.approx(box.table[-1], abs=1e-15)
        assert explanation.predicted == tuple(box.labels[k] for k in box.table[-1].argmax(axis=1))
        assert explanation.gold is None

    def test_every_weight_bias_and_fidelity(self, explanation, box):
        assert not explanation.std_errors.any()
        for position in range(6):
            bias, weights = oracles.least_squares(MASKS, SHARES, box.table[:, position])
            assert explanation.weights[position] == pytest.approx(weights.T, abs=1e-10)
            assert explanation.bias[position] == pytest.approx(bias, abs=1e-10)
            for label in range(3):
                values = box.table[:, position, label]
                r2 = oracles.r_squared(MASKS, SHARES, values, bias[label], weights[:, label])
                assert explanation.fidelity.r2[position, label] == pytest.approx(r2, abs=1e-9)

    def test_only_some_positions_in_any_order(self, explanation, box):
        some = NERExplainer(box).explain(TOKENS, positions=[4, 1])
        assert some.positions == (4, 1)
        assert some.weights == pytest.approx(explanation.weights[[4, 1]], abs=1e-15)
        assert some.fidelity.r2 == pytest.approx(explanation.fidelity.r2[[4, 1]], abs=1e-12)
        assert some.probabilities.shape == (6, 3)
        assert [word.word_index for word in some] == [4, 1]

    def test_groups(self, box):
        grouped = NERExplainer(box).explain(TOKENS, groups=[(1, 4), (0, 5)])
        assert grouped.components == ((0, 5), (1, 4), (2,), (3,))
        masks = oracles.masks_of(4)
        over_words = [(a, b, c, d, b, a) for a, b, c, d in masks]
        values = np.array([box.table[MASKS.index(mask)] for mask in over_words])
        shares = [oracles.bernoulli_share(mask, 0.7) for mask in masks]
        for position in range(6):
            bias, weights = oracles.least_squares(masks, shares, values[:, position])
            assert grouped.weights[position] == pytest.approx(weights.T, abs=1e-10)
            assert grouped.bias[position] == pytest.approx(bias, abs=1e-10)
        word = grouped[4]
        assert {c.word_indices: c.token for c in word.contributions()}[(1, 4)] == "b e"

    def test_the_context_alone(self, box):
        found = NERExplainer(box).explain(TOKENS, context_only=True)
        assert found.settings.context_only
        for position in range(6):
            chosen = [k for k, mask in enumerate(MASKS) if mask[position]]
            others = [tuple(bit for j, bit in enumerate(MASKS[k]) if j != position) for k in chosen]
            shares = [oracles.bernoulli_share(mask, 0.7) for mask in others]
            bias, weights = oracles.least_squares(others, shares, box.table[chosen, position])
            assert np.delete(found.weights[position], position, axis=1) == pytest.approx(weights.T, abs=1e-10)
            assert not found.weights[position, :, position].any()
            assert found.bias[position] == pytest.approx(bias, abs=1e-10)
            r2 = oracles.r_squared(others, shares, box.table[chosen, position, 1], bias[1], weights[:, 1])
            assert found.fidelity.r2[position, 1] == pytest.approx(r2, abs=1e-9)
            assert found[position].own_share() == 0.0

    def test_shapley_values(self, box):
        found = NERExplainer(box, method="shapley").explain(TOKENS)
        for position in range(6):
            values = oracles.shapley_by_orders(MASKS, box.table[:, position])
            assert found.weights[position] == pytest.approx(values.T, abs=1e-10)
            assert found.bias[position] == pytest.approx(box.table[0, position], abs=1e-12)
            for label in range(3):
                assert found[position].prediction(box.labels[label]) == pytest.approx(box.table[-1, position, label])
        assert found.settings.neighbourhood == "all keep-rates alike"

    def test_shapley_values_of_the_context_alone(self, box):
        found = NERExplainer(box, method="shapley").explain(TOKENS, context_only=True)
        for position in (0, 3):
            chosen = [k for k, mask in enumerate(MASKS) if mask[position]]
            others = [tuple(bit for j, bit in enumerate(MASKS[k]) if j != position) for k in chosen]
            values = oracles.shapley_by_orders(others, box.table[chosen, position])
            assert np.delete(found.weights[position], position, axis=1) == pytest.approx(values.T, abs=1e-10)

    def test_deletion(self):
        class Lengths:
            """Sees how many words there are, and which word it is."""

            labels = ("O", "B-X")

            def predict_proba(self, sentences):
                rows = [[(ord(word[0]) + 3 * len(sentence)) % 10 / 10 for word in sentence] for sentence in sentences]
                return [np.column_stack([row, 1 - np.array(row)]) for row in rows]

        found = NERExplainer(Lengths(), masking=Delete()).explain(TOKENS, context_only=True)
        for position in range(6):
            chosen = [mask for mask in MASKS if mask[position]]
            left = apply(oracles.as_array(chosen), TOKENS, ("",) * 6)
            values = [
                Lengths().predict_proba([words])[0][sum(mask[:position])]
                for words, mask in zip(left, chosen, strict=True)
            ]
            others = [tuple(bit for j, bit in enumerate(mask) if j != position) for mask in chosen]
            shares = [oracles.bernoulli_share(mask, 0.7) for mask in others]
            bias, weights = oracles.least_squares(others, shares, np.array(values))
            assert np.delete(found.weights[position], position, axis=1) == pytest.approx(weights.T, abs=1e-10)
            assert found.bias[position] == pytest.approx(bias, abs=1e-10)


class TestInput:
    def test_text_keeps_its_spaces(self, crf):
        text = "6+  years of\tWeb UI/UX"
        found = NERExplainer(crf).explain(text)
        assert found.text == text
        assert [text[a:b] for a, b in found.offsets] == list(found.tokens)

    def test_tokens_are_taken_as_they_are(self, crf):
        found = NERExplainer(crf).explain(["New York", "is", "big"])
        assert found.tokens == ("New York", "is", "big")
        assert found.text == "New York is big"
        assert [found.text[a:b] for a, b in found.offsets] == ["New York", "is", "big"]

    def test_gold_tags_come_along(self, crf):
        sentence = Sentence(("Java", "developer"), ("B-SKILLS", "O"))
        assert NERExplainer(crf).explain(sentence).gold == ("B-SKILLS", "O")

    def test_repeated_words_keep_their_own_weights(self, crf):
        found = NERExplainer(crf, masking=MaskString()).explain(["Java", "and", "Java", "and", "Java"])
        masks = oracles.masks_of(5)
        values = oracles.masked_marginals(crf, found.tokens, ["UNK"] * 5, masks)
        for position in range(5):
            _, effects, _ = oracles.product_moments(masks, values[:, position], 0.7)
            assert found.weights[position] == pytest.approx(effects, abs=1e-10)
        assert len(set(np.round(found.weights[2, 0, [0, 2, 4]], 6))) == 3

    def test_an_empty_token_is_a_word(self):
        box = oracles.TableTagger(oracles.random_table(3))
        found = NERExplainer(box).explain(["a", "", "c"])
        values = box.table[:, 1]
        assert found.weights[1] == pytest.approx(oracles.banzhaf(oracles.masks_of(3), values, 0.7).T, abs=1e-12)

    @pytest.mark.parametrize("engine", ["auto", "sample"])
    @pytest.mark.parametrize("neighbourhood", [Bernoulli(), Cosine(), UniformCount()])
    def test_one_word_of_context(self, neighbourhood, engine):
        """There is nothing to choose but whether it is seen: the weight is what it changes."""
        table = oracles.random_table(2)
        explainer = NERExplainer(oracles.TableTagger(table), neighbourhood=neighbourhood, engine=engine)
        found = explainer.explain(["a", "b"], context_only=True)
        assert found.weights[0, :, 1] == pytest.approx(table[3, 0] - table[2, 0], abs=1e-6)
        assert found.weights[1, :, 0] == pytest.approx(table[3, 1] - table[1, 1], abs=1e-6)
        if engine == "auto":
            assert all(word.r2() == pytest.approx(1.0, abs=1e-6) for word in found)

    @pytest.mark.parametrize("method", ["lime", "shapley"])
    @pytest.mark.parametrize("engine", ["auto", "exact", "sample"])
    @pytest.mark.parametrize("context_only", [False, True])
    def test_one_word_is_explained_against_itself(self, crf, method, engine, context_only):
        table = oracles.random_table(1)
        for tagger, mask in ((oracles.TableTagger(table), "UNK"), (crf, crf.mask_string(["Java"]))):
            found = NERExplainer(tagger, method=method, engine=engine).explain(["Java"], context_only=context_only)
            whole, hidden = (tagger.predict_proba([[word]])[0][0] for word in ("Java", mask))
            expected = np.zeros(len(whole)) if context_only else whole - hidden
            assert found.weights[0, :, 0] == pytest.approx(expected, abs=1e-6)
            assert found.bias[0] == pytest.approx(whole - expected, abs=1e-6)
            assert found[0].verdict.level in ("trust", "with care", "do not trust")

    def test_one_word_in_every_neighbourhood(self, box):
        box = oracles.TableTagger(oracles.random_table(1))
        for neighbourhood in (Bernoulli(), Cosine()):
            found = NERExplainer(box, neighbourhood=neighbourhood).explain(["Java"])
            assert found.weights[0, :, 0] == pytest.approx(box.table[1, 0] - box.table[0, 0], abs=1e-12)

    @pytest.mark.parametrize("n_samples", [2, 3, 8])
    def test_very_few_samples_still_give_an_answer(self, box, n_samples):
        found = NERExplainer(box, engine="sample", n_samples=n_samples).explain(TOKENS)
        assert np.isfinite(found.weights).all()
        assert np.isfinite(found.std_errors).all()


class TestRefused:
    @pytest.mark.parametrize("sentence", ["", "  \n ", [], Sentence(())])
    def test_no_word(self, box, sentence):
        with pytest.raises(InputError, match="at least one word, found an empty text"):
            NERExplainer(box).explain(sentence)

    @pytest.mark.parametrize("position", [6, -1, 100])
    def test_positions_outside(self, box, position):
        with pytest.raises(WordIndexError, match=f"word index {position} .* expected 0 to 5: 0:a 1:b 2:c") as caught:
            NERExplainer(box).explain(TOKENS, positions=[0, position])
        assert isinstance(caught.value, IndexError)

    @pytest.mark.parametrize("position", ["a", 1.7, None])
    def test_positions_that_are_no_whole_numbers(self, box, position):
        with pytest.raises(InputError, match=f"expected a position to be a whole number, found {position!r}"):
            NERExplainer(box).explain(TOKENS, positions=[0, position])

    def test_numbers_of_numpy_are_numbers(self, box):
        explainer = NERExplainer(box, n_samples=np.int64(64), random_state=np.int32(3))
        found = explainer.explain(TOKENS, positions=np.array([1, 2]), groups=[np.array([0, 1])])
        assert found.positions == (1, 2)
        assert found.components[0] == (0, 1)

    def test_no_position(self, box):
        with pytest.raises(InputError, match="at least one position"):
            NERExplainer(box).explain(TOKENS, positions=[])

    @pytest.mark.parametrize("groups", [[(0, 1), (1, 2)], [(0, 6)], [()]])
    def test_groups(self, box, groups):
        with pytest.raises(InputError, match="group"):
            NERExplainer(box).explain(TOKENS, groups=groups)

    def test_too_many_words(self, box):
        with pytest.raises(InputError, match=r"at most 5 words, found 6: split .*Options\(max_tokens"):
            NERExplainer(box, options=Options(max_tokens=5)).explain(TOKENS)

    def test_too_many_numbers(self, box):
        explainer = NERExplainer(box, options=Options(max_numbers=161))
        message = r"6 words x 3 labels x \(6 words \+ 3 labels\) are 162 numbers, 0 MB, .*positions=\[\.\.\.\]"
        with pytest.raises(InputError, match=message):
            explainer.explain(TOKENS)
        assert explainer.explain(TOKENS, positions=[1, 2]).weights.shape == (2, 3, 6)

    def test_deletion_needs_the_word_itself(self, box):
        with pytest.raises(InputError, match="context_only=True"):
            NERExplainer(box, masking=Delete()).explain(TOKENS)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"method": "shap"}, 'method "lime" or "shapley", found \'shap\''),
            ({"engine": "fast"}, 'engine "auto", "exact" or "sample"'),
            ({"n_samples": 1}, "n_samples to be a whole number of at least 2, found 1"),
            ({"n_samples": 20.5}, "n_samples to be a whole number of at least 2, found 20.5"),
            ({"random_state": -1}, "random_state to be a whole number of at least 0, found -1"),
            ({"random_state": "a"}, "random_state to be a whole number of at least 0, found 'a'"),
            ({"options": Options(reach=-1)}, r"Options\(reach=\) to be a whole number of at least 0, found -1"),
            ({"neighbourhood": "cosine"}, "expected a neighbourhood"),
            ({"masking": "UNK"}, 'expected "auto" or a masking'),
            ({"masking": 3}, 'expected "auto" or a masking'),
        ],
    )
    def test_options(self, box, options, message):
        with pytest.raises(InputError, match=message):
            NERExplainer(box, **options)

    def test_what_is_no_tagger(self):
        with pytest.raises(UnsupportedTaggerError, match="found int"):
            NERExplainer(3)


class Broken:
    """A tagger that is in order on the first few calls."""

    labels = ("O", "B-X")

    def __init__(self, fault, after=0):
        self.fault, self.after, self.calls = fault, after, 0

    def predict_proba(self, sentences):
        self.calls += 1
        good = [np.full((len(sentence), 2), 0.5) for sentence in sentences]
        return good if self.calls <= self.after else self.fault(good)


def fail(good):
    raise RuntimeError("out of memory")


def wander(good):
    return [np.random.default_rng(wander.seed).dirichlet(np.ones(2), len(matrix)) for matrix in good]


class TestBrokenTaggers:
    @pytest.mark.parametrize("after", [0, 2])
    @pytest.mark.parametrize(
        ("fault", "message"),
        [
            (lambda good: [matrix * np.nan for matrix in good], "finite"),
            (lambda good: [matrix - [0.7, -0.7] for matrix in good], r"\[0, 1\]"),
            (lambda good: [matrix[:, :1] for matrix in good], "shape"),
            (lambda good: [matrix[:-1] for matrix in good], "shape"),
            (lambda good: [matrix * 0.9 for matrix in good], "sum to 1"),
            (lambda good: good[:-1], "one a sentence"),
            (fail, "RuntimeError: out of memory"),
        ],
    )
    def test_the_fault_is_named(self, fault, message, after):
        with pytest.raises(TaggerError, match=message):
            NERExplainer(Broken(fault, after)).explain(TOKENS)

    def test_answers_that_change_from_call_to_call(self):
        class Dropout(Broken):
            def predict_proba(self, sentences):
                self.calls += 1
                rng = np.random.default_rng(self.calls)
                return [rng.dirichlet(np.ones(2), len(sentence)) for sentence in sentences]

        with pytest.raises(TaggerError, match=r"changed by .*dropout.*evaluation mode"):
            NERExplainer(Dropout(None)).explain(TOKENS)

    def test_noise_is_found_where_the_whole_sentence_is_answered_alike(self):
        """One call of twenty is off by .3, never that of the sentence itself."""

        box = oracles.TableTagger(oracles.smooth_table(12))

        class Noisy:
            labels, mask_string = box.labels, box.mask_string

            def __init__(self, seed):
                self.rng = np.random.default_rng(seed)

            def predict_proba(self, sentences):
                answers = [answer.copy() for answer in box.predict_proba(sentences)]
                off = self.rng.random(len(sentences)) < 0.05
                for sentence, answer, wrong in zip(sentences, answers, off, strict=True):
                    if wrong and "UNK" in sentence:
                        answer[:] = 0.7 * answer + 0.3 * np.eye(3)[0]
                return answers

        refused, words = 0, [f"w{i}" for i in range(12)]
        for seed in range(20):
            try:
                NERExplainer(Noisy(seed), n_samples=512, options=Options(half_width=0.0)).explain(words)
            except TaggerError as error:
                refused += "changed by" in str(error)
        # Twenty-seven repeated masks, asked twice each: one of sixteen such taggers is not found out.
        assert refused >= 16

    def test_single_precision(self, box):
        class Single:
            labels = box.labels
            mask_string = box.mask_string

            def predict_proba(self, sentences):
                return [matrix.astype(np.float32) for matrix in box.predict_proba(sentences)]

        single = NERExplainer(Single()).explain(TOKENS)
        assert single.weights.dtype == np.float64
        assert single.weights == pytest.approx(NERExplainer(box).explain(TOKENS).weights, abs=1e-6)

    @pytest.mark.parametrize("engine", ["exact", "sample"])
    @pytest.mark.parametrize("method", ["lime", "shapley"])
    def test_a_constant_has_nothing_to_explain(self, engine, method):
        found = NERExplainer(Broken(lambda good: good), engine=engine, method=method).explain(TOKENS)
        assert np.abs(found.weights).max() <= 1e-12
        assert np.abs(found.std_errors).max() <= 1e-12
        assert found[2].verdict.level == "do not trust"
        assert "nothing to explain" in str(found[2].verdict)
        assert found[2].own_share() == 0.0


class TestDiagnostics:
    def test_what_is_seen_where_everything_is_hidden(self, box, explanation):
        hidden = box.table[0]
        plain = [i for i, label in enumerate(explanation.predicted) if label == "O"]
        turned = [hidden[i].argmax() != 0 for i in plain]
        assert explanation.diagnostics == {
            "entity_probability_all_hidden": pytest.approx((1 - hidden[:, 0]).mean()),
            "o_to_entity_rate": pytest.approx(np.mean(turned)),
        }

    def test_labels_without_an_outside(self, box):
        tagger = oracles.TableTagger(box.table, ("NOUN", "VERB", "ADJ"))
        assert NERExplainer(tagger).explain(TOKENS).diagnostics == {}

    def test_deletion_hides_nothing_that_could_be_seen(self, crf):
        found = NERExplainer(crf, masking=Delete()).explain(TOKENS, context_only=True)
        assert found.diagnostics == {}

    def test_another_masking(self, crf):
        tokens = ["6+", "years", "of", "Web", "design"]
        explainer = NERExplainer(crf, masking=MaskString("UNK"))
        found = explainer.explain(tokens, check_masking=MaskString("xqz"))
        other = explainer.with_masking(MaskString("xqz")).explain(tokens)
        for position in range(5):
            label = found.labels.index(found.predicted[position])
            expected = weighted_tau(found.weights[position, label], other.weights[position, label])
            assert found.agreement[position] == pytest.approx(expected, abs=1e-9)
        assert explainer.explain(tokens).agreement is None

    def test_another_masking_by_deletion_is_compared_on_the_context(self):
        """What the others add is the same under both: only the word's own weight, which deletion can't tell, is not."""
        found = NERExplainer(Additive(), masking=MaskString("UNK")).explain(
            ["four", "one", "three"], check_masking=Delete()
        )
        assert found.agreement == pytest.approx(np.ones(3))


class Additive:
    """Each word that is seen adds its number to the probability of every word."""

    labels = ("O", "B-X")

    def predict_proba(self, sentences):
        numbers = {"one": 0.1, "three": 0.3, "four": 0.4}
        answers = []
        for words in sentences:
            p = 0.1 + sum(numbers.get(word, 0.0) for word in words)
            answers.append(np.tile([1 - p, p], (len(words), 1)))
        return answers


class TestSettings:
    def test_they_say_how_it_was_made(self, crf, box):
        found = NERExplainer(crf).explain(TOKENS).settings
        assert found.method == "lime"
        assert found.neighbourhood == "Bernoulli(keep=0.7)"
        assert found.masking == f"MaskString({crf.mask_string(TOKENS)!r})"
        assert (found.engine, found.estimator, found.tolerance) == ("exact", "all masks", 0.0)
        sampled = NERExplainer(box, engine="sample", random_state=7).explain(TOKENS).settings
        assert (sampled.engine, sampled.random_state, sampled.tolerance) == ("sample", 7, None)

    def test_progress_is_told(self, box):
        told = []
        NERExplainer(box).explain(TOKENS, progress=lambda done, total: told.append((done, total)))
        assert (64, 64) in told
        assert all(0 < done <= total for done, total in told)

    def test_the_tagger_s_own_decoding_is_what_is_predicted(self, crf):
        tokens = ["6+", "years", "of", "Web", "UI/UX", "design"]
        found = NERExplainer(crf).explain(tokens)
        assert list(found.predicted) == crf.predict([tokens])[0]


class TestLongTexts:
    def test_all_blocks_are_told_of(self):
        """Where all is hidden, only what is behind the middle looks like an entity; few words precede the first one."""

        class Behind:
            labels = ("O", "B-X")

            def predict_proba(self, sentences):
                answers = []
                for words in sentences:
                    hidden = np.array([word == "UNK" for word in words])
                    p = np.where(hidden & (np.arange(len(words)) >= 200), 0.9, 0.1)
                    answers.append(np.stack([1 - p, p], axis=1))
                return answers

        explainer = NERExplainer(Behind(), masking=MaskString("UNK"), n_samples=64, options=Options(reach=5))
        first, last = (explainer.explain(["w"] * 400, positions=[position]) for position in (0, 350))
        both = explainer.explain(["w"] * 400, positions=[0, 350])
        for name, value in both.diagnostics.items():
            assert first.diagnostics[name] < value < last.diagnostics[name]
        assert first.settings.estimator == "all masks"
        assert both.settings.estimator == f"all masks; {last.settings.estimator}"

    def test_the_words_within_reach_and_the_others_as_they_are(self, crf, advertisements):
        tokens = [token for sentence in advertisements[:40] for token in sentence.tokens][:420]
        explainer = NERExplainer(crf, masking=MaskString(), options=Options(reach=3))
        found = explainer.explain(tokens, positions=[300, 11])
        assert found.weights.shape == (2, len(crf.labels), 420)
        for row, position in enumerate([300, 11]):
            near = list(range(position - 3, position + 4))
            # 60 words before and behind are more than enough for what the chain remembers
            low, high = max(position - 60, 0), position + 60
            masks = oracles.masks_of(7)
            whole = np.ones((128, high - low), dtype=bool)
            whole[:, position - 3 - low : position + 4 - low] = oracles.as_array(masks)
            values = oracles.masked_marginals(crf, tokens[low:high], ["UNK"] * (high - low), whole)
            mean, effects, second = oracles.product_moments(masks, values[:, position - low], 0.7)
            assert found.weights[row][:, near] == pytest.approx(effects, abs=1e-9)
            assert found.bias[row] == pytest.approx(mean - 0.7 * effects.sum(axis=1), abs=1e-9)
            variance = np.diagonal(second) - mean**2
            explained = 0.7 * 0.3 * (effects**2).sum(axis=1)
            assert found.fidelity.r2[row] * variance == pytest.approx(explained, abs=1e-10)
            assert not np.delete(found.weights[row], near, axis=1).any()

    def test_the_reach_leaves_next_to_nothing_out(self, crf, advertisements):
        tokens = [token for sentence in advertisements[:40] for token in sentence.tokens][:330]
        near, far = (
            NERExplainer(crf, options=Options(reach=reach)).explain(tokens, positions=[150]) for reach in (15, 100)
        )
        assert near.weights == pytest.approx(far.weights, abs=2e-3)
        assert near.settings.engine == far.settings.engine == "exact"


def test_replace_changes_the_named_settings_only() -> None:
    explainer = NERExplainer(TriggerTagger([]), n_samples=64, random_state=3)
    changed = explainer.replace(engine="sample", random_state=4)
    assert (changed.engine, changed.random_state, changed.n_samples) == ("sample", 4, 64)
    assert (explainer.engine, explainer.random_state) == ("auto", 3)
    assert changed.tagger is explainer.tagger
    with pytest.raises(TypeError, match="seed"):
        explainer.replace(seed=1)
