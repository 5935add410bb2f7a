"""The IOB reader and writer: what they understand, and what they say about the rest."""

from __future__ import annotations

import gzip
import io
import logging
import re
import stat
from collections.abc import Iterable
from pathlib import Path

import pytest

from ner_lime.corpus import Corpus, Sentence, iter_iob, read_iob, write_iob
from ner_lime.errors import CorpusError, InputError, TagError

PLAIN = "Ann\tB-PER\nB\tI-PER\nsings\tO\n\nOslo\tB-LOC\n"
SENTENCES = (Sentence(("Ann", "B", "sings"), ("B-PER", "I-PER", "O")), Sentence(("Oslo",), ("B-LOC",)))


def read(text: str, **options: object) -> Corpus:
    return read_iob(io.StringIO(text), **options)  # type: ignore[arg-type]  # options differ by test


def tokens(corpus: Iterable[Sentence]) -> list[str]:
    return [" ".join(sentence.tokens) for sentence in corpus]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\t", " "),
        PLAIN.replace("\t", "   \t "),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip("\n"),
        "\ufeff" + PLAIN,
        "\n\n" + PLAIN + "\n \n\n",
        PLAIN.replace("\n\n", "\n\t\n"),
        PLAIN.replace("\n\n", "\n \t \n\n"),
        PLAIN.replace("\n", "  \n"),
        "# sent_id = 1\n# text = Ann B sings\n" + PLAIN,
        PLAIN.replace("B\tI-PER", "# a remark inside\nB\tI-PER"),
    ],
    ids=["tab", "space", "runs", "crlf", "cr", "no final newline", "bom", "blank ends", "tab line", "blank lines",
         "trailing spaces", "comments", "comment inside"],
)  # fmt: skip
def test_one_corpus_in_many_spellings(text: str) -> None:
    separator = " " if "   \t" in text else "auto"
    assert read(text, separator=separator).sentences == SENTENCES


def test_bytes_text_gzip_and_paths_read_alike(tmp_path: Path) -> None:
    raw, packed = PLAIN.encode(), gzip.compress(PLAIN.encode())
    (tmp_path / "a.tsv").write_bytes(raw)
    (tmp_path / "packed.tsv").write_bytes(packed)  # by its first bytes, whatever its name
    sources = [io.BytesIO(raw), io.BytesIO(packed), tmp_path / "a.tsv", str(tmp_path / "packed.tsv")]
    assert [read_iob(source).sentences for source in sources] == [SENTENCES] * 4
    with (tmp_path / "a.tsv").open("rb") as binary, (tmp_path / "a.tsv").open() as text:
        assert read_iob(binary).sentences == read_iob(text).sentences == SENTENCES
        assert not binary.closed
        assert not text.closed


def test_streams_are_left_open() -> None:
    stream = io.BytesIO(gzip.compress(PLAIN.encode()))
    read_iob(stream)
    assert not stream.closed


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_other_encodings(encoding: str) -> None:
    raw = "Åse\tB-PER\n\nØ\tO\n".encode(encoding)
    assert tokens(read_iob(io.BytesIO(raw), encoding=encoding)) == ["Åse", "Ø"]


def test_no_character_of_a_token_is_touched() -> None:
    odd = [
        "\u200d",
        "e\u0301",
        "é",
        "a\u200bb",
        "\u00a0",
        "\u0085",
        "\u2028x",
        "\ufeff",
        "a b",
        "  18",
        "💔 ",
        "\x0c",
        "\x1c",
    ]
    corpus = read("".join(f"{token}\tO\n" for token in ["x", *odd]))
    assert list(corpus[0].tokens) == ["x", *odd]


def test_columns_are_chosen_from_either_end() -> None:
    text = "1\tAnn\tNNP\tB-PER\t-\n2\tsings\tVB\tO\t-\n"
    expected = Sentence(("Ann", "sings"), ("B-PER", "O"), postags=("NNP", "VB"))
    assert read(text, token_column=1, tag_column=3, postag_column=2)[0] == expected
    assert read(text, token_column=-4, tag_column=-2, postag_column=-3)[0] == expected
    assert read(text, token_column=1, tag_column=None)[0].tags is None
    assert read("Ann,B-PER\n", separator=",")[0].tokens == ("Ann",)


def test_documents_are_kept() -> None:
    text = "a O\n\n-DOCSTART- -X- O O\n\nb O\n\nc O\n-DOCSTART-\nd O\n-DOCSTART- O\n\n-DOCSTART- O\ne O\n"
    corpus = read(text)
    assert [(sentence.tokens[0], sentence.document) for sentence in corpus] == [
        ("a", None), ("b", 0), ("c", 0), ("d", 1), ("e", 3),
    ]  # fmt: skip
    assert [len(document) for document in corpus.documents] == [1, 2, 1, 1]


def test_new_documents_may_be_announced_by_a_comment() -> None:
    text = "# newdoc id = x\n# sent_id = 1\na\tO\n\n# sent_id = 2\nb\tO\n\n# newdoc id = y\nc\tO\n"
    assert [sentence.document for sentence in read(text)] == [0, 0, 1]


def test_a_hash_sign_is_a_token_where_its_row_is_one() -> None:
    assert tokens(read("# remark of four words\nwe O\n# O\n1 O\n\n#tag O\n")) == ["we # 1", "#tag"]
    assert tokens(read("# O\n\n# O\n")) == ["#", "#"]
    assert tokens(read("we\tO\n#\tO\n# b\tO\n")) == ["we # # b"]


def test_comments_can_be_stated() -> None:
    assert tokens(read("%% x\na O\n% O\n# O\n", comments="%")) == ["a #"]
    assert tokens(read("a O\n# O\n", comments="#")) == ["a"]
    with pytest.raises(CorpusError, match=r":2: expected 2 columns .* found 4"):
        read("a O\n# not a row\n", comments=None)


@pytest.mark.parametrize(
    ("text", "options", "line", "message"),
    [
        ("a\tO\nb\n", {}, 2, "expected 2 columns separated by tabs, found 1"),
        ("a\tO\nb\tx\tO\n", {}, 2, "expected 2 columns separated by tabs, found 3"),
        ("a\tO\nb\nc\tx\tO\n", {}, 2, "expected 2 columns separated by tabs, found 1"),
        ("a O\n\nb O\nc\n", {}, 4, "expected 2 columns separated by white space, found 1"),
        ("a\tO\n#b\n", {}, 2, "comments='#'"),
        ("a\tO\n\tO\n", {}, 2, "expected a token in column 1, found ''"),
        ("a\tO\n \tO\n", {}, 2, "expected a token in column 1, found ' '"),
        ("a\tO\nb\t\n", {}, 2, "expected a tag, found an empty cell in column 2"),
        ("a\tO\nb\tX Y\n", {}, 2, "expected a tag, found 'X Y', which holds a space"),
        ("a\tB-X\n\nb\tO\nc\tword\n", {}, 4, "expected O or a tag with a prefix like the others, found 'word'"),
        ("# c c\n# c c\na O\n# c c\nb I-X\n", {"scheme": "IOB2"}, 5, "expected 'B-X' here in IOB2, found 'I-X'"),
        ("a O\nb word\n", {"scheme": "IOB2"}, 2, "'word', which is no tag of that scheme"),
        ("a B-X\nb O\n", {"scheme": "IOBES"}, 1, "expected 'S-X' here in IOBES, found 'B-X'"),
        ("word\n", {}, 1, "expected a token and a tag in a row, found 1 column"),
        ("\na O\n", {"tag_column": 2}, 2, "tag_column=2, found 2 columns separated by white space"),
        ("", {}, None, "found an empty file"),
        ("\n \n\t\n", {}, None, "found an empty file"),
        ("-DOCSTART- O\n\n", {}, None, "found an empty file"),
        ("a\t-\nb\t_\n", {}, None, "found only '-' and '_'"),
    ],
)
def test_complaints_name_line_expected_and_found(text: str, options: dict[str, str], line: int, message: str) -> None:
    with pytest.raises(CorpusError, match=re.escape(message)) as caught:
        read(text, **options)
    assert caught.value.line == line
    assert caught.value.path == "<stream>"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_broken_bytes_have_a_line_number(line_end: bytes) -> None:
    raw = line_end.join([b"a\tO", b"", b"b\tO", b"\xe6\tO", b"", b"\xc3\xa6\tO", b""])
    with pytest.raises(CorpusError, match=r"<stream>:4: expected utf-8"):
        read_iob(io.BytesIO(raw))
    corpus = read_iob(io.BytesIO(raw), on_error="skip")
    assert tokens(corpus) == ["a", "æ"]
    assert [error.line for error in corpus.skipped] == [4]


def test_broken_bytes_far_into_a_file() -> None:
    good = "blåbær\tO\n\n".encode()
    corpus = read_iob(io.BytesIO(good * 9_000 + b"\xff\tO\n\n" + good * 9_000 + b"a\tO\n\xfe\tO\n"), on_error="skip")
    assert len(corpus) == 18_000
    assert [error.line for error in corpus.skipped] == [18_001, 36_004]


def test_utf16_that_is_none_is_a_complaint() -> None:
    with pytest.raises(CorpusError, match="expected utf-16"):
        read_iob(io.BytesIO(b"a\tO\n\n"), encoding="utf-16")


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"missing\.tsv: expected a file, found nothing"):
        read_iob(tmp_path / "missing.tsv")
    with pytest.raises(CorpusError, match="found a directory"):
        read_iob(tmp_path)
    whole = gzip.compress(PLAIN.encode() * 100)
    for damaged in (whole[:40], whole[:20] + b"\0" * 20 + whole[40:]):
        with pytest.raises(CorpusError, match="can't be read"):
            read_iob(io.BytesIO(damaged))


def test_skipping_loses_nothing_else_and_lists_in_order() -> None:
    text = "a\tB-X\n\nb\tword\n\nc\n\nd\tI-X\n\n\tO\n\n-DOCSTART-\n\ne\tO\n"
    corpus = read(text, on_error="skip")
    assert tokens(corpus) == ["a", "d", "e"]
    assert [error.line for error in corpus.skipped] == [3, 5, 9]
    assert corpus[2].document == 0
    assert tokens(read(text, on_error="skip", scheme="IOB2")) == ["a", "e"]


def test_the_first_fault_is_the_one_raised() -> None:
    with pytest.raises(CorpusError, match=":3: "):
        read("a\tB-X\n\nb\tword\n\nc\n")


def test_a_fault_in_the_first_row_does_not_bend_the_rest() -> None:
    corpus = read("a\n\nb\tO\n\nc\tO\n", on_error="skip")
    assert tokens(corpus) == ["b", "c"]
    assert corpus.skipped[0].line == 1


def test_everything_is_a_plain_tag_where_most_are() -> None:
    corpus = read("a PER\nb PER\nc O\nd LOC\ne B-X\n")
    assert corpus.scheme == "plain"
    assert corpus.labels == ("O", "B-X", "LOC", "PER")  # in a plain scheme B-X is a type


def test_the_stream_gives_the_same_sentences_and_logs_the_bad(caplog: pytest.LogCaptureFixture) -> None:
    text = PLAIN + "\nbad\n"
    with caplog.at_level(logging.WARNING, logger="ner_lime"):
        assert tuple(iter_iob(io.StringIO(text), on_error="skip")) == SENTENCES
    assert [record.getMessage() for record in caplog.records] == [
        "<stream>:7: expected 2 columns separated by tabs, found 1; the sentence is left out"
    ]
    stream = iter_iob(io.StringIO(text))
    assert next(stream) == SENTENCES[0]
    with pytest.raises(CorpusError, match=":7:"):
        list(stream)


def test_streaming_reads_no_further_than_it_must() -> None:
    source = io.StringIO(PLAIN * 100_000)
    next(iter_iob(source))
    assert source.tell() < 200_000


@pytest.mark.parametrize(
    ("options", "message"),
    [({"scheme": "BIO"}, "found 'BIO'"), ({"on_error": "ignore"}, "found 'ignore'"), ({"encoding": "utf-99"}, "utf-99"),
     ({"separator": ""}, "separator='auto'"), ({"separator": "||"}, "found '||'"),
     ({"comments": ""}, "or None")],
)  # fmt: skip
def test_options_that_are_none(options: dict[str, str], message: str) -> None:
    with pytest.raises((InputError, TagError), match=message):
        read(PLAIN, **options)


def test_a_source_must_be_a_file() -> None:
    with pytest.raises(InputError, match="expected a path or an open file, found list"):
        read_iob(["a O"])  # type: ignore[arg-type]  # the error is the point


# ---------------------------------------------------------------------------------------------------------- writing


def test_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "out.tsv"
    tagged = [
        Sentence(("Ann", "#"), ("B-PER", "O"), 0, postags=("NNP", "SYM")),
        Sentence(("x",), ("O",), 1, postags=("X",)),
    ]
    write_iob(tagged, path)
    expected = "-DOCSTART-\tO\tO\n\nAnn\tNNP\tB-PER\n#\tSYM\tO\n\n-DOCSTART-\tO\tO\n\nx\tX\tO\n\n"
    assert path.read_bytes().decode() == expected
    assert list(read_iob(path, postag_column=1)) == tagged
    stream, raw = io.StringIO(), io.BytesIO()
    write_iob(tagged, stream)
    write_iob(tagged, raw)
    assert stream.getvalue() == raw.getvalue().decode() == expected


def test_written_gzip_is_read_back_and_always_the_same(tmp_path: Path) -> None:
    write_iob(SENTENCES, tmp_path / "a.tsv.gz")
    assert read_iob(tmp_path / "a.tsv.gz").sentences == SENTENCES
    header = (tmp_path / "a.tsv.gz").read_bytes()[:10]
    assert header[3:8] == bytes(5)  # neither a file name nor a time (RFC 1952, section 2.3)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.tsv"
    write_iob(SENTENCES, path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="sentence 1"):
        write_iob([*SENTENCES[:1], Sentence(("a\tb",), ("O",))], path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.tsv"]


def test_a_link_stays_a_link_and_permissions_are_ordinary(tmp_path: Path) -> None:
    (tmp_path / "link.tsv").symlink_to(tmp_path / "real.tsv")
    write_iob(SENTENCES, tmp_path / "link.tsv")
    (tmp_path / "touched").touch()
    assert (tmp_path / "link.tsv").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.tsv").stat().st_mode) == stat.S_IMODE((tmp_path / "touched").stat().st_mode)


@pytest.mark.parametrize(
    ("sentence", "separator", "message"),
    [
        (Sentence((), ()), "\t", "at least one token"),
        (Sentence(("",), ("O",)), "\t", "found ''"),
        (Sentence((" ",), ("O",)), "\t", "found ' '"),
        (Sentence(("a b",), ("O",)), " ", "found 'a b'"),
        (Sentence(("a\nb",), ("O",)), "\t", "found 'a\\nb'"),
        (Sentence(("a",), ("B X",)), "\t", "a tag that a row can hold, found 'B X'"),
        (Sentence(("-DOCSTART-",), ("O",)), "\t", "found '-DOCSTART-'"),
        (Sentence(("a",)), "\t", "columns of the sentences before"),
        (Sentence(("\ud800",), ("O",)), "\t", "can't be written in utf-8"),
    ],
)
def test_what_the_format_can_not_hold(sentence: Sentence, separator: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        write_iob([Sentence(("a",), ("O",)), sentence], tmp_path / "out.tsv", separator=separator)
    assert not list(tmp_path.iterdir())


def test_a_path_that_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="can't be written"):
        write_iob(SENTENCES, tmp_path / "nowhere" / "out.tsv")


# ----------------------------------------------------------------------------------------------- sentence and corpus


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tokens": "abc"}, "expected tokens to be a sequence of strings, found 'abc'"),
        ({"tokens": None}, "found None"),
        ({"tokens": (1,)}, "expected tokens to be strings"),
        ({"tokens": ("a",), "tags": ()}, "expected tags for 1 tokens, found 0"),
        ({"tokens": ("a",), "postags": ("X", "Y")}, "expected postags for 1 tokens, found 2"),
        ({"tokens": ("a",), "offsets": ((0, 1),)}, "expected the text"),
        ({"tokens": ("a",), "text": "a", "offsets": ()}, "expected offsets for 1 tokens"),
        ({"tokens": ("a",), "text": "a", "offsets": ((0, 2),)}, "within the text's 1 characters"),
    ],
)
def test_a_sentence_checks_itself(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Sentence(**arguments)  # type: ignore[arg-type]  # the errors are the point


def test_a_sentence_takes_any_sequence() -> None:
    sentence = Sentence(["a", "b"], iter(["O", "O"]))  # type: ignore[arg-type]  # convenience at run time
    assert (sentence.tokens, sentence.tags, len(sentence), sentence.raw_text) == (("a", "b"), ("O", "O"), 2, "a b")


def test_a_corpus_is_a_sequence() -> None:
    corpus = read(PLAIN)
    assert len(corpus) == 2
    assert corpus[-1] in corpus
    assert isinstance(corpus[:1], Corpus)
    assert corpus[:1].sentences == SENTENCES[:1]
    assert corpus.labels == ("O", "B-LOC", "B-PER", "I-PER")
    assert corpus.label_counts == {"O": 1, "B-LOC": 1, "B-PER": 1, "I-PER": 1}
    assert repr(corpus) == "<Corpus: 2 sentences, 4 tokens, IOB2, 0 skipped>"


def test_a_corpus_is_repaired_and_converted_as_a_whole() -> None:
    dirty = read("a B-X\n\nb B-X\n\nc I-X\nd I-Y\n\ne O\n")
    assert dirty.scheme == "IOB2"
    with pytest.raises(TagError, match=r"sentence 2, tag 0: expected 'B-X'"):
        dirty.convert("IOBES")
    clean = dirty.repair()
    assert clean.repaired == 2
    assert clean.repair("IOBES").repaired == 2 + 4
    assert [sentence.tags for sentence in clean.convert("IOBES")] == [("S-X",), ("S-X",), ("S-X", "S-Y"), ("O",)]
    assert [sentence.tokens for sentence in clean] == [sentence.tokens for sentence in dirty]
