"""Data sets of Hugging Face and Parquet, written and read with the library itself."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from ner_lime.corpus import Corpus, Sentence, as_corpus, iter_corpus, read_corpus, write_corpus
from ner_lime.errors import CorpusError, InputError, NerLimeError

datasets = pytest.importorskip("datasets", reason="needs datasets: scripts/test --all")

NAMES = ["O", "B-PER", "I-PER"]
ROWS = {"id": ["0", "1"], "tokens": [["Ana", "Lund", "runs"], ["Bo"]], "ner_tags": [[1, 2, 0], [1]]}
EXPECTED = (Sentence(("Ana", "Lund", "runs"), ("B-PER", "I-PER", "O")), Sentence(("Bo",), ("B-PER",)))


@pytest.fixture(autouse=True)
def quiet():
    datasets.disable_progress_bars()


@pytest.fixture
def dataset():
    features = {
        "id": datasets.Value("string"),
        "tokens": datasets.List(datasets.Value("string")),
        "ner_tags": datasets.List(datasets.ClassLabel(names=NAMES)),
    }
    return datasets.Dataset.from_dict(ROWS, features=datasets.Features(features))


def test_names_come_from_the_features(dataset, tmp_path: Path) -> None:
    assert as_corpus(dataset).sentences == EXPECTED
    dataset.save_to_disk(str(tmp_path / "saved"))
    dataset.to_parquet(str(tmp_path / "a.parquet"))
    for path in (tmp_path / "saved", tmp_path / "a.parquet"):
        assert read_corpus(path).sentences == tuple(iter_corpus(path)) == EXPECTED


def test_a_split_is_named(dataset, tmp_path: Path) -> None:
    both = datasets.DatasetDict({"train": dataset, "test": dataset.select([1])})
    both.save_to_disk(str(tmp_path / "both"))
    with pytest.raises(InputError, match="expected split= to name one of train, test"):
        read_corpus(tmp_path / "both")
    assert read_corpus(tmp_path / "both", split="test").sentences == EXPECTED[1:]
    with pytest.raises(InputError, match="found 'dev'"):
        read_corpus(tmp_path / "both", split="dev")
    assert as_corpus(datasets.DatasetDict({"train": dataset})).sentences == EXPECTED


def test_numbers_without_names_are_refused(tmp_path: Path) -> None:
    dataset = datasets.Dataset.from_dict(ROWS)
    with pytest.raises(CorpusError, match=r"row 0: .*numbers need the names of the labels"):
        as_corpus(dataset)
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"tokens": [["Ana"]], "tags": [["B-PER"]]}), tmp_path / "own.parquet")
    assert read_corpus(tmp_path / "own.parquet")[0].tags == ("B-PER",)


@pytest.mark.parametrize("name", ["a.parquet", "folder"])
def test_what_is_written(tmp_path: Path, name: str) -> None:
    corpus = Corpus(
        (Sentence(("Ana",), ("B_PER",), 0, postags=("NNP",)), Sentence(("runs",), ("O",), 1, postags=("V",)))
    )
    write_corpus(corpus, tmp_path / name)
    assert read_corpus(tmp_path / name) == Corpus(corpus.sentences, None)
    loaded = (
        datasets.Dataset.from_parquet(str(tmp_path / name), cache_dir=str(tmp_path / "cache"))
        if name.endswith("parquet")
        else datasets.load_from_disk(str(tmp_path / name))
    )
    assert loaded.features["ner_tags"].feature.names == ["O", "B_PER"]
    assert loaded[0]["tokens"] == ["Ana"]


def test_what_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tags in all sentences or in none"):
        write_corpus([Sentence(("a",), ("O",)), Sentence(("b",))], tmp_path / "a.parquet")
    (tmp_path / "there").mkdir()
    with pytest.raises(CorpusError, match="a folder that does not exist"):
        write_corpus(EXPECTED, tmp_path / "there")


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_corpus(EXPECTED, path)
    raw = path.read_bytes()
    for at in range(4, len(raw) - 4, 7):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :])
        with suppress(NerLimeError):
            read_corpus(path)


def test_what_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(CorpusError, match="expected a Parquet file"):
        read_corpus(path)
