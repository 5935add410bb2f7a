"""The input of a run: cut into the same shards every time, read as it is needed."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest

from ner_lime import Sentence, read_iob
from ner_lime.batch.source import Source, sentence_of
from ner_lime.errors import CorpusError, InputError

ONE = "-DOCSTART- O\n\nAnn B-PER\nsings O\n\nBen B-PER\n\n"
TWO = "-DOCSTART- O\n\nCy B-PER\n"


def test_files_follow_each_other_and_their_documents_are_numbered_on(tmp_path: Path) -> None:
    (tmp_path / "one.iob").write_text(ONE)
    (tmp_path / "two.iob.gz").write_bytes(gzip.compress(TWO.encode()))
    source = Source([tmp_path / "one.iob", str(tmp_path / "two.iob.gz")])
    first, second = source.jobs(shard=2)
    assert (first.shard, first.first, second.shard, second.first) == (0, 0, 1, 2)
    found = [sentence_of(data, None) for data in (*first.sentences, *second.sentences)]
    assert [(sentence.tokens, sentence.tags, sentence.document) for sentence in found] == [
        (("Ann", "sings"), ("B-PER", "O"), 0),
        (("Ben",), ("B-PER",), 0),
        (("Cy",), ("B-PER",), 1),
    ]
    assert source.n_sentences == 3


def test_jobs_survive_json_and_are_the_same_again(jobs: Path) -> None:
    source = Source(jobs / "test.tsv")
    first, again = (list(source.jobs(shard=50)) for _ in range(2))
    assert first == again
    back = [sentence_of(json.loads(json.dumps(data)), None) for job in first for data in job.sentences]
    assert back == list(read_iob(jobs / "test.tsv"))


def test_sentences_of_every_kind() -> None:
    whole = Sentence(("Ann", "."), ("B-PER", "O"), 3, text="Ann.", offsets=((0, 3), (3, 4)), postags=("NNP", "."))
    (job,) = Source(iter([whole, ["Ben", "too"], "Cy sings."])).jobs(shard=10)
    assert [sentence_of(data, None) for data in job.sentences] == [
        whole,
        Sentence(("Ben", "too")),
        Sentence(("Cy", "sings", "."), text="Cy sings.", offsets=((0, 2), (3, 8), (8, 9))),
    ]


def test_digests_tell_corpora_apart() -> None:
    digests = {
        next(Source([sentence]).jobs(shard=1)).digest
        for sentence in (["a", "b"], Sentence(("a b",)), ["b", "a"], Sentence(("a", "b"), ("O", "O")))
    }
    assert len(digests) == 4


def test_no_more_is_read_than_is_asked_for() -> None:
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield ["word"]

    assert len(list(islice(Source(endless()).jobs(shard=5), 3))) == 3
    assert len(taken) == 15


def test_what_is_no_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none\.tsv: expected a file"):
        Source(tmp_path / "none.tsv")
    with pytest.raises(InputError, match="paths or sentences, found int"):
        Source(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="are for files, found tag_column"):
        Source([["a"]], {"tag_column": 1})


def test_a_fault_in_a_file_comes_after_the_shards_before_it(tmp_path: Path) -> None:
    (tmp_path / "bad.tsv").write_text("a\tO\n\nb\tO\n\nc\n")
    found = Source(tmp_path / "bad.tsv").jobs(shard=2)
    assert next(found).shard == 0
    with pytest.raises(CorpusError, match=r"bad\.tsv:5"):
        next(found)
