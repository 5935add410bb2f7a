"""Questions that go back to the tagger: entities, interactions, feature selection, the white box."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.corpus import Sentence
from ner_lime.errors import InputError, LabelError, WordIndexError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explainers.sentence.masking import Delete, MaskString
from ner_lime.explainers.sentence.options import Options
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType, coefficients
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.interactions import enumerated_interactions
from ner_lime.lime.law import shares
from ner_lime.lime.linear import linear_map
from ner_lime.lime.selection import select

TOKENS = ["a", "b", "c", "d", "e"]
MASKS = oracles.masks_of(5)
SHARES = [oracles.bernoulli_share(mask, 0.7) for mask in MASKS]
SPAN = (1, 3, "SKILLS")
ADVERT = ["6+", "years", "of", "Web", "UI/UX", "design", "experience", "or", "an", "equivalent", "degree", "in", "Arts"]


@pytest.fixture(scope="module")
def box():
    return oracles.TableTagger(oracles.random_table(5, seed=1))


@pytest.fixture(scope="module")
def explanation(box):
    return NERExplainer(box).explain(TOKENS)


def product(table, start, end):
    """(n,): the probability of the entity X where the words' labels are independent."""
    return oracles.independent_entity(table, ("O", "B-X", "I-X"), (start, end, "X"))


class Near:
    """The more of the seven words around are seen, the surer an entity; B and I are one for certain."""

    labels = ("O", "B-X", "I-X")

    def predict_proba(self, sentences):
        answers = []
        for words in sentences:
            seen = np.array([word != "UNK" for word in words], dtype=float)
            p = 0.1 + 0.3 * (np.convolve(seen, np.ones(7), "same") / 7) ** 2
            answer = np.stack([1 - p, 0.6 * p, 0.4 * p], axis=1)
            for column, word in enumerate("OBI"):
                answer[[w == word for w in words]] = np.eye(3)[column]
            answers.append(answer)
        return answers


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
        scores = oracles.masked_scores(crf, tokens, ["UNK"] * 4, masks)
        values = np.array([oracles.path_entity(one, crf.weights.transitions, crf.labels, SPAN) for one in scores])
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
        masks = [(a, 1, 1, b) for a, b in oracles.masks_of(2)]
        scores = oracles.masked_scores(crf, tokens, ["UNK"] * 4, masks)
        values = np.array([oracles.path_entity(one, crf.weights.transitions, crf.labels, SPAN) for one in scores])
        expected = oracles.banzhaf(oracles.masks_of(2), values, 0.7)
        assert found.weights == pytest.approx([expected[0], 0, 0, expected[1]], abs=1e-10)

    @pytest.mark.parametrize("neighbourhood", [Cosine(), UniformCount(), Bernoulli(0.4)])
    @pytest.mark.parametrize(("start", "end"), [(1, 3), (2, 3), (0, 4)])
    def test_a_seen_span_conditions_every_law(self, box, neighbourhood, start, end):
        found = NERExplainer(box, neighbourhood=neighbourhood).explain(TOKENS, context_only=True)
        found = found.entity(start, end, "X")
        others = [j for j in range(5) if not start <= j < end]
        rows = np.array([all(mask[start:end]) for mask in MASKS])
        masks = oracles.as_array(MASKS)
        share = shares(neighbourhood, masks)[rows] if len(others) > 1 else np.ones(2)
        values = product(box.table, start, end)[rows]
        bias, weights = oracles.least_squares(masks[rows][:, others], share, values)
        assert found.weights[others] == pytest.approx(weights[:, 0], abs=1e-9)
        assert found.bias == pytest.approx(bias[0], abs=1e-9)
        assert not found.weights[start:end].any()

    @pytest.mark.parametrize("neighbourhood", [Cosine(), UniformCount(), Bernoulli()])
    def test_a_sampled_seen_span(self, neighbourhood):
        table = oracles.smooth_table(12, seed=2)
        masks = oracles.as_array(oracles.masks_of(12))
        explainer = NERExplainer(oracles.TableTagger(table), neighbourhood=neighbourhood, n_samples=256)
        found = explainer.explain([f"w{i}" for i in range(12)], context_only=True).entity(4, 6, "X")
        rows, others = masks[:, 4:6].all(axis=1), [*range(4), *range(6, 12)]
        truth = linear_map(masks[rows][:, others], shares(neighbourhood, masks)[rows])
        expected = truth.fit(product(table, 4, 6)[rows][:, None])[1][:, 0]
        assert np.linalg.norm(found.weights[others] - expected) < 0.1 * np.linalg.norm(expected)
        assert not found.weights[4:6].any()
        assert not found.std_errors[4:6].any()

    @pytest.mark.parametrize("engine", ["auto", "sample"])
    @pytest.mark.parametrize("neighbourhood", [Cosine(), Bernoulli()])
    def test_a_span_with_no_context_has_nothing_to_explain(self, box, neighbourhood, engine):
        explainer = NERExplainer(box, neighbourhood=neighbourhood, engine=engine)
        found = explainer.explain(TOKENS, context_only=True).entity(0, 5, "X")
        assert not found.weights.any()
        assert found.bias == pytest.approx(found.probability)
        assert found.verdict.level == "do not trust"
        assert "nothing to explain" in str(found.verdict)

    def test_an_exact_answer_is_exact_or_refused(self, crf):
        with pytest.raises(
            InputError, match=r"for 15 components needs all masks of at most 14 components, .*: use engine=\"auto\""
        ):
            NERExplainer(crf, engine="exact").explain([*ADVERT, "or", "so"], positions=[4]).entity(3, 6, "SKILLS")
        tagger = oracles.TableTagger(oracles.smooth_table(11, seed=2))
        found = NERExplainer(tagger, engine="exact").explain([f"w{i}" for i in range(11)]).entity(4, 6, "X")
        assert found.settings.engine == "exact"
        assert not found.std_errors.any()

    def test_how_it_was_made_and_whether_to_trust_it(self):
        tagger = oracles.TableTagger(oracles.smooth_table(12, seed=2))
        explanation = NERExplainer(tagger, n_samples=128, random_state=5).explain([f"w{i}" for i in range(12)])
        n_asked = len(tagger.asked)
        found = explanation.entity(4, 6, "X")
        assert found.settings.n_calls == len(tagger.asked) - n_asked
        assert (found.settings.engine, found.settings.random_state) == ("sample", 5)
        values = product(tagger.table, 4, 6)
        shares = [oracles.bernoulli_share(mask, 0.7) for mask in oracles.masks_of(12)]
        mean = oracles.mean(shares, values)
        spread = np.sqrt(oracles.mean(shares, (values - mean) ** 2))
        assert found.spread == pytest.approx(spread, rel=0.3)
        assert f"{found.r2:.0%}" in str(found.verdict)

    def test_another_seed_draws_other_masks(self):
        def weights(seed):
            tagger = oracles.TableTagger(oracles.smooth_table(12, seed=2))
            explainer = NERExplainer(tagger, n_samples=128, random_state=seed)
            return explainer.explain([f"w{i}" for i in range(12)], positions=[4]).entity(4, 6, "X").weights

        assert not np.array_equal(weights(0), weights(1))

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

    def test_a_span_of_a_long_text_has_its_whole_context(self):
        explanation = NERExplainer(Near(), masking=MaskString("UNK"), n_samples=128).explain(["w"] * 400)
        found = explanation.entity(191, 193, "X")
        assert (found.components[0][0], found.components[-1][0]) == (28, 291)

    def test_no_span_of_a_long_text_loses_what_follows_it(self):
        explanation = NERExplainer(Near(), masking=MaskString("UNK"), n_samples=64).explain(["w"] * 400, positions=[10])
        with pytest.raises(InputError, match=r"span 109\.\.111 is not within"):
            explanation.entity(109, 111, "X")
        with pytest.raises(InputError, match=r"Options\(reach=\) for a span that is longer"):
            explanation.entity(10, 111, "X")
        answer = Near().predict_proba([["w"] * 400])[0]
        assert explanation.entity(9, 11, "X").probability == pytest.approx(product(answer[None], 9, 11)[0])

    def test_the_entities_of_some_positions(self):
        explainer = NERExplainer(Near(), masking=MaskString("UNK"), n_samples=64)
        words = ["w"] * 400
        words[11:13] = words[310:312] = ["B", "I"]
        assert [e.start for e in explainer.explain(words, positions=[12, 20]).entities] == [11]
        assert [e.start for e in explainer.explain(words[:20], positions=[3]).entities] == []

    @pytest.mark.parametrize(("start", "end"), [(2, 2), (3, 1), (-1, 2), (2, 6)])
    def test_what_is_no_span(self, explanation, start, end):
        with pytest.raises(InputError, match=r"a span within 0\.\.5"):
            explanation.entity(start, end, "X")

    def test_a_type_that_the_tagger_does_not_know(self, explanation):
        with pytest.raises(LabelError, match="unknown entity type 'Y': the tagger knows X"):
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

    @pytest.mark.parametrize("last", ["E-X", "L-X"])
    def test_a_label_set_without_single_words(self, last):
        table = oracles.random_table(3, n_labels=3, seed=4)
        table[-1] = [[0.1, 0.7, 0.2], [0.7, 0.1, 0.2], [0.7, 0.1, 0.2]]
        explanation = NERExplainer(oracles.TableTagger(table, ("O", "B-X", last))).explain(["a", "b", "c"])
        (found,) = explanation.entities
        assert (found.start, found.end, found.kind) == (0, 1, "X")
        assert found.probability == pytest.approx(0.7 * (1 - 0.2) + 0.2)

    def test_a_type_named_o(self):
        """The outside label is no bare type."""
        table = np.tile([[0.1, 0.9, 0.0], [0.05, 0.0, 0.95], [1.0, 0.0, 0.0]], (8, 1, 1))
        (found,) = NERExplainer(oracles.TableTagger(table, ("O", "B-O", "I-O"))).explain(["a", "b", "c"]).entities
        assert (found.start, found.end, found.kind) == (0, 2, "O")
        assert found.probability == pytest.approx(0.9 * 0.95)

    def test_the_tail_of_an_entity_is_none_of_its_own(self):
        """In IOB1, where an entity begins with I, the word before it decides."""
        table = np.tile([[0.1, 0.0, 0.9], [0.05, 0.0, 0.95], [1.0, 0.0, 0.0]], (8, 1, 1))
        explanation = NERExplainer(oracles.TableTagger(table)).explain(["a", "b", "c"])
        assert explanation.entity(1, 2, "X").probability == pytest.approx(0.1 * 0.95)
        assert explanation.entity(0, 2, "X").probability == pytest.approx(0.9 * 0.95)

    def test_a_missed_one_has_the_gold_type(self):
        sentence = Sentence(("a", "b", "c"), ("O", "B-LOC", "O"))
        found = NERExplainer(self.tagger("O", "O", "O")).explain(sentence)
        assert found.entity(1, 2).kind == "LOC"
        assert found.entities == []

    def test_else_the_most_probable_one(self):
        found = NERExplainer(self.tagger("O", "?", "O")).explain(["a", "b", "c"])
        assert found.predicted[1] == "O"
        assert found.entity(1, 2).kind == "LOC"
        assert found.entity(1, 2).probability == pytest.approx(0.35 + 0.25)

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
    def test_a_crf_s_are_exact_where_all_masks_are_cheap(self, crf, context_only):
        explainer = NERExplainer(crf, masking=MaskString())
        explanation = explainer.explain(ADVERT, positions=[4], context_only=context_only)
        found = {(p.first, p.second): p for p in explanation.interactions(4, "I-SKILLS")}
        masks = oracles.masks_of(13)
        values = oracles.masked_marginals(crf, ADVERT, ["UNK"] * 13, masks)[:, 4, crf.labels.index("I-SKILLS")]
        if context_only:
            of_mask = dict(zip(masks, values, strict=True))
            values = np.array([of_mask[(*mask[:4], 1, *mask[5:])] for mask in masks])
        for i, j in ((3, 5), (4, 5), (0, 12)):
            expected = oracles.pair_interaction(masks, values, i, j, 0.7)
            assert found[i, j].weight == pytest.approx(expected, abs=1e-9)
            assert found[i, j].std_error == 0.0

    @pytest.mark.parametrize(
        ("n_samples", "settings", "context_only"),
        [
            (64, {}, False),
            (256, {}, False),
            (256, {}, True),
            (256, {"neighbourhood": Cosine()}, False),
            (256, {"method": "shapley"}, False),
        ],
    )
    def test_the_stated_errors_of_a_sample_hold(self, n_samples, settings, context_only):
        """About 95 % of the intervals hold the sum over all masks, and they are not wide for nothing."""
        masks = oracles.as_array(oracles.masks_of(11))
        tokens = [f"w{i}" for i in range(11)]
        held, errors, stated = [], [], []
        for seed in range(3):
            table = oracles.smooth_table(11, seed=seed)
            explainer = NERExplainer(oracles.TableTagger(table), n_samples=n_samples, random_state=seed, **settings)
            found = explainer.explain(tokens, context_only=context_only).interactions(5, "B-X")
            rows = masks[:, 5] if context_only else slice(None)
            free = [j for j in range(11) if not (context_only and j == 5)]
            share = shares(Bernoulli(), masks[rows][:, free])
            truth = np.zeros((11, 11))
            truth[np.ix_(free, free)] = enumerated_interactions(masks[rows][:, free], share, table[rows, 5][:, [1]])[
                :, :, 0
            ]
            for pair in found:
                if context_only and 5 in (pair.first, pair.second):
                    assert (pair.weight, pair.std_error) == (0.0, 0.0)
                    continue
                errors.append(abs(pair.weight - truth[pair.first, pair.second]))
                stated.append(pair.std_error)
                held.append(errors[-1] <= 1.96 * stated[-1])
        assert np.mean(held) > 0.88
        assert np.sqrt(np.mean(np.square(stated))) < 2.5 * np.sqrt(np.mean(np.square(errors)))

    def test_they_stay_within_the_budget_and_are_asked_once(self):
        tagger = oracles.TableTagger(oracles.smooth_table(12, seed=2))
        explanation = NERExplainer(tagger, n_samples=64).explain([f"w{i}" for i in range(12)])
        explained = len(tagger.asked)
        explanation.interactions(3)
        asked = len(tagger.asked)
        assert asked - explained <= 8
        explanation.interactions(3, "B-X")
        explanation.interactions(7)
        assert len(tagger.asked) == asked

    @pytest.mark.parametrize("n_samples", [2, 3, 9])
    def test_hardly_any_masks(self, n_samples):
        tagger = oracles.TableTagger(oracles.smooth_table(12, seed=2))
        explainer = NERExplainer(tagger, n_samples=n_samples)
        explanation = explainer.explain([f"w{i}" for i in range(12)])
        found = explanation.interactions(3)
        assert all(np.isfinite([pair.weight, pair.std_error]).all() for pair in found)

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
        share = shares(settings.get("neighbourhood", Bernoulli()), masks)
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

    @pytest.mark.parametrize("number", [0, -1, 2.5])
    def test_how_many_is_at_least_one(self, explanation, number):
        for ask in (
            lambda: explanation[2].contributions(num_features=number),
            lambda: explanation[2].contributions(num_features=number, selection="auto"),
            lambda: explanation.entity(1, 3, "X").contributions(num_features=number),
        ):
            with pytest.raises(InputError, match=f"num_features to be a whole number of at least 1, found {number}"):
                ask()

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
