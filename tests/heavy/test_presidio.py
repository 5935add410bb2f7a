"""Presidio's analyzer: its own findings on the words of a text. It is tried where it is installed."""

from __future__ import annotations

from typing import Any

import pytest

import ner_lime as nl
from ner_lime.corpus.sentence import as_sentence
from ner_lime.errors import InputError
from ner_lime.taggers.presidio import PresidioTagger
from ner_lime.taggers.text import tagger_tokens

presidio = pytest.importorskip("presidio_analyzer", reason="needs presidio-analyzer")
spacy = pytest.importorskip("spacy")

pytestmark = pytest.mark.heavy

TEXT = "My card is 4111 1111 1111 1111, my phone: (212) 555-0123."
ENTITIES = ["CREDIT_CARD", "PHONE_NUMBER", "IP_ADDRESS"]


@pytest.fixture(scope="module")
def engine() -> Any:
    """Its recognisers of patterns, over a pipeline without a model."""
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    nlp_engine = SpacyNlpEngine()
    nlp_engine.nlp = {"en": spacy.blank("en")}
    registry = presidio.RecognizerRegistry()
    registry.load_predefined_recognizers()
    return presidio.AnalyzerEngine(nlp_engine=nlp_engine, registry=registry, supported_languages=["en"])


def test_its_findings_are_the_analyzer_s(engine: Any) -> None:
    tagger = nl.as_tagger(engine, entities=ENTITIES)
    assert isinstance(tagger, PresidioTagger)
    sentence = as_sentence(TEXT, tagger.tokenize)
    (answer,) = tagger.predict_proba([tagger_tokens(tagger, sentence)])
    findings = engine.analyze(text=TEXT, language="en", entities=ENTITIES)
    assert {finding.entity_type for finding in findings} == {"CREDIT_CARD", "PHONE_NUMBER"}
    for finding in findings:
        over = [
            k for k, (start, end) in enumerate(sentence.offsets or ()) if start < finding.end and end > finding.start
        ]
        scores = [
            answer[k, tagger.labels.index(f"{'I' if n else 'B'}-{finding.entity_type}")] for n, k in enumerate(over)
        ]
        assert scores == pytest.approx([finding.score] * len(over))
    assert answer.sum(axis=1) == pytest.approx(1.0)


def test_every_block_of_a_card_number_is_needed(engine: Any) -> None:
    explanation = nl.NERExplainer(nl.as_tagger(engine, entities=ENTITIES)).explain("card 4111 1111 1111 1111 please")
    word = explanation[1]
    assert word.label == "B-CREDIT_CARD"
    weights = {contribution.index: contribution.weight for contribution in word.contributions()}
    assert min(weights[k] for k in (1, 2, 3, 4)) > 0.1
    assert abs(weights[5]) < 0.01


def test_entities_that_it_does_not_know(engine: Any) -> None:
    with pytest.raises(InputError, match="found 'DRAGON'"):
        nl.as_tagger(engine, entities=["DRAGON"])
