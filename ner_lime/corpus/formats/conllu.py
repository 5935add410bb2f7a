"""CoNLL-U, read with the library conllu (extra ``formats``): words only, without ranges and empty nodes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from ner_lime.corpus.formats.events import Event
from ner_lime.corpus.formats.iob.lines import Paragraph, Source, blocks, name_of, paragraphs
from ner_lime.corpus.labels import OUTSIDE
from ner_lime.corpus.sentence import Sentence
from ner_lime.corpus.tokenizer import cut
from ner_lime.errors import CorpusError, InputError, MissingExtraError, in_one_line

MISC = "misc:"
COLUMNS = ("form", "lemma", "upos", "xpos", "deprel")

_HEAD = 100  # sentences in which a key of MISC that holds tags is looked for
_TAG = re.compile(r"[OoBIESLUMWbieslumw]|[BIESLUMWbieslumw][-_:].+")


class ConlluReader:
    """Reads one source; the tags are a column, or the values of a key in MISC.

    Parameters
    ----------
    source : path or open file
        Text or bytes, plain or gzip.
    tag_column : str
        "upos", "xpos", "deprel" or "lemma"; "misc:KEY" for a key in MISC; "auto": the key whose values look like tags
        of entities, else "upos".
    encoding : str
        As `codecs` names it.

    Raises
    ------
    InputError
        There is no such column.
    MissingExtraError
        The library conllu is not installed.
    """

    def __init__(self, source: Source, *, tag_column: str = "auto", encoding: str = "utf-8") -> None:
        known = (*COLUMNS, "auto")
        if tag_column not in known and not (tag_column.startswith(MISC) and len(tag_column) > len(MISC)):
            raise InputError(f"expected tag_column to be one of {', '.join(known)} or 'misc:KEY', found {tag_column!r}")
        try:
            import conllu
        except ImportError as error:
            raise MissingExtraError("conllu", "formats") from error
        self.parse = conllu.parse
        self.path = name_of(source)
        self.fields: Sequence[str] | None = None
        self.document: int | None = None
        found = paragraphs(blocks(source, encoding))
        head = [(paragraph, self._parsed(paragraph)) for paragraph in islice(found, _HEAD)]
        self.tag_column = _tag_column(rows for _, rows in head) if tag_column == "auto" else tag_column
        self.scheme = None if self.tag_column.startswith(MISC) else "plain"
        self._all = chain(head, ((paragraph, self._parsed(paragraph)) for paragraph in found))

    def __iter__(self) -> Iterator[Event]:
        """Yield the sentences, or their errors, in the order of the file."""
        for paragraph, rows in self._all:
            if isinstance(rows, CorpusError):
                yield rows
            elif rows:
                yield self._sentence(paragraph, rows)

    def _parsed(self, paragraph: Paragraph) -> Any:
        """The rows of a sentence, as conllu reads them; the error if it can't."""
        for line in paragraph.lines:
            if line.startswith("# global.columns"):  # CoNLL-U Plus names its columns
                self.fields = [name.lower() for name in line.partition("=")[2].split()]
        if paragraph.undecodable:
            message = "expected the stated encoding, found bytes that are not; state the encoding"
            return CorpusError(message, path=self.path, line=paragraph.undecodable[0])
        try:
            parsed = self._token_lists(paragraph)
        except CorpusError as error:
            return error
        return parsed[0] if parsed else None

    def _token_lists(self, paragraph: Paragraph) -> Any:
        try:
            return self.parse("\n".join(paragraph.lines) + "\n\n", fields=self.fields)
        except Exception as error:  # a foreign parser may raise anything
            message = f"expected CoNLL-U, found {in_one_line(error)}"
            raise CorpusError(message, path=self.path, line=paragraph.first) from error

    def _sentence(self, paragraph: Paragraph, rows: Any) -> Event:
        if any(key.startswith("newdoc") for key in rows.metadata):
            self.document = 0 if self.document is None else self.document + 1
        words = [row for row in rows if isinstance(row.get("id"), int)]
        if not words:
            return CorpusError("expected words, found none", path=self.path, line=paragraph.first)
        tokens = tuple(row["form"] for row in words)
        tags = tuple(self._tag(row) for row in words)
        if None in tags:
            index = tags.index(None)
            message = f"expected a tag in {self.tag_column}, found none at the word {tokens[index]!r}"
            return CorpusError(message, path=self.path, line=paragraph.first)
        text = rows.metadata.get("text")
        offsets = cut(text, lambda _: list(tokens))[1] if text else None
        postags = tuple(row.get("upos") or "_" for row in words)
        known = self.tag_column != "upos" and any(postag != "_" for postag in postags)
        return Sentence(
            tokens,
            tuple(map(str, tags)),
            self.document,
            text=text if offsets is not None else None,
            offsets=offsets,
            postags=postags if known else None,
        )

    def _tag(self, row: Any) -> str | None:
        if not self.tag_column.startswith(MISC):
            value = row.get(self.tag_column)
            return None if value in (None, "_") else str(value)
        value = (row.get("misc") or {}).get(self.tag_column.removeprefix(MISC))
        return OUTSIDE if value in (None, "_") else str(value)


def _tag_column(sentences: Iterable[Any]) -> str:
    """The key of MISC whose values look like tags of entities; else the column of parts of speech."""
    values: dict[str, Counter[str]] = {}
    for rows in sentences:
        for row in rows if rows and not isinstance(rows, CorpusError) else ():
            misc = row.get("misc")
            for key, value in misc.items() if isinstance(misc, dict) else ():
                values.setdefault(key, Counter())[str(value)] += 1
    like_tags = [
        key
        for key, counts in values.items()
        if all(_TAG.fullmatch(value) for value in counts) and any(len(value) > 1 for value in counts)
    ]
    return f"{MISC}{max(like_tags, key=lambda key: values[key].total())}" if like_tags else "upos"
