"""Every light kind of model becomes a classifier, and what can't be one is refused in one line."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from ner_lime import as_classifier
from ner_lime.errors import (
    BudgetError,
    ClassifierError,
    DecisionValuesWarning,
    InputError,
    ModelFileError,
    NerLimeError,
    NotFittedError,
    TaggerError,
    UnsupportedClassifierError,
)

TEXTS = ["free cash", "hello you", "cash now", "see you there"]
TOPICS = ["spam", "ham", "spam", "ham"]


def pipeline(last):
    return make_pipeline(CountVectorizer(), last).fit(TEXTS, TOPICS)


def test_a_pipeline_with_probabilities():
    model = pipeline(LogisticRegression())
    classifier = as_classifier(model)
    assert classifier.classes == ("ham", "spam")
    np.testing.assert_allclose(classifier(TEXTS), model.predict_proba(TEXTS))


def test_decision_values_become_a_softmax_with_a_warning():
    model = pipeline(LinearSVC())
    with pytest.warns(DecisionValuesWarning, match="CalibratedClassifierCV"):
        classifier = as_classifier(model)
    margin = model.decision_function(TEXTS)
    np.testing.assert_allclose(classifier(TEXTS)[:, 1], 1 / (1 + np.exp(-margin)))


def test_three_decision_values():
    model = LinearSVC().fit(np.eye(3), ["a", "b", "c"])
    with pytest.warns(DecisionValuesWarning):
        classifier = as_classifier(model, input="row")
    powers = np.exp(model.decision_function(np.eye(3)))
    np.testing.assert_allclose(classifier(np.eye(3)), powers / powers.sum(axis=1, keepdims=True))


def test_a_regressor_has_one_value():
    model = LinearRegression().fit(np.eye(3), [1.0, 2.0, 5.0])
    classifier = as_classifier(model, input="row")
    assert (classifier.classes, classifier.is_distribution) == (("value",), False)
    np.testing.assert_allclose(classifier(np.eye(3))[:, 0], [1, 2, 5])
    assert as_classifier(model, input="row", classes=["price"]).classes == ("price",)


def test_pictures_reach_scikit_learn_as_rows():
    images = [np.full((2, 2), number) for number in (0.0, 1.0)]
    model = LogisticRegression().fit(np.stack([image.ravel() for image in images]), ["dark", "light"])
    classifier = as_classifier(model, input="image")
    assert classifier(images).argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("model", "options", "error", "says"),
    [
        (make_pipeline(CountVectorizer(), LogisticRegression()), {}, NotFittedError, "fitted Pipeline"),
        (LogisticRegression(), {"input": "row"}, NotFittedError, "call fit first"),
        (42, {}, UnsupportedClassifierError, "accepted are"),
        (LogisticRegression, {}, UnsupportedClassifierError, "class LogisticRegression itself"),
        ("no/such/folder", {}, ModelFileError, "nothing there"),
        (lambda texts: texts, {}, ClassifierError, "classes="),
        (lambda texts: texts, {"classes": ["a", "a"]}, ClassifierError, "every class once"),
        (lambda texts: texts, {"classes": ["a"], "color": 1}, InputError, "found color="),
        (lambda texts: texts, {"classes": ["a"], "input": "sound"}, InputError, "'sound'"),
        (pipeline(LogisticRegression()), {"classes": ["one"]}, ClassifierError, "names of 2 classes"),
    ],
)
def test_what_is_refused(model, options, error, says):
    with pytest.raises(error, match=says) as caught:
        as_classifier(model, **options)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, NerLimeError)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([[0.5, 0.6]], "sum to 1"),
        ([[-3.0, 4.0]], "decision values"),
        ([[float("nan"), 1.0]], "finite"),
        ([[1.0]], r"\(1 inputs, 2 classes\)"),
        ([["a", "b"]], "matrix"),
        (None, "matrix|shape"),
    ],
)
def test_answers_are_checked(answer, says):
    with pytest.raises(ClassifierError, match=says) as caught:
        as_classifier(lambda texts: answer, classes=["a", "b"])(["x"])
    assert "\n" not in str(caught.value)


def test_a_model_that_fails_says_so_once():
    with pytest.raises(ClassifierError, match="ZeroDivisionError"):
        as_classifier(lambda texts: 1 / 0, classes=["a", "b"])(["x"])


def test_two_thousand_classes():
    many = [f"class {k}" for k in range(2000)]
    classifier = as_classifier(lambda texts: np.full((len(texts), 2000), 1 / 2000), classes=many)
    assert classifier(["a", "b"]).shape == (2, 2000)


class Service(BaseHTTPRequestHandler):
    """Spam where there is cash; the texts of every request are kept."""

    seen: list[list[str]] = []  # noqa: RUF012

    def do_POST(self):
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = content.get("texts") or content["inputs"]
        self.seen.append(texts)
        p = [0.9 if "cash" in text else 0.2 for text in texts]
        if "texts" in content:
            answer = {"classes": ["ham", "spam"], "probabilities": [[1 - q, q] for q in p]}
        else:
            answer = [[{"label": "spam", "score": q}, {"label": "ham", "score": 1 - q}] for q in p]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    pytest.importorskip("httpx")
    Service.seen.clear()
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/classify"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("preset", ["ner-lime", "huggingface"])
def test_a_service(address, preset):
    classifier = as_classifier(address, format=preset, classes=["ham", "spam"])
    np.testing.assert_allclose(classifier(["more cash", "hello", "more cash"])[:, 1], [0.9, 0.2, 0.9])
    classifier(["hello"])
    assert sorted(text for texts in Service.seen for text in texts) == ["hello", "more cash"]  # the cache


def test_the_service_names_its_classes_and_keeps_its_budget(address):
    from ner_lime.taggers.http.policy import HttpBudget, HttpPolicy

    classifier = as_classifier(address, policy=HttpPolicy(budget=HttpBudget(calls=1)))
    assert classifier.classes == ("ham", "spam")
    with pytest.raises(BudgetError):
        classifier(["something else"])
    with pytest.raises(InputError, match="'ner-lime' or 'huggingface'"):
        as_classifier(address, format="soap")


def test_skops_files(tmp_path: Path):
    io = pytest.importorskip("skops.io")
    model = pipeline(LogisticRegression())
    io.dump(model, tmp_path / "m.skops")
    np.testing.assert_allclose(as_classifier(tmp_path / "m.skops")(TEXTS), model.predict_proba(TEXTS))


def test_no_pickle(tmp_path: Path):
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelFileError, match="no model of whole inputs"):
        as_classifier(tmp_path / "model.pkl")


def test_tagger_errors_come_through(address):
    with pytest.raises(TaggerError):
        as_classifier(address, classes=["x", "y"])(["hello"])
