"""The sentences of a run, read as they are needed, and cut into shards."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from ner_lime.batch.fingerprint import describe_files
from ner_lime.corpus import iter_corpus
from ner_lime.corpus.sentence import Sentence, as_sentence
from ner_lime.corpus.tokenizer import Tokenizer
from ner_lime.errors import CorpusError, InputError, NerLimeError

CorpusOrPaths: TypeAlias = str | os.PathLike[str] | Iterable[Any]
"""A path, a sequence of paths, or sentences (`Sentence`, token lists, or texts from an iterator)."""

COUNTED_BYTES = 16 * 2**20
"""Files of at most this many bytes in all are read once more, to know how many sentences there are."""


@dataclass(frozen=True, slots=True)
class Job:
    """A shard before it is explained: what travels to a worker.

    Attributes
    ----------
    shard : int
        Its number, from 0.
    first : int
        Index of its first sentence in the corpus.
    sentences : list of dict
        The fields of each `Sentence` that are there, or the ``raw`` text that a tagger cuts itself; ready for JSON.
    digest : str
        Of the sentences: whether a shard that is done was made of the same ones.
    """

    shard: int
    first: int
    sentences: list[dict[str, Any]]
    digest: str


class Source:
    """The input of a run, which can be read from its beginning any number of times.

    Parameters
    ----------
    corpus : path, sequence of paths, or iterable of sentences
        An iterator can be read once only: it is enough for a run that nothing interrupts.
    reading : mapping or None
        Options of `iter_corpus`, for paths.

    Raises
    ------
    InputError
        Neither paths nor sentences, or options of reading for what is no file.
    CorpusError
        A path at which no file stands.

    Examples
    --------
    >>> jobs = list(Source([["Anna", "sings"], ["Ben", "too"], ["Cy"]]).jobs(shard=2))
    >>> [(job.shard, job.first, len(job.sentences)) for job in jobs]
    [(0, 0, 2), (1, 2, 1)]
    """

    def __init__(self, corpus: CorpusOrPaths, reading: Mapping[str, Any] | None = None) -> None:
        self.paths = _paths(corpus)
        self.reading = dict(reading or {})
        if self.paths is None:
            if not isinstance(corpus, Iterable):
                raise InputError(f"expected paths or sentences, found {type(corpus).__name__}")
            if reading:
                raise InputError(f"options of reading are for files, found {', '.join(reading)}")
            self._sentences: Iterable[Any] = corpus
        else:
            for path in self.paths:
                if not path.exists():
                    raise CorpusError("expected a file, found nothing", path=path)

    def describe(self, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What a manifest says of the input: its files, and how they are read; of sentences in memory, nothing."""
        if self.paths is None:
            return {"files": None, "order": None, "reading": None}
        files = describe_files(_files(self.paths), None, (known or {}).get("files"))
        return {"files": files, "order": [str(path) for path in self.paths], "reading": self.reading}

    @property
    def n_sentences(self) -> int | None:
        """How many there are, where that is cheap to know."""
        if self.paths is None:
            return len(self._sentences) if isinstance(self._sentences, Sized) else None
        if sum(path.stat().st_size for path in _files(self.paths)) > COUNTED_BYTES:
            return None
        try:
            return sum(1 for _ in self._read())
        except CorpusError:  # it is told when it is reached
            return None

    def jobs(self, *, shard: int) -> Iterator[Job]:
        """Cut the input into shards of the given number of sentences, in memory for one of them.

        Raises
        ------
        CorpusError
            A file can't be read as asked; the shards before it have come.
        """
        sentences = self._read()
        number = first = 0
        while batch := [_as_json(sentence) for sentence in islice(sentences, shard)]:
            text = json.dumps(batch, separators=(",", ":"))
            yield Job(number, first, batch, blake2b(text.encode(), digest_size=12).hexdigest())
            number, first = number + 1, first + len(batch)

    def _read(self) -> Iterator[Sentence | str | NerLimeError]:
        if self.paths is None:
            for item in self._sentences:
                try:
                    yield item if isinstance(item, str | Sentence) else as_sentence(item)
                except NerLimeError as error:  # no sentence: it fails where it is explained
                    yield error
            return
        before: int | None = None  # documents of several files are numbered on
        for path in self.paths:
            start, last = 0 if before is None else before + 1, before
            for sentence in iter_corpus(path, **self.reading):
                if sentence.document is not None:
                    last = start + sentence.document
                yield sentence if sentence.document in (None, last) else replace(sentence, document=last)
            before = last


def sentence_of(data: Mapping[str, Any], tokenizer: Tokenizer | None) -> Sentence:
    """Read back a sentence of a `Job`; a text is cut as the tagger has it."""
    if "raw" in data:
        return as_sentence(data["raw"], tokenizer)
    offsets = data.get("offsets")
    return Sentence(
        tuple(data["tokens"]),
        data.get("tags"),
        data.get("document"),
        text=data.get("text"),
        offsets=None if offsets is None else tuple((start, end) for start, end in offsets),
        postags=data.get("postags"),
    )


def _as_json(sentence: Sentence | str | NerLimeError) -> dict[str, Any]:
    if isinstance(sentence, NerLimeError):
        return {"error": type(sentence).__name__, "message": str(sentence)}
    if isinstance(sentence, str):
        return {"raw": str(sentence)}
    found: dict[str, Any] = {"tokens": [str(token) for token in sentence.tokens]}
    for name in ("tags", "document", "text", "offsets", "postags"):
        value = getattr(sentence, name)
        if value is not None:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def _files(paths: Iterable[Path]) -> list[Path]:
    """All files: some formats are folders."""
    return [
        file
        for path in paths
        for file in (sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path])
    ]


def _paths(corpus: Any) -> list[Path] | None:
    """The paths, where that is what was given; a string or a list of strings is taken for paths."""
    if isinstance(corpus, str | os.PathLike):
        return [Path(corpus).resolve()]
    if isinstance(corpus, Sequence) and corpus and all(isinstance(item, str | os.PathLike) for item in corpus[:8]):
        return [Path(item).resolve() for item in corpus]
    return None
