"""A CRF trained on WNUT-17, against python-crfsuite's own tagger on 500 other sentences, whole and masked."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pycrfsuite
import pytest
import sklearn_crfsuite

from ner_lime.corpus import read_iob
from ner_lime.crf import CRFTagger, find_window, search, word2features

N_TRAIN, N_TEST = 400, 500


@pytest.fixture(scope="module")
def wnut(corpora):
    return read_iob(corpora / "wnut17" / "wnut17train.conll")


@pytest.fixture(scope="module")
def tagger(wnut):
    return CRFTagger(max_iterations=40).fit(wnut[:N_TRAIN])


@pytest.fixture(scope="module")
def theirs(tagger, tmp_path_factory):
    """python-crfsuite's tagger on the same model file."""
    folder = tmp_path_factory.mktemp("wnut") / "model"
    tagger.save(folder)
    opened = pycrfsuite.Tagger()
    opened.open(str(folder / "model.crfsuite"))
    return opened


@pytest.fixture(scope="module")
def held_out(wnut):
    return [list(sentence.tokens) for sentence in wnut[N_TRAIN : N_TRAIN + N_TEST]]


def items(tokens, features=word2features):
    return [features(tokens, i) for i in range(len(tokens))]


def their_marginals(theirs, tokens, features=word2features):
    theirs.set(items(tokens, features))
    return np.array([[theirs.marginal(label, i) for label in theirs.labels()] for i in range(len(tokens))])


def largest_difference(tagger, theirs, sentences):
    assert list(tagger.labels) == theirs.labels()
    pairs = zip(tagger.predict_proba(sentences), sentences, strict=True)
    return max(np.abs(ours - their_marginals(theirs, tokens)).max() for ours, tokens in pairs)


def masked(sentences, mask, n_masks):
    """Random masks of every sentence, from nearly whole to nearly hidden."""
    rng = np.random.default_rng(0)
    for tokens in sentences:
        for keep in rng.random(n_masks):
            kept = rng.random(len(tokens)) < keep
            yield [token if k else mask for token, k in zip(tokens, kept, strict=True)]


def test_marginals_of_500_sentences(tagger, theirs, held_out):
    assert len(held_out) == N_TEST
    assert largest_difference(tagger, theirs, held_out) <= 1e-12


@pytest.mark.parametrize("mask", ["UNK", None])
def test_marginals_of_their_masked_variants(tagger, theirs, held_out, mask):
    variants = list(masked(held_out, mask or tagger.mask_string(), n_masks=2))
    assert len(variants) == 2 * N_TEST
    assert largest_difference(tagger, theirs, variants) <= 1e-12


def test_marginals_under_masks_without_token_sequences(tagger, theirs, held_out):
    """100 masks of every twentieth sentence through gathered patterns: the same figures as whole token sequences."""
    rng = np.random.default_rng(1)
    for tokens in held_out[::20]:
        masks = rng.random((100, len(tokens))) < 0.7
        ours = tagger.under_masks(tokens, ["UNK"] * len(tokens)).marginals(masks)
        for k in (0, 50, 99):
            variant = [token if keep else "UNK" for token, keep in zip(tokens, masks[k], strict=True)]
            assert np.abs(ours[k] - their_marginals(theirs, variant)).max() <= 1e-12


def test_best_sequences_of_500_sentences(tagger, theirs, held_out):
    assert tagger.predict(held_out) == [theirs.tag(items(tokens)) for tokens in held_out]


def test_best_sequences_of_masked_variants(tagger, theirs, held_out):
    variants = list(masked(held_out, "UNK", n_masks=1))
    assert tagger.predict(variants) == [theirs.tag(items(tokens)) for tokens in variants]


def test_the_model_file_is_read_whole(tagger, theirs):
    info = theirs.info()
    weights = tagger.weights
    assert {name: int(row) for name, row in info.attributes.items()} == weights.attributes
    assert {name: int(row) for name, row in info.labels.items()} == {n: k for k, n in enumerate(weights.labels)}
    assert len(info.state_features) == np.count_nonzero(weights.state)
    rounding = max(
        abs(weights.state[weights.attributes[name], weights.labels.index(label)] - weight)
        for (name, label), weight in info.state_features.items()
    )
    assert 0 < rounding <= 5.1e-7  # the text has six decimals, the file has all


def test_the_mask_string_is_more_neutral_than_unk(tagger, wnut):
    names = list(tagger.weights.attributes)

    def fired(mask):
        known = (tagger.weights.known(features) for features in items([mask] * 5))
        return {names[row] for row, _ in chain.from_iterable(known)}

    mask = tagger.mask_string()
    assert fired(mask) <= {"bias", "BOS", "EOS"}
    assert "word.isupper()" in fired("UNK")
    assert mask not in {token.lower() for sentence in wnut[:N_TRAIN] for token in sentence.tokens}


def test_it_learned_something(tagger, wnut):
    assert tagger.evaluate(wnut[:N_TRAIN]).f1 > 0.7
    assert tagger.evaluate(wnut[N_TRAIN : N_TRAIN + N_TEST]).f1 > 0.15


def test_a_search_on_real_documents(wnut):
    result = search(wnut[:150], n_candidates=2, folds=2, tagger=CRFTagger(max_iterations=10))
    assert set(result.best) == {"c1", "c2"}
    assert all(0 <= score <= 1 for candidate in result.table for score in candidate.scores)


def rows_features(sentence, i):
    """A foreign function of rows, two to the left and one to the right, with nested and numeric features."""
    word = sentence[i][0]
    features = {
        "bias": 1.0,
        "word": word.lower(),
        "affixes": [word[:2], word[-3:]],
        "shape": {"upper": word.isupper(), "digits": sum(c.isdigit() for c in word) / len(word)},
        "length": float(len(word)),
    }
    if i > 1:
        features["-2"] = sentence[i - 2][0].lower()
    if i < len(sentence) - 1:
        features["+1"] = {"word": sentence[i + 1][0].lower()}
    return features


def foreign_crf(wnut, algorithm):
    rows = [[(token, "", tag) for token, tag in zip(s.tokens, s.tags, strict=True)] for s in wnut[:150]]
    crf = sklearn_crfsuite.CRF(algorithm=algorithm, max_iterations=10)
    return crf.fit([items(row, rows_features) for row in rows], [s.tags for s in wnut[:150]])


def as_rows(tokens):
    return [(token, "", "") for token in tokens]


def test_a_foreign_crf(wnut, held_out):
    crf = foreign_crf(wnut, "l2sgd")
    tagger = CRFTagger.from_crfsuite(crf, features=rows_features)
    assert tagger.window == 2
    assert find_window(tagger.feature_function, held_out[0]) == 2
    for tokens in held_out[:100]:
        rows = as_rows(tokens)
        difference = tagger.predict_proba([tokens])[0] - their_marginals(crf.tagger_, rows, rows_features)
        assert np.abs(difference).max() <= 1e-12
        assert tagger.predict([tokens])[0] == crf.predict_single(items(rows, rows_features))


def test_scores_too_large_for_python_crfsuite(wnut, held_out):
    """A perceptron's scores are not bounded: exp of them overflows in CRFsuite, whose marginals are then NaN."""
    crf = foreign_crf(wnut, "ap")
    tagger = CRFTagger.from_crfsuite(crf, features=rows_features)
    assert max(np.abs(tagger.emissions(tokens)).max() for tokens in held_out[:100]) > np.log(np.finfo(float).max)
    for tokens, marginals in zip(held_out[:100], tagger.predict_proba(held_out[:100]), strict=True):
        assert np.abs(marginals.sum(axis=1) - 1).max() <= 1e-12
        assert tagger.predict([tokens])[0] == crf.predict_single(items(as_rows(tokens), rows_features))


def test_a_very_long_text(corpora, tagger):
    (sentence,) = read_iob(corpora / "europeana-de-onb" / "enp_DE.onb.bio")[:1]
    marginals = tagger.predict_proba([sentence])[0]
    assert marginals.shape == (len(sentence), len(tagger.labels))
    assert len(sentence) > 28_000
    assert np.abs(marginals.sum(axis=1) - 1).max() <= 1e-12
    assert len(tagger.predict([sentence])[0]) == len(sentence)
