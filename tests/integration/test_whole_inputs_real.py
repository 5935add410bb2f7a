"""Real messages and rows: a linear model's own terms are the weights, exactly and sampled."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import ner_lime as nl


@pytest.fixture(scope="module")
def messages(corpora):
    files = [path for path in sorted((corpora / "sms-spam").iterdir()) if path.suffix in ("", ".txt", ".tsv", ".csv")]
    for path in files:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        pairs = [line.partition("\t")[::2] for line in lines if line.startswith(("ham\t", "spam\t"))]
        if len(pairs) > 1000:
            return pairs
    pytest.skip("no messages beside the project")


def test_the_weights_of_a_linear_model_are_its_terms(messages):
    labels, texts = zip(*messages[:2000], strict=True)
    pattern = r"\w+"
    model = make_pipeline(CountVectorizer(token_pattern=pattern, lowercase=False), LogisticRegression(C=10)).fit(
        texts, labels
    )
    term = dict(zip(model[0].get_feature_names_out(), model[1].coef_[0], strict=True))
    margin = nl.as_classifier(model.decision_function, classes=["margin"], is_distribution=False)
    for text in [text for text in texts[-300:] if 5 <= len(text.split()) <= 40][:25]:
        e = nl.TextExplainer(margin, n_samples=256).explain(text)
        expected = [term.get(word, 0.0) for word in e.words]
        np.testing.assert_allclose(e.weights[0], expected, atol=1e-6)
        together = nl.TextExplainer(margin, words="together", n_samples=256).explain(text)
        counts = Counter(e.words)
        for c in together.contributions():
            word = e.words[c.index]
            assert c.weight == pytest.approx(counts[word] * term.get(word, 0.0), abs=1e-6)


def test_spam_is_explained_by_words_that_are_seen_in_spam(messages):
    labels, texts = zip(*messages[:3000], strict=True)
    model = make_pipeline(CountVectorizer(), LogisticRegression(C=10)).fit(texts, labels)
    spam = [text for label, text in messages[3000:] if label == "spam"][:15]
    explanations = nl.TextExplainer(model, n_samples=256).explain_many(spam)
    found = nl.pick([e for e in explanations if e.label == "spam"], budget=5, feature=str.lower)
    share = {label: sum(other == label for other in labels) for label in ("ham", "spam")}
    seen = {
        label: Counter(
            word
            for other, text in zip(labels, texts, strict=True)
            if other == label
            for word in set(text.lower().split())
        )
        for label in ("ham", "spam")
    }
    top = [name for name in found.features[:8] if seen["ham"][name] + seen["spam"][name] > 20]
    assert top
    assert np.mean([seen["spam"][w] / share["spam"] > seen["ham"][w] / share["ham"] for w in top]) > 0.8
