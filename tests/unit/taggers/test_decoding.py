"""Label sequences and scores of any tagger: its own decoding where it has one, else the best label of each token."""

from __future__ import annotations

import numpy as np
import pytest

from ner_lime import CRFTagger, Sentence, as_tagger, read_iob
from ner_lime.errors import InputError, LabelsOnlyWarning, TaggerError
from ner_lime.taggers import decoding
from ner_lime.taggers.answers import ask
from ner_lime.taggers.decoding import decode, score
from ner_lime.testing import Trigger, TriggerTagger


class Told(TriggerTagger):
    """Decodes to what it is told."""

    def __init__(self, answer):
        super().__init__([Trigger.all_of("X", 0.5, "x")])
        self.answer = answer

    def predict(self, _sentences):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_crf_decodes_by_itself(crf, advertisements):
    """Its best sequence is not the sequence of the best labels."""
    assert decode(crf, advertisements) == crf.predict(advertisements)
    best = [[crf.labels[k] for k in answer.argmax(axis=1)] for answer in crf.predict_proba(advertisements)]
    assert decode(crf, advertisements) != best


def test_without_decoding_the_best_label_is_taken(crf, advertisements):
    class OnlyProbabilities:
        labels = crf.labels
        predict_proba = crf.predict_proba

    sentences = [sentence.tokens for sentence in advertisements[:40]]
    expected = [[crf.labels[k] for k in answer.argmax(axis=1)] for answer in crf.predict_proba(sentences)]
    assert decode(OnlyProbabilities(), sentences) == expected


def test_what_was_answered_is_not_asked_again():
    tagger = TriggerTagger([Trigger.all_of("X", 0.9, "x", at=0)])
    sentences = [["x", "y"], [], ["y"]]
    answers = ask(tagger, sentences)
    before = tagger.n_calls
    assert decode(tagger, sentences, probabilities=answers) == [["X", "O"], [], ["O"]]
    assert tagger.n_calls == before


def test_labels_only():
    class Model:
        def predict(self, sentences):
            return [["X" if word == "x" else "O" for word in words] for words in sentences]

    with pytest.warns(LabelsOnlyWarning):
        tagger = as_tagger(Model(), labels=["O", "X"])
    assert decode(tagger, [["x", "y"]]) == [["X", "O"]]
    assert score(tagger, [Sentence(("x", "y"), ("X", "X"))]).accuracy == 0.5


def test_parts_of_speech_come_along():
    train = [Sentence(("Mark", "it"), ("O", "O"), postags=("VB", "PRP")), Sentence(("Mark",), ("X",), postags=("NNP",))]
    tagger = CRFTagger(postags=True, window=0).fit(train * 5)
    assert decode(tagger, train) == [["O", "O"], ["X"]]


def test_corpora_longer_than_a_call(monkeypatch):
    monkeypatch.setattr(decoding, "SENTENCES_PER_CALL", 3)
    tagger = TriggerTagger([Trigger.all_of("X", 0.9, "x", at=0)])
    sentences = [["x"] if n % 3 else ["y"] for n in range(10)]
    assert decode(tagger, iter(sentences)) == [["X"] if n % 3 else ["O"] for n in range(10)]
    assert decode(tagger, sentences, probabilities=ask(tagger, sentences)) == decode(tagger, sentences)
    assert tagger.n_calls > 3
    assert decode(tagger, []) == []


def test_scores_are_those_of_the_crf(crf, jobs):
    corpus = read_iob(jobs / "test.tsv")
    assert score(crf, corpus) == crf.evaluate(corpus)


def test_a_sentence_without_tags_has_no_score():
    with pytest.raises(InputError, match="Sentence with tags"):
        score(TriggerTagger([]), [Sentence(("a",))])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([["X"]], "one label for each token of 1 sentences.*at sentence 0"),
        ([["X", "O"], ["X"]], "found label sequences for 2"),
        ([], "found label sequences for 0"),
        (3, "the tagger failed on 1 sentences: TypeError"),
        (RuntimeError("no"), "the tagger failed on 1 sentences: RuntimeError: no"),
    ],
)
def test_an_answer_of_another_length_is_refused(answer, message):
    with pytest.raises(TaggerError, match=message):
        decode(Told(answer), [["x", "y"]])


def test_labels_of_numpy_become_strings():
    (found,) = decode(Told([np.array(["X", "O"])]), [["x", "y"]])
    assert [type(label) for label in found] == [str, str]
