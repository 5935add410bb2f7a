"""Properties of the adapters: every form of answer is the same answer, order is kept, nothing is invented."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_lime import as_tagger
from ner_lime.errors import InputError, NerLimeError, TaggerError
from ner_lime.taggers.answers import ask, check_probabilities
from ner_lime.taggers.http.formats import PRESETS
from ner_lime.taggers.http.huggingface import huggingface_answer
from ner_lime.taggers.http.secrets import Secrets
from ner_lime.testing import Trigger, TriggerTagger

LABELS = ("O", "B-X", "I-X")
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)
sentences = st.lists(st.lists(words, max_size=4), max_size=6)


def probabilities(token):
    """A row that depends on the token only."""
    share = (sum(map(ord, token)) % 97) / 97
    return [share * 0.5, 1.0 - share, share * 0.5]


def as_array(batch):
    return np.asarray([[probabilities(token) for token in sentence] for sentence in batch])


def as_dicts(batch):
    return [[dict(zip(LABELS, probabilities(token), strict=True)) for token in sentence] for sentence in batch]


def as_arrays(batch):
    return [np.asarray([probabilities(token) for token in sentence]) for sentence in batch]


@given(sentences, st.sampled_from([as_array, as_dicts, as_arrays]))
def test_any_batch_in_any_form_is_answered_in_order(batch, function):
    answers = ask(as_tagger(function, labels=LABELS), batch)
    for sentence, answer in zip(batch, answers, strict=True):
        wanted = np.reshape([probabilities(token) for token in sentence], (len(sentence), 3))
        assert np.allclose(answer, wanted, atol=1e-12)


@given(st.permutations(LABELS))
def test_dicts_are_read_by_name(order):
    def function(batch):
        return [[{label: {"O": 0.5, "B-X": 0.3, "I-X": 0.2}[label] for label in order} for _ in s] for s in batch]

    tagger = as_tagger(function)
    assert tagger.labels == tuple(order)
    row = tagger.predict_proba([["a"]])[0][0]
    assert dict(zip(tagger.labels, row, strict=True)) == {"O": 0.5, "B-X": 0.3, "I-X": 0.2}


def outcome(function, *arguments, **options):
    """What it returns or raises on purpose."""
    try:
        return function(*arguments, **options)
    except NerLimeError as error:
        return error


matrices = st.lists(
    st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1), min_size=2, max_size=2), max_size=3
)


@given(matrices, st.integers(0, 3))
def test_what_passes_the_check_is_probabilities_and_what_does_not_is_an_error(rows, n_tokens):
    found = outcome(check_probabilities, rows or np.zeros((0, 2)), n_tokens, 2, where="here")
    if isinstance(found, TaggerError):
        assert str(found).startswith("here: expected")
        bad = len(rows) != n_tokens or any(
            not np.isfinite(row).all() or min(row) < 0.0 or max(row) > 1.0 or abs(sum(row) - 1.0) > 1e-5 for row in rows
        )
        assert bad
    else:
        assert found.shape == (n_tokens, 2)
        assert np.all((found >= 0) & (found <= 1))
        assert np.allclose(found.sum(axis=1), 1.0)
        assert np.allclose(found, np.reshape(rows, (n_tokens, 2)), atol=3e-4)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-10, 10) | st.sampled_from(["O", "B-X", "labels", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["labels", "probabilities", "entity", "entity_group", "score", "start", "end"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from(sorted(PRESETS)))
def test_any_json_is_read_or_refused_in_one_line(answer, name):
    http = pytest.importorskip("ner_lime.taggers.http.tagger")
    pytest.importorskip("httpx")
    tagger = http.HttpTagger("http://127.0.0.1:9", format=name, labels=["O", "B-X"])
    found = outcome(tagger._parse, answer, [("a", "b")])
    if isinstance(found, TaggerError):
        assert "\n" not in str(found)
        assert "http://127.0.0.1:9" in str(found)
    else:
        check_probabilities(found[0].probabilities, 2, len(found[0].labels), where="here")


@given(st.lists(words, min_size=1, max_size=6), st.data())
def test_findings_go_back_to_their_words(tokens, data):
    """Words cut into pieces anywhere: the first piece's label is the word's."""
    labels = ("O", "B-X", "I-X")
    findings, wanted, start = [], [], 0
    for token in tokens:
        cut = data.draw(st.integers(1, len(token)))
        first, second = data.draw(st.sampled_from(labels)), data.draw(st.sampled_from(labels))
        findings.append({"entity": first, "score": 0.75, "start": start, "end": start + cut})
        if cut < len(token):
            findings.append({"entity": second, "score": 0.5, "start": start + cut, "end": start + len(token)})
        wanted.append(first)
        start += len(token) + 1
    _, (matrix,) = huggingface_answer([data.draw(st.permutations(findings))], [tokens], labels)
    assert [labels[k] for k in matrix.argmax(axis=1)] == wanted
    assert np.allclose(matrix.max(axis=1), 0.75)
    assert np.allclose(matrix.sum(axis=1), 1.0)


header_names = st.text("abcXYZ019-_.", min_size=1, max_size=5)


@given(st.dictionaries(header_names, st.text(min_size=1, max_size=30), max_size=3), st.text())
def test_headers_are_sent_whole_or_refused_and_never_shown(headers, around):
    secrets = outcome(Secrets, headers)
    if isinstance(secrets, InputError):
        assert not all(value.isascii() and value.isprintable() and value == value.strip() for value in headers.values())
        assert all(value not in str(secrets) for value in headers.values() if len(value) > 20)
    else:
        assert secrets.sent() == headers
        for value in headers.values():
            if len(value) >= 6:
                assert value not in secrets.redact(f"{around} {value} {around}").replace(around, "")


tokens_of_few = st.lists(st.sampled_from("abcd"), min_size=1, max_size=5)
groups = st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True).flatmap(
    lambda letters: st.lists(st.integers(0, 2), min_size=len(letters), max_size=len(letters)).map(
        lambda owners: tuple(
            tuple(letter for letter, owner in zip(letters, owners, strict=True) if owner == number)
            for number in sorted(set(owners))
        )
    )
)


@given(tokens_of_few, groups, st.floats(0.05, 0.95), st.floats(-0.4, 0.4))
def test_closed_form_weights_are_differences_of_conditional_means(tokens, trigger_groups, keep, jump):
    tagger = TriggerTagger([Trigger("B-X", jump, trigger_groups)], base=0.45)
    n = len(tokens)
    masks = np.array(list(product((False, True), repeat=n)))
    seen = [[t if kept else "_" for t, kept in zip(tokens, mask, strict=True)] for mask in masks]
    values = np.stack(tagger.predict_proba(seen))[:, 0, 1]
    share = np.where(masks, keep, 1.0 - keep).prod(axis=1)
    found = tagger.expected_weights(tokens, 0, "B-X", keep=keep)
    for j in range(n):
        shown, hidden = (np.average(values[masks[:, j] == z], weights=share[masks[:, j] == z]) for z in (True, False))
        assert found[j] == pytest.approx(shown - hidden, abs=1e-12)
