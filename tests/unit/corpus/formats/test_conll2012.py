"""CoNLL-2012: entities as brackets."""

from __future__ import annotations

import io
import re

import pytest

from ner_lime.corpus import Corpus, read_corpus
from ner_lime.errors import CorpusError

TEXT = """#begin document (nw/xinhua/00/chtb_0001); part 000
nw/xinhua/00/chtb_0001   0   0     Ana   NNP  (TOP(S(NP*    -    -   -   -   (PERSON*   (ARG0*    (1
nw/xinhua/00/chtb_0001   0   1    Lund   NNP          *)    -    -   -   -         *)       *)    1)
nw/xinhua/00/chtb_0001   0   2    left   VBD      (VP*   leave  01   1   -          *     (V*)     -
nw/xinhua/00/chtb_0001   0   3    Oslo   NNP       (NP*))   -    -   -   -      (GPE)  (ARG1*)    (2)

nw/xinhua/00/chtb_0001   0   0      Oh    UH   (TOP(INTJ*)) -    -   -   -          *     -

#end document
#begin document (nw/xinhua/00/chtb_0002); part 000
nw/xinhua/00/chtb_0002   0   0      Bo   NNP     (TOP(NP*)) -    -   -   -   (PERSON)     -

#end document
"""


def read(text: str, **options: object) -> Corpus:
    return read_corpus(io.StringIO(text), **options)  # type: ignore[arg-type]


def test_it_is_recognised_and_read() -> None:
    corpus = read(TEXT)
    assert [sentence.tokens for sentence in corpus] == [("Ana", "Lund", "left", "Oslo"), ("Oh",), ("Bo",)]
    assert corpus[0].tags == ("B-PERSON", "I-PERSON", "O", "B-GPE")
    assert corpus[0].postags == ("NNP", "NNP", "VBD", "NNP")
    assert [sentence.document for sentence in corpus] == [0, 0, 1]
    assert read(TEXT, scheme="IOBES")[0].tags == ("B-PERSON", "E-PERSON", "O", "S-GPE")


def test_two_columns() -> None:
    corpus = read("Ana (PER*\nLund *)\nleft *\n", format="conll2012", token_column=0, tag_column=-1, postag_column=None)
    assert corpus[0].tags == ("B-PER", "I-PER", "O")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("Ana (PER*\nLund *\n", 1, "expected a closing bracket of PER"),
        ("Ana *\nLund *)\n", 2, "expected an opening bracket before, found '*)'"),
        ("Ana (PER*\nLund (LOC*\n", 2, "do not overlap, found '(LOC*' within PER"),
        ("Ana (PER*\nLund B-PER\n", 2, "expected brackets such as (PERSON*, * or *), found 'B-PER'"),
        ("Ana\n", 1, "expected a column 1, found 1 columns"),
    ],
)
def test_complaints_name_the_line(text: str, line: int, message: str) -> None:
    options = {"format": "conll2012", "token_column": 0, "tag_column": 1, "postag_column": None}
    with pytest.raises(CorpusError, match=re.escape(message)) as caught:
        read(text, **options)
    assert caught.value.line == line
    corpus = read(f"{text}\nBo (PER)\n", **options, on_error="skip")
    assert (len(corpus), len(corpus.skipped)) == (1, 1)
