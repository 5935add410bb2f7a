"""What holds for every model file, feature, window and text: fuzzing, python-crfsuite and brute force as oracles."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import pycrfsuite
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ner_lime.corpus import Sentence
from ner_lime.crf import CRFTagger, WindowFeatures, find_window, read_weights
from ner_lime.crf.attributes import attributes
from ner_lime.crf.decoding import by_length, viterbi
from ner_lime.errors import InputError, ModelFileError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBERS = st.floats(-1e6, 1e6) | st.integers(-100, 100) | st.booleans()
FEATURES = st.recursive(
    st.dictionaries(TEXT, NUMBERS | TEXT, max_size=4) | st.lists(TEXT, max_size=3) | st.sets(TEXT, max_size=3),
    lambda inner: st.dictionaries(TEXT, NUMBERS | TEXT | inner, max_size=3),
    max_leaves=6,
)
TAGS = st.sampled_from(["O", "B-Ä", "I-Ä", "B-long label"])
TOKENS = st.lists(TEXT, min_size=1, max_size=6)


def train(sentences):
    """The bytes of a model that CRFsuite trained on (features, tags) pairs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        trainer = pycrfsuite.Trainer(algorithm="lbfgs", params={"c2": 0.1, "max_iterations": 8}, verbose=False)
        for items, tags in sentences:
            trainer.append(items, tags)
        trainer.train(str(path))
        return path.read_bytes()


@pytest.fixture(scope="module")
def model():
    """A small model: a few kilobytes, so that random positions reach every part of it."""
    return train([([{"w": "a", "x": 1.0}, {"w": "b"}, {"w": "ç"}], ["B-X", "I-X", "O"]), ([{"x": 2.0}], ["O"])])


def check(data):
    """Read data: either the one error, or weights that are whole."""
    try:
        weights = read_weights(data)
    except ModelFileError:
        return False
    size = len(weights.labels)
    assert weights.state.shape == (len(weights.attributes), size)
    assert weights.transitions.shape == (size, size)
    assert np.isfinite(weights.state).all()
    assert np.isfinite(weights.transitions).all()
    assert sorted(weights.attributes.values()) == list(range(len(weights.attributes)))
    assert weights.emissions([{"w": "a", "x": 1.0}]).shape == (1, size)
    return True


class TestFuzz:
    def test_the_model_itself_is_read(self, model):
        assert check(model)

    @settings(max_examples=300)
    @given(data=st.data())
    def test_flipped_bytes(self, model, data):
        changed = bytearray(model)
        for _ in range(data.draw(st.integers(1, 4))):
            # small offsets are drawn more often: that is where the header and the counts are
            position = data.draw(st.integers(0, 60) | st.integers(0, len(model) - 1))
            changed[position] = data.draw(st.integers(0, 255))
        check(bytes(changed))

    @settings(max_examples=200)
    @given(data=st.data())
    def test_a_number_replaced(self, model, data):
        position = 4 * data.draw(st.integers(0, len(model) // 4 - 1))
        near = st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1, len(model) - 1, len(model)])
        number = data.draw(near | st.integers(0, len(model)))
        check(model[:position] + number.to_bytes(4, "little") + model[position + 4 :])

    @given(size=st.integers(0, 10_000), mended=st.booleans())
    def test_truncated(self, model, size, mended):
        assume(size < len(model))
        data = model[:size]
        if mended and size >= 8:
            data = data[:4] + size.to_bytes(4, "little") + data[8:]
        assert not check(data)

    @given(noise=st.binary(max_size=200))
    @example(noise=b"lCRF")
    def test_noise(self, noise):
        assert not check(noise)
        assert not check(b"lCRF" + (len(noise) + 16).to_bytes(4, "little") + b"FOMC\x64\0\0\0" + noise)


class TestAttributes:
    @settings(max_examples=200)
    @given(features=FEATURES)
    def test_python_crfsuite_makes_the_same(self, features):
        ours = attributes(features)
        assert dict(ours) == pycrfsuite.ItemSequence([features]).items()[0]

    @settings(max_examples=25)
    @given(sentences=st.lists(st.lists(st.tuples(FEATURES, TAGS), min_size=1, max_size=4), min_size=1, max_size=3))
    def test_the_model_file_names_them(self, sentences):
        pairs = [tuple(zip(*sentence, strict=True)) for sentence in sentences]
        weights = read_weights(train(pairs))
        seen = {name for items, _ in pairs for features in items for name, _ in attributes(features)}
        assert set(weights.attributes) <= seen
        assert set(weights.labels) == {tag for _, tags in pairs for tag in tags}


def scores(n, length, n_labels, elements=None):
    return hnp.arrays(np.float64, (n, length, n_labels), elements=elements or st.floats(-5, 5))


class TestViterbi:
    @given(data=st.data(), n=st.integers(1, 3), length=st.integers(1, 4), n_labels=st.integers(1, 3))
    def test_no_sequence_is_better(self, data, n, length, n_labels):
        emissions = data.draw(scores(n, length, n_labels))
        transitions = data.draw(scores(1, n_labels, n_labels))[0]

        def score(k, path):
            steps = sum(transitions[a, b] for a, b in itertools.pairwise(path))
            return sum(emissions[k, t, label] for t, label in enumerate(path)) + steps

        for k, path in enumerate(viterbi(emissions, transitions)):
            best = max(score(k, other) for other in itertools.product(range(n_labels), repeat=length))
            assert score(k, path) == pytest.approx(best, abs=1e-9)

    def test_no_tokens(self):
        assert viterbi(np.zeros((2, 0, 3)), np.zeros((3, 3))).shape == (2, 0)

    @given(lengths=st.lists(st.integers(0, 5), max_size=12))
    def test_answers_keep_their_order(self, lengths):
        sentences = [[f"{k}"] * length for k, length in enumerate(lengths)]

        def echo(batch):
            assert len({len(tokens) for tokens in batch}) == 1
            return np.array([[len(tokens), int(tokens[0]) if tokens else -1] for tokens in batch])

        answers = by_length(sentences, echo)
        assert [list(answer) for answer in answers] == [[n, k if n else -1] for k, n in enumerate(lengths)]


class TestWindow:
    @given(tokens=TOKENS, other=TOKENS, window=st.integers(0, 3), postags=st.booleans(), data=st.data())
    def test_features_do_not_read_beyond_the_window(self, tokens, other, window, postags, data):
        i = data.draw(st.integers(0, len(tokens) - 1))
        replacement = itertools.cycle(other)
        changed = [token if abs(j - i) <= window else next(replacement) for j, token in enumerate(tokens)]
        function = WindowFeatures(window, postags)
        assert function(changed, i) == function(tokens, i)

    @settings(max_examples=20)
    @given(offsets=st.sets(st.integers(-4, 4), max_size=4), seed=st.integers(0, 100), tokens=TOKENS)
    def test_probing_finds_the_window(self, offsets, seed, tokens):
        def function(words, i):
            return {f"{d}": words[i + d] for d in offsets if 0 <= i + d < len(words)}

        window = max(map(abs, offsets), default=0)
        assert find_window(function, tokens, random_state=seed) == (window if window <= 3 else None)


@pytest.fixture(scope="module")
def small():
    return CRFTagger(max_iterations=5).fit([Sentence(("a", "b"), ("O", "B-X"))])


class TestTagger:
    @settings(max_examples=20)
    @given(sentences=st.lists(st.lists(st.tuples(TEXT, TAGS), min_size=1, max_size=5), min_size=1, max_size=4))
    def test_any_text_can_be_learned_and_kept(self, sentences, tmp_path_factory):
        data = [Sentence(*zip(*pairs, strict=True)) for pairs in sentences]
        tagger = CRFTagger(max_iterations=5).fit(data)
        assert set(tagger.labels) == {tag for sentence in data for tag in sentence.tags}
        folder = tmp_path_factory.mktemp("models") / "model"
        tagger.save(folder)
        loaded = CRFTagger.load(folder)
        for sentence, ours, theirs in zip(data, tagger.predict_proba(data), loaded.predict_proba(data), strict=True):
            assert ours.shape == (len(sentence), len(tagger.labels))
            assert np.allclose(ours.sum(axis=1), 1.0, atol=1e-12)
            assert np.array_equal(ours, theirs)

    @given(tokens=st.lists(st.text(max_size=4), max_size=5))
    def test_any_text_can_be_tagged(self, small, tokens):
        path, marginals = small.predict([tokens])[0], small.predict_proba([tokens])[0]
        assert len(path) == len(marginals) == len(tokens)
        assert set(path) <= set(small.labels)

    @given(tokens=st.lists(st.none() | st.integers() | st.binary() | TEXT, min_size=1, max_size=4))
    def test_what_is_no_text_is_refused(self, small, tokens):
        assume(not all(isinstance(token, str) for token in tokens))
        with pytest.raises(InputError, match="word index"):
            small.predict_proba([tokens])
