"""spaCy's DocBin, written and read with spaCy itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from ner_lime.corpus import Corpus, Sentence, as_corpus, read_corpus, write_corpus
from ner_lime.errors import CorpusError, InputError

spacy = pytest.importorskip("spacy", reason="needs spaCy: scripts/test --all")

TEXT = "Ana Lund left Oslo.  She runs."


@pytest.fixture
def doc():
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    doc = nlp(TEXT)
    doc.ents = [doc.char_span(0, 8, "PER"), doc.char_span(14, 18, "LOC")]
    return doc


def test_a_docbin_as_spacy_writes_it(doc, tmp_path: Path) -> None:
    path = tmp_path / "train.spacy"
    spacy.tokens.DocBin(docs=[doc, spacy.blank("en")("Bo")]).to_disk(path)
    corpus = read_corpus(path)
    assert [s.tokens for s in corpus] == [("Ana", "Lund", "left", "Oslo", "."), ("She", "runs", "."), ("Bo",)]
    assert corpus[0].tags == ("B-PER", "I-PER", "O", "B-LOC", "O")
    assert corpus[0].text == "Ana Lund left Oslo."
    assert [s.document for s in corpus] == [0, 0, 1]
    assert read_corpus(path, scheme="BILOU")[0].tags == ("B-PER", "L-PER", "O", "U-LOC", "O")
    for found in (as_corpus([doc]), as_corpus(doc), as_corpus(spacy.tokens.DocBin(docs=[doc]))):
        assert found.sentences == corpus.sentences[:2]


def test_tokens_without_annotation_are_said(doc, tmp_path: Path) -> None:
    doc.set_ents([], missing=[doc[0:2]], default="outside")
    corpus = as_corpus([doc])
    assert corpus[0].tags == ("O",) * 5
    assert corpus.notes == ("<docs>: document 0: 2 tokens without an annotation are read as O",)


def test_it_is_written_as_spacy_reads_it(tmp_path: Path) -> None:
    corpus = Corpus.from_pairs([(["Ana", "Lund", "left"], ["B_PER", "I_PER", "O"]), (["Bo"], ["B_PER"])])
    assert corpus.scheme == "IOB2:B_PER"
    path = tmp_path / "a.spacy"
    write_corpus(corpus, path)
    docs = list(spacy.tokens.DocBin().from_disk(path).get_docs(spacy.blank("xx").vocab))
    assert [[(e.start, e.end, e.label_) for e in doc.ents] for doc in docs] == [[(0, 2, "PER")], [(0, 1, "PER")]]
    with pytest.raises(InputError, match="expected tokens that spaCy can hold"):
        write_corpus([Sentence(("",), ("O",))], tmp_path / "b.spacy")


def test_what_is_no_docbin(tmp_path: Path) -> None:
    path = tmp_path / "a.spacy"
    path.write_bytes(b"\x78\x9cnothing")
    with pytest.raises(CorpusError, match="expected a DocBin, found"):
        read_corpus(path)
