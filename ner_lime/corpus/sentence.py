"""Sentences and corpora: plain, immutable data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, chain, groupby
from typing import overload

from ner_lime.corpus.labels import Scheme, convert, detect, label_key, repair
from ner_lime.corpus.tokenizer import Offsets, tokenize
from ner_lime.errors import CorpusError, InputError, TagError

_STRING = frozenset({str})


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sequence of T tokens, with what is known about them.

    Attributes
    ----------
    tokens : tuple of str
        T tokens, exactly as they were typed.
    tags : tuple of str or None
        T gold tags, where they are known.
    document : int or None
        The index (from 0) of the document that the sentence belongs to, where documents are known.
    text : str or None
        The text that the tokens were cut from.
    offsets : tuple of (int, int) or None
        T pairs (start, end) of characters in `text`.
    postags : tuple of str or None
        T part-of-speech tags.

    Raises
    ------
    InputError
        Tokens that are no strings, a row of another length than the tokens, offsets outside of the text.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...] | None = None
    document: int | None = None
    text: str | None = None
    offsets: Offsets | None = None
    postags: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name, row in (("tokens", self.tokens), ("tags", self.tags), ("postags", self.postags)):
            if row is None and name != "tokens":
                continue
            if type(row) is not tuple:
                row = _as_tuple(name, row)
                object.__setattr__(self, name, row)
            # the first test costs a tenth of the second, which is there for subclasses such as numpy's
            if not _STRING.issuperset(map(type, row)) and not all(isinstance(cell, str) for cell in row):
                raise InputError(f"expected {name} to be strings, found {row!r:.80}")
            if len(row) != len(self.tokens):
                raise InputError(f"expected {name} for {len(self.tokens)} tokens, found {len(row)}")
        if self.offsets is not None:
            self._check_offsets(self.offsets)

    def _check_offsets(self, offsets: Offsets) -> None:
        if self.text is None:
            raise InputError("expected the text that the offsets point into, found none")
        if len(offsets) != len(self.tokens):
            raise InputError(f"expected offsets for {len(self.tokens)} tokens, found {len(offsets)}")
        for start, end in offsets:
            if not 0 <= start <= end <= len(self.text):
                raise InputError(
                    f"expected offsets within the text's {len(self.text)} characters, found {(start, end)}"
                )

    @classmethod
    def from_text(cls, text: str) -> Sentence:
        """Tokenize a text and remember where each token stood."""
        tokens, offsets = tokenize(text)
        return cls(tokens, text=text, offsets=offsets)

    @property
    def raw_text(self) -> str:
        """The text as it was typed; the tokens with spaces between them where it is not known."""
        return " ".join(self.tokens) if self.text is None else self.text

    @property
    def places(self) -> Offsets:
        """Where each token stands in `raw_text`: T pairs, start and end."""
        if self.offsets is not None:
            return self.offsets
        ends = list(accumulate(len(token) + 1 for token in self.tokens))
        return tuple((end - len(token) - 1, end - 1) for token, end in zip(self.tokens, ends, strict=True))

    def __len__(self) -> int:
        return len(self.tokens)


def _as_tuple(name: str, row: object) -> tuple[str, ...]:
    if isinstance(row, str | bytes) or not isinstance(row, Iterable):
        raise InputError(f"expected {name} to be a sequence of strings, found {row!r:.80}")
    return tuple(row)


@dataclass(frozen=True, repr=False)
class Corpus(Sequence[Sentence]):
    """An immutable sequence of sentences, and what there is to know about them as a whole.

    Attributes
    ----------
    sentences : tuple of Sentence
        A slice of a corpus is a corpus again.
    stated_scheme : str or None
        The scheme that the tags were said to have; `scheme` detects it where nothing was said.
    skipped : tuple of CorpusError
        The complaints about the sentences that reading left out, in the order of the file.
    repaired : int
        How many tags `repair` had to change.
    """

    sentences: tuple[Sentence, ...]
    stated_scheme: Scheme | None = None
    skipped: tuple[CorpusError, ...] = ()
    repaired: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sentences", tuple(self.sentences))

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
        """The scheme of the tags: as stated, else by `labels.detect`."""
        return self.stated_scheme or detect(self._tags())

    @cached_property
    def label_counts(self) -> Counter[str]:
        """How many tokens have each label."""
        return Counter(chain.from_iterable(self._tags()))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur: ``O`` first, then in order of entity type and prefix."""
        return tuple(sorted(self.label_counts, key=label_key))

    @cached_property
    def n_tokens(self) -> int:
        """The number of tokens in all sentences."""
        return sum(map(len, self.sentences))

    @cached_property
    def documents(self) -> tuple[tuple[Sentence, ...], ...]:
        """The sentences by document; a single group where no documents are marked."""
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
        return Corpus(tuple(sentences), target, self.skipped, total)

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
        return Corpus(tuple(sentences), scheme, self.skipped, self.repaired)

    def _tags(self) -> Iterator[tuple[str, ...]]:
        return (sentence.tags for sentence in self.sentences if sentence.tags is not None)
