"""The tutorial's features, python-crfsuite's attributes, and what probing finds out about other people's functions."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict, UserString
from fractions import Fraction

import numpy as np
import pycrfsuite
import pytest

from ner_lime.crf.attributes import attributes
from ner_lime.crf.features import PosToken, WindowFeatures, with_postags, word2features
from ner_lime.crf.foreign import PROBE, RowFeatures, as_feature_function, find_window, fingerprint, window_of
from ner_lime.errors import InputError

TOKENS = ["6+", "years", "of", "Web", "UI/UX", "design"]


def type_name(value):
    """A name for a case that is the same in every process."""
    return type(value).__name__


class TestWord2Features:
    def test_the_middle_of_a_sentence(self):
        assert word2features(TOKENS, 3) == {
            "bias": 1.0,
            "word.lower()": "web",
            "word[-3:]": "Web",
            "word[-2:]": "eb",
            "word.isupper()": False,
            "word.istitle()": True,
            "word.isdigit()": False,
            "-1:word.lower()": "of",
            "-1:word.istitle()": False,
            "-1:word.isupper()": False,
            "+1:word.lower()": "ui/ux",
            "+1:word.istitle()": False,
            "+1:word.isupper()": True,
        }

    def test_the_ends(self):
        assert word2features(["2024"], 0) == {
            "bias": 1.0,
            "word.lower()": "2024",
            "word[-3:]": "024",
            "word[-2:]": "24",
            "word.isupper()": False,
            "word.istitle()": False,
            "word.isdigit()": True,
            "BOS": True,
            "EOS": True,
        }

    @pytest.mark.parametrize("window", [0, 1, 2, 3])
    def test_ends_depend_on_position_alone(self, window):
        for i in range(len(TOKENS)):
            features = word2features(TOKENS, i, window=window)
            assert ("BOS" in features, "EOS" in features) == (i == 0, i == len(TOKENS) - 1)

    def test_a_wider_window_adds_names(self):
        narrow, wide = word2features(TOKENS, 2), word2features(TOKENS, 2, window=3)
        assert {name: wide[name] for name in narrow} == narrow
        assert {name for name in wide if name not in narrow} == {
            f"{offset}:word.{what}()" for offset in ("-2", "+2", "+3") for what in ("lower", "istitle", "isupper")
        }
        assert wide["+3:word.lower()"] == "design"
        assert set(word2features(TOKENS, 2, window=0)) == {name for name in narrow if name[1:3] != "1:"}

    def test_parts_of_speech(self):
        tokens = with_postags(["I", "design", "Webs"], ["PRP", "VBP", "NNS"])
        features = word2features(tokens, 1, postags=True)
        assert {name: value for name, value in features.items() if "postag" in name} == {
            "postag": "VBP",
            "postag[:2]": "VB",
            "-1:postag": "PRP",
            "-1:postag[:2]": "PR",
            "+1:postag": "NNS",
            "+1:postag[:2]": "NN",
        }
        assert word2features(tokens, 1) == word2features([str(token) for token in tokens], 1)

    def test_a_replaced_token_loses_its_part_of_speech(self):
        tokens = [*with_postags(["I", "design"], ["PRP", "VBP"]), "xqz"]
        features = word2features(tokens, 1, postags=True)
        assert "-1:postag" in features
        assert "+1:postag" not in features
        assert "postag" not in word2features(tokens, 2, postags=True)


class TestPosToken:
    @pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda token: pickle.loads(pickle.dumps(token))])
    def test_copies_keep_the_part_of_speech(self, clone):
        token = clone(PosToken("Web", "NNP"))
        assert (token, token.postag, type(token)) == ("Web", "NNP", PosToken)

    def test_lengths_must_agree(self):
        with pytest.raises(InputError, match="found 1 for 2 tokens"):
            with_postags(["a", "b"], ["X"])


class TestWindowFeatures:
    def test_is_word2features(self):
        assert WindowFeatures(2)(TOKENS, 1) == word2features(TOKENS, 1, window=2)

    @pytest.mark.parametrize("features", [WindowFeatures(), WindowFeatures(3, True)])
    def test_round_trip(self, features):
        assert WindowFeatures.from_dict(features.to_dict()) == features

    @pytest.mark.parametrize("window", [-1, 4, 1.0, True, None, "1"])
    def test_other_windows_are_refused(self, window):
        with pytest.raises(InputError, match="0 to 3"):
            WindowFeatures(window)

    @pytest.mark.parametrize(
        "data", [{}, {"window": 1}, {"window": 1, "postags": 0}, {"window": 9, "postags": True}, {"window": 1, "x": 1}]
    )
    def test_other_data_are_refused(self, data):
        with pytest.raises(InputError):
            WindowFeatures.from_dict(data)


ITEMS = [
    {"a": 1, "b": 1.5, "c": True, "d": False, "e": "x", "f": "", "": "y", "g:h": "i:j"},
    {"a": {"b": {"c": "d", "e": 2.0}}, "f": ["g", "h"], "i": {"j"}, "k": {}, "l": []},
    {"number": np.float32(0.5), "whole": np.int64(3), "logical": np.bool_(True), "part": Fraction(1, 2)},
    {"word": np.str_("x"), "pos": PosToken("y", "NN")},
    ["a", "b:c", ""],
    ("x", "y"),
    {"only"},
    {b"bytes": 1.0, "v": b"w", "in": [b"x"]},
    {"nul\0tail": 2.0, "v": "x\0y", "p\0q": {"r": 3.0}},
    {"Kraków": "café", "emoji": "😀", "tab\t": "line\n"},
    OrderedDict(a=1, b="c"),
    {},
]


class TestAttributes:
    @pytest.mark.parametrize("item", ITEMS, ids=type_name)
    def test_equal_those_of_python_crfsuite(self, item):
        assert dict(attributes(item)) == pycrfsuite.ItemSequence([item]).items()[0]

    def test_a_name_that_appears_twice_counts_twice(self):
        assert attributes({"a": {"b": 2.0}, "a:b": 3.0}) == [("a:b", 2.0), ("a:b", 3.0)]

    @pytest.mark.parametrize("value", [None, (1, 2), object(), 1j, UserString("x")], ids=type_name)
    def test_values_that_python_crfsuite_refuses(self, value):
        with pytest.raises(SystemError):
            pycrfsuite.ItemSequence([{"shape": value}])
        with pytest.raises(InputError, match="'shape'"):
            attributes({"shape": value})

    @pytest.mark.parametrize("features", [{1: 2.0}, [1], {"a": [None]}], ids=type_name)
    def test_names_that_are_no_strings(self, features):
        with pytest.raises(InputError, match="name of a feature"):
            attributes(features)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("-inf"), 10**400], ids=type_name)
    def test_weights_that_are_not_finite(self, value):
        with pytest.raises(InputError, match="'x'"):
            attributes({"x": value})


def capitals(tokens, i):
    return {"capitals": sum(token.isupper() for token in tokens)}


def sentence_is_upper(tokens, i):
    return {"upper": all(token.isupper() for token in tokens)}


def stands_elsewhere(tokens, i):
    return {"again": tokens[i] in tokens[:i]}


def first_word(tokens, i):
    return {"word": tokens[i], "first": tokens[0].lower()}


def four_to_the_left(tokens, i):
    return {"word": tokens[max(0, i - 4)]}


def position(tokens, i):
    return {"position": i, "share": i / len(tokens)}


def left_only(tokens, i):
    return [f"w={tokens[i]}", f"-2={tokens[i - 2] if i > 1 else ''}"]


def bigram_right(tokens, i):
    return {"next": "".join(tokens[i : i + 2])}


class Restless:
    def __init__(self):
        self.calls = 0

    def __call__(self, *_):
        self.calls += 1
        return {"calls": self.calls}


class Counting:
    def __init__(self):
        self.count = 0

    def __call__(self, tokens, i):
        self.count += 1
        return {"word": tokens[i]}


class TestFindWindow:
    @pytest.mark.parametrize("window", [0, 1, 2, 3])
    @pytest.mark.parametrize("tokens", [TOKENS, ["one"], []], ids=len)
    def test_our_own(self, window, tokens):
        function = WindowFeatures(window)
        assert find_window(lambda tokens, i: function(tokens, i), tokens) == window

    @pytest.mark.parametrize(("function", "window"), [(position, 0), (left_only, 2), (bigram_right, 1)])
    def test_other_windows(self, function, window):
        assert [find_window(function, TOKENS, random_state=seed) for seed in range(5)] == [window] * 5

    @pytest.mark.parametrize(
        "function", [capitals, sentence_is_upper, stands_elsewhere, first_word, four_to_the_left, Restless()]
    )
    def test_none_where_features_see_the_sentence(self, function):
        assert [find_window(function, TOKENS, random_state=seed) for seed in range(5)] == [None] * 5

    def test_the_limit_is_settable(self):
        assert find_window(left_only, TOKENS, max_window=1) is None
        assert find_window(four_to_the_left, TOKENS, max_window=4) == 4

    def test_a_failing_function(self):
        with pytest.raises(InputError, match="ZeroDivisionError"):
            find_window(lambda *_: {"x": 1 / 0}, TOKENS)

    @pytest.mark.parametrize(("declared", "window"), [(2, 2), (0, 0), (4, None)])
    def test_a_declared_window_is_believed(self, declared, window):
        class Declared:
            def __call__(self, *_):
                raise AssertionError("not asked")

        function = Declared()
        function.window = declared
        assert window_of(function) == window

    def test_a_long_text_takes_no_longer(self):
        calls = Counting()
        assert find_window(calls, ["word"] * 100_000) == 0
        assert calls.count < 5_000


def of_rows(sentence, i):
    """The shape of the tutorial's own function: rows of word, part of speech, label."""
    word, postag = sentence[i][0], sentence[i][1]
    features = {"bias": 1.0, "word.lower()": word.lower(), "postag": postag, "postag[:2]": postag[:2]}
    if i > 0:
        features["-1:word.lower()"] = sentence[i - 1][0].lower()
    features["length"] = len(sentence)
    return features


def of_first_columns(sentence, i):
    return {"word": sentence[i][0], "shape": sentence[i][0].isupper()}


def of_slices(sentence, i):
    return {"near": "|".join(word for word, _, _ in sentence[max(0, i - 1) : i + 2])}


class TestForeignFunctions:
    @pytest.mark.parametrize("function", [of_rows, of_first_columns, of_slices])
    def test_rows_are_made_where_they_are_wanted(self, function):
        tokens = [*with_postags(["Web", "design"], ["NNP", "NN"]), "xqz"]
        rows = [("Web", "NNP", ""), ("design", "NN", ""), ("xqz", "", "")]
        adapted = as_feature_function(function)
        assert [adapted(tokens, i) for i in range(3)] == [function(rows, i) for i in range(3)]

    @pytest.mark.parametrize(
        "function",
        [
            left_only,
            position,
            lambda tokens, i: {"w": tokens[i]},
            lambda tokens, i: {"first letter": tokens[i][0], "last": tokens[i][-1]},
            lambda tokens, i: {"stem": f"{tokens[i]}"},
        ],
    )
    def test_words_are_given_where_they_are_wanted(self, function):
        tokens = ["Web", "designer"]
        adapted = as_feature_function(function)
        assert [adapted(tokens, i) for i in range(2)] == [function(tokens, i) for i in range(2)]

    def test_our_own_function_stays_storable(self):
        assert as_feature_function(word2features) == WindowFeatures(1)
        assert as_feature_function(WindowFeatures(2)) == WindowFeatures(2)

    def test_the_window_of_a_function_of_rows(self):
        adapted = as_feature_function(of_slices)
        assert isinstance(adapted, RowFeatures)
        assert window_of(adapted) == 1

    def test_a_function_that_fails_on_both(self):
        with pytest.raises(InputError, match=r"list of words \(KeyError.*rows \(KeyError"):
            as_feature_function(lambda *_: {}["missing"])

    def test_fingerprints_tell_functions_apart(self):
        functions = [WindowFeatures(1), WindowFeatures(2), left_only, position]
        prints = [fingerprint(function) for function in functions]
        assert len(set(prints)) == len(functions)
        assert prints == [fingerprint(function) for function in functions]

    def test_the_probe_has_words_of_many_shapes(self):
        shapes = {(w.isupper(), w.islower(), w.istitle(), w.isdigit(), w.isalpha(), w.isascii()) for w in PROBE}
        assert len(shapes) >= 8
