"""Models that see features of one token, CRFs of CRFsuite, and models without probabilities."""

from __future__ import annotations

import warnings

import numpy as np
import pycrfsuite
import pytest
import sklearn_crfsuite
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from ner_lime import CRFTagger, as_tagger
from ner_lime.errors import (
    InputError,
    LabelsOnlyWarning,
    ModelFileError,
    NotFittedError,
    TaggerError,
    UnsupportedTaggerError,
)
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
        with pytest.raises(InputError, match=r"expected a feature function.*KeyError: 'no such feature'"):
            as_tagger(pipeline, features=failing)

    def test_features_of_rows_are_called_with_rows(self, pipeline):
        def of_rows(rows, i):
            word = rows[i][0]
            before = rows[i - 1][0].lower() if i else "<s>"
            return {"word": word.lower(), "title": word.istitle(), "before": before}

        ours = as_tagger(pipeline, features=of_rows)
        for answer, wanted in zip(
            *(ask(t, RAGGED) for t in (ours, as_tagger(pipeline, features=features))), strict=True
        ):
            assert np.allclose(answer, wanted, atol=1e-12)

    def test_features_may_be_anything(self):
        def vector(tokens, i):
            return np.array([len(tokens[i]), tokens[i].istitle(), i], dtype=float)

        rows = [vector(tokens, i) for tokens in TOKENS for i in range(len(tokens))]
        model = LogisticRegression().fit(rows, training_rows()[1])
        answer = as_tagger(model, features=vector).predict_proba([TOKENS[0]])[0]
        assert np.allclose(answer, model.predict_proba(rows[:4]))

    def test_numbered_classes_can_be_named(self, pipeline):
        rows, tags = training_rows()
        names = [str(name) for name in pipeline.classes_]
        for last in (LogisticRegression(), LinearSVC()):
            model = make_pipeline(DictVectorizer(sparse=False), last).fit(rows, [names.index(tag) for tag in tags])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LabelsOnlyWarning)
                tagger = as_tagger(model, features=features, labels=names)
            assert tagger.labels == tuple(names)
            answer = tagger.predict_proba([TOKENS[0]])[0]
            assert [tagger.labels[k] for k in answer.argmax(axis=1)] == TAGS[0]

    def test_names_are_those_of_the_classes(self, pipeline):
        names = [str(name) for name in pipeline.classes_]
        assert as_tagger(pipeline, features=features, labels=names).labels == tuple(names)
        for wrong in (names[:-1], names[::-1]):
            with pytest.raises(InputError, match=r"a label for each of the classes .* in order, found"):
                as_tagger(pipeline, features=features, labels=wrong)

    def test_a_search_stands_for_what_it_found(self, pipeline):
        search = GridSearchCV(pipeline, {"logisticregression__C": [1.0]}, cv=KFold(2)).fit(*training_rows())
        tagger = as_tagger(search, features=features)
        assert tagger.model is search.best_estimator_


class TestCRFsuite:
    def test_a_fitted_crf_becomes_our_own(self, crf):
        tagger = as_tagger(crf, features=features)
        assert isinstance(tagger, CRFTagger)
        ours = tagger.predict_proba([TOKENS[1]])[0]
        theirs = crf.predict_marginals_single([features(TOKENS[1], i) for i in range(4)])
        assert np.allclose(ours, [[row[label] for label in tagger.labels] for row in theirs], atol=1e-12)

    def test_so_does_one_that_a_search_found(self, crf):
        rows = [[features(tokens, i) for i in range(len(tokens))] for tokens in TOKENS]
        search = GridSearchCV(crf, {"c2": [0.05]}, cv=2, scoring=lambda *_: 0.0).fit(rows, TAGS)
        tagger = as_tagger(search, features=features)
        assert isinstance(tagger, CRFTagger)
        assert tagger.predict([TOKENS[0]]) == [TAGS[0]]

    def test_a_pair_is_no_crf(self, crf):
        with pytest.raises(UnsupportedTaggerError, match="found tuple"):
            as_tagger((crf, features), features=features)

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
        for name, error in (("model.crfsuite", ModelFileError), ("notes.txt", UnsupportedTaggerError)):
            (tmp_path / name).write_bytes(b"nothing of the kind")
            with pytest.raises(error):
                as_tagger(tmp_path / name, features=features)


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
