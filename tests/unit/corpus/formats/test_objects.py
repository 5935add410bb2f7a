"""Corpora in memory, in the forms that people pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ner_lime.corpus import Corpus, Sentence, as_corpus
from ner_lime.errors import CorpusError, InputError

TOKENS, TAGS = [["Ana", "runs"], ["Bo"]], [["B-PER", "O"], ["B-PER"]]
EXPECTED = (Sentence(("Ana", "runs"), ("B-PER", "O")), Sentence(("Bo",), ("B-PER",)))
PAIRS = list(zip(TOKENS, TAGS, strict=True))
DICTS = [{"tokens": tokens, "ner_tags": tags} for tokens, tags in PAIRS]


@pytest.mark.parametrize(
    "source",
    [
        Corpus(EXPECTED),
        EXPECTED,
        iter(EXPECTED),
        PAIRS,
        [list(pair) for pair in PAIRS],
        zip(TOKENS, TAGS, strict=True),
        [(np.array(tokens), tuple(tags)) for tokens, tags in PAIRS],
        [list(zip(*pair, strict=True)) for pair in PAIRS],
        DICTS,
        {"tokens": TOKENS, "ner_tags": TAGS},
        {"tokens": TOKENS, "labels": TAGS, "id": ["0", "1"]},
    ],
    ids=["corpus", "sentences", "iterator", "pairs", "lists", "zip", "arrays", "rows", "dicts", "columns", "labels"],
)
def test_what_people_pass(source: Any) -> None:
    assert as_corpus(source).sentences == EXPECTED


def test_rows_with_parts_of_speech() -> None:
    corpus = as_corpus([[("Ana", "NNP", "B-PER"), ("runs", "VBZ", "O")]])
    assert corpus[0] == Sentence(("Ana", "runs"), ("B-PER", "O"), postags=("NNP", "VBZ"))


def test_texts_with_entities() -> None:
    data = [("Ana runs", {"entities": [(0, 3, "PER")]}), ("Bo", {"entities": []})]
    assert [s.tags for s in as_corpus(data)] == [("B-PER", "O"), ("O",)]
    assert [s.tags for s in as_corpus(data, scheme="BILOU")] == [("U-PER", "O"), ("O",)]
    with pytest.raises(CorpusError, match=r"sentence 0: expected a span of whole tokens, found PER 'An'"):
        as_corpus([("Ana runs", {"entities": [(0, 2, "PER")]})])
    assert len(as_corpus([("Ana", {"entities": [(0, 2, "PER")]})], on_error="repair").notes) == 1


def test_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("Ana\tE-MAIL\nruns\tO\n", encoding="utf-8")
    assert as_corpus(path).sentences == as_corpus(str(path)).sentences
    assert as_corpus(path, scheme="plain").scheme == "plain"


def test_a_stated_scheme() -> None:
    assert as_corpus(Corpus(EXPECTED), scheme="plain").scheme == "plain"
    assert as_corpus(PAIRS, scheme="IOB1").scheme == "IOB1"
    assert Corpus.from_pairs(PAIRS, scheme="IOBES").scheme == "IOBES"
    assert Corpus.from_dict(DICTS[0]).sentences == EXPECTED[:1]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (5, "expected a Corpus, a path"),
        (["Ana runs", "Bo"], "sentence 0: expected a Corpus, a path, .* found 'Ana runs'"),
        ([({"Ana", "runs"}, ["O", "O"])], "sentence 0: expected a list of tokens, found {"),
        ([(["Ana"], "O")], "sentence 0: expected a list of tags, found 'O'"),
        ([(["Ana", "runs"], ["O"])], "sentence 0: expected tags for 2 tokens, found 1"),
        ([(["Ana"], ["O"], ["x"])], "sentence 0: expected a pair of tokens and tags"),
        ([{"tokens": ["Ana"], "ner_tags": [0]}], "sentence 0: .*numbers need the names of the labels"),
        ([{"tokens": ["Ana"], "ner_tags": ["O"], "tags": ["O"]}], "one key for the tags, found 'ner_tags' and 'tags'"),
        ([{"text": "Ana"}], "sentence 0: expected the key 'tokens', found 'text'"),
        ({"tokens": TOKENS, "ner_tags": TAGS[:1]}, "expected columns of one length"),
        ({"words": 1, "x": 2}, "expected a list for each key"),
        ({"tokens": {"a": 1}, "ner_tags": ["O"]}, "expected a list for each key"),
        ([{"tokens": ["Ana"], "ner_tags": {"O"}}], "sentence 0: expected a list of tags, found {'O'}"),
        ([["Ana", "runs"]], "sentence 0: expected a sentence with tags, found a list of tokens alone"),
        ([("Ana", {"x": []})], "expected the key 'entities', found 'x'"),
        ([("Ana", {"entities": [(0, "PER")]})], "expected \\(start, end, type\\)"),
    ],
)
def test_what_is_ambiguous_or_nothing(source: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_corpus(source)


def test_nothing_is_an_empty_corpus() -> None:
    assert len(as_corpus([])) == 0
