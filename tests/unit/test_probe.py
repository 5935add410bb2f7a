"""Questions that go back to the tagger: entities, interactions, feature selection, the white box."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.corpus import Sentence
from ner_lime.engines import Options
from ner_lime.errors import InputError, LabelError, WordIndexError
from ner_lime.explainer import NERExplainer
from ner_lime.lime.linear import linear_map
from ner_lime.lime.neighbourhoods import Bernoulli, Cosine, law
from ner_lime.lime.selection import select
from ner_lime.masking import Delete, MaskString
from ner_lime.targets import AnyEntity, Contrast, EntityType, coefficients

TOKENS = ["a", "b", "c", "d", "e"]
MASKS = oracles.masks_of(5)
SHARES = [oracles.bernoulli_share(mask, 0.7) for mask in MASKS]
ADVERT = ["6+", "years", "of", "Web", "UI/UX", "design", "experience", "or", "an", "equivalent", "degree", "in", "Arts"]


@pytest.fixture(scope="module")
def box():
    return oracles.TableTagger(oracles.random_table(5, seed=1))


@pytest.fixture(scope="module")
def explanation(box):
    return NERExplainer(box).explain(TOKENS)


def product(table, start, end):
    """P(B-X, I-X, ..., not I-X) of a table's answers, word by word."""
    value = table[:, start, 1] * np.prod(table[:, start + 1 : end, 2], axis=1)
    return value * (1 - table[:, end, 2]) if end < table.shape[1] else value


class TestEntities:
    @pytest.mark.parametrize(("start", "end"), [(0, 1), (1, 3), (3, 5), (0, 5)])
    def test_a_black_box_s_words_are_taken_as_independent(self, explanation, box, start, end):
        found = explanation.entity(start, end, "X")
        values = product(box.table, start, end)
        bias, weights = oracles.least_squares(MASKS, SHARES, values)
        assert found.how == "independent"
        assert found.probability == pytest.approx(values[-1], abs=1e-12)
        assert found.weights == pytest.approx(weights[:, 0], abs=1e-10)
        assert found.bias == pytest.approx(bias[0], abs=1e-10)
        assert found.r2 == pytest.approx(oracles.r_squared(MASKS, SHARES, values, bias[0], weights[:, 0]), abs=1e-9)
        assert not found.std_errors.any()
        assert found.text == " ".join(TOKENS[start:end])

    def test_a_crf_s_words_are_taken_together(self, crf):
        tokens = ["of", "Web", "UI/UX", "design"]
        masks = oracles.masks_of(4)
        found = NERExplainer(crf, masking=MaskString()).explain(tokens).entity(1, 3, "SKILLS")
        known = list(crf.labels)
        chain = [known.index("B-SKILLS"), known.index("I-SKILLS")]
        scores = oracles.masked_scores(crf, tokens, ["UNK"] * 4, masks)
        values = np.array([oracles.path_span(one, crf.weights.transitions, 1, chain, chain[1]) for one in scores])
        assert found.how == "joint"
        assert found.probability == pytest.approx(values[-1], abs=1e-12)
        assert found.weights == pytest.approx(oracles.banzhaf(masks, values, 0.7), abs=1e-10)

    def test_shapley_values_of_an_entity(self, box):
        found = NERExplainer(box, method="shapley").explain(TOKENS).entity(1, 3, "X")
        values = product(box.table, 1, 3)
        assert found.weights == pytest.approx(oracles.shapley_by_orders(MASKS, values), abs=1e-10)
        assert found.bias + found.weights.sum() == pytest.approx(found.probability, abs=1e-10)

    def test_the_span_itself_is_always_seen_where_only_the_context_counts(self, box):
        found = NERExplainer(box).explain(TOKENS, context_only=True).entity(1, 3, "X")
        chosen = [k for k, mask in enumerate(MASKS) if mask[1] and mask[2]]
        others = [tuple(MASKS[k][j] for j in (0, 3, 4)) for k in chosen]
        values = product(box.table, 1, 3)[chosen]
        weights = oracles.banzhaf(others, values, 0.7)
        assert found.weights[[0, 3, 4]] == pytest.approx(weights, abs=1e-10)
        assert found.weights[[1, 2]] == pytest.approx([0, 0], abs=1e-10)

    def test_a_crf_s_span_is_always_seen_where_only_the_context_counts(self, crf):
        tokens = ["of", "Web", "UI/UX", "design"]
        found = NERExplainer(crf, masking=MaskString()).explain(tokens, context_only=True).entity(1, 3, "SKILLS")
        known = list(crf.labels)
        chain = [known.index("B-SKILLS"), known.index("I-SKILLS")]
        masks = [(a, 1, 1, b) for a, b in oracles.masks_of(2)]
        scores = oracles.masked_scores(crf, tokens, ["UNK"] * 4, masks)
        values = np.array([oracles.path_span(one, crf.weights.transitions, 1, chain, chain[1]) for one in scores])
        expected = oracles.banzhaf(oracles.masks_of(2), values, 0.7)
        assert found.weights == pytest.approx([expected[0], 0, 0, expected[1]], abs=1e-10)

    def test_deleted_words_leave_no_place_for_an_entity(self, crf):
        found = NERExplainer(crf, masking=Delete()).explain(TOKENS, context_only=True)
        with pytest.raises(InputError, match="hide them by a mask string instead"):
            found.entity(1, 3, "SKILLS")

    def test_groups(self, box):
        found = NERExplainer(box).explain(TOKENS, groups=[(0, 1)]).entity(1, 3, "X")
        masks = oracles.masks_of(4)
        values = product(np.array([box.table[MASKS.index((mask[0], *mask))] for mask in masks]), 1, 3)
        assert found.components == ((0, 1), (2,), (3,), (4,))
        assert found.weights == pytest.approx(oracles.banzhaf(masks, values, 0.7), abs=1e-10)
        assert found.contributions()[0].token in {"a b", "c", "d", "e"}

    def test_sampled(self):
        table = oracles.smooth_table(12, seed=2)
        tokens = [f"w{i}" for i in range(12)]
        found = NERExplainer(oracles.TableTagger(table), n_samples=256).explain(tokens).entity(4, 6, "X")
        truth = oracles.banzhaf(oracles.masks_of(12), product(table, 4, 6), 0.7)
        assert np.linalg.norm(found.weights - truth) < 0.1 * np.linalg.norm(truth)
        assert found.std_errors.max() > 0
        again = NERExplainer(oracles.TableTagger(table), n_samples=256).explain(tokens).entity(4, 6, "X")
        assert np.array_equal(found.weights, again.weights)

    def test_the_contributions_by_size(self, explanation):
        found = explanation.entity(1, 3, "X")
        sizes = [abs(c.weight) for c in found.contributions()]
        assert sizes == sorted(sizes, reverse=True)
        assert [c.word_index for c in found.contributions(num_features=2)] == [
            c.word_index for c in found.contributions()[:2]
        ]

    def test_a_span_of_another_part_of_the_text(self, crf, advertisements):
        tokens = [token for sentence in advertisements[:60] for token in sentence.tokens][:600]
        found = NERExplainer(crf).explain(tokens, positions=[20])
        with pytest.raises(InputError, match=r"span 500\.\.502 is not within the explained part.*positions="):
            found.entity(500, 502, "SKILLS")
        assert found.entity(20, 21, "SKILLS").how == "joint"

    @pytest.mark.parametrize(("start", "end"), [(2, 2), (3, 1), (-1, 2), (2, 6)])
    def test_what_is_no_span(self, explanation, start, end):
        with pytest.raises(InputError, match=r"a span within 0\.\.5"):
            explanation.entity(start, end, "X")

    def test_a_type_that_the_tagger_does_not_know(self, explanation):
        with pytest.raises(LabelError, match=r"'B-Y'|'I-Y'|'Y'"):
            explanation.entity(0, 1, "Y")


class TestWhichType:
    def tagger(self, *tags):
        """Certain of these tags; where a tag is ?, of nothing."""
        labels = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
        rows = np.array([[0.4, 0.0, 0.0, 0.35, 0.25] if tag == "?" else np.eye(5)[labels.index(tag)] for tag in tags])
        return oracles.TableTagger(np.tile(rows, (2 ** len(tags), 1, 1)), labels)

    def test_the_predicted_one(self):
        found = NERExplainer(self.tagger("O", "B-PER", "I-PER", "O")).explain(["a", "b", "c", "d"])
        assert found.entity(1, 3).kind == "PER"
        assert [(e.start, e.end, e.kind) for e in found.entities] == [(1, 3, "PER")]
        assert found.entities[0].probability == pytest.approx(1.0)

    def test_a_missed_one_has_the_gold_type(self):
        sentence = Sentence(("a", "b", "c"), ("O", "B-LOC", "O"))
        found = NERExplainer(self.tagger("O", "O", "O")).explain(sentence)
        assert found.entity(1, 2).kind == "LOC"
        assert found.entities == []

    def test_else_the_most_probable_one(self):
        found = NERExplainer(self.tagger("O", "?", "O")).explain(["a", "b", "c"])
        assert found.predicted[1] == "O"
        assert found.entity(1, 2).kind == "LOC"
        assert found.entity(1, 2).probability == pytest.approx(0.35)

    def test_a_tagger_without_entities(self):
        tagger = oracles.TableTagger(np.ones((4, 2, 1)), ("O",))
        with pytest.raises(InputError, match="found only O"):
            NERExplainer(tagger).explain(["a", "b"]).entity(0, 1)


class TestInteractions:
    @pytest.mark.parametrize("target", ["I-X", EntityType("X"), AnyEntity(), Contrast("B-X", "O"), None])
    def test_all_pairs_of_a_short_sentence(self, explanation, box, target):
        found = explanation.interactions(2, target)
        label = explanation.predicted[2] if target is None else target
        values = box.table[:, 2] @ coefficients(label, box.labels)
        assert len(found) == 10
        for pair in found:
            expected = oracles.pair_interaction(MASKS, values, pair.first, pair.second, 0.7)
            assert pair.weight == pytest.approx(expected, abs=1e-10)
            assert pair.tokens == (TOKENS[pair.first], TOKENS[pair.second])
        sizes = [abs(pair.weight) for pair in found]
        assert sizes == sorted(sizes, reverse=True)

    def test_groups(self, box):
        found = NERExplainer(box).explain(TOKENS, groups=[(1, 3)]).interactions(2, "I-X")
        masks = oracles.masks_of(4)
        values = np.array([box.table[MASKS.index((a, b, c, b, d)), 2, 2] for a, b, c, d in masks])
        for pair in found:
            i, j = ({0: 0, 1: 1, 2: 2, 4: 3}[word] for word in (pair.first, pair.second))
            assert pair.weight == pytest.approx(oracles.pair_interaction(masks, values, i, j, 0.7), abs=1e-10)
        assert {pair.tokens for pair in found} >= {("a", "b d")}

    def test_given_that_the_word_is_seen(self, box):
        found = NERExplainer(box).explain(TOKENS, context_only=True).interactions(2, "I-X")
        chosen = [k for k, mask in enumerate(MASKS) if mask[2]]
        others = [tuple(MASKS[k][j] for j in (0, 1, 3, 4)) for k in chosen]
        for pair in found:
            if 2 in (pair.first, pair.second):
                assert pair.weight == pytest.approx(0.0, abs=1e-12)
            else:
                i, j = ((0, 1, 3, 4).index(word) for word in (pair.first, pair.second))
                expected = oracles.pair_interaction(others, box.table[chosen, 2, 2], i, j, 0.7)
                assert pair.weight == pytest.approx(expected, abs=1e-10)

    @pytest.mark.parametrize("context_only", [False, True])
    def test_a_long_sentence(self, crf, context_only):
        """From a surrogate: near the sum over all masks."""
        explainer = NERExplainer(crf, masking=MaskString())
        explanation = explainer.explain(ADVERT, positions=[4], context_only=context_only)
        found = {(p.first, p.second): p.weight for p in explanation.interactions(4, "I-SKILLS")}
        masks = oracles.masks_of(13)
        values = oracles.masked_marginals(crf, ADVERT, ["UNK"] * 13, masks)[:, 4, crf.labels.index("I-SKILLS")]
        if context_only:
            of_mask = dict(zip(masks, values, strict=True))
            values = np.array([of_mask[(*mask[:4], 1, *mask[5:])] for mask in masks])
        for i, j in ((3, 5), (4, 5), (0, 12)):
            assert found[i, j] == pytest.approx(oracles.pair_interaction(masks, values, i, j, 0.7), abs=0.02)

    def test_other_laws_ask_under_the_bernoulli_one(self, box):
        found = NERExplainer(box, neighbourhood=Cosine()).explain(TOKENS).interactions(0, "O")
        for pair in found:
            expected = oracles.pair_interaction(MASKS, box.table[:, 0, 0], pair.first, pair.second, 0.7)
            assert pair.weight == pytest.approx(expected, abs=1e-10)

    def test_what_can_t_be_asked(self, explanation):
        with pytest.raises(LabelError, match="unknown label 'B-Y'"):
            explanation.interactions(2, "B-Y")
        with pytest.raises(WordIndexError):
            explanation.interactions(9)


WAYS = ["none", "highest_weights", "forward_selection", "lasso_path", "tree", "auto"]


class TestSelection:
    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("target", ["I-X", Contrast("B-X", "O")])
    def test_on_all_masks(self, explanation, box, way, target):
        found = explanation[2].contributions(target, num_features=2, selection=way)
        values = box.table[:, 2] @ coefficients(target, box.labels)
        chosen, _, weights = select(oracles.as_array(MASKS), np.array(SHARES), values, 2, way)
        assert {c.word_index: c.weight for c in found} == pytest.approx(dict(zip(chosen, weights, strict=True)))
        assert [abs(c.weight) for c in found] == sorted((abs(c.weight) for c in found), reverse=True)
        assert len(found) == (5 if way == "none" else len(chosen))

    @pytest.mark.parametrize("way", WAYS)
    def test_given_that_the_word_is_seen(self, box, way):
        found = (
            NERExplainer(box).explain(TOKENS, context_only=True)[2].contributions("I-X", num_features=2, selection=way)
        )
        assert found
        if way != "none":
            assert 2 not in {c.word_index for c in found}

    @pytest.mark.parametrize("way", WAYS)
    def test_merged_messages_keep_their_exact_weights(self, crf, way):
        word = NERExplainer(crf).explain(ADVERT)[4]
        exact = {c.word_index: c.weight for c in word.contributions()}
        found = word.contributions(num_features=3, selection=way)
        assert len(found) == (13 if way == "none" else min(len(found), 3))
        for c in found:
            assert c.weight == pytest.approx(exact[c.word_index], abs=1e-15)
        if way in ("highest_weights", "forward_selection", "auto"):
            largest = {c.word_index for c in word.contributions(num_features=3)}
            assert len({c.word_index for c in found} & largest) >= 2

    def test_a_plain_number_of_features_takes_the_largest(self, explanation):
        word = explanation[2]
        assert word.contributions("I-X", num_features=3) == word.contributions("I-X")[:3]

    def test_sampled_answers(self):
        tagger = oracles.TableTagger(oracles.smooth_table(12, seed=2))
        word = NERExplainer(tagger, n_samples=128).explain([f"w{i}" for i in range(12)], positions=[5])[5]
        n_asked = len(tagger.asked)
        found = word.contributions("B-X", num_features=3, selection="forward_selection")
        assert len(found) == 3
        assert len(tagger.asked) == n_asked
        assert all(c.std_error > 0 for c in found)

    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"neighbourhood": Cosine()},
            {"options": Options(ridge=0.0, half_width=0.0)},
            {"neighbourhood": Cosine(), "options": Options(ridge=1.0, half_width=0.0)},
        ],
        ids=["kernel", "kernel, cosine", "linear", "like lime"],
    )
    @pytest.mark.parametrize("way", ["none", "highest_weights"])
    def test_the_stated_errors_of_chosen_features_hold(self, way, settings):
        """Against the same choice on all masks: about 95 % of the intervals hold the truth."""
        table = oracles.smooth_table(11, seed=3)
        masks = oracles.as_array(oracles.masks_of(11))
        tokens = [f"w{i}" for i in range(11)]
        share = law(settings.get("neighbourhood", Bernoulli()), masks)
        held = []
        for seed in range(4):
            explainer = NERExplainer(oracles.TableTagger(table), n_samples=256, random_state=seed, **settings)
            for position in (2, 5, 8):
                word = explainer.explain(tokens, positions=[position])[position]
                found = word.contributions("B-X", num_features=5, selection=way)
                chosen = [c.word_index for c in found]
                truth = linear_map(masks[:, chosen], share).fit(table[:, position, 1][:, None])[1][:, 0]
                held += [abs(c.weight - t) <= 1.96 * c.std_error for c, t in zip(found, truth, strict=True)]
        assert np.mean(held) > 0.85

    def test_choosing_none_keeps_the_surrogate_s_precision(self):
        tagger = oracles.TableTagger(oracles.smooth_table(12, seed=2))
        word = NERExplainer(tagger, n_samples=256).explain([f"w{i}" for i in range(12)], positions=[5])[5]
        assert word.contributions("B-X", selection="none") == word.contributions("B-X")

    @pytest.mark.parametrize("engine", ["exact", "sample"])
    @pytest.mark.parametrize("way", WAYS)
    def test_shapley_values_stay_shapley_values(self, box, way, engine):
        explainer = NERExplainer(box, method="shapley", engine=engine, n_samples=24)
        word = explainer.explain(TOKENS)[2]
        all_of_them = word.contributions("I-X")
        assert set(word.contributions("I-X", num_features=2, selection=way)) <= set(all_of_them)

    def test_a_crf_s_shapley_values_stay_shapley_values(self, crf):
        word = NERExplainer(crf, method="shapley").explain(ADVERT, positions=[4])[4]
        assert set(word.contributions(num_features=3, selection="highest_weights")) <= set(word.contributions())

    def test_a_ridge_does_not_shrink_what_is_exact(self, box):
        word = NERExplainer(box, options=Options(ridge=1.0)).explain(TOKENS)[2]
        largest = word.contributions("I-X", num_features=2)
        assert word.contributions("I-X", num_features=2, selection="highest_weights") == largest

    def test_an_unknown_way(self, explanation):
        with pytest.raises(InputError, match="found 'best'"):
            explanation[2].contributions(num_features=2, selection="best")


class TestWhiteBox:
    def test_a_crf_is_opened(self, crf):
        found = NERExplainer(crf).explain(ADVERT[:6]).white_box(4)
        assert found.token == "UI/UX"
        assert found.probabilities == pytest.approx(crf.predict_proba([ADVERT[:6]])[0][4], abs=1e-12)

    def test_a_black_box_is_not(self, explanation):
        with pytest.raises(InputError, match="black box"):
            explanation.white_box(2)

    def test_words_that_were_not_explained(self, crf):
        found = NERExplainer(crf).explain(ADVERT[:6], positions=[1])
        with pytest.raises(WordIndexError, match="was not explained"):
            found.white_box(4)
