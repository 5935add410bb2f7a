"""The seam: the mask function that an explainer hands out is the one that its explanations are made of."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.corpus import Sentence
from ner_lime.errors import InputError, WordIndexError
from ner_lime.explainers.sentence import NERExplainer
from ner_lime.explainers.sentence.masking import MaskString, Resample
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.engine import solve
from ner_lime.lime.question import Plan, Question
from ner_lime.types import SupportsMoments

TOKENS = ["of", "Web", "UI/UX", "design", "work"]
MASKS = oracles.masks_of(5)


def test_an_estimator_of_one_s_own_finds_the_weights_of_explain(crf):
    explainer = NERExplainer(crf, masking=MaskString())
    masks = explainer.mask_function(TOKENS, positions=[3, 1])
    values = masks(oracles.as_array(MASKS))
    assert values.shape == (32, 2, len(crf.labels))
    explanation = explainer.explain(TOKENS, positions=[3, 1])
    for row in range(2):
        for label in (0, 3):
            expected = oracles.banzhaf(MASKS, values[:, row, label], 0.7)
            assert explanation.weights[row, label] == pytest.approx(expected, abs=1e-10)


def test_it_knows_its_words_labels_and_calls(crf):
    masks = NERExplainer(crf).mask_function("Web design", groups=[(0, 1)])
    assert (masks.n_components, masks.components, masks.positions) == (1, ((0, 1),), (0, 1))
    assert masks.labels == crf.labels
    masks(np.ones((3, 1), dtype=bool))
    assert masks.n_calls == 3


def test_the_core_takes_it_as_it_is(crf):
    explainer = NERExplainer(crf, masking=MaskString())
    masks = explainer.mask_function(TOKENS * 4)
    assert isinstance(masks, SupportsMoments)
    n = masks.n_components
    found = solve(
        Question(masks, n, Bernoulli(), n_positions=n, centres=np.arange(n)), Plan(), np.random.default_rng(0)
    )
    assert found.estimator == "merged messages"
    assert found.weights == pytest.approx(explainer.explain(TOKENS * 4).weights, abs=1e-12)


def test_named_groups_are_those_of_explain(crf):
    explainer, text = NERExplainer(crf), "Proven web design experience, or a degree"
    assert (
        explainer.mask_function(text, groups="phrases").components
        == explainer.explain(text, groups="phrases").components
    )


def test_drawn_replacements_are_those_of_explain():
    box = oracles.TableTagger(oracles.random_table(5, seed=3), hidden="Java")
    masking = Resample([["Java"]], draws=2)
    masks = NERExplainer(box, masking=masking).mask_function(Sentence(tuple(f"w{j}" for j in range(5))))
    assert masks(oracles.as_array(MASKS)) == pytest.approx(box.table)


def test_a_long_text_is_one_function(crf):
    masks = NERExplainer(crf).mask_function(["word"] * 400, positions=[7, 390])
    assert (masks.start, masks.end, masks.n_components) == (0, 400, 400)
    assert masks(np.ones((1, 400), dtype=bool)).shape == (1, 2, len(crf.labels))


def test_wrong_questions(crf):
    with pytest.raises(WordIndexError, match="outside of the sentence"):
        NERExplainer(crf).mask_function(TOKENS, positions=[5])
    with pytest.raises(InputError, match="empty text"):
        NERExplainer(crf).mask_function("")
