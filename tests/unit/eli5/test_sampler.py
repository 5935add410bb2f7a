"""`TokenMaskingSampler`: eli5's sampler contract on whole tokens."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from eli5.lime.samplers import BaseSampler
from eli5.lime.textutils import cosine_similarity_vec
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from ner_lime import Sentence, tokenize
from ner_lime.eli5 import TokenMaskingSampler
from ner_lime.errors import InputError, WordIndexError

TEXT = "6+ years of Web UI/UX  design experience."


def test_it_is_an_eli5_sampler_that_can_be_fitted_and_cloned() -> None:
    sampler = TokenMaskingSampler(replacement="UNKNOWN", keep=2)
    assert isinstance(sampler, BaseSampler)
    assert sampler.fit() is sampler
    assert clone(sampler).get_params() == sampler.get_params()
    assert sampler.get_params()["replacement"] == "UNKNOWN"


def test_the_original_comes_first_and_exactly_as_it_was_typed() -> None:
    samples, similarity = TokenMaskingSampler().sample_near(TEXT, n_samples=5)
    assert len(samples) == len(similarity) == 5
    assert samples[0] == TEXT
    assert similarity[0] == 1.0
    assert TokenMaskingSampler().sample_near(TEXT)[0] == [TEXT]


def test_the_mask_string_is_never_cut_short() -> None:
    # eli5 keeps tokens in a numpy array of fixed width, which makes 'UN' of it here.
    samples, _, hidden, _ = TokenMaskingSampler(replacement="UNKNOWN").sample_near_with_mask("of at", 30)
    assert hidden.any()
    assert {word for sample in samples for word in sample.split()} <= {"of", "at", "UNKNOWN"}


@given(
    tokens=st.lists(st.sampled_from(["a", "design", ",", "UI/UX", "don't", "שלום", "👩‍💻"]), min_size=1, max_size=12),
    max_replace=st.floats(0.05, 1.0),
    seed=st.integers(0, 9),
)
def test_samples_masks_and_similarities_belong_together(tokens: list[str], max_replace: float, seed: int) -> None:
    sampler = TokenMaskingSampler(max_replace=max_replace, random_state=seed, replacement="[M]")
    samples, similarity, hidden, sentence = sampler.sample_near_with_mask(tokens, 20)
    assert sentence.tokens == tuple(tokens)
    assert hidden.shape == (20, len(tokens))
    assert not hidden[0].any()
    for sample, row in zip(samples, hidden, strict=True):
        assert sample.tokens == tuple("[M]" if gone else token for token, gone in zip(tokens, row, strict=True))
        assert sample == " ".join(sample.tokens)
    counts = hidden[1:].sum(axis=1)
    assert counts.min() >= 1
    assert counts.max() <= np.ceil(max_replace * len(tokens))
    np.testing.assert_allclose(similarity, cosine_similarity_vec(len(tokens), hidden.sum(axis=1)), atol=1e-6)


@given(st.text(max_size=40))
def test_a_text_keeps_its_white_space_and_its_number_of_tokens(text: str) -> None:
    tokens = tokenize(text)[0]
    if not tokens:
        with pytest.raises(InputError, match="at least one token"):
            TokenMaskingSampler().sample_near(text)
        return
    samples, _ = TokenMaskingSampler(replacement="UNK").sample_near(text, 6)
    assert samples[0] == text
    assert all(len(sample.tokens) == len(tokens) for sample in samples)


def test_a_hidden_token_that_touches_a_neighbour_stays_a_token_of_its_own() -> None:
    samples, _, hidden, _ = TokenMaskingSampler().sample_near_with_mask("5 years.", 40)
    by_mask = {tuple(row): str.__str__(sample) for row, sample in zip(hidden.tolist(), samples, strict=True)}
    assert by_mask[False, False, True] == "5 years UNK"
    assert by_mask[False, True, True] == "5 UNK UNK"
    assert all(tokenize(text)[0].count("UNK") == sum(row) for row, text in by_mask.items())


def test_the_same_call_gives_the_same_samples_and_another_seed_others() -> None:
    sampler = TokenMaskingSampler(random_state=3)
    first, again = sampler.sample_near(TEXT, 50), sampler.sample_near(TEXT, 50)
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
    assert TokenMaskingSampler(random_state=4).sample_near(TEXT, 50)[0] != first[0]


@pytest.mark.parametrize(("max_replace", "most"), [(0.7, 4), (1.0, 5), (0.2, 1)])
def test_a_kept_word_stays_and_the_law_is_the_same_given_that(max_replace: float, most: int) -> None:
    tokens, keep, n = list("abcde"), 2, 20_000
    sampler = TokenMaskingSampler(max_replace=max_replace, keep=keep, random_state=1)
    hidden = sampler.sample_near_with_mask(tokens, n + 1)[2][1:]
    assert not hidden[:, keep].any()
    # By Bayes: P(k | kept) goes as the share of k-subsets that miss the word.
    counts = np.arange(1, most + 1)
    chance = np.array([comb(4, k) / comb(5, k) for k in counts])
    chance /= chance.sum()
    found = np.array([(hidden.sum(axis=1) == k).mean() for k in counts])
    np.testing.assert_allclose(found, chance, atol=4 * np.sqrt(0.25 / n))
    others = hidden.mean(axis=0)[np.arange(5) != keep]
    np.testing.assert_allclose(others, (chance * counts).sum() / 4, atol=4 * np.sqrt(0.25 / n))


def test_one_token_that_is_kept_leaves_only_the_original() -> None:
    samples, similarity = TokenMaskingSampler(keep=0).sample_near(["design"], 3)
    assert samples == ["design"] * 3
    np.testing.assert_array_equal(similarity, 1.0)


def test_a_sentence_keeps_its_text_and_a_tokenizer_its_own_tokens() -> None:
    assert TokenMaskingSampler().sample_near(Sentence(("a", "b")))[0] == ["a b"]
    assert TokenMaskingSampler().sample_near(Sentence.from_text("a\tb"))[0] == ["a\tb"]
    sample = TokenMaskingSampler(tokenizer=str.split).sample_near(TEXT)[0][0]
    assert sample == TEXT
    assert sample.tokens[-1] == "experience."
    rewriting = TokenMaskingSampler(tokenizer=lambda text: text.upper().split()).sample_near("a  b")[0][0]
    assert rewriting == "A B"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"replacement": ""}, InputError, "would move the others"),
        ({"max_replace": 0.0}, InputError, "max_replace"),
        ({"keep": 99}, WordIndexError, "99"),
        ({"keep": -1}, WordIndexError, "-1"),
    ],
)
def test_settings_that_cannot_be_are_refused(options: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        TokenMaskingSampler(**options).sample_near(TEXT, 3)  # type: ignore[arg-type]


def test_at_least_one_sample() -> None:
    with pytest.raises(InputError, match="n_samples=0"):
        TokenMaskingSampler().sample_near(TEXT, 0)
