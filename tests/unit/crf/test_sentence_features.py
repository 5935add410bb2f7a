"""Feature functions of whole sentences, and such that fail on words that their own tokenizer never makes."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
import sklearn_crfsuite

from ner_lime import NERExplainer, as_tagger
from ner_lime.crf.features import PosToken
from ner_lime.crf.foreign import PROBE, as_feature_function, find_window, fingerprint, usable_words
from ner_lime.crf.sentence_features import MAX_SENTENCES, SentenceFeatures, takes_sentence
from ner_lime.errors import InputError

ADDRESSES = [
    (["12", "Main", "St."], ["Number", "Street", "Type"]),
    (["7", "Oak", "Ave.", "Oslo,"], ["Number", "Street", "Type", "Place"]),
    (["Box", "9", "Bergen"], ["Box", "Number", "Place"]),
] * 6


def of_token(token):
    """As parsers of addresses have it: no word may be left without a letter or digit."""
    clean = re.sub(r"(^[\W]*)|([^.\w]*$)", "", token)
    return {"abbrev": clean[-1] == ".", "digits": clean.isdigit(), "word": clean.lower()}


def of_address(tokens):
    found = [of_token(token) for token in tokens]
    for one, following in itertools.pairwise(found):
        one["next"] = dict(following)
    found[0]["start"] = True
    return found


def of_rows(rows):
    return [{"word": word, "pos": pos} for word, pos, _ in rows]


@pytest.fixture(scope="module")
def crf():
    model = sklearn_crfsuite.CRF(max_iterations=30)
    return model.fit([of_address(tokens) for tokens, _ in ADDRESSES], [tags for _, tags in ADDRESSES])


def test_a_function_of_a_sentence_is_told_by_its_parameters():
    assert takes_sentence(of_address)
    assert takes_sentence(lambda tokens: [])
    assert not takes_sentence(lambda tokens, i: {})
    assert not takes_sentence(lambda tokens, i=0: {})
    assert not takes_sentence(lambda *whatever: {})
    assert not takes_sentence(lambda: {})


def test_words_on_which_it_fails_are_left_out_of_the_probe():
    with pytest.raises(IndexError):
        of_token(",")
    function = as_feature_function(of_address)
    assert isinstance(function, SentenceFeatures)
    assert set(PROBE) - set(usable_words(function)) == {",", "(", "."}
    assert find_window(function) == 1
    assert fingerprint(function) == fingerprint(as_feature_function(of_address))
    by_token = as_feature_function(lambda tokens, i: of_token(tokens[i]))
    assert find_window(by_token) == 0


def test_one_failing_word_does_not_make_rows_of_tokens():
    function = as_feature_function(lambda rows, i: {"word": rows[i][0], "last": rows[i][0].strip(",")[-1]})
    assert function([PosToken("Anna", "NNP")], 0) == {"word": "Anna", "last": "a"}


def test_functions_of_rows_of_a_sentence():
    function = as_feature_function(of_rows)
    assert function([PosToken("Anna", "NNP"), "sings"], 0) == {"word": "Anna", "pos": "NNP"}
    assert function(["Anna", "sings"], 1) == {"word": "sings", "pos": ""}


def test_a_crf_with_such_features_is_explained_exactly(crf):
    tagger = as_tagger(crf, features=of_address)
    tokens = ["12", "Oak", "St."]
    expected = crf.predict_marginals([of_address(tokens)])[0]
    (found,) = tagger.predict_proba([tokens])
    assert found == pytest.approx(np.array([[row[label] for label in tagger.labels] for row in expected]), abs=1e-6)
    explanation = NERExplainer(tagger).explain(tokens)
    assert explanation.settings.engine == "exact"
    assert explanation.predicted == ("Number", "Street", "Type")


def test_a_sentence_is_described_once_for_all_its_tokens():
    calls = []

    def function(tokens):
        calls.append(tuple(tokens))
        return [{"word": token} for token in tokens]

    features = SentenceFeatures(function)
    tokens = ["a", "b", "c"]
    assert [features(tokens, i)["word"] for i in range(3)] == tokens
    assert calls == [("a", "b", "c")]
    for number in range(2 * MAX_SENTENCES):
        features([str(number)], 0)
    assert len(features._known) == MAX_SENTENCES
    assert features == SentenceFeatures(function)


def test_a_list_of_another_length_is_refused():
    with pytest.raises(InputError, match="features of 2 tokens, found 1"):
        SentenceFeatures(lambda tokens: [{}])(["a", "b"], 0)


def test_a_function_that_always_fails_says_so():
    def broken(tokens):
        raise KeyError("no")

    with pytest.raises(InputError, match=r"tokens -> list of features; it failed on a list of words \(KeyError"):
        as_feature_function(broken)
