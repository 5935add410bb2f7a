"""Explanations on their way to eli5 and back: every formatter shows the right words, and nothing escapes escaping."""

from __future__ import annotations

import json
import re
from html import unescape

import eli5
import explanations
import numpy as np
import pytest
from eli5.formatters import format_as_dict
from hypothesis import given
from hypothesis import strategies as st

from ner_lime import AnyEntity, Contrast, EntityType, NERExplainer
from ner_lime.eli5 import from_eli5, to_eli5
from ner_lime.errors import InputError, WordIndexError
from ner_lime.explanation import Explanation
from ner_lime.testing import Trigger, TriggerTagger

TEXT = "Web  design,\nUI/UX design"  # "design" comes twice, and the white space is not what a join would give


@pytest.fixture
def explanation() -> Explanation:
    weights = {"Web": {"B-X": 0.2}, "design": {"B-X": 0.2, "I-X": 0.1}, "UI/UX": {"B-X": -0.1}}
    return NERExplainer(TriggerTagger.additive(weights, base=0.2)).explain(TEXT)


def highlighted(html: str) -> list[tuple[str, float]]:
    """Text and weight of each coloured stretch of a page."""
    return [(unescape(text), float(title)) for title, text in re.findall(r'title="(-?[\d.]+)">([^<]*)</span>', html)]


def test_features_are_the_contributions_with_the_bias_and_by_sign() -> None:
    explanation = explanations.make()
    for target in to_eli5(explanation, 4).targets:
        word = explanation[4]
        wanted = {f"{c.token} [{c.word_index}]": c.weight for c in word.contributions(target.target)}
        wanted["<BIAS>"] = word.bias(target.target)
        found = target.feature_weights
        assert {one.feature: one.weight for one in [*found.pos, *found.neg]} == wanted
        assert [one.weight for one in found.pos] == sorted((w for w in wanted.values() if w > 0), reverse=True)
        assert [one.weight for one in found.neg] == sorted(w for w in wanted.values() if w < 0)
        assert target.proba == word.probability_of(target.target)
        assert target.score == pytest.approx(sum(wanted.values()))


def test_all_labels_are_targets_in_the_taggers_order() -> None:
    explanation = explanations.make()
    assert tuple(target.target for target in explanation.to_eli5(4).targets) == explanation.labels


def test_a_repeated_word_keeps_its_own_weights() -> None:
    explanation = explanations.make(("design", "the", "design"), ("B-SKILLS", "O", "O"))
    target = to_eli5(explanation, 0, targets=["B-SKILLS"]).targets[0]
    features = {one.feature: one.weight for one in [*target.feature_weights.pos, *target.feature_weights.neg]}
    weights = explanation.weights[0, explanation.labels.index("B-SKILLS")]
    assert features["design [0]"] == weights[0]
    assert features["design [2]"] == weights[2]
    colours = dict(enumerate(highlighted(eli5.format_as_html(to_eli5(explanation, 0, targets=["B-SKILLS"])))))
    assert [round(weight, 3) for _, weight in colours.values()] == np.round(weights, 3).tolist()


def test_html_colours_exactly_the_characters_of_the_words(explanation: Explanation) -> None:
    html = eli5.format_as_html(to_eli5(explanation, 0, targets=["B-X"]), force_weights=False)
    # The tagger asks whether "design" is there at all, so under keep = 0.7 either copy counts 0.2 * 0.3.
    assert highlighted(html) == [("Web", 0.2), ("design", 0.06), ("UI/UX", -0.1), ("design", 0.06)]
    text = "".join(unescape(part) for part in re.findall(r"<span[^>]*>([^<]*)</span>", html))
    assert text == TEXT


def test_text_shows_every_target_and_word(explanation: Explanation) -> None:
    text = eli5.format_as_text(explanation.to_eli5(0))
    assert "y='B-X' (probability=0.500, score=" in text
    assert re.search(r"\+0\.060 +design \[4\]", text)
    assert re.search(r"-0\.100 +UI/UX \[3\]", text)
    assert "Explained as: lime, Bernoulli(keep=0.7)" in text
    assert "Verdict on word 0 as B-X: trust" in text


def test_dict_is_json(explanation: Explanation) -> None:
    found = json.loads(json.dumps(format_as_dict(explanation.to_eli5(0))))
    target = found["targets"][1]
    assert target["target"] == "B-X"
    assert target["proba"] == pytest.approx(0.5)
    spans = target["weighted_spans"]["docs_weighted_spans"][0]
    assert spans["document"] == TEXT
    assert [TEXT[start:end] for _, [[start, end]], _ in spans["spans"]] == ["Web", "design", ",", "UI/UX", "design"]


def test_data_frame_has_a_row_a_target_and_feature(explanation: Explanation) -> None:
    pytest.importorskip("pandas", reason="eli5's data frames need pandas")
    frame = eli5.format_as_dataframe(to_eli5(explanation, 0, targets=["B-X"])).set_index("feature")
    assert frame.loc["Web [0]", "weight"] == pytest.approx(0.2)
    assert set(frame["target"]) == {"B-X"}
    assert "std" not in frame.columns, "the weights are exact"
    sampled = eli5.format_as_dataframe(to_eli5(explanations.make(sampled=True), 4)).set_index(["target", "feature"])
    word = explanations.make(sampled=True)[4]
    first = word.contributions("O")[0]
    assert sampled.loc[("O", f"{first.token} [{first.word_index}]"), "std"] == pytest.approx(first.std_error)


def test_without_a_word_index_each_words_predicted_label_is_a_target(explanation: Explanation) -> None:
    found = explanation.to_eli5()
    assert [target.target for target in found.targets] == [f"word {i}: B-X" for i in range(5)]
    assert found.description.count("Verdict on word") == 5
    single = NERExplainer(TriggerTagger.additive({"Web": {"B-X": 0.4}})).explain(TEXT, positions=[3])
    assert [target.target for target in single.to_eli5().targets] == ["O", "B-X"]


def test_other_targets_than_labels(explanation: Explanation) -> None:
    wanted = [EntityType("X"), AnyEntity(), Contrast("B-X", "I-X")]
    found = to_eli5(explanation, 0, targets=wanted)
    assert [target.target for target in found.targets] == ["X", "any entity", "B-X rather than I-X"]
    assert [target.proba for target in found.targets] == pytest.approx([0.8, 0.8, 0.2])


def test_words_hidden_together_are_one_feature_and_coloured_alike(explanation: Explanation) -> None:
    grouped = explanations.make(components=((0,), (1, 2), (3, 5), (4,), (6,)))
    target = to_eli5(grouped, 4, targets=["I-SKILLS"]).targets[0]
    weights = grouped.weights[4, grouped.labels.index("I-SKILLS")]
    features = {one.feature: one.weight for one in [*target.feature_weights.pos, *target.feature_weights.neg]}
    assert features["Web design [3, 5]"] == weights[2]
    coloured = highlighted(eli5.format_as_html(to_eli5(grouped, 4, targets=["I-SKILLS"])))
    assert [(word, weight) for word, weight in coloured if word in ("Web", "design")] == [
        (word, round(weights[2], 3)) for word in ("Web", "design")
    ]


@given(tokens=st.lists(st.sampled_from([*explanations.HOSTILE, "design"]), min_size=1, max_size=5))
def test_hostile_words_are_shown_and_do_nothing(tokens: list[str]) -> None:
    tags = ["O"] * len(tokens)
    explained = to_eli5(explanations.make(tokens, tags, labels=("O", "B-<script>", "I-<script>")), 0)
    html = eli5.format_as_html(explained)
    assert "<script" not in html
    assert "<img" not in html
    assert "y=B-&lt;script&gt;" in html
    everywhere = eli5.format_as_html(to_eli5(explanations.make(tokens, tags, labels=("O", "<b>")), None))
    assert "<script" not in everywhere
    assert "<img" not in everywhere
    for word in tokens:
        assert word in eli5.format_as_text(explained)
    assert "y='B-<script>'" in eli5.format_as_text(explained)


def test_a_target_is_its_label_to_everything_but_html() -> None:
    explained = to_eli5(explanations.make(("a",), ("O",), labels=("O", "<b>&")), 0)
    assert explained.targets[1].target == "<b>&"
    assert format_as_dict(explained)["targets"][1]["target"] == "<b>&"
    assert json.loads(json.dumps(format_as_dict(explained)))["targets"][1]["target"] == "<b>&"
    assert from_eli5(explained, 0).labels == ("O", "<b>&")


def test_nothing_to_show_is_shown() -> None:
    flat = NERExplainer(TriggerTagger([], labels=("O", "B-X"))).explain("a b")
    explained = flat.to_eli5(0)
    assert "y='B-X' (probability=0.000, score=0.000)" in eli5.format_as_text(explained)
    assert highlighted(eli5.format_as_html(to_eli5(flat, 0, targets=["B-X"]))) == []


@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize("components", [None, ((0,), (1, 2), (3, 5), (4,), (6,))])
def test_back_from_eli5_with_all_that_it_holds(sampled: bool, components: tuple[tuple[int, ...], ...] | None) -> None:
    explanation = explanations.make(sampled=sampled, components=components)
    back = from_eli5(to_eli5(explanation, 4), 4)
    assert back.tokens == explanation.tokens
    assert back.text == explanation.text
    assert back.offsets == explanation.offsets
    assert back.labels == explanation.labels
    assert back.positions == (4,)
    assert back.components == explanation.components
    np.testing.assert_array_equal(back.weights[0], explanation.weights[4])
    np.testing.assert_array_equal(back.bias[0], explanation.bias[4])
    np.testing.assert_array_equal(back.std_errors[0], explanation.std_errors[4])
    np.testing.assert_array_equal(back.probabilities[4], explanation.probabilities[4])
    assert back[4].label == explanation.marginal_labels[4]
    assert [c for c in back[4].contributions("O") if c.weight] == [
        c for c in explanation[4].contributions("O") if c.weight
    ]


def test_what_eli5_does_not_record_is_not_invented() -> None:
    back = from_eli5(to_eli5(explanations.make(), 4), 4)
    assert np.isnan(back.probabilities[[0, 1, 2, 3, 5, 6]]).all()
    assert np.isnan(back.fidelity.kl).all()
    assert back[4].verdict.level != "trust"
    assert back.settings.neighbourhood == "not recorded"
    np.testing.assert_array_equal(Explanation.from_dict(back.to_dict()).weights, back.weights)


def test_what_a_short_table_leaves_out_comes_back_from_the_text() -> None:
    explanation = explanations.make()
    back = from_eli5(to_eli5(explanation, 4, targets=["I-SKILLS", "O"], top=1), 4)
    assert back.labels == ("I-SKILLS", "O")
    rows = [explanation.labels.index(label) for label in back.labels]
    np.testing.assert_array_equal(back.weights[0], explanation.weights[4, rows])
    np.testing.assert_array_equal(back.bias[0], explanation.bias[4, rows])


def spans(document: str, *found: tuple[str, list[tuple[int, int]], float]) -> eli5.base.Explanation:
    """What eli5's own vectorizers leave behind."""
    weights = eli5.base.FeatureWeights(pos=[eli5.base.FeatureWeight("<BIAS>", 0.5)], neg=[])
    documents = [eli5.base.DocWeightedSpans(document, list(found))]
    target = eli5.base.TargetExplanation("X", weights, 0.75, 1.5, eli5.base.WeightedSpans(documents))
    return eli5.base.Explanation("SGDClassifier()", targets=[target])


def test_eli5s_own_bag_of_words() -> None:
    explained = spans("web design, ui/ux design", ("design", [(4, 10), (18, 24)], 0.5), ("ui", [(12, 14)], -0.25))
    back = from_eli5(explained, 1)
    assert back.tokens == ("web", "design", ",", "ui", "/ux", "design")
    assert back.components == ((0,), (1, 5), (2,), (3,), (4,))
    assert back.weights.tolist() == [[[0.0, 0.5, 0.0, -0.25, 0.0]]]
    assert back.bias.tolist() == [[0.5]]
    assert back[1].probability == 0.75


def test_features_smaller_than_a_token_add_up_where_the_sentence_is_given() -> None:
    explained = spans("web ui/ux", ("ui", [(4, 6)], 0.5), ("ux", [(7, 9)], 0.25))
    back = from_eli5(explained, 1, "Web UI/UX")
    assert back.tokens == ("Web", "UI/UX")
    assert back.weights.tolist() == [[[0.0, 0.75]]]
    assert from_eli5(explained, 1, ["Web", "UI/UX"]).offsets == ((0, 3), (4, 9))


def test_what_cannot_be_read_says_why() -> None:
    bigrams = spans("web design", ("web", [(0, 3)], 1.0), ("web design", [(0, 10)], 0.5))
    for sentence in (None, "web design"):
        with pytest.raises(InputError, match="do not overlap"):
            from_eli5(bigrams, 0, sentence)
    with pytest.raises(InputError, match="expected the sentence that eli5 explained"):
        from_eli5(spans("web"), 0, "another")
    with pytest.raises(WordIndexError, match="word index 3"):
        from_eli5(spans("web design"), 3)
    with pytest.raises(InputError, match="found none"):
        from_eli5(eli5.base.Explanation("x"), 0)
    without = eli5.base.Explanation("x", targets=[eli5.base.TargetExplanation("X")])
    with pytest.raises(InputError, match="highlighted text for target 'X'"):
        from_eli5(without, 0)


def test_an_entity_is_one_target_with_the_words_of_the_sentence() -> None:
    tagger = TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs", at=1)])
    entity = NERExplainer(tagger).explain(["Mrs", "Smith"]).entity(1, 2)
    (target,) = entity.to_eli5().targets
    assert target.target == "words 1 to 1: PER"
    assert target.proba == pytest.approx(0.75)
    assert {one.feature: one.weight for one in target.feature_weights.pos} == {"Mrs [0]": pytest.approx(0.75)}
    (document,) = target.weighted_spans.docs_weighted_spans
    assert document.document == "Mrs Smith"
    assert "Mrs" in eli5.format_as_text(entity.to_eli5())
