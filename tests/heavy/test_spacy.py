"""The spaCy adapter against the pipeline's own decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ner_lime import Corpus, NERExplainer, as_tagger
from ner_lime.errors import InputError, ModelFileError, NotFittedError, TaggerError, UnsupportedTaggerError
from ner_lime.taggers.spacy import SpacyTagger

spacy = pytest.importorskip("spacy", reason="needs spaCy: scripts/test --all")


pytestmark = pytest.mark.heavy

WORDS = ["6+", "years", "of", "UI/UX", "design", "(", "Figma", ")", "and", "a", "Bachelor's", "degree"]


def run(pipeline: Any, words: Any) -> Any:
    return pipeline(spacy.tokens.Doc(pipeline.vocab, words=list(words)))


def test_the_taggers_probabilities_are_its_softmax(pipeline: Any, test_part: Corpus) -> None:
    tagger = SpacyTagger(pipeline, "tagger")
    sentences = [sentence.tokens for sentence in test_part]
    answers = tagger.predict_proba(sentences)
    assert tagger.labels == pipeline.get_pipe("tagger").labels
    # The same layer, told to normalise its outputs by itself.
    layer = next(node for node in pipeline.get_pipe("tagger").model.walk() if node.name == "softmax")
    assert layer.attrs["softmax_normalize"] is False
    docs = [run(pipeline, words) for words in sentences]
    layer.attrs["softmax_normalize"] = True
    try:
        expected = pipeline.get_pipe("tagger").model.predict(docs)
        normalised = SpacyTagger(pipeline, "tagger").predict_proba(sentences[:5])
    finally:
        layer.attrs["softmax_normalize"] = False
    for words, answer, wanted, doc in zip(sentences, answers, expected, docs, strict=True):
        np.testing.assert_allclose(answer, wanted, atol=1e-5)
        assert [tagger.labels[column] for column in answer.argmax(axis=1)] == [token.tag_ for token in doc]
        assert len(doc) == len(words)
    for answer, wanted in zip(normalised, expected, strict=False):
        np.testing.assert_allclose(answer, wanted, atol=1e-5)


def entity_tags(doc: Any) -> list[str]:
    return [f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O" for token in doc]


def test_a_beam_of_one_is_what_the_recogniser_decides(pipeline: Any, test_part: Corpus) -> None:
    tagger = SpacyTagger(pipeline, "ner", beam_width=1)
    sentences = [sentence.tokens for sentence in test_part][:150]
    for words, answer in zip(sentences, tagger.predict_proba(sentences), strict=True):
        np.testing.assert_allclose(answer.max(axis=1), 1.0, atol=1e-6)
        assert [tagger.labels[column] for column in answer.argmax(axis=1)] == entity_tags(run(pipeline, words))


def test_a_wider_beam_has_graded_probabilities_of_whole_entities(pipeline: Any, test_part: Corpus) -> None:
    tagger = SpacyTagger(pipeline)
    sentences = [sentence.tokens for sentence in test_part][:150]
    answers = tagger.predict_proba(sentences)
    assert tagger.labels[:3] == ("O", "B-DIPLOMA", "I-DIPLOMA")
    everything = np.concatenate(answers)
    np.testing.assert_allclose(everything.sum(axis=1), 1.0, atol=1e-6)
    assert ((everything.max(axis=1) > 0.5) & (everything.max(axis=1) < 0.99)).mean() > 0.1
    for answer in answers:
        begins, goes_on = answer[:, 1::2], answer[:, 2::2]
        assert (goes_on[0] == 0).all()
        # I-X follows B-X or I-X in every parse, so also in their sum.
        assert (goes_on[1:] <= begins[:-1] + goes_on[:-1] + 1e-6).all()
    decided = [tag for words in sentences for tag in entity_tags(run(pipeline, words))]
    likely = [tagger.labels[column] for column in everything.argmax(axis=1)]
    assert np.mean([one == other for one, other in zip(decided, likely, strict=True)]) > 0.9


def test_the_probabilities_are_sums_over_the_beams_parses(pipeline: Any) -> None:
    tagger = SpacyTagger(pipeline, "ner", beam_width=8)
    recogniser = pipeline.get_pipe("ner")
    doc = pipeline.get_pipe("tok2vec")(spacy.tokens.Doc(pipeline.vocab, words=WORDS))
    (beam,) = recogniser.beam_parse([doc], beam_width=8)
    expected = np.zeros((len(WORDS), len(tagger.labels)))
    for probability, entities in recogniser.moves.get_beam_parses(beam):
        tags = ["O"] * len(WORDS)
        for start, end, name in entities:
            tags[start:end] = [f"B-{name}", *[f"I-{name}"] * (end - start - 1)]
        for word, tag in enumerate(tags):
            expected[word, tagger.labels.index(tag)] += probability
    np.testing.assert_allclose(tagger.predict_proba([WORDS])[0], expected, atol=1e-6)


@pytest.mark.parametrize("component", ["tagger", "ner"])
def test_words_keep_their_places(pipeline: Any, component: str) -> None:
    tagger = SpacyTagger(pipeline, component)
    strange = ["don't", "New York", "\u200b", " ", "\n", "a" * 300, "👩‍🔬", "...", "e.g."]
    answers = tagger.predict_proba([strange, [], WORDS])
    assert [answer.shape for answer in answers] == [(n, len(tagger.labels)) for n in (len(strange), 0, len(WORDS))]
    alone = tagger.predict_proba([WORDS])[0]
    np.testing.assert_allclose(answers[2], alone, atol=1e-5)


@pytest.mark.parametrize("component", ["tagger", "ner"])
def test_hidden_words_look_like_nothing(pipeline: Any, component: str) -> None:
    tagger = SpacyTagger(pipeline, component)
    outside = tagger.labels.index("O")
    neutral, upper = tagger.predict_proba([[tagger.mask_string(WORDS)] * 12, ["UNK"] * 12])
    assert neutral[:, outside].min() > 0.95
    assert neutral[:, outside].mean() >= upper[:, outside].mean()


def test_sentences_are_explained(pipeline: Any) -> None:
    explanation = NERExplainer(pipeline, n_samples=128).explain(WORDS)
    assert explanation.settings.engine == "sample"
    assert explanation.labels[0] == "O"
    word = explanation[1]
    assert word.label == "I-EXPERIENCE"
    weights = {item.token: item.weight for item in word.contributions("I-EXPERIENCE")}
    assert max(weights, key=lambda token: weights[token]) == "years"


def test_pipelines_and_folders_are_recognised(pipeline: Any, tmp_path: Path) -> None:
    pipeline.to_disk(tmp_path / "saved")
    for source in (pipeline, tmp_path / "saved", str(tmp_path / "saved")):
        found = as_tagger(source, component="tagger", batch_size=3)
        assert isinstance(found, SpacyTagger)
        expected = SpacyTagger(pipeline, "tagger").predict_proba([WORDS] * 7)
        np.testing.assert_allclose(found.predict_proba([WORDS] * 7), expected, atol=1e-5)
    (tmp_path / "saved" / "config.cfg").write_text("[nlp]\nlang = 3\n")
    with pytest.raises(ModelFileError, match="no spaCy pipeline"):
        SpacyTagger.from_model(tmp_path / "saved")
    with pytest.raises(ModelFileError, match="expected a folder"):
        SpacyTagger.from_model(tmp_path / "nothing")


def test_a_morphologizer_has_a_softmax_too() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("morphologizer")
    doc = spacy.tokens.Doc(
        nlp.vocab, words=["dogs", "bark"], morphs=["Number=Plur", "Tense=Pres"], pos=["NOUN", "VERB"]
    )
    nlp.initialize(lambda: [spacy.training.Example(nlp.make_doc("dogs bark"), doc)])
    answer = SpacyTagger(nlp).predict_proba([["dogs", "bark"]])[0]
    assert answer.shape == (2, len(nlp.get_pipe("morphologizer").labels))
    np.testing.assert_allclose(answer.sum(axis=1), 1.0)


@pytest.fixture
def own(pipeline: Any, tmp_path: Path) -> Any:
    """A copy of the pipeline that a test may change."""
    pipeline.to_disk(tmp_path / "own")
    return spacy.load(tmp_path / "own")


@pytest.mark.parametrize("ruler", ["entity_ruler", "span_ruler"])
def test_what_a_component_before_took_for_an_entity_is_kept(own: Any, ruler: str) -> None:
    options = {"annotate_ents": True} if ruler == "span_ruler" else {}
    rules = own.add_pipe(ruler, before="ner", config=options)
    rules.add_patterns([{"label": "DURATION", "pattern": [{"LOWER": "years"}]}])
    tagger = SpacyTagger(own)
    answer = tagger.predict_proba([WORDS])[0]
    np.testing.assert_array_equal(tagger.predict_proba([WORDS])[0], answer)
    assert answer[1, tagger.labels.index("B-DURATION")] == pytest.approx(1.0)
    assert entity_tags(run(own, WORDS))[1] == "B-DURATION"
    assert NERExplainer(own, n_samples=64).explain(WORDS).predicted[1] == "B-DURATION"


def test_a_label_that_was_not_trained_leaves_sentences_alone(own: Any, test_part: Corpus) -> None:
    own.get_pipe("ner").add_label("DURATION")
    tagger = SpacyTagger(own)
    sentences = [sentence.tokens for sentence in test_part][:100]
    for words, answer in zip(sentences, tagger.predict_proba(sentences), strict=True):
        np.testing.assert_allclose(tagger.predict_proba([words])[0], answer, atol=1e-5)


@spacy.Language.component("ner_lime_stranger")
def stranger(doc: Any) -> Any:
    doc.ents = [spacy.tokens.Span(doc, 0, 1, label="STRANGE")]
    return doc


def test_entities_of_a_component_that_names_no_labels_are_named(own: Any) -> None:
    own.add_pipe("ner_lime_stranger", first=True)
    with pytest.raises(TaggerError, match=r"label 'STRANGE' of a component before it: .*add_label\('STRANGE'\)"):
        SpacyTagger(own).predict_proba([WORDS])
    own.get_pipe("ner").add_label("STRANGE")
    answer = SpacyTagger(own).predict_proba([WORDS])[0]
    assert answer[0].max() == pytest.approx(1.0)


@spacy.Language.component("ner_lime_first_dropped")
def first_dropped(doc: Any) -> Any:
    return spacy.tokens.Doc(doc.vocab, words=[token.text for token in doc][1:] or ["x"])


@pytest.mark.parametrize("component", ["tagger", "ner"])
def test_a_component_that_changes_the_number_of_words_is_noticed(own: Any, component: str) -> None:
    own.add_pipe("ner_lime_first_dropped", first=True)
    with pytest.raises(TaggerError, match=r"shape \(12 tokens, \d+ labels\), found \(11, \d+\)"):
        NERExplainer(SpacyTagger(own, component)).explain(WORDS)


@pytest.mark.parametrize("component", ["tagger", "ner", "morphologizer"])
@pytest.mark.parametrize("label", [True, False])
def test_a_pipeline_that_was_not_trained_is_refused(component: str, label: bool) -> None:
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe(component)
    if label:
        pipe.add_label("NOUN" if component == "tagger" else "POS=NOUN")
    with pytest.raises(NotFittedError, match=f"found the component {component} untrained"):
        as_tagger(nlp)


def test_a_tagger_shows_what_it_is(pipeline: Any) -> None:
    tagger = SpacyTagger(pipeline)
    assert repr(tagger) == f"SpacyTagger(ner, {len(tagger.labels)} labels)"


@pytest.mark.parametrize("missing", ["meta.json", "config.cfg", "ner/model", "ner/moves", "tagger/model"])
def test_half_a_folder_names_what_is_missing(pipeline: Any, tmp_path: Path, missing: str) -> None:
    pipeline.to_disk(tmp_path / "half")
    (tmp_path / "half" / missing).unlink()
    with pytest.raises(ModelFileError, match=missing) as caught:
        as_tagger(tmp_path / "half")
    assert "\n" not in str(caught.value)


def test_components_of_other_kinds_are_refused(pipeline: Any) -> None:
    for component in ("tok2vec", "parser"):
        with pytest.raises(UnsupportedTaggerError, match=component):
            SpacyTagger(pipeline, component)
    with pytest.raises(UnsupportedTaggerError, match="found none"):
        SpacyTagger(spacy.blank("en"))
    with pytest.raises(InputError):
        SpacyTagger(pipeline, beam_width=0)
