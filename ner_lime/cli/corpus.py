"""Corpora on the command line: the options that say how a file is written, and reading one by them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from ner_lime.cli.errors import tell
from ner_lime.cli.inputs import STANDARD_INPUT
from ner_lime.cli.options import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ner_lime.corpus import Corpus, Sentence

MAX_SHOWN_ERRORS = 10
"""Maximum number of left-out sentences, and of notes, that are named one by one."""

FORMATS = ("auto", "iob", "jsonl", "conllu", "conll2012", "brat", "pubtator", "bioc", "docbin", "parquet", "datasets")
"""As `ner_lime.read_corpus` names them; typed here because no verb imports the library before it runs."""

_SEPARATORS = {"tab": "\t", "space": " "}
_WORDS = {"none": None, "yes": True, "no": False}


def column(value: str) -> int | str:
    """A column by its number, or by its name in the header row.

    Examples
    --------
    >>> column("-1"), column("Word")
    (-1, 'Word')
    """
    try:
        return int(value)
    except ValueError:
        return str(value)


def scheme(value: str) -> str:
    """A label scheme, such as ``IOB2`` or ``IOB2:B_PER``.

    Examples
    --------
    >>> scheme("IOB2:B_PER")
    'IOB2:B_PER'

    Raises
    ------
    click.BadParameter
        There is no such scheme.
    """
    from ner_lime.corpus.labels import label_scheme
    from ner_lime.errors import TagError

    try:
        label_scheme(value)
    except TagError as error:
        raise click.BadParameter(str(error)) from error
    return value


@dataclass(frozen=True, slots=True)
class Columns:
    """How a corpus file is written; None where nothing is stated.

    Examples
    --------
    >>> Columns(token_column=1).read("no-such-file.tsv")
    Traceback (most recent call last):
    ner_lime.errors.CorpusError: no-such-file.tsv: expected a file, found nothing
    """

    input_format: str = "auto"
    token_column: int | str | None = None
    tag_column: int | str | None = None
    postag_column: int | str | None = None
    sentence_column: int | str | None = None
    separator: str | None = None
    quote: str | None = None
    header: str | None = None
    comments: str | None = None
    encoding: str | None = None
    scheme: str | None = None
    on_error: str = "raise"
    split: int | None = None

    def read(self, path: str) -> Corpus:
        """Read a corpus; what was left out or mended is reported on standard error."""
        from ner_lime.corpus import read_corpus
        from ner_lime.corpus.formats import recognise

        source: Any = sys.stdin.buffer if path == STANDARD_INPUT else path
        name = recognise(source) if self.input_format == "auto" else self.input_format
        repair = self.on_error == "repair" and name == "iob"  # tags that break their scheme are repaired as a whole
        on_error: Any = "raise" if repair else self.on_error
        corpus = read_corpus(source, format=name, on_error=on_error, **self.stated())
        if repair:
            corpus = corpus.repair()
            tell(f"repaired: {corpus.repaired} tags that break {corpus.scheme}")
        _report("left out: {}", corpus.skipped, f"left out: {len(corpus.skipped)} sentences in all")
        _report("note: {}", corpus.notes, f"note: {len(corpus.notes)} notes in all")
        return corpus if self.split is None else corpus.split(self.split)

    def stated(self) -> dict[str, Any]:
        """The options of `read_corpus` that were stated, as it takes them."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        del found["input_format"], found["on_error"], found["split"]
        found = {name: value for name, value in found.items() if value is not None}
        if "separator" in found:
            found["separator"] = _SEPARATORS.get(found["separator"], found["separator"])
        for name in {"quote", "header", "comments"} & found.keys():
            found[name] = _WORDS.get(found[name], found[name])
        return found


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A file whose sentences are to be tagged, and how it is written.

    Examples
    --------
    >>> TokenFile(None, "auto", None, None).path is None
    True
    """

    path: str | None
    input_format: str
    token_column: int | str | None
    encoding: str | None

    def sentences(self) -> Iterator[Sentence]:
        """Read the sentences one by one; their tags, if there are any, are not needed."""
        from ner_lime.corpus import iter_corpus
        from ner_lime.corpus.formats import recognise

        source: Any = sys.stdin.buffer if self.path == STANDARD_INPUT else self.path
        name = recognise(source) if self.input_format == "auto" else self.input_format
        stated = {"token_column": self.token_column, "encoding": self.encoding}
        options: dict[str, Any] = {key: value for key, value in stated.items() if value is not None}
        if name == "iob":
            options["tag_column"] = None
        return iter_corpus(source, format=name, **options)


token_file_options = bundle(
    "file",
    TokenFile,
    click.option("--input", "path", metavar="FILE", help="Tag the sentences of a corpus file instead of a text."),
    click.option(
        "--input-format",
        type=click.Choice(FORMATS),
        default="auto",
        show_default=True,
        help="With --input: its format.",
    ),
    click.option("--token-column", type=column, help="With --input: column of the tokens, or its name [0]."),
    click.option("--encoding", help="With --input: its encoding [utf-8]."),
)


def _report(form: str, messages: tuple[Any, ...], total: str) -> None:
    for message in messages[:MAX_SHOWN_ERRORS]:
        tell(form.format(message))
    if len(messages) > MAX_SHOWN_ERRORS:
        tell(total)


columns_options = bundle(
    "columns",
    Columns,
    click.option(
        "--input-format",
        type=click.Choice(FORMATS),
        default="auto",
        show_default=True,
        help="Format of the corpus; auto recognises it by its content.",
    ),
    click.option("--token-column", type=column, help="Column of the tokens, from 0, or its name [0]."),
    click.option("--tag-column", type=column, help="Column of the tags; -1 is the last one [-1]."),
    click.option("--postag-column", type=column, help="Column of the parts of speech [none]."),
    click.option(
        "--sentence-column", type=column, help="Column that numbers the sentences where no blank line parts them."
    ),
    click.option("--separator", help="Between two columns: tab, space, or any character [auto]."),
    click.option("--quote", metavar="CHARACTER", help="What encloses cells, or none [auto]."),
    click.option(
        "--header", type=click.Choice(["auto", "yes", "no"]), help="Whether the first row names the columns [auto]."
    ),
    click.option("--comments", metavar="STRING", help="What comments begin with, or none [auto]."),
    click.option("--encoding", help="Encoding of the corpus [utf-8]."),
    click.option(
        "--scheme",
        type=scheme,
        help="Scheme of the tags: IOB1, IOB2, IOBES, BILOU, BMES, BMEWO or plain, with the spelling of B-PER where "
        "it is another, such as IOB2:B_PER [auto].",
    ),
    click.option(
        "--on-error",
        type=click.Choice(["raise", "skip", "repair"]),
        default="raise",
        show_default=True,
        help="At a sentence with a fault: stop, leave it out and report it, or mend tags and offsets.",
    ),
    click.option(
        "--split",
        type=click.IntRange(min=1),
        metavar="N",
        help="Cut sentences of more than N tokens after full stops, where a file has no blank lines.",
    ),
)
