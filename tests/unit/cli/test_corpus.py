"""How a corpus is read on the command line, and `ner-lime convert`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

import ner_lime as nl
from ner_lime.cli import main
from ner_lime.cli.corpus import Columns

GMB = 'Sentence #,Word,POS,Tag\nSentence: 1,Ana,NNP,B-per\n,",",",",O\n,runs,VBZ,O\nSentence: 2,Bo,NNP,B-per\n'
URLS = "#\thttp://x.example/\t[2010]\t\n1\tAna\tB-PER\tO\n2\truns\tO\tO\n\n#\thttp://y.example/\t[2011]\t\n1\tBo\tB-PER\tO\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.tsv").write_bytes("La\tO\nCoruña\tB-LOC\n\nEn\tO\nMéxico\tB-LOC\n".encode("latin-1"))
    (tmp_path / "urls.tsv").write_text(URLS)
    (tmp_path / "gmb.csv").write_text(GMB)
    (tmp_path / "a.jsonl").write_text('{"text": "Ana runs", "label": [[0, 3, "PER"]]}\n')
    (tmp_path / "under.tsv").write_text("Ana\tB_PER\nLund\tI_PER\nruns\tO\n")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "columns", "tokens"),
    [
        ("latin.tsv", Columns(encoding="latin-1"), ["La Coruña", "En México"]),
        ("urls.tsv", Columns(token_column=1, tag_column=2, comments="#"), ["Ana runs", "Bo"]),
        ("gmb.csv", Columns(token_column="Word"), ["Ana , runs", "Bo"]),
        ("gmb.csv", Columns(separator=",", token_column=1, sentence_column=0, quote='"', header="yes"),
         ["Ana , runs", "Bo"]),
        ("a.jsonl", Columns(), ["Ana runs"]),
        ("a.jsonl", Columns(input_format="jsonl", scheme="IOBES"), ["Ana runs"]),
    ],
)  # fmt: skip
def test_every_option_reaches_the_reader(path: str, columns: Columns, tokens: list[str]) -> None:
    assert [" ".join(sentence.tokens) for sentence in columns.read(path)] == tokens


def test_a_file_without_blank_lines_is_said_or_cut(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "long.tsv").write_text("Ana\tB-PER\nleft\tO\n.\tO\n" * 400)
    assert main(["convert", "long.tsv", "out.tsv"]) == 0
    assert "note: long.tsv:1: a sentence of 1200 tokens: does the file lack blank lines?" in capsys.readouterr().err
    assert main(["convert", "long.tsv", "out.tsv", "--split", "50"]) == 0
    assert len(nl.read_iob("out.tsv")) == 400


def test_postags_are_read() -> None:
    assert Columns(separator=",", token_column=1, postag_column="POS").read("gmb.csv")[0].postags == ("NNP", ",", "VBZ")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--scheme", "BIO"], 2, "found 'BIO'"),
        (["--scheme", "IOB2:PER"], 2, "'IOB2:PER-B'"),
        (["--input-format", "xml"], 2, "xml"),
        (["--token-column", "Wort"], 1, "expected a header row with token_column='Wort'"),
        (["--encoding", "utf-99"], 1, "utf-99"),
        (["--input-format", "brat"], 1, "expected a file, found nothing"),
    ],
)
def test_what_is_stated_wrongly(
    arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", "under.tsv", "out.tsv", *arguments]) == status
    assert message in " ".join(capsys.readouterr().err.split())
    assert not Path("out.tsv").exists()


def test_convert_writes_what_the_library_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "under.tsv", "out.jsonl"]) == 0
    assert capsys.readouterr() == ("", "")
    assert json.loads(Path("out.jsonl").read_text())["spans"] == [{"start": 0, "end": 8, "label": "PER"}]
    assert main(["convert", "out.jsonl", "-", "--output-scheme", "BMEWO"]) == 0
    assert capsys.readouterr().out == "Ana\tB-PER\nLund\tE-PER\nruns\tO\n\n"
    assert main(["convert", "gmb.csv", "gmb.tsv", "--token-column", "Word", "--output-scheme", "plain"]) == 0
    assert nl.read_iob("gmb.tsv")[0].tags == ("per", "O", "O")


def test_convert_reads_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO((folder / "a.jsonl").read_bytes())))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["convert", "-", "-"]) == 0
    assert capsys.readouterr().out == "Ana\tB-PER\nruns\tO\n\n"


def test_notes_and_repairs_are_said(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "dirty.tsv").write_text("Ana\tB-PER\nX\t-\n\nBo\tI-PER\nCy\tI-PER\n\nDi\tB-PER\n")
    assert main(["convert", "dirty.tsv", "out.tsv", "--on-error", "repair"]) == 0
    errors = capsys.readouterr().err
    assert "ner-lime: repaired: 1 tags that break IOB2\n" in errors
    assert "ner-lime: note: dirty.tsv: 1 tokens without an annotation ('-' or '_') are read as O\n" in errors
    (folder / "cut.jsonl").write_text('{"text": "Anabel", "label": [[0, 3, "PER"]]}\n')
    assert main(["convert", "cut.jsonl", "out.tsv"]) == 1
    assert "PER 'Ana' at 0..3, which cuts 'Anabel'" in capsys.readouterr().err
    assert main(["convert", "cut.jsonl", "out.tsv", "--on-error", "repair"]) == 0
    assert "note: cut.jsonl:1: expected a span of whole tokens" in capsys.readouterr().err


def test_tag_reads_files_of_every_format(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    corpus = nl.Corpus.from_pairs([(["Ana", "runs"], ["B-PER", "O"]), (["Coruña"], ["B-PER"])] * 3)
    nl.CRFTagger(max_iterations=10).fit(corpus).save("model")
    for arguments, first in (
        (["a.jsonl"], "Ana"),
        (["gmb.csv", "--token-column", "Word"], "Ana"),
        (["latin.tsv", "--encoding", "latin-1"], "La"),
    ):
        assert main(["tag", "model", "--input", *arguments]) == 0
        assert capsys.readouterr().out.startswith(f"{first}\t")
