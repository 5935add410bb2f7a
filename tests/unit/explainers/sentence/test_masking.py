"""Ways of hiding words: as many words as before, or none where they are deleted."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ner_lime.corpus import Sentence
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.masking import (
    AutoMask,
    Delete,
    Masking,
    MaskString,
    Resample,
    apply,
    resolve,
    word_shape,
)

TOKENS = ("6+", "years", "of", "Web", "UI/UX")
CORPUS = [["4+", "7-", "weeks", "in"], Sentence(("Java", "Rust", "API", "AB/CD", "EF/GH"))]


class Silent:
    """A tagger that knows no string of its own."""

    labels = ("O",)

    def predict_proba(self, sentences):
        return [np.ones((len(sentence), 1)) for sentence in sentences]


class Spoken(Silent):
    def mask_string(self, tokens):
        return f"[{len(tokens)}]"


def rng():
    return np.random.default_rng(0)


class TestWays:
    def test_a_mask_string_of_any_length(self):
        assert MaskString().replacements(TOKENS, Silent(), rng()) == [("UNK",) * 5]
        assert MaskString("a very long one").replacements(TOKENS, Silent(), rng()) == [("a very long one",) * 5]

    def test_auto_asks_the_tagger(self):
        assert AutoMask().replacements(TOKENS, Silent(), rng()) == [("xqz",) * 5]
        assert AutoMask().replacements(("XQZ", "zjq"), Silent(), rng()) == [("qvx", "qvx")]
        assert AutoMask().replacements(TOKENS, Spoken(), rng()) == [("[5]",) * 5]

    def test_the_mask_of_a_crf_is_lower_case_and_no_word_of_the_sentence(self, crf):
        ((word, *_),) = AutoMask().replacements(TOKENS, crf, rng())
        assert word.islower()
        assert word not in TOKENS

    def test_words_of_the_same_shape(self):
        masking = Resample(CORPUS, draws=40)
        drawn = masking.replacements(TOKENS, Silent(), rng())
        assert len(drawn) == 40
        for words in drawn:
            assert [word_shape(word) for word in words] == [word_shape(word) for word in TOKENS]
        counts = Counter(words[4] for words in drawn)
        assert set(counts) == {"AB/CD", "EF/GH"}
        assert min(counts.values()) >= 8

    def test_a_shape_that_the_corpus_does_not_have(self):
        ((word,),) = Resample(CORPUS, draws=1).replacements(["e-mail@x.org"], Silent(), rng())
        assert word in {"4+", "7-", "weeks", "in", "Java", "Rust", "API", "AB/CD", "EF/GH"}

    def test_draws_follow_the_generator(self):
        masking = Resample(CORPUS)
        once, again = (masking.replacements(TOKENS, Silent(), rng()) for _ in range(2))
        assert once == again
        assert once != masking.replacements(TOKENS, Silent(), np.random.default_rng(1))

    def test_deletion_leaves_nothing(self):
        assert Delete().replacements(TOKENS, Silent(), rng()) == [("",) * 5]

    def test_all_are_maskings_that_show_themselves(self):
        for masking in (MaskString("x"), AutoMask(), Resample(CORPUS), Delete()):
            assert isinstance(masking, Masking)
        assert repr(Resample(CORPUS)) == "Resample(corpus of 9 words, draws=8)"
        assert repr(MaskString("x")) == "MaskString(text='x')"

    def test_what_is_refused(self):
        with pytest.raises(InputError, match="at least one character"):
            MaskString("")
        with pytest.raises(InputError, match="draws=0"):
            Resample(CORPUS, draws=0)
        with pytest.raises(InputError, match="no word in it"):
            Resample([[], []])
        with pytest.raises(InputError, match="'UNK'"):
            resolve("UNK")
        with pytest.raises(InputError, match="3"):
            resolve(3)

    def test_resolve(self):
        assert resolve("auto") == AutoMask()
        assert resolve(MaskString("x")) == MaskString("x")


class TestShapes:
    @pytest.mark.parametrize(
        ("word", "shape"),
        [("Web", "Xx"), ("UI/UX", "X/X"), ("6+", "d+"), ("Web-2.0", "Xx-d.d"), ("...", "."), ("Ärger", "Xx"), ("", "")],
    )
    def test_runs_are_folded(self, word, shape):
        assert word_shape(word) == shape


class TestApply:
    def test_kept_words_stay_and_hidden_ones_are_replaced(self):
        masks = np.array([[1, 1, 1, 1, 1], [0, 1, 0, 1, 0], [0, 0, 0, 0, 0]], dtype=bool)
        assert apply(masks, TOKENS, ("a", "b", "c", "d", "e")) == [
            list(TOKENS),
            ["a", "years", "c", "Web", "e"],
            ["a", "b", "c", "d", "e"],
        ]

    def test_deleted_words_are_left_out(self):
        masks = np.array([[1, 0, 1, 0, 1], [0, 0, 0, 0, 0]], dtype=bool)
        assert apply(masks, TOKENS, ("",) * 5) == [["6+", "of", "UI/UX"], []]

    def test_a_word_of_the_sentence_is_never_left_out(self):
        assert apply(np.array([[True, False]]), ("", "b"), ("UNK", "UNK")) == [["", "UNK"]]
