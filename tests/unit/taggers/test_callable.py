"""Functions as taggers: every form of answer gives the same probabilities, and bad answers are named."""

from __future__ import annotations

import numpy as np
import pytest

from ner_lime import as_tagger
from ner_lime.errors import InputError, LabelsOnlyWarning, TaggerError
from ner_lime.taggers.answers import ask

LABELS = ("O", "B-X", "I-X")
SENTENCES = [["a", "bb"], ["ccc"], [], ["dddd", "e"], ["f"]]
WANTED = {"a": 0.1, "bb": 0.2, "ccc": 0.3, "dddd": 0.4, "e": 0.1, "f": 0.1}


def row(token):
    p = len(token) / 10
    return [1.0 - p, p, 0.0]


def arrays(sentences):
    return np.asarray([[row(token) for token in sentence] for sentence in sentences])


def list_of_arrays(sentences):
    return [np.asarray([row(token) for token in sentence]) for sentence in sentences]


def dicts(sentences):
    return [[{"O": 1.0 - len(token) / 10, "B-X": len(token) / 10} for token in sentence] for sentence in sentences]


def generator(sentences):
    return (np.asarray([row(token) for token in sentence]) for sentence in sentences)


@pytest.mark.parametrize("function", [arrays, list_of_arrays, dicts, generator])
def test_every_form_of_answer_says_the_same(function):
    answers = ask(as_tagger(function, labels=LABELS), SENTENCES)
    assert [answer.shape for answer in answers] == [(len(sentence), 3) for sentence in SENTENCES]
    for sentence, answer in zip(SENTENCES, answers, strict=True):
        assert answer[:, 1].tolist() == pytest.approx([WANTED[token] for token in sentence])
        assert not answer[:, 2].any()


def test_it_is_called_with_lists_of_one_length_and_never_with_an_empty_one():
    seen = []

    def function(sentences):
        seen.append(sentences)
        return arrays(sentences)

    as_tagger(function, labels=LABELS).predict_proba([tuple(sentence) for sentence in SENTENCES])
    assert seen == [[["a", "bb"], ["dddd", "e"]], [["ccc"], ["f"]]]


def test_labels_come_from_the_dicts_in_their_order():
    def function(sentences):
        return [
            [{"B-Y": 0.5, "O": 0.5} if i % 2 else {"O": 1.0, "B-Y": 0.0} for i, _ in enumerate(s)] for s in sentences
        ]

    tagger = as_tagger(function)
    assert tagger.labels == ("O", "B-Y")
    assert tagger.predict_proba([["a", "b"]])[0].tolist() == [[1.0, 0.0], [0.5, 0.5]]


def only_likely(sentences):
    return [[{"O": 1.0} if token.islower() else {"O": 0.4, "B-X": 0.6} for token in s] for s in sentences]


def test_dicts_may_leave_labels_out_where_they_are_named():
    assert as_tagger(only_likely, labels=LABELS).predict_proba([["a", "B"]])[0].tolist() == [[1, 0, 0], [0.4, 0.6, 0]]


@pytest.mark.parametrize("function", [only_likely, lambda sentences: [[{"O": 1.0} for _ in s] for s in sentences]])
def test_dicts_that_leave_labels_out_do_not_name_them(function):
    with pytest.raises(InputError, match=r"dicts that leave labels out, .*only \['O'.*\]: give labels=\[\.\.\.\]"):
        as_tagger(function)


def as_objects(function):
    return lambda sentences: [np.array(row, dtype=object) for row in function(sentences)]


def test_arrays_of_objects_are_lists():
    assert as_tagger(as_objects(dicts)).labels == ("O", "B-X")
    tagger = as_tagger(as_objects(lambda sentences: [["O"] * len(s) for s in sentences]), labels=LABELS)
    with pytest.warns(LabelsOnlyWarning):
        assert ask(tagger, [["a", "b"]])[0].tolist() == [[1, 0, 0], [1, 0, 0]]


def test_labels_come_from_the_function_itself():
    class Model:
        labels = np.array(["O", "B-X"])

        def __call__(self, sentences):
            return np.full((len(sentences), len(sentences[0]), 2), 0.5)

    assert as_tagger(Model()).labels == ("O", "B-X")


def test_an_object_with_probabilities_and_no_names_for_them():
    class Model:
        def predict_proba(self, sentences):
            return arrays(sentences)

    assert as_tagger(Model(), labels=LABELS).predict_proba([["a"]])[0].tolist() == [[0.9, 0.1, 0.0]]
    with pytest.raises(InputError, match=r"their 3 columns: give labels=\[\.\.\.\]"):
        as_tagger(Model())


def test_labels_without_probabilities_are_certain_and_warned_of_once():
    tagger = as_tagger(lambda sentences: [["B-X"] * len(s) for s in sentences], labels=LABELS)
    with pytest.warns(LabelsOnlyWarning, match="gives labels without probabilities"):
        ask(tagger, [["a"]])
    answers = ask(tagger, [["a", "b"], ["c"]])  # another warning would be an error
    assert [answer.tolist() for answer in answers] == [[[0, 1, 0], [0, 1, 0]], [[0, 1, 0]]]


def test_batch_size_is_handed_on():
    assert as_tagger(arrays, labels=LABELS, batch_size=7).batch_size == 7


class TestRefusal:
    def test_arrays_need_names(self):
        with pytest.raises(InputError, match=r"arrays answers arrays without names for their 3 columns: give labels="):
            as_tagger(arrays)

    def test_labels_need_all_of_them(self):
        with pytest.raises(InputError, match=r"of which one answer shows only some: give labels="):
            as_tagger(lambda sentences: [["O"] * len(s) for s in sentences])

    @pytest.mark.parametrize("labels", ["O", (), ["O", 3], ["O", "O"], 5])
    def test_labels_are_distinct_strings(self, labels):
        with pytest.raises(InputError, match="expected"):
            as_tagger(arrays, labels=labels)

    @pytest.mark.parametrize("batch_size", [0, 2.5])
    def test_a_batch_size_is_a_whole_number(self, batch_size):
        with pytest.raises(InputError, match="batch_size to be a whole number of at least 1"):
            as_tagger(arrays, labels=LABELS, batch_size=batch_size)

    def test_a_function_that_fails_on_the_probe(self):
        with pytest.raises(TaggerError, match=r"was to show its labels.*ZeroDivisionError"):
            as_tagger(lambda _: 1 / 0)

    @pytest.mark.parametrize("answer", [{"O": 1.0}, "O", 3, None])
    def test_no_list(self, answer):
        with pytest.raises(TaggerError, match=r"expected an array or a list with 1 answers, one a sentence, found"):
            as_tagger(lambda _: answer, labels=LABELS).predict_proba([["a"]])

    def test_too_few_answers(self):
        with pytest.raises(TaggerError, match=r"expected 2 answers, one a sentence, found 1"):
            as_tagger(lambda sentences: arrays(sentences)[:1], labels=LABELS).predict_proba([["a"], ["b"]])

    @pytest.mark.parametrize("answer", [[[{"B-Z": 1.0}]], [["B-Z"]]])
    @pytest.mark.filterwarnings("ignore::ner_lime.errors.LabelsOnlyWarning")
    def test_a_label_that_was_not_named(self, answer):
        with pytest.raises(TaggerError, match=r"the label 'B-Z', expected one of .*'I-X'.*give all of its labels"):
            as_tagger(lambda _: answer, labels=LABELS).predict_proba([["a"]])
