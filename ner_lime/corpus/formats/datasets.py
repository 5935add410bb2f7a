"""Data sets of Hugging Face, and Parquet, by the library datasets (extra ``formats``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ner_lime.corpus.corpus import Corpus
from ner_lime.corpus.formats.events import Event
from ner_lime.corpus.rows import TAG_KEYS, key_among, row_of_dict
from ner_lime.corpus.sentence import Sentence, sentence_of
from ner_lime.errors import CorpusError, InputError, MissingExtraError, in_one_line
from ner_lime.files import replacing

_BATCH = 1000  # rows that are read or written at a time


def sentences(source: Path | Any, *, tag_key: str | None = None, split: str | None = None) -> Iterator[Event]:
    """Read a Parquet file, a folder that ``save_to_disk`` wrote, or a Dataset; each row is a sentence.

    Parameters
    ----------
    source : path or Dataset
        Columns ``tokens`` and ``ner_tags``, or other usual names. Tags that are numbers get their names from the
        features.
    tag_key : str, optional
        The column of the tags.
    split : str, optional
        Which split of a folder or DatasetDict; needed where there are several.

    Yields
    ------
    Sentence or CorpusError
        An error names the row, from 0.
    """
    name = str(source) if isinstance(source, Path) else "<dataset>"
    dataset, features = _opened(source, split, name)
    columns = list(dataset.column_names)
    if tag_key is None:
        tag_key = key_among(columns, TAG_KEYS, "tags")
    names = _names(features.get(tag_key)) if tag_key else None
    for index, row in enumerate(_rows(dataset, name)):
        try:
            yield sentence_of(row_of_dict(row, tag_key=tag_key, names=names))
        except InputError as error:
            yield CorpusError(f"row {index}: {error}", path=name)


def write(sentences: Iterable[Sentence], path: Path, *, labels: Iterable[str] | None = None) -> None:
    """Write a Parquet file (a path that ends in ``.parquet``), or a folder that ``load_from_disk`` reads.

    Parameters
    ----------
    sentences : iterable of Sentence
        All with tags or none. Texts and offsets are not written.
    path : path
        A Parquet file is replaced only once everything is written; a folder must not exist.
    labels : iterable of str, optional
        The names of the tags, in the order of their numbers; by default those that occur, ``O`` first.
    """
    datasets = _datasets()
    corpus = Corpus(tuple(sentences))
    tagged = [sentence.tags is not None for sentence in corpus]
    if any(tagged) and not all(tagged):
        raise InputError("expected tags in all sentences or in none, found both")
    names = list(corpus.labels if labels is None else labels)
    features: dict[str, Any] = {"tokens": datasets.List(datasets.Value("string"))}
    if any(tagged):
        features["ner_tags"] = datasets.List(datasets.ClassLabel(names=names))
    has_postags = len(corpus) > 0 and all(sentence.postags is not None for sentence in corpus)
    has_documents = len(corpus) > 0 and all(sentence.document is not None for sentence in corpus)
    if has_postags:
        features["postags"] = datasets.List(datasets.Value("string"))
    if has_documents:
        features["document"] = datasets.Value("int64")
    index = {name: number for number, name in enumerate(names)}

    def row(sentence: Sentence) -> dict[str, Any]:
        found: dict[str, Any] = {"tokens": list(sentence.tokens)}
        if sentence.tags is not None:
            found["ner_tags"] = [index[tag] for tag in sentence.tags]
        if has_postags:
            found["postags"] = list(sentence.postags or ())
        if has_documents:
            found["document"] = sentence.document
        return found

    try:
        table = datasets.Dataset.from_list([row(sentence) for sentence in corpus], features=datasets.Features(features))
    except KeyError as error:
        raise InputError(f"expected tags among {', '.join(names)}, found {error.args[0]!r}") from error
    if path.suffix != ".parquet":
        if path.exists():
            raise CorpusError("expected a folder that does not exist, found one", path=path)
        with _quiet(datasets):
            table.save_to_disk(str(path))
        return
    with replacing(path) as binary, _quiet(datasets):
        table.to_parquet(binary)


def is_folder(path: Path) -> bool:
    """Whether a folder is one that ``save_to_disk`` writes, of a Dataset or a DatasetDict."""
    return (path / "state.json").is_file() or (path / "dataset_dict.json").is_file()


def _opened(source: Path | Any, split: str | None, name: str) -> tuple[Any, Any]:
    if isinstance(source, Path) and source.is_file():
        return _parquet(source)
    datasets = _datasets()
    found: Any = source
    if isinstance(source, Path):
        try:
            found = datasets.load_from_disk(str(source))
        except Exception as error:  # a foreign library may raise anything
            raise CorpusError(f"expected a data set on disk, found {in_one_line(error)}", path=name) from error
    if isinstance(found, dict):
        if split is None and len(found) != 1:
            raise InputError(f"expected split= to name one of {', '.join(found)}, found none")
        split = next(iter(found)) if split is None else split
        if split not in found:
            raise InputError(f"expected split= to name one of {', '.join(found)}, found {split!r}")
        found = found[split]
    return found, found.features


def _parquet(path: Path) -> tuple[Any, Any]:
    """A Parquet file by pyarrow, which reads it in batches; its features are in its metadata."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "formats") from error
    try:
        file = pyarrow.parquet.ParquetFile(path)
        schema = file.schema_arrow
        named = b"huggingface" in (schema.metadata or {})
        features: Any = _datasets().Features.from_arrow_schema(schema) if named else {}
    except MissingExtraError:
        raise
    except Exception as error:  # a foreign library may raise anything
        raise CorpusError(f"expected a Parquet file, found {in_one_line(error)}", path=path) from error
    return _Parquet(file, schema.names), features


class _Parquet:
    """A Parquet file as an iterable of rows."""

    def __init__(self, file: Any, column_names: list[str]) -> None:
        self.file = file
        self.column_names = column_names

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for batch in self.file.iter_batches(batch_size=_BATCH):
            yield from batch.to_pylist()


def _rows(dataset: Any, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a data set; CorpusError where the library finds the file damaged."""
    rows = iter(dataset)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:  # a foreign library may raise anything
            raise CorpusError(f"can't be read: {in_one_line(error)}", path=name) from error
        yield row


def _names(feature: Any) -> list[str] | None:
    """The names of a sequence of class labels; None if the feature is none."""
    inner = getattr(feature, "feature", feature[0] if isinstance(feature, list) else None)
    return getattr(inner, "names", None)


@contextmanager
def _quiet(datasets: Any) -> Iterator[None]:
    """Without the library's progress bars, which write to standard error."""
    shown = datasets.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()


def _datasets() -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError("datasets", "formats") from error
    return datasets
