"""What is refused though every row can be read, and what people's files have beside tokens and tags."""

from __future__ import annotations

import io
import logging
import re

import pytest

from ner_lime.corpus import Corpus, iter_iob, read_iob, spans
from ner_lime.errors import CorpusError, InputError

GMB = (
    "Sentence #,Word,POS,Tag\n"
    "Sentence: 1,Ana,NNP,B-per\n"
    ',",",",",O\n'
    ',"""so""",RB,O\n'
    ",runs,VBZ,O\n"
    "Sentence: 2,Bo,NNP,B-per\n"
)
HIPE = "TOKEN\tNE\tMISC\n# language = en\nAna\tB-pers\tNoSpaceAfter\nwins\tO\t_\n\nBo\tB-pers\t_\n"


def read(text: str, **options: object) -> Corpus:
    return read_iob(io.StringIO(text), **options)  # type: ignore[arg-type]  # options differ by test


def rows(*columns: str) -> str:
    return "".join("\t".join(cells) + "\n" for cells in zip(*(column.split() for column in columns), strict=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (rows("B-Rating I-Rating O", "5 star places"), "the tokens look like tags ('B-Rating', 'I-Rating', 'O')"),
        (rows("O O B-PER", "83 87 102", "86 98 105", "The clerk Bo"), "the tokens look like tags ('O', 'B-PER')"),
        (rows("1 2 3", "Ana Lund runs", "B-PER I-PER O"), "the tokens are running numbers"),
        (rows("0 1", "Ana runs", "B-PER O") + "\n" + rows("0", "Bo", "O"), "the tokens are running numbers"),
        (rows("Ana Lund runs", "name=B-PER name=I-PER SpaceAfter=No|name=O"), "MISC column of CoNLL-U"),
        (rows("Ana runs far", "PROPN VERB ADV"), "no tag is O, and most have no prefix such as B- ('PROPN', 'VERB'"),
        (rows("Ana runs", "NoSpaceAfter _"), "no tag is O"),
        (rows("Ana runs far", "0.93 0.87 1"), "the tags are numbers"),
        (rows("Ana runs far", "B-PER O O", "0.93 0.87 1"), "the tags are numbers"),
        (rows("Ana runs far", "(PER* * *)"), "brackets, as in CoNLL-2012"),
        (rows("Ana runs far", "[B] [O] {x}"), "characters that tags do not have"),
        (rows("Ana Bo Cy", "ana bo cy"), "no tag is O"),
        (rows("Ana runs", "per o"), "no tag is O, and most have no prefix such as B- ('per', 'o')"),
        (rows("Ana runs Bo", "1 0 1"), "the tags are numbers"),
        ("Ana runs\tB-PER O\nBo\tB-PER\n", "expected one tag a row, found the tags of a sentence, 'B-PER O'"),
        ("Ana/B-PER runs/O\nBo/B-PER runs/O\n", "no tag is O"),
        ("Ana B-PER\nruns 0\nfar 0\n", "most have no prefix such as B- ('B-PER', '0')"),
        (rows("a b c d e f g h i j k l m", "aa bb cc dd ee ff gg hh ii jj kk ll O"), "12 of 12 tags are distinct"),
        ('{"id": 1, "text": "Ana", "label": []}\n{"id": 2, "text": "Bo", "label": []}\n', "found JSON lines"),
        ('[\n {"text": "Ana"},\n', "found JSON, which read_corpus reads"),
        ("T1\tPER 0 3\tAna\nT2\tLOC 13 17\tOslo\n", "found brat's annotations"),
        ("123|t|Ana works\n123|a|In Oslo\n123\t0\t3\tAna\tPER\tP1\n", "found PubTator"),
        ('<?xml version="1.0"?>\n<collection></collection>\n', "found BioC"),
    ],
)
def test_columns_that_are_no_tokens_and_tags(text: str, message: str) -> None:
    with pytest.raises(CorpusError, match=re.escape(message)):
        read(text)
    with pytest.raises(CorpusError, match=re.escape(message)):
        list(iter_iob(io.StringIO(text)))


def test_what_is_refused_can_be_stated() -> None:
    assert read(rows("Ana runs far", "PROPN VERB ADV"), scheme="plain").labels == ("ADV", "PROPN", "VERB")
    assert read(rows("1 2", "Ana runs", "B-PER O"), token_column=1)[0].tokens == ("Ana", "runs")
    assert read(rows("B-X O", "5 places"), token_column=1, tag_column=0)[0].tags == ("B-X", "O")
    assert read(rows("Ana runs", "0.5 0.7"), scheme="plain")[0].tags == ("0.5", "0.7")


def test_types_without_prefix_beside_o_are_tags() -> None:
    assert read(rows("Ana runs to Oslo", "PER O O LOC")).scheme == "plain"
    assert read(rows("ana @ x . org", "E-MAIL E-MAIL E-MAIL E-MAIL O")).scheme == "plain"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rows("a b c d e", "B-LOC M-LOC E-LOC W-LOC O"), [(0, 3, "LOC"), (3, 4, "LOC")]),
        (rows("Ana Lund runs", "B_PER I_PER O"), [(0, 2, "PER")]),
        (rows("Ana Lund runs", "PER-B PER-I O"), [(0, 2, "PER")]),
        (rows("Ana Lund runs", "b-per i-per o"), [(0, 2, "per")]),
        ("1\tB-Job Title\n–\tI-Job Title\n", [(0, 2, "Job Title")]),
        ("Ana\tB-PER\t\nruns\tO\t\n", [(0, 1, "PER")]),
        ("Ana,B-PER,\nruns,O,\n", [(0, 1, "PER")]),
    ],
)
def test_what_people_have(text: str, expected: list[tuple[int, int, str]]) -> None:
    corpus = read(text, separator="," if "," in text else "auto")
    assert spans(corpus[0].tags or (), corpus.scheme) == expected
    assert corpus.label_scheme.spans(corpus[0].tags or ()) == expected
    assert corpus.convert("IOBES").convert(corpus.scheme) == corpus


def test_a_stray_word_is_found_in_any_spelling() -> None:
    text = rows("Ana Lund runs to Oslo", "B_PER I_PER O O B_LOC") + "\n" + rows("Bo x", "B_PER word")
    with pytest.raises(CorpusError, match=r":8: expected O or a tag with a prefix like the others, found 'word'"):
        read(text * 1)
    assert len(read(text, on_error="skip")) == 1


def test_a_header_row_is_no_sentence() -> None:
    with pytest.raises(CorpusError, match=r"no tag is O, .* \('NoSpaceAfter'"):
        read(HIPE.replace("NE", "NE-COARSE-LIT"))
    for column in (1, "NE", -1):  # by its name, as the last column is no usual one
        corpus = read(HIPE, tag_column=column, on_error="skip")
        assert [sentence.tokens for sentence in corpus] == [("Ana", "wins"), ("Bo",)]
        assert corpus.skipped == ()
    assert [s.tokens for s in read("Word\tTag\n\nAna\tB-PER\n")] == [("Ana",)]


def test_a_word_such_as_token_is_no_header() -> None:
    assert read("word\tO\nAna\tB-PER\n")[0].tokens == ("word", "Ana")
    assert read("Tokens\tB-PER\nAna\tO\n")[0].tokens == ("Tokens", "Ana")
    assert read("word\ttag\nx\tO\n", header=False, scheme="plain")[0].tokens == ("word", "x")
    assert read("mot\tclasse\nAna\tB-PER\n", header=True)[0].tokens == ("Ana",)


def test_a_named_column_needs_a_header() -> None:
    with pytest.raises(CorpusError, match=r"expected a header row with tag_column='Tag', found Ana, B-PER"):
        read("Ana\tB-PER\n", tag_column="Tag")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"separator": ",", "token_column": 1},
        {"token_column": "Word", "tag_column": "Tag"},
        {"separator": ",", "token_column": 1, "sentence_column": 0, "quote": '"', "header": True},
        {"token_column": 1, "postag_column": "POS"},
    ],
)
def test_quoted_rows_with_a_column_of_sentences(options: dict[str, object]) -> None:
    corpus = read(GMB, **options)
    assert [sentence.tokens for sentence in corpus] == [("Ana", ",", '"so"', "runs"), ("Bo",)]
    assert [sentence.tags for sentence in corpus] == [("B-per", "O", "O", "O"), ("B-per",)]
    assert corpus[0].postags == (("NNP", ",", "RB", "VBZ") if "postag_column" in options else None)


def test_repeated_sentence_numbers_and_faults_in_them() -> None:
    text = "sent_id;token;label\n1;Ana;B-PER\n1;runs;O\n2;Bo;B-PER\n2;O\n3;x;O\n"
    with pytest.raises(CorpusError, match=":5: expected 3 columns separated by ';', found 2"):
        read(text, token_column=1)
    corpus = read(text, token_column=1, on_error="skip")
    assert [sentence.tokens for sentence in corpus] == [("Ana", "runs"), ("x",)]


def test_a_column_of_sentences_is_streamed() -> None:
    source = io.StringIO("sent_id\ttoken\tlabel\n" + "".join(f"{n // 3}\tw{n}\tO\n" for n in range(200_000)))
    first = next(iter_iob(source, token_column=1))
    assert first.tokens == ("w0", "w1", "w2")
    assert source.tell() < 200_000


def test_tokens_without_annotation_are_outside_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    text = "Ana\tB-PER\nLund\tI-PER\nX\t-\ny\tO\nz\t_\n"
    corpus = read(text)
    assert corpus[0].tags == ("B-PER", "I-PER", "O", "O", "O")
    assert corpus.notes == ("<stream>: 2 tokens without an annotation ('-' or '_') are read as O",)
    with caplog.at_level(logging.WARNING, logger="ner_lime"):
        list(iter_iob(io.StringIO(text)))
    assert [record.getMessage() for record in caplog.records] == list(corpus.notes)
    assert read("x\t-\ny\tNN\n", scheme="plain")[0].tags == ("-", "NN")


def test_a_file_without_blank_lines_is_noticed() -> None:
    text = "a\tO\n" * 2000
    assert read(text).notes == (
        "<stream>:1: a sentence of 2000 tokens: does the file lack blank lines? Corpus.split or --split cuts it",
    )
    with pytest.raises(CorpusError, match=r":2001: .* found 1; all 2001 rows between two blank lines are one sentence"):
        read(text + "b\n")
    corpus = read(text + "b\n\nx\tO\n", on_error="skip")
    assert "all 2001 rows" in str(corpus.skipped[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [({"quote": "''"}, "expected quote='auto'"), ({"header": "yes"}, "expected header='auto'"),
     ({"scheme": "IOB2:PER"}, "'IOB2:PER-B'"), ({"separator": ",", "quote": ","}, "expected quote")],
)  # fmt: skip
def test_options_that_are_none(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        read("a\tO\n", **options)
