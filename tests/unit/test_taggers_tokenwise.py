"""Models that see features of one token, CRFs of CRFsuite, and models without probabilities."""

from __future__ import annotations

import numpy as np
import pycrfsuite
import pytest
import sklearn_crfsuite
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from ner_lime import CRFTagger, as_tagger
from ner_lime.errors import InputError, LabelsOnlyWarning, ModelFileError, NotFittedError, TaggerError
from ner_lime.taggers.answers import ask
from ner_lime.taggers.crfsuite import CRFsuiteTagger

TOKENS = [["Anna", "lives", "in", "Berlin"], ["Ben", "saw", "New", "York"], ["She", "saw", "Ben"]]
TAGS = [["B-PER", "O", "O", "B-LOC"], ["B-PER", "O", "B-LOC", "I-LOC"], ["O", "O", "B-PER"]]
RAGGED = [["Anna"], [], ["in", "Paris", "."], ["Ben", "saw"]]


def features(tokens, i):
    before = tokens[i - 1].lower() if i else "<s>"
    return {"word": tokens[i].lower(), "title": tokens[i].istitle(), "before": before}


def failing(tokens, i):
    raise KeyError("no such feature")


def training_rows():
    rows = [features(tokens, i) for tokens in TOKENS for i in range(len(tokens))]
    return rows, [tag for tags in TAGS for tag in tags]


@pytest.fixture(scope="module")
def pipeline():
    return make_pipeline(DictVectorizer(sparse=False), LogisticRegression()).fit(*training_rows())


@pytest.fixture(scope="module")
def crf():
    model = sklearn_crfsuite.CRF(c1=0.0, c2=0.05, max_iterations=30, all_possible_transitions=True)
    return model.fit([[features(tokens, i) for i in range(len(tokens))] for tokens in TOKENS], TAGS)


@pytest.fixture
def opened(crf):
    tagger = pycrfsuite.Tagger()
    tagger.open(crf.modelfile.name)
    yield tagger
    tagger.close()


class TestScikitLearn:
    def test_each_token_gets_what_the_pipeline_says_of_it(self, pipeline):
        tagger = as_tagger(pipeline, features=features)
        assert tagger.labels == ("B-LOC", "B-PER", "I-LOC", "O")
        for tokens, answer in zip(RAGGED, ask(tagger, RAGGED), strict=True):
            wanted = [pipeline.predict_proba([features(tokens, i)])[0] for i in range(len(tokens))]
            assert np.allclose(answer, np.reshape(wanted, (len(tokens), 4)), atol=1e-12)

    def test_nothing_but_empty_sentences(self, pipeline):
        assert [answer.shape for answer in as_tagger(pipeline, features=features).predict_proba([[], []])] == [
            (0, 4)
        ] * 2

    def test_a_classifier_without_probabilities_is_certain(self):
        model = make_pipeline(DictVectorizer(sparse=False), LinearSVC()).fit(*training_rows())
        with pytest.warns(LabelsOnlyWarning, match="Pipeline gives labels without probabilities") as caught:
            tagger = as_tagger(model, features=features)
        assert caught[0].filename == __file__
        answer = tagger.predict_proba([TOKENS[0]])[0]
        assert [tagger.labels[k] for k in answer.argmax(axis=1)] == TAGS[0]
        assert sorted(np.unique(answer)) == [0.0, 1.0]

    def test_features_are_needed(self, pipeline):
        with pytest.raises(InputError, match=r"Pipeline classifies one token's features: .*features=fn"):
            as_tagger(pipeline)

    def test_it_must_be_fitted(self):
        with pytest.raises(NotFittedError, match="found LogisticRegression without: call fit first"):
            as_tagger(LogisticRegression(), features=features)

    def test_a_feature_function_that_fails_is_named(self, pipeline):
        with pytest.raises(InputError, match=r"the feature function failed on \['a'\]: KeyError: 'no such feature'"):
            ask(as_tagger(pipeline, features=failing), [["a"]])


class TestCRFsuite:
    def test_a_fitted_crf_becomes_our_own(self, crf):
        tagger = as_tagger(crf, features=features)
        assert isinstance(tagger, CRFTagger)
        ours = tagger.predict_proba([TOKENS[1]])[0]
        theirs = crf.predict_marginals_single([features(TOKENS[1], i) for i in range(4)])
        assert np.allclose(ours, [[row[label] for label in tagger.labels] for row in theirs], atol=1e-12)

    def test_so_does_a_model_file(self, crf):
        tagger = as_tagger(crf.modelfile.name, features=features)
        assert isinstance(tagger, CRFTagger)
        assert tagger.predict([TOKENS[0]]) == [TAGS[0]]

    def test_an_open_tagger_answers_the_same(self, crf, opened):
        tagger = as_tagger(opened, features=features)
        ours = as_tagger(crf, features=features)
        assert isinstance(tagger, CRFsuiteTagger)
        columns = [ours.labels.index(label) for label in tagger.labels]
        for theirs, own in zip(ask(tagger, RAGGED), ask(ours, RAGGED), strict=True):
            assert np.allclose(theirs, own[:, columns], atol=1e-12)
        assert tagger.predict(TOKENS) == TAGS

    def test_features_are_needed(self, crf, opened):
        for model in (crf, opened, crf.modelfile.name):
            with pytest.raises(InputError, match=r"a CRF sees only features: .*features=fn"):
                as_tagger(model)

    def test_what_is_not_trained_or_open(self):
        with pytest.raises(NotFittedError, match="call fit first"):
            as_tagger(sklearn_crfsuite.CRF(), features=features)
        with pytest.raises(NotFittedError, match="call open first"):
            as_tagger(pycrfsuite.Tagger(), features=features)

    def test_a_file_that_is_no_model(self, tmp_path):
        (tmp_path / "model").write_bytes(b"nothing of the kind")
        with pytest.raises(ModelFileError):
            as_tagger(tmp_path / "model", features=features)


class Certain:
    """Upper-case words are names."""

    def predict(self, sentences):
        return [["B-PER" if token[0].isupper() else "O" for token in sentence] for sentence in sentences]


class TestLabelsOnly:
    def test_labels_that_the_model_names(self):
        model = type("Named", (Certain,), {"labels": ["O", "B-PER"]})()
        with pytest.warns(LabelsOnlyWarning):
            tagger = as_tagger(model)
        answers = [answer.tolist() for answer in ask(tagger, [["Ben", "saw"], []])]
        assert answers == [[[0.0, 1.0], [1.0, 0.0]], []]

    def test_labels_that_nobody_names(self):
        with pytest.raises(InputError, match=r"Certain names no labels.*give labels=\[\.\.\.\]"):
            as_tagger(Certain())

    def test_a_label_beyond_those_named(self):
        with pytest.warns(LabelsOnlyWarning):
            tagger = as_tagger(Certain(), labels=["O", "B-LOC"])
        with pytest.raises(TaggerError, match=r"'B-PER', expected one of \('O', 'B-LOC'\)"):
            ask(tagger, [["Anna"]])
