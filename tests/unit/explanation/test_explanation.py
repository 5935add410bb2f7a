"""An explanation as it is read: words, targets, what follows from the arrays, and what needs the tagger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import oracles
import pytest
from explanations import LABELS, TAGS, TOKENS, make

from ner_lime.corpus import Span
from ner_lime.errors import DetachedError, InputError, LabelError, WordIndexError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation import component_text, out_of_range
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType, coefficients

COMBINED = [EntityType("X"), EntityType("Y"), AnyEntity(), Contrast("I-X", "B-X"), Contrast("B-X", "B-Y"), "B-Y"]
FIVE = ("O", "B-X", "I-X", "B-Y", "I-Y")
MASKS = oracles.masks_of(5)
SHARES = [oracles.bernoulli_share(mask, 0.7) for mask in MASKS]


@pytest.fixture(scope="module")
def box():
    return oracles.TableTagger(oracles.random_table(5, n_labels=5), FIVE)


@pytest.fixture(scope="module")
def explained(box):
    return NERExplainer(box).explain(list("abcde"))


class TestWords:
    def test_each_word_knows_its_place(self):
        explanation = make(positions=[4, 2])
        assert len(explanation) == 2
        assert [word.word_index for word in explanation] == [4, 2]
        word = explanation[2]
        assert (word.row, word.token, word.label) == (1, "of", "O")
        assert word.probability == pytest.approx(explanation.probabilities[2, LABELS.index("O")])
        assert word.probability_of("B-MAJOR") == pytest.approx(explanation.probabilities[2, LABELS.index("B-MAJOR")])

    def test_probabilities_fall(self):
        word = make()[4]
        values = list(word.probabilities.values())
        assert values == sorted(values, reverse=True)
        assert dict(word.probabilities) == pytest.approx(
            dict(zip(LABELS, word.explanation.probabilities[4], strict=True))
        )

    @pytest.mark.parametrize("index", [7, -1, 1000])
    def test_a_word_that_is_not_there(self, index):
        with pytest.raises(WordIndexError, match=rf"word index {index} .* expected 0 to 6: 0:6\+ 1:years 2:of"):
            make()[index]

    def test_a_word_that_was_not_explained(self):
        with pytest.raises(WordIndexError, match=r"word 3 \('Web'\) was not explained; explained: 4, 2; add it to"):
            make(positions=[4, 2])[3]

    def test_very_many_words_are_not_all_listed(self):
        message = out_of_range(500, [f"w{i}" for i in range(400)])
        assert "59:w59" in message
        assert "60:w60" not in message
        assert message.endswith("... (400 words)")

    def test_predicted_and_most_probable_labels(self):
        explanation = make()
        best = tuple(LABELS[k] for k in explanation.probabilities.argmax(axis=1))
        assert explanation.marginal_labels == best
        assert [word.marginal_label for word in explanation] == list(best)
        assert explanation.predicted == TAGS
        assert explanation.predicted_spans == [Span(0, 2, "EXPERIENCE"), Span(3, 6, "SKILLS")]


class TestContributions:
    def test_by_size_with_their_words(self):
        word = make(sampled=True)[4]
        row = LABELS.index("I-SKILLS")
        found = word.contributions()
        assert sorted(c.word_index for c in found) == list(range(7))
        for c in found:
            assert c.token == TOKENS[c.word_index]
            assert c.weight == word.explanation.weights[4, row, c.word_index]
            assert c.std_error == word.explanation.std_errors[4, row, c.word_index]
            assert c.word_indices == (c.word_index,)
        sizes = [abs(c.weight) for c in found]
        assert sizes == sorted(sizes, reverse=True)
        assert word.contributions(num_features=3) == found[:3]
        assert word.contributions("I-SKILLS") == found

    def test_groups_are_named_by_all_their_words(self):
        word = make(components=[(0, 1), (2,), (3, 4, 5), (6,)])[4]
        found = {c.word_index: (c.token, c.word_indices) for c in word.contributions()}
        assert found[3] == ("Web UI/UX design", (3, 4, 5))
        assert component_text((0, 1), TOKENS) == "6+ years"

    def test_bias_and_contributions_add_up_to_the_prediction(self):
        word = make()[3]
        for target in ("B-SKILLS", EntityType("SKILLS"), Contrast("B-SKILLS", "O")):
            total = word.bias(target) + sum(c.weight for c in word.contributions(target))
            assert word.prediction(target) == pytest.approx(total, abs=1e-12)

    def test_errors_of_a_combination_are_an_upper_bound(self):
        word = make(sampled=True)[3]
        errors = word.explanation.std_errors[3]
        found = {c.word_index: c.std_error for c in word.contributions(Contrast("B-SKILLS", "O"))}
        for j in range(7):
            expected = errors[LABELS.index("B-SKILLS"), j] + errors[LABELS.index("O"), j]
            assert found[j] == pytest.approx(expected, abs=1e-15)

    def test_an_unknown_label(self):
        for ask in (
            lambda word: word.contributions("B-X"),
            lambda word: word.probability_of("B-X"),
            lambda word: word.bias(EntityType("X")),
            lambda word: word.r2(Contrast("O", "B-X")),
            lambda word: word.verdict_of("B-X"),
        ):
            with pytest.raises(LabelError, match="unknown"):
                ask(make()[1])


class TestCombinations:
    """What is linear in the probabilities equals an explanation of the combined function itself."""

    @pytest.mark.parametrize("target", COMBINED)
    @pytest.mark.parametrize("position", [0, 3])
    def test_weights_bias_and_fit(self, explained, box, target, position):
        values = box.table[:, position] @ coefficients(target, FIVE)
        bias, weights = oracles.least_squares(MASKS, SHARES, values)
        word = explained[position]
        found = {c.word_index: c.weight for c in word.contributions(target)}
        assert [found[j] for j in range(5)] == pytest.approx(weights[:, 0], abs=1e-10)
        assert word.bias(target) == pytest.approx(bias[0], abs=1e-10)
        assert word.r2(target) == pytest.approx(
            oracles.r_squared(MASKS, SHARES, values, bias[0], weights[:, 0]), abs=1e-9
        )
        assert word.probability_of(target) == pytest.approx(values[-1], abs=1e-12)
        spread = np.sqrt(oracles.mean(SHARES, (values - oracles.mean(SHARES, values)) ** 2))
        assert word.spread(target) == pytest.approx(spread, abs=1e-10)

    def test_types_and_outside_add_up_to_nothing(self, explained):
        word = explained[2]
        parts = [
            np.array([c.weight for c in sorted(word.contributions(t), key=lambda c: c.word_index)])
            for t in (EntityType("X"), EntityType("Y"), "O")
        ]
        assert sum(parts) == pytest.approx(np.zeros(5), abs=1e-10)

    def test_the_contrast_of_a_label_with_itself_is_nothing(self, explained):
        word = explained[2]
        assert all(c.weight == 0 for c in word.contributions(Contrast("O", "O")))
        assert word.r2(Contrast("O", "O")) == 0.0
        assert "nothing to explain" in str(word.verdict_of(Contrast("O", "O")))


class TestFigures:
    def test_the_word_s_own_share(self):
        word = make()[3]
        row = np.abs(word.explanation.weights[3, LABELS.index("B-SKILLS")])
        assert word.own_share() == pytest.approx(row[3] / row.sum())
        grouped = make(components=[(0, 1), (2,), (3, 4, 5), (6,)])[4]
        row = np.abs(grouped.explanation.weights[4, LABELS.index("I-SKILLS")])
        assert grouped.own_share() == pytest.approx(row[2] / row.sum())

    def test_contributions_that_can_t_be_told_from_zero(self):
        explanation = make()
        label = LABELS.index("I-SKILLS")
        errors = np.zeros_like(explanation.weights)
        weights = np.zeros_like(explanation.weights)
        weights[4, label] = [0.5, -0.1, 0.1, 0.1, 0.1, 0.1, 0.0]
        errors[4, label, 1:] = 0.06
        unsure = replace(explanation, weights=weights, std_errors=errors)
        assert "50% of the contributions can't be told from zero" in str(unsure[4].verdict)
        exact = replace(explanation, weights=weights, std_errors=np.zeros_like(errors))
        assert "told from zero" not in str(exact[4].verdict)

    def test_the_agreement_of_its_own_row(self):
        explanation = replace(make(positions=[4, 2]), agreement=np.array([0.1, 0.9]))
        assert "weighted Kendall's tau 0.10" in str(explanation[4].verdict)
        assert "Kendall" not in str(explanation[2].verdict)


class TestDetached:
    def test_what_only_the_tagger_knows(self):
        explanation = make()
        for what, ask in (
            ("an entity", lambda e: e.entity(3, 6)),
            ("an entity", lambda e: e.entities),
            ("interactions", lambda e: e.interactions(4)),
            ("the white-box view", lambda e: e.white_box(4)),
            ("feature selection", lambda e: e[4].contributions(num_features=2, selection="tree")),
        ):
            with pytest.raises(DetachedError, match=f"{what} needs the tagger.*explain the sentence again") as caught:
                ask(explanation)
            assert isinstance(caught.value, RuntimeError)

    def test_a_copy_read_back_is_detached_and_else_the_same(self, explained):
        again = type(explained).from_dict(explained.to_dict())
        assert np.array_equal(again.weights, explained.weights)
        assert again[2].contributions() == explained[2].contributions()
        with pytest.raises(DetachedError):
            again.entity(1, 2)

    def test_a_span_that_is_none_is_told_first(self):
        with pytest.raises(InputError, match=r"within 0\.\.7, start before end, found 5\.\.5"):
            make().entity(5, 5)


def test_a_word_shows_itself_in_one_line(explained):
    word = explained[1]
    assert repr(word) == f"<TokenExplanation of word 1, 'b': {word.label} {word.probability:.3f}>"
