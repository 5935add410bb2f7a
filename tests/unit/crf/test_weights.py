"""CRFsuite's binary model, read directly: against what python-crfsuite says of the same file."""

from __future__ import annotations

import itertools
import struct

import numpy as np
import pycrfsuite
import pytest

from ner_lime.crf.weights import read_weights
from ner_lime.errors import ModelFileError

SENTENCES = [
    ([{"word": "Kraków", "cap": 1.0}, {"word": "is"}, {"word": "big", "nul\0tail": 2.0}], ["B-LOC", "O", "O"]),
    ([{"word": "a b\tc"}, {"word": "Ω", "plain": 0.5}, {"cap": 1.5, "word": "Ω"}], ["O", "B-LOC", "I-LOC"]),
    ([{"cap": 2.0}], ["Ünüsual label"]),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "small.crfsuite"
    parameters = {"c1": 0.0, "c2": 0.1, "max_iterations": 30, "feature.possible_transitions": True}
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=parameters, verbose=False)
    for items, tags in SENTENCES:
        trainer.append(items, tags)
    trainer.train(str(path))
    return path


def open_tagger(path):
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def test_names_and_numbers_are_the_files_own(model):
    weights, tagger = read_weights(model), open_tagger(model)
    info = tagger.info()
    assert list(weights.labels) == tagger.labels()
    assert weights.labels == ("B-LOC", "O", "I-LOC", "Ünüsual label")
    words = {"word:Kraków", "word:is", "word:big", "word:a b\tc", "word:Ω"}
    assert set(weights.attributes) == words | {"cap", "nul", "plain"}
    assert len(info.state_features) == np.count_nonzero(weights.state)
    for (attribute, label), weight in info.state_features.items():
        read = weights.state[weights.attributes[attribute], weights.labels.index(label)]
        assert read == pytest.approx(weight, abs=6e-7)
    assert len(info.transitions) == np.count_nonzero(weights.transitions) == 16
    for (before, after), weight in info.transitions.items():
        read = weights.transitions[weights.labels.index(before), weights.labels.index(after)]
        assert read == pytest.approx(weight, abs=6e-7)


def test_bytes_and_path_are_the_same(model):
    one, other = read_weights(model), read_weights(model.read_bytes())
    assert (one.labels, one.attributes) == (other.labels, other.attributes)
    assert np.array_equal(one.state, other.state)
    assert np.array_equal(one.transitions, other.transitions)


def brute_force(weights, items):
    """Marginals by summing over all label sequences."""
    emissions = weights.emissions(items)
    length, n_labels = emissions.shape
    answer = np.zeros((length, n_labels))
    for path in itertools.product(range(n_labels), repeat=length):
        score = sum(emissions[t, label] for t, label in enumerate(path))
        score += sum(weights.transitions[a, b] for a, b in itertools.pairwise(path))
        for t, label in enumerate(path):
            answer[t, label] += np.exp(score)
    return answer / answer.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    "items",
    [
        [{"cap": 1.0}],
        [{"word": "Kraków"}, {"unknown": 1.0}, {"word": "Ω", "cap": 0.25}],
        [{"a": {"b": 1.0}, "cap": -3.5}, ["cap", "cap", "word:is"], {"nul\0other": 1.5}],
        [{"cap": False}, {"cap": True}, {}],
        [{"word": ["Ω", "Ω"], "word:Ω": 0.5}, {b"cap": 1}],
    ],
    ids=repr,
)
def test_scores_equal_those_of_python_crfsuite(model, items):
    weights, tagger = read_weights(model), open_tagger(model)
    tagger.set(items)
    theirs = [[tagger.marginal(label, t) for label in weights.labels] for t in range(len(items))]
    assert np.abs(brute_force(weights, items) - theirs).max() <= 1e-12


def test_emissions_of_many_tokens_are_those_of_each(model):
    weights = read_weights(model)
    items = [{"cap": k / 7, "word": ("Ω", "is", "none")[k % 3]} if k % 5 else {} for k in range(5000)]
    together = weights.emissions(iter(items))
    assert together.shape == (5000, 4)
    assert np.array_equal(together, np.concatenate([weights.emissions([item]) for item in items]))
    assert not together[::5].any()


def test_no_token_and_no_known_attribute(model):
    weights = read_weights(model)
    assert weights.emissions([]).shape == (0, 4)
    assert not weights.emissions([{"nothing": 1.0}, {}]).any()


def test_weights_cannot_be_changed_by_accident(model):
    weights = read_weights(model)
    with pytest.raises(ValueError, match="read-only"):
        weights.state[0, 0] = 1.0


def header(data):
    names = ("at_features", "at_labels", "at_attributes")
    return dict(zip(names, struct.unpack_from("<III", data, 28), strict=True))


def patched(data, offset, form, value):
    changed = bytearray(data)
    struct.pack_into(form, changed, offset, value)
    return bytes(changed)


def test_every_truncation_is_refused(model):
    data = model.read_bytes()
    for size in [*range(0, 64), *range(64, len(data), 37), len(data) - 1]:
        with pytest.raises(ModelFileError):
            read_weights(data[:size])


def test_truncation_that_mends_the_size_is_refused(model):
    data = model.read_bytes()
    for size in range(48, len(data), 101):
        with pytest.raises(ModelFileError):
            read_weights(patched(data[:size], 4, "<I", size))


@pytest.mark.parametrize(
    ("offset", "form", "value", "message"),
    [
        (0, "<4s", b"nope", "expected a CRFsuite model, found b'nope'"),
        (4, "<I", 7, "expected 7 bytes"),
        (8, "<4s", b"CRF2", "FOMC"),
        (12, "<I", 101, "version 101"),
        (16, "<I", 5, "promises 5 weights"),
        (20, "<I", 0, "expected a model with labels"),
        (20, "<I", 3, "no such attribute or label"),
        (20, "<I", 2**31, "exceed the limit"),
        (24, "<I", 2**31, "exceed the limit"),
        (24, "<I", 2**26, "too short"),
        (28, "<I", 2**32 - 1, "expected a FEAT chunk at byte 4294967295"),
        (32, "<I", 2**32 - 1, "expected 4 strings"),
        (36, "<I", 48, "expected 8 strings"),
        (40, "<I", 48, "LFRF"),
        (44, "<I", 2**31, "AFRF"),
    ],
)
def test_a_wrong_header_is_named(model, offset, form, value, message):
    with pytest.raises(ModelFileError, match=message):
        read_weights(patched(model.read_bytes(), offset, form, value))


def weight_fields(data):
    start = header(data)["at_features"] + 12
    return {"kind": start, "source": start + 4, "target": start + 8, "weight": start + 12}


@pytest.mark.parametrize(
    ("field", "form", "value"),
    [
        ("kind", "<I", 2),
        ("source", "<I", 1000),
        ("target", "<I", 4),
        ("weight", "<d", float("nan")),
        ("weight", "<d", float("inf")),
    ],
)
def test_a_wrong_weight_is_refused(model, field, form, value):
    data = model.read_bytes()
    with pytest.raises(ModelFileError, match="altered"):
        read_weights(patched(data, weight_fields(data)[field], form, value))


def test_too_many_weights_are_refused(model):
    data = model.read_bytes()
    with pytest.raises(ModelFileError, match="do not fit"):
        read_weights(patched(data, header(data)["at_features"] + 8, "<I", 2**31))


@pytest.mark.parametrize("which", ["at_labels", "at_attributes"])
@pytest.mark.parametrize(
    ("offset", "value"),
    [(0, 0), (4, 2**31), (12, 0), (16, 1), (20, 2**31), (24 + 2048, 77), (24 + 2048 + 4, 0), (24 + 2048 + 4, 2**31)],
)
def test_a_wrong_database_of_strings_is_refused(model, which, offset, value):
    data = model.read_bytes()
    with pytest.raises(ModelFileError, match="strings at byte"):
        read_weights(patched(data, header(data)[which] + offset, "<I", value))


@pytest.mark.parametrize(("offset", "byte"), [(2, b"\0"), (5, b"x")])
def test_strings_end_where_their_length_says(model, offset, byte):
    data = model.read_bytes()
    at = data.index(b"B-LOC\0") + offset
    with pytest.raises(ModelFileError, match="strings at byte"):
        read_weights(data[:at] + byte + data[at + 1 :])


def test_labels_must_be_text_and_differ(model):
    data = model.read_bytes()
    at = header(data)["at_labels"]
    label = data.index(b"B-LOC", at)
    with pytest.raises(ModelFileError, match="UTF-8"):
        read_weights(data[:label] + b"\xff" + data[label + 1 :])
    with pytest.raises(ModelFileError, match="stands twice"):
        read_weights(data[:label] + b"I" + data[label + 1 :])


@pytest.mark.parametrize("name", [b"\xff", "", "a\nb", " "])
def test_attributes_may_be_any_bytes(tmp_path, name):
    path = tmp_path / "bytes.crfsuite"
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params={"c2": 0.1}, verbose=False)
    trainer.append([{name: 1.0}, {"b": 1.0}], ["X", "Y"])
    trainer.train(str(path))
    weights, tagger = read_weights(path), open_tagger(path)
    tagger.set([{name: 2.0}])
    theirs = [tagger.marginal(label, 0) for label in weights.labels]
    assert theirs[0] != pytest.approx(0.5)
    assert np.abs(brute_force(weights, [{name: 2.0}]) - theirs).max() <= 1e-12


@pytest.mark.parametrize("name", ["missing.crfsuite", ""])
def test_no_file(tmp_path, name):
    with pytest.raises(ModelFileError, match="expected a CRFsuite model file"):
        read_weights(tmp_path / name)
