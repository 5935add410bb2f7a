"""pandas frames."""

from __future__ import annotations

from typing import Any

import pytest

from ner_lime.corpus import Corpus, Sentence, as_corpus
from ner_lime.errors import InputError

pandas = pytest.importorskip("pandas", reason="needs pandas: scripts/test --all")

EXPECTED = (Sentence(("Ana", "runs"), ("B-per", "O")), Sentence(("Bo",), ("B-per",)))


def frame(**columns: list[Any]) -> Any:
    return pandas.DataFrame(columns)


def test_one_token_a_row() -> None:
    tokens, tags = ["Ana", "runs", "Bo"], ["B-per", "O", "B-per"]
    filled = frame(sentence_id=[1, 1, 2], token=tokens, tag=tags)
    assert as_corpus(filled).sentences == Corpus.from_frame(filled).sentences == EXPECTED
    for blank in (None, ""):
        gmb = pandas.DataFrame({"Sentence #": ["Sentence: 1", blank, "Sentence: 2"], "Word": tokens, "Tag": tags})
        assert as_corpus(gmb).sentences == EXPECTED
    with_postags = frame(sentence_id=[1, 1, 2], word=tokens, POS=["NNP", "VBZ", "NNP"], tag=tags)
    assert as_corpus(with_postags)[0].postags == ("NNP", "VBZ")
    assert as_corpus(frame(sentence=[1, 1], word=["a", "b"]))[0].tags is None


def test_one_sentence_a_row() -> None:
    lists = frame(tokens=[["Ana", "runs"], ["Bo"]], ner_tags=[["B-per", "O"], ["B-per"]])
    assert as_corpus(lists).sentences == EXPECTED


def test_columns_by_name_and_a_stated_scheme() -> None:
    odd = frame(s=[1, 1, 2], w=["Ana", "runs", "Bo"], t=["E-MAIL", "O", "E-MAIL"])
    corpus = Corpus.from_frame(odd, token_column="w", tag_column="t", sentence_column="s", scheme="plain")
    assert corpus.scheme == "plain"
    assert corpus[1] == Sentence(("Bo",), ("E-MAIL",))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"token": ["a"], "tag": ["O"]}, "a column that numbers the sentences, found 'token', 'tag'"),
        ({"sentence": [1], "x": ["O"]}, "a column of tokens such as 'token', found 'sentence', 'x'"),
        ({"sentence": [1, 1], "token": ["a", None], "tag": ["O", "O"]}, "row 1: expected strings in 'token', 'tag'"),
        ({"sentence": [1], "token": ["a"], "word": ["a"], "tag": ["O"]}, "one key for the tokens, found 'token' and"),
    ],
)
def test_frames_that_are_ambiguous(columns: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_corpus(frame(**columns))
    with pytest.raises(InputError, match="expected the column 'y'"):
        Corpus.from_frame(frame(**columns), token_column="y")
