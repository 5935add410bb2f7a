"""brat: folders of texts and their standoff annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from ner_lime.corpus import read_corpus
from ner_lime.errors import CorpusError

TEXT = "Ana Lund works at Acme.\nShe lives in New York City, and Bo too.\n\nNothing here.\n"
ANN = (
    "T1\tPER 0 8\tAna Lund\n"
    "T2\tORG 18 22\tAcme\n"
    "R1\tWorksAt Arg1:T1 Arg2:T2\t\n"
    "A1\tConfidence T1 High\n"
    "T3\tLOC 37 50\tNew York City\n"
    "T4\tPER 56 58\tBo\n"
    "E1\tMove:T3 Who:T4\n"
    "#1\tAnnotatorNotes T3\tsure\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.ann").write_text(ANN, encoding="utf-8")
    (tmp_path / "a.txt").write_text("Åse left.\n", encoding="utf-8")
    (tmp_path / "a.ann").write_text("T1\tPER 0 3\tÅse\n", encoding="utf-8")
    (tmp_path / "annotation.conf").write_text("[entities]\nPER\n", encoding="utf-8")
    return tmp_path


def test_a_folder_is_documents_and_a_line_a_sentence(folder: Path) -> None:
    corpus = read_corpus(folder)
    assert [(s.document, s.text) for s in corpus] == [
        (0, "Åse left."), (1, "Ana Lund works at Acme."), (1, "She lives in New York City, and Bo too."),
        (1, "Nothing here."),
    ]  # fmt: skip
    assert corpus[1].tags == ("B-PER", "I-PER", "O", "O", "B-ORG", "O")
    assert corpus[2].tags == ("O", "O", "O", "B-LOC", "I-LOC", "I-LOC", "O", "O", "B-PER", "O", "O")
    assert read_corpus(folder / "b.ann").sentences == tuple(
        sentence.__class__(sentence.tokens, sentence.tags, 0, sentence.text, sentence.offsets)
        for sentence in corpus[1:]
    )


@pytest.mark.parametrize(
    ("row", "line", "message"),
    [
        ("T9\tLOC 33 36;41 45\tin York", 2, "the discontinuous T9 LOC 'in York' at 33 36;41 45"),
        ("T9\tLOC 18 30\tAcme. She li", 2, "within one line, found LOC 'Acme. She li' across its end"),
        ("T9\tLOC 900 910\tnowhere", 2, "within the text's 79 characters, found 900..910"),
        ("T9\tLOC 0\tAna", 2, "an entity such as T1 [tab] PER 0 3 [tab] Ann, found 'T9\\tLOC 0\\tAna'"),
        ("T9\tLOC 24 27\tHer", 2, "expected 'Her' at 24..27, found 'She'"),
        ("T9\tLOC 24 26\tSh", 2, "which cuts 'She'"),
        ("T9\tLOC 4 8\tLund", 2, "do not overlap, found PER 'Ana Lund' and LOC 'Lund'"),
    ],
)
def test_complaints_name_file_and_line(folder: Path, row: str, line: int, message: str) -> None:
    first = "T1\tPER 0 8\tAna Lund\n"
    (folder / "b.ann").write_text(f"{first}{row}\n", encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_corpus(folder)
    assert message in str(caught.value)
    assert (Path(caught.value.path).name, caught.value.line) == ("b.ann", line)
    corpus = read_corpus(folder, on_error="skip")
    assert len(corpus.skipped) == 1
    assert len(corpus) >= 3


def test_files_that_are_missing(folder: Path, tmp_path: Path) -> None:
    (folder / "b.txt").unlink()
    with pytest.raises(CorpusError, match=r"b\.txt: expected a file, found nothing"):
        read_corpus(folder)
    assert len(read_corpus(folder, on_error="skip")) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"expected a folder with \.ann"):
        read_corpus(tmp_path / "empty")


def test_windows_line_ends_do_not_shift_offsets(folder: Path) -> None:
    # brat counts a line end as one character in files that were made with \n, and as two in those with \r\n
    before = read_corpus(folder)
    (folder / "b.ann").write_bytes(ANN.replace("\n", "\r\n").encode())
    assert read_corpus(folder) == before
