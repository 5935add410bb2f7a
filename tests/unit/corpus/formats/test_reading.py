"""`read_corpus` recognises what it is given by its content; `write_corpus` goes by the name."""

from __future__ import annotations

import gzip
import io
import re
import sys
from pathlib import Path

import pytest

from ner_lime import as_corpus, iter_corpus, read_corpus, write_corpus
from ner_lime.corpus import Corpus, Sentence
from ner_lime.corpus.formats import recognise
from ner_lime.errors import CorpusError, InputError, MissingExtraError

CONTENTS = {
    "iob": "Ana\tB-PER\nruns\tO\n",
    "jsonl": '{"text": "Ana runs", "label": [[0, 3, "PER"]]}\n',
    "conllu": "# text = Ana\n1\tAna\tAna\tPROPN\t_\t_\t0\troot\t_\t_\n",
    "conll2012": "#begin document (a); part 000\na 0 0 Ana NNP * - - - - (PERSON) -\n",
    "brat": "T1\tPER 0 3\tAna\n",
    "pubtator": "1|t|Ana runs\n1|a|\n",
    "bioc": '<?xml version="1.0"?><collection></collection>',
}
SENTENCE = Sentence(("Ana", "runs"), ("B-PER", "O"))


@pytest.mark.parametrize("name", CONTENTS)
def test_the_content_tells_the_format(name: str, tmp_path: Path) -> None:
    text = CONTENTS[name]
    path = tmp_path / "misleading.name"
    for raw in (text.encode(), gzip.compress(text.encode()), b"\xef\xbb\xbf" + text.encode()):
        path.write_bytes(raw)
        assert recognise(path) == recognise(str(path)) == name
        with path.open("rb") as binary:
            assert recognise(binary) == name
            assert binary.read() == raw  # nothing was consumed
    stream = io.StringIO(text)
    assert recognise(stream) == name
    assert stream.read() == text
    assert recognise(io.BytesIO(text.encode("utf-16"))) == name


def test_more_contents() -> None:
    assert recognise(io.StringIO('[{"id": 1, "data": {"text": "Ana"}}]')) == "jsonl"
    assert recognise(io.StringIO('[\n  {\n "text": "Ana"')) == "jsonl"
    assert recognise(io.StringIO('{\n "source": "", "documents": [{"passages": []}]}')) == "bioc"
    assert recognise(io.StringIO('{"documents": [{"passages": []}]}')) == "bioc"
    assert recognise(io.StringIO("{ O\n} O\n")) == "iob"
    assert recognise(io.StringIO("[ O\n1 O\n] O\n")) == "iob"
    assert recognise(io.BytesIO(b"PAR1....")) == "parquet"
    assert recognise(io.BytesIO(b"\x78\x9c....")) == "docbin"


@pytest.mark.parametrize("name", ["iob", "jsonl", "pubtator", "conll2012"])
def test_streaming_gives_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(CONTENTS[name])
    assert tuple(iter_corpus(path)) == read_corpus(path).sentences == as_corpus(path).sentences


def test_streams_are_lazy_in_every_text_format() -> None:
    line = CONTENTS["jsonl"]
    source = io.StringIO(line * 50_000)
    next(iter(iter_corpus(source)))
    assert source.tell() < 400_000


def test_options_of_the_format() -> None:
    stream = io.StringIO("x Ana E-MAIL\nx runs O\n")
    assert read_corpus(stream, token_column=1, scheme="plain")[0].tags == ("E-MAIL", "O")
    with pytest.raises(InputError, match=r"JSON with offsets has the options .*, found token_column="):
        read_corpus(io.StringIO(CONTENTS["jsonl"]), token_column=1)
    with pytest.raises(InputError, match=r"expected format 'auto' or one of iob, jsonl, .*, found 'xml'"):
        read_corpus(io.StringIO("x"), format="xml")
    with pytest.raises(InputError, match="'skip' or 'repair', found 'ignore'"):
        read_corpus(io.StringIO(CONTENTS["jsonl"]), on_error="ignore")  # type: ignore[arg-type]  # the error is the point
    with pytest.raises(InputError, match="expected on_error 'raise' or 'skip', found 'repair'"):
        read_corpus(io.StringIO(CONTENTS["iob"]), on_error="repair")
    tokens = read_corpus(io.StringIO(CONTENTS["jsonl"]), tokenizer=str.split)[0].tokens
    assert tokens == ("Ana", "runs")


def test_what_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="expected a file, found nothing"):
        read_corpus(tmp_path / "missing")
    with pytest.raises(CorpusError, match=r"expected a folder with \.ann"):
        read_corpus(tmp_path)
    with pytest.raises(InputError, match="expected a path or an open file, found list"):
        read_corpus([1])  # type: ignore[arg-type]  # the error is the point
    with pytest.raises(CorpusError, match="expected sentences in JSON with offsets, found none"):
        read_corpus(io.StringIO("[]"), format="jsonl")
    with pytest.raises(InputError, match="brat: expected a path, found StringIO"):
        read_corpus(io.StringIO(CONTENTS["brat"]))


def test_the_name_tells_what_to_write(tmp_path: Path) -> None:
    for name in ("a.tsv", "a.conll", "a.iob.gz", "a.jsonl", "a.json.gz"):
        write_corpus([SENTENCE], tmp_path / name)
        found = read_corpus(tmp_path / name)
        assert (found[0].tokens, found[0].tags) == (SENTENCE.tokens, SENTENCE.tags)
    assert (tmp_path / "a.iob.gz").read_bytes()[:2] == b"\x1f\x8b"
    with pytest.raises(InputError, match=r"a name that ends in one of \.tsv"):
        write_corpus([SENTENCE], tmp_path / "a.doc")
    with pytest.raises(InputError, match=r"a format that can be written \(iob, jsonl, docbin, parquet, datasets\)"):
        write_corpus([SENTENCE], tmp_path / "a", format="brat")


def test_a_corpus_is_written_in_its_own_scheme(tmp_path: Path) -> None:
    corpus = Corpus((Sentence(("a", "b"), ("E-MAIL", "E-MAIL")),), "plain")
    write_corpus(corpus, tmp_path / "a.jsonl")
    assert '"spans": [{"start": 0, "end": 3, "label": "E-MAIL"}]' in (tmp_path / "a.jsonl").read_text()


@pytest.mark.parametrize(
    ("library", "name", "extra"),
    [("conllu", "a.conllu", "formats"), ("bioc", "a.xml", "formats"), ("pyarrow", "a.parquet", "formats"),
     ("datasets", "saved", "formats"), ("spacy", "a.spacy", "spacy")],
)  # fmt: skip
def test_a_missing_library_is_named_with_its_extra(
    library: str, name: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    contents = {"a.conllu": CONTENTS["conllu"], "a.xml": CONTENTS["bioc"], "a.parquet": "PAR1", "a.spacy": "x\x5e"}
    path = tmp_path / name
    if name == "saved":
        path.mkdir()
        (path / "state.json").write_text("{}")
    else:
        path.write_text(contents[name])
    message = f"{library} is not installed; install it with: pip install 'ner-lime[{extra}]'"
    with pytest.raises(MissingExtraError, match=re.escape(message)):
        read_corpus(path)
