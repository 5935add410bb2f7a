"""Reading a corpus in any format, recognised by its content; and writing one, by the end of the file's name."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ner_lime.corpus.corpus import Corpus
from ner_lime.corpus.formats import datasets
from ner_lime.corpus.formats.events import OnError, collect, stream
from ner_lime.corpus.formats.iob import iter_iob, read_iob
from ner_lime.corpus.formats.iob.lines import Source
from ner_lime.corpus.formats.iob.writer import Target
from ner_lime.corpus.formats.registry import FORMATS, format_named
from ner_lime.corpus.formats.sniffing import sniff
from ner_lime.corpus.labels import AnyScheme
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import CorpusError, InputError

_HEAD = 1 << 16  # bytes by which a format is recognised
_GZIP, _PARQUET, _ZLIB = b"\x1f\x8b", b"PAR1", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_BIOC_JSON = (b'"documents"', b'"passages"')


def read_corpus(source: Source, *, format: str = "auto", on_error: OnError = "raise", **options: Any) -> Corpus:
    """Read a corpus in any format.

    ===========  ======================================================================================================
    iob          one token a row and its tag in a column: see `read_iob`, whose options it takes
    jsonl        JSON lines or an array with offsets: doccano, Prodigy, Label Studio (JSON, JSON-MIN), spaCy; and
                 objects with ``tokens`` and ``ner_tags``
    conllu       CoNLL-U; ``tag_column="upos"``, ``"xpos"``, ``"deprel"`` or ``"misc:KEY"`` (extra ``formats``)
    conll2012    entities as brackets in a column
    brat         a folder of ``.txt`` and ``.ann`` files, or one ``.ann`` file
    pubtator     title, abstract and rows of offsets
    bioc         BioC in XML or JSON (extra ``formats``)
    docbin       spaCy's ``.spacy`` files (extra ``spacy``)
    parquet      a file with the columns ``tokens`` and ``ner_tags`` (extra ``formats``)
    datasets     a folder that ``save_to_disk`` wrote; ``split=`` (extra ``formats``)
    ===========  ======================================================================================================

    Parameters
    ----------
    source : path or open file
        A file or a folder; plain or gzip where it is text.
    format : str, default "auto"
        A name from the table; "auto" recognises it by the content.
    on_error : {"raise", "skip", "repair"}
        What happens at a fault such as an entity that cuts a token, one that overlaps another, or a row with a missing
        cell: "raise" stops, "skip" leaves out the sentence, "repair" (for formats with offsets) widens a span to whole
        tokens and keeps the longest of those that overlap. `Corpus.skipped` and `Corpus.notes` say what was done.
    **options
        Those of the format: ``encoding``; ``scheme`` and ``tokenizer`` where spans become tags; those named above.

    Returns
    -------
    Corpus

    Raises
    ------
    CorpusError
        With path and line where the format has lines: a fault, or a file that can't be read.
    InputError
        An option that the format does not have.
    MissingExtraError
        The format needs a library that is not installed.

    Examples
    --------
    >>> import io
    >>> read_corpus(io.StringIO('{"text": "Ann sings", "label": [[0, 3, "PER"]]}'))[0].tags
    ('B-PER', 'O')
    """
    name = recognise(source) if format == "auto" else format
    chosen = format_named(name)
    if chosen.read is None:
        read: Callable[..., Corpus] = read_iob  # its own check names the options that it takes
        return read(source, on_error=on_error, **options)
    checked = chosen.checked({**options, "on_error": on_error})
    reading = chosen.read(source, checked)
    corpus = collect(reading.events, on_error=on_error, scheme=reading.scheme)
    if not corpus and not corpus.skipped:
        raise CorpusError(f"expected sentences in {chosen.title}, found none", path=_name(source))
    return corpus


def iter_corpus(
    source: Source, *, format: str = "auto", on_error: OnError = "raise", **options: Any
) -> Iterator[Sentence]:
    """Read a corpus sentence by sentence, in memory that does not grow with the file.

    Parameters and errors are those of `read_corpus`; "skip" logs errors as warnings, and notes are logged too.
    """
    name = recognise(source) if format == "auto" else format
    chosen = format_named(name)
    if chosen.read is None:
        read: Callable[..., Iterator[Sentence]] = iter_iob
        return read(source, on_error=on_error, **options)
    reading = chosen.read(source, chosen.checked({**options, "on_error": on_error}))
    return stream(reading.events, on_error=on_error)


def write_corpus(
    sentences: Iterable[Sentence], target: Target, *, format: str = "auto", scheme: AnyScheme = None
) -> None:
    r"""Write a corpus in IOB, JSON lines with offsets, DocBin, Parquet or as a data set of Hugging Face.

    Parameters
    ----------
    sentences : Corpus or iterable of Sentence
        What to write.
    target : path or open file
        A file is replaced only once everything is written.
    format : str, default "auto"
        "iob", "jsonl", "docbin", "parquet" or "datasets"; "auto" goes by the end of the name: ``.tsv``, ``.conll``,
        ``.jsonl``, ``.spacy``, ``.parquet``, or a folder without one.
    scheme : str, LabelScheme or None
        How tags are read where spans are written; by default the corpus's own scheme.

    Raises
    ------
    InputError
        No such format, one that is only read, or a sentence that the format can't represent.
    CorpusError
        The path can't be written.

    Examples
    --------
    >>> import io
    >>> out = io.StringIO()
    >>> write_corpus([Sentence(("Ann",), ("B-PER",))], out, format="iob")
    >>> out.getvalue()
    'Ann\tB-PER\n\n'
    """
    name = _format_of_name(target) if format == "auto" else format
    write = format_named(name).write
    if write is None:
        can = ", ".join(name for name, one in FORMATS.items() if one.write is not None)
        raise InputError(f"expected a format that can be written ({can}), found {name!r}")
    try:
        write(sentences, target, scheme or getattr(sentences, "scheme", None))
    except OSError as error:
        raise CorpusError(f"can't be written: {error.strerror or error}", path=_name(target)) from error


def recognise(source: Source) -> str:
    """Recognise the format of a file or folder by its content; a key of `registry.FORMATS`.

    Raises
    ------
    CorpusError
        The path is missing or can't be read; a folder of no known kind.
    """
    if isinstance(source, str | os.PathLike) and Path(source).is_dir():
        return _of_folder(Path(source))
    head = _head(source)
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_ZLIB):
        return "docbin"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "replace")
    else:
        text = head.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    name = sniff(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if name in ("json", "jsonl"):
        return "bioc" if all(mark in head for mark in _BIOC_JSON) else "jsonl"
    return name


def _of_folder(path: Path) -> str:
    if datasets.is_folder(path):
        return "datasets"
    if next(path.rglob("*.ann"), None) is not None:
        return "brat"
    raise CorpusError("expected a folder with .ann and .txt files or of a data set, found neither", path=path)


def _head(source: Source) -> bytes:
    """The first bytes of a source, unpacked, which are not consumed; empty where that is not possible."""
    try:
        if isinstance(source, str | os.PathLike):
            with Path(source).open("rb") as binary:
                return _unpacked(binary.read(_HEAD))
        if hasattr(source, "peek"):
            return _unpacked(source.peek(_HEAD))
        if not source.seekable():
            return b""
        at = source.tell()
        head = source.read(_HEAD)
        source.seek(at)
        return head.encode("utf-8", "surrogatepass") if isinstance(head, str) else _unpacked(head)
    except FileNotFoundError as error:
        raise CorpusError("expected a file, found nothing", path=_name(source)) from error
    except OSError as error:
        raise CorpusError(f"can't be read: {error.strerror or error}", path=_name(source)) from error
    except AttributeError as error:
        raise InputError(f"expected a path or an open file, found {type(source).__name__}") from error


def _unpacked(head: bytes) -> bytes:
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD)
    except zlib.error:
        return b""  # the reader will say what is wrong


def _format_of_name(target: Target) -> str:
    if not isinstance(target, str | os.PathLike):
        return "iob"
    path = Path(target)
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    for name, one in FORMATS.items():
        if suffix.lower() in one.suffixes and one.write is not None:
            return name
    ends = ", ".join(end for one in FORMATS.values() if one.write for end in one.suffixes if end)
    raise InputError(f"expected a name that ends in one of {ends}, or format=, found {path.name!r}")


def _name(source: object) -> str:
    from ner_lime.corpus.formats.iob.lines import name_of

    return name_of(source)
