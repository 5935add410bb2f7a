"""The real corpora, against the figures that each one's SOURCE.md gives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2, IOBES

from ner_lime.corpus import Corpus, Scheme, Sentence, iter_iob, read_iob, score_tags, spans, tokenize
from ner_lime.corpus.formats.iob.writer import write_iob
from ner_lime.errors import CorpusError

MALFORMED = {"h.conll", "kompetencer_danish_train.conll", "kompetencer_danish_test.conll"}
COLUMNS = {"uner-en-ewt": {"token_column": 1, "tag_column": 2}}


class Figures(NamedTuple):
    """One row of a SOURCE.md."""

    path: Path
    tag_column: int
    sentences: int
    tokens: int
    documents: int
    scheme: str
    labels: Counter[str]

    def read(self, **options: str) -> Corpus:
        columns = COLUMNS.get(self.path.parent.name, {"tag_column": self.tag_column})
        return read_iob(self.path, **columns, **options)  # type: ignore[arg-type]


def figures(corpora: Path) -> Iterator[Figures]:
    for source in sorted(corpora.glob("*/SOURCE.md")):
        for line in source.read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) != 8 or not cells[3].isdigit():
                continue
            name, column = re.fullmatch(r"(\S+?)(?: col (\d))?", cells[0]).groups()  # type: ignore[union-attr]
            counts = (cell.rsplit(" ", 1) for cell in cells[7].split(", "))
            labels = Counter({label: int(count) for label, count in counts})
            numbers = map(int, cells[3:6])
            yield Figures(source.parent / name, int(column) - 1 if column else -1, *numbers, cells[6], labels)


@pytest.fixture(scope="module")
def table(corpora: Path) -> list[Figures]:
    rows = list(figures(corpora))
    assert len(rows) == 38
    return rows


def test_counts_are_those_of_the_sources(table: list[Figures]) -> None:
    checked = 0
    for row in table:
        if row.path.name in MALFORMED:
            continue
        corpus = row.read()
        # that table was made by a reader which took 39 tokens for comments
        hashes = 39 if row.path.parent.name == "wikigold" else 0
        assert len(corpus) == row.sentences, row.path
        assert corpus.n_tokens == row.tokens + hashes, row.path
        listed = {label: corpus.label_counts[label] for label in row.labels}
        assert listed == row.labels + Counter(O=hashes), row.path
        # one table ends after its forty most frequent of 82 labels
        assert len(corpus.labels) == (82 if row.path.name == "emerging.test.conll" else len(listed)), row.path
        if row.documents:
            assert len(corpus.documents) == row.documents, row.path
        dirty = re.match(r"mixed\(I-start (\d+)", row.scheme)
        assert corpus.scheme == ("IOB2" if dirty else row.scheme.split("/")[0]), row.path
        assert corpus.repair().repaired == (int(dirty[1]) if dirty else 0), row.path
        checked += 1
    assert checked == 33


@pytest.mark.parametrize(
    ("name", "tag_column", "lines"),
    [
        ("btc-malformed/h.conll", -1, [22918, 30879, 30881]),  # 30888 is of the same sentence as 30881
        ("kompetencer-da/kompetencer_danish_train.conll", 1, [3278]),
        ("kompetencer-da/kompetencer_danish_train.conll", 2, [2092]),
        ("kompetencer-da/kompetencer_danish_test.conll", 1, [7184, 7206, 7353, 7362, 7378, 14991]),
        ("kompetencer-da/kompetencer_danish_test.conll", 2, [8073, 8077, 14236, 14991]),
    ],
)
def test_malformed_rows_are_named_and_cost_their_sentence_only(
    corpora: Path, table: list[Figures], name: str, tag_column: int, lines: list[int]
) -> None:
    with pytest.raises(CorpusError, match=f"{Path(name).name}:{lines[0]}: expected") as caught:
        read_iob(corpora / name, tag_column=tag_column)
    assert caught.value.line == lines[0]
    corpus = read_iob(corpora / name, tag_column=tag_column, on_error="skip")
    assert [error.line for error in corpus.skipped] == lines
    row = next(row for row in table if row.path == corpora / name and row.tag_column == tag_column)
    assert len(corpus) == row.sentences - len(lines)
    assert {label for label in corpus.labels if re.fullmatch("O|[BI]-.*", label)} == set(corpus.labels)


def test_every_row_of_a_malformed_file_is_a_token_if_all_is_allowed(table: list[Figures]) -> None:
    row = next(row for row in table if row.path.name == "kompetencer_danish_train.conll" and row.tag_column == 1)
    corpus = row.read(scheme="plain")
    assert (len(corpus), corpus.n_tokens, corpus.label_counts) == (row.sentences, row.tokens, row.labels)


def test_a_stated_scheme_finds_the_stray_tag(corpora: Path) -> None:
    path = corpora / "skillspan" / "skillspan_tech_test.conll"
    with pytest.raises(CorpusError, match="expected 'B-Skill' here in IOB2, found 'I-Skill'") as caught:
        read_iob(path, tag_column=1, scheme="IOB2")
    line = caught.value.line
    assert line is not None
    before, stray = path.read_text().split("\n")[line - 2 : line]
    assert (before.split("\t")[1:2], stray.split("\t")[1]) == (["O"], "I-Skill")


@pytest.mark.parametrize("part", ["devel", "test"])
def test_ncbi_disease_in_iobes_is_its_twin(corpora: Path, part: str) -> None:
    folder = corpora / "ncbi-disease"
    iob2, iobes = (
        read_iob(folder / f"{part}.tsv", scheme="IOB2"),
        read_iob(folder / f"{part}.iobes.tsv", scheme="IOBES"),
    )
    assert iob2.convert("IOBES") == iobes
    assert iobes.convert("IOB2") == iob2
    for scheme in ("IOB1", "BILOU"):
        assert iob2.convert(scheme).convert("IOB2") == iob2


def test_wikigold_there_and_back(corpora: Path) -> None:
    iob1 = read_iob(corpora / "wikigold" / "wikigold.conll.txt", scheme="IOB1")
    iob2 = iob1.convert("IOB2")
    assert iob2.label_counts["I-PER"] < iob1.label_counts["I-PER"]
    assert iob2.convert("IOB1") == iob1
    assert [spans(a.tags or ()) for a in iob1] == [spans(b.tags or ()) for b in iob2]


@pytest.mark.parametrize(
    "name", ["wikigold/wikigold.conll.txt", "wnut17/emerging.dev.conll", "skillspan/skillspan_tech_dev.conll",
             "turku-ner-fi/dev.tsv", "green-jobdesc/testset.txt"],
)  # fmt: skip
def test_written_and_read_back(corpora: Path, tmp_path: Path, name: str) -> None:
    corpus = read_iob(corpora / name)
    write_iob(corpus, tmp_path / "copy.tsv.gz")
    assert read_iob(tmp_path / "copy.tsv.gz") == corpus


def test_zero_width_characters_survive(corpora: Path) -> None:
    corpus = read_iob(corpora / "skillspan" / "skillspan_tech_dev.conll")
    tokens = [token for sentence in corpus for token in sentence.tokens]
    assert "\u200d" in tokens
    raw = (corpora / "skillspan" / "skillspan_tech_dev.conll").read_text()
    assert tokens == [line.split("\t")[0] for line in raw.split("\n") if line]


def test_streaming_gives_the_same(corpora: Path) -> None:
    path = corpora / "turku-ner-fi" / "dev.tsv"
    assert tuple(iter_iob(path)) == read_iob(path).sentences


def test_one_sentence_of_28012_tokens(corpora: Path) -> None:
    (sentence,) = iter_iob(corpora / "europeana-de-onb" / "enp_DE.onb.bio")
    assert len(sentence) == 28_012


def test_what_is_no_corpus_is_refused(corpora: Path) -> None:
    with pytest.raises(CorpusError, match=r"zoo\.data:1: expected a token and a tag"):
        read_iob(corpora / "uci-zoo" / "zoo.data")
    with pytest.raises(CorpusError, match="SMSSpamCollection:2: expected a tag"):
        read_iob(corpora / "sms-spam" / "SMSSpamCollection")


def corrupted(corpus: Corpus, seed: int) -> tuple[list[list[str]], list[list[str]]]:
    """Gold tags, and the same with every tenth one drawn at random."""
    generator = np.random.default_rng(seed)
    gold = [list(sentence.tags or ()) for sentence in corpus]
    guess = [
        [str(generator.choice(corpus.labels)) if generator.random() < 0.1 else tag for tag in tags] for tags in gold
    ]
    return gold, guess


@pytest.mark.parametrize(
    ("name", "scheme", "theirs"),
    [
        ("wnut17/emerging.test.annotated", "IOB2", IOB2),
        ("wikigold/wikigold.conll.txt", None, None),
        ("ncbi-disease/devel.iobes.tsv", "IOBES", IOBES),
    ],
)
def test_scores_are_those_of_seqeval(corpora: Path, name: str, scheme: Scheme | None, theirs: type | None) -> None:
    gold, guess = corrupted(read_iob(corpora / name), seed=7)
    pairs = [(score_tags(gold, guess), classification_report(gold, guess, output_dict=True))]
    if scheme:
        strict = classification_report(gold, guess, output_dict=True, mode="strict", scheme=theirs)
        pairs.append((score_tags(gold, guess, scheme=scheme, strict=True), strict))
    for ours, report in pairs:
        rows = {**ours.entities, **{f"{key} avg": value for key, value in ours.entity_averages.items()}}
        assert set(rows) == set(report)
        for key, row in rows.items():
            expected = [report[key][field] for field in ("precision", "recall", "f1-score", "support")]
            assert [row.precision, row.recall, row.f1, row.support] == pytest.approx(expected, abs=1e-12), key
        assert 0.1 < ours.f1 < 0.9


def test_sms_messages_are_tokenized_without_loss(corpora: Path) -> None:
    messages = (corpora / "sms-spam" / "SMSSpamCollection").read_text().split("\n")[1:800]
    for message in messages:
        tokens, offsets = tokenize(message)
        assert [message[start:end] for start, end in offsets] == list(tokens)
        assert "".join(tokens) == "".join(message.split())
    assert Sentence.from_text(messages[0]).raw_text == messages[0]
