"""A corpus: sentences in their order, and what there is to know about them as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, groupby, pairwise
from typing import Any, overload

from ner_lime.checks import whole_number
from ner_lime.corpus.labels import LabelScheme, Scheme, convert, detect, label_key, repair
from ner_lime.corpus.rows import Row, row_of_pair, rows_of_columns
from ner_lime.corpus.sentence import Sentence, sentence_of
from ner_lime.errors import CorpusError, InputError, TagError

_SENTENCE_FINAL = frozenset({".", "!", "?", "…", "。", "！", "？", "।", "؟"})


@dataclass(frozen=True, repr=False)
class Corpus(Sequence[Sentence]):
    """An immutable sequence of sentences with one label scheme. A slice of a corpus is a corpus.

    Attributes
    ----------
    sentences : tuple of Sentence
        In the order of the file.
    stated_scheme : str or None
        The label scheme that was stated; `scheme` detects it if this is None.
    skipped : tuple of CorpusError
        One error for each sentence that reading left out, in the order of the file.
    repaired : int
        Number of tags that `repair` changed.
    notes : tuple of str
        What a user should know about how it was read, such as tokens without annotation; not compared.

    Examples
    --------
    >>> corpus = Corpus((Sentence(("Ann", "sings"), ("S-PER", "O")),))
    >>> corpus.scheme, corpus.labels, corpus.convert("IOB2")[0].tags
    ('IOBES', ('O', 'S-PER'), ('B-PER', 'O'))
    """

    sentences: tuple[Sentence, ...]
    stated_scheme: Scheme | None = None
    skipped: tuple[CorpusError, ...] = ()
    repaired: int = 0
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sentences", tuple(self.sentences))

    @classmethod
    def from_pairs(
        cls, pairs: Iterable[tuple[Sequence[str], Sequence[str]]], *, scheme: Scheme | None = None
    ) -> Corpus:
        """Make a corpus of (tokens, tags) pairs.

        Raises
        ------
        InputError
            Something else than a pair; tags of another number than the tokens; a set or a string instead of a list.

        Examples
        --------
        >>> Corpus.from_pairs([(["Ann", "sings"], ["B-PER", "O"])])[0].tags
        ('B-PER', 'O')
        """
        return cls(tuple(_numbered(row_of_pair, pairs)), scheme)

    @classmethod
    def from_dict(cls, columns: Mapping[str, Any], *, scheme: Scheme | None = None) -> Corpus:
        """Make a corpus of ``{"tokens": [[...], ...], "ner_tags": [[...], ...]}``, or of one such sentence.

        Raises
        ------
        InputError
            No tokens; columns or rows of different lengths; tags that are numbers.

        Examples
        --------
        >>> Corpus.from_dict({"tokens": [["Ann"], ["Oslo"]], "ner_tags": [["B-PER"], ["B-LOC"]]}).labels
        ('B-LOC', 'B-PER')
        """
        return cls(tuple(_numbered(lambda row: row, rows_of_columns(columns))), scheme)

    @classmethod
    def from_frame(cls, frame: Any, *, scheme: Scheme | None = None, **columns: str) -> Corpus:
        """Make a corpus of a pandas frame with one token a row, or one sentence a row with lists in its cells.

        Parameters
        ----------
        frame : DataFrame
            One token a row needs a column that numbers the sentences.
        scheme : str, optional
            The scheme of the tags.
        **columns : str
            ``token_column``, ``tag_column``, ``postag_column`` and ``sentence_column``; by default the usual names.

        Raises
        ------
        InputError
            A column is missing, or a cell is no string.
        """
        from ner_lime.corpus.frames import rows_of_frame

        return cls(tuple(sentence_of(row) for row in rows_of_frame(frame, **columns)), scheme)

    def __len__(self) -> int:
        return len(self.sentences)

    @overload
    def __getitem__(self, index: int) -> Sentence: ...
    @overload
    def __getitem__(self, index: slice) -> Corpus: ...
    def __getitem__(self, index: int | slice) -> Sentence | Corpus:
        if isinstance(index, slice):
            return Corpus(self.sentences[index], self.scheme)
        return self.sentences[index]

    def __repr__(self) -> str:
        return f"<Corpus: {len(self)} sentences, {self.n_tokens} tokens, {self.scheme}, {len(self.skipped)} skipped>"

    @cached_property
    def scheme(self) -> Scheme:
        """The label scheme: as stated, else detected (`labels.detect`)."""
        return self.stated_scheme or detect(self._tags())

    @cached_property
    def label_counts(self) -> Counter[str]:
        """Number of tokens with each label."""
        return Counter(chain.from_iterable(self._tags()))

    @cached_property
    def label_scheme(self) -> LabelScheme:
        """The label scheme as an object that splits labels and reads spans."""
        return LabelScheme.parse(self.scheme)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur: ``O`` first, then in order of entity type and prefix."""
        return tuple(sorted(self.label_counts, key=lambda label: label_key(label, self.scheme)))

    @cached_property
    def n_tokens(self) -> int:
        """The number of tokens in all sentences."""
        return sum(map(len, self.sentences))

    @cached_property
    def documents(self) -> tuple[tuple[Sentence, ...], ...]:
        """The sentences grouped by document; one group if documents are not marked."""
        return tuple(tuple(group) for _, group in groupby(self.sentences, lambda sentence: sentence.document))

    def repair(self, scheme: Scheme | None = None) -> Corpus:
        """Make all tags obey a scheme, by default the corpus's own; `repaired` counts the tags that had to change."""
        target = scheme or self.scheme
        sentences: list[Sentence] = []
        total = self.repaired
        for sentence in self.sentences:
            if sentence.tags is not None:
                tags, count = repair(sentence.tags, target)
                total += count
                sentence = replace(sentence, tags=tags) if count else sentence
            sentences.append(sentence)
        return Corpus(tuple(sentences), str(target), self.skipped, total, self.notes)

    def convert(self, scheme: Scheme) -> Corpus:
        """Write all tags in another scheme.

        Raises
        ------
        TagError
            Tags that break the corpus's own scheme; `repair` mends them.
        """
        sentences: list[Sentence] = []
        for index, sentence in enumerate(self.sentences):
            try:
                if sentence.tags is not None:
                    sentence = replace(sentence, tags=convert(sentence.tags, source=self.scheme, target=scheme))
            except TagError as error:
                raise TagError(f"sentence {index}, {error}") from error
            sentences.append(sentence)
        return Corpus(tuple(sentences), str(scheme), self.skipped, self.repaired, self.notes)

    def split(self, max_tokens: int = 200) -> Corpus:
        """Cut sentences of more than `max_tokens` after sentence-final punctuation marks, but not within entities.

        For files without blank lines between sentences. A piece may stay longer where there is no such place; every
        token stays, in its order.

        Raises
        ------
        InputError
            `max_tokens` is not a whole number of 1 or more.

        Examples
        --------
        >>> long = Corpus.from_pairs([("Ann left . Bo came .".split(), ["B-PER", "O", "O", "B-PER", "O", "O"])])
        >>> [len(sentence) for sentence in long.split(max_tokens=4)]
        [3, 3]
        """
        whole_number(max_tokens, "max_tokens", least=1)
        sentences: list[Sentence] = []
        for sentence in self.sentences:
            sentences += [sentence] if len(sentence) <= max_tokens else self._pieces(sentence)
        return replace(self, sentences=tuple(sentences), stated_scheme=self.scheme)

    def _pieces(self, sentence: Sentence) -> Iterator[Sentence]:
        inside = {i for span in self.label_scheme.spans(sentence.tags or ()) for i in range(span.start, span.end - 1)}
        ends = [i + 1 for i, token in enumerate(sentence.tokens) if token in _SENTENCE_FINAL and i not in inside]
        for start, end in pairwise(dict.fromkeys([0, *ends, len(sentence)])):
            piece = Sentence(
                sentence.tokens[start:end],
                None if sentence.tags is None else sentence.tags[start:end],
                sentence.document,
                postags=None if sentence.postags is None else sentence.postags[start:end],
            )
            if sentence.text is not None and sentence.offsets is not None:
                offsets = sentence.offsets[start:end]
                first, last = offsets[0][0], offsets[-1][1]
                moved = tuple((a - first, b - first) for a, b in offsets)
                piece = replace(piece, text=sentence.text[first:last], offsets=moved)
            yield piece

    def _tags(self) -> Iterator[tuple[str, ...]]:
        return (sentence.tags for sentence in self.sentences if sentence.tags is not None)


def _numbered(read: Callable[[Any], Row], items: Iterable[Any]) -> Iterator[Sentence]:
    """A sentence for each item; the message of an error names its index."""
    for index, item in enumerate(items):
        try:
            yield sentence_of(read(item))
        except InputError as error:
            raise InputError(f"sentence {index}: {error}") from error
