"""A sentence: its tokens, their tags and their places in the text; plain, immutable data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ner_lime.corpus.rows import Row
from ner_lime.corpus.tokenizer import Offsets, Tokenizer, cut, tokenize
from ner_lime.errors import InputError

_STRING = frozenset({str})


@dataclass(frozen=True, slots=True)
class Sentence:
    """T tokens, with their tags, parts of speech and source text where these are known.

    Attributes
    ----------
    tokens : tuple of str
        T tokens, unchanged.
    tags : tuple of str or None
        T gold tags; None if the sentence is not annotated.
    document : int or None
        Index (from 0) of the document that the sentence belongs to; None if documents are not marked.
    text : str or None
        The text that the tokens were cut from.
    offsets : tuple of (int, int) or None
        T pairs (start, end) in `text`, in characters, end exclusive.
    postags : tuple of str or None
        T part-of-speech tags.

    Raises
    ------
    InputError
        Tokens that are not strings, tags or parts of speech of another length than the tokens, offsets outside of the
        text.

    Examples
    --------
    >>> sentence = Sentence(("Ann", "sings"), tags=("B-PER", "O"))
    >>> len(sentence), sentence.raw_text
    (2, 'Ann sings')
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
        """Tokenize a text; the offsets of the tokens are kept."""
        tokens, offsets = tokenize(text)
        return cls(tokens, text=text, offsets=offsets)

    @property
    def raw_text(self) -> str:
        """The source text, or the tokens joined by spaces if there is none."""
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


def sentence_of(row: Row) -> Sentence:
    """Make a sentence of a row; InputError where it can't be one."""
    return Sentence(row.tokens, row.tags, row.document, postags=row.postags)


def as_sentence(source: str | Sequence[str] | Sentence, tokenizer: Tokenizer | None = None) -> Sentence:
    """Make a sentence of what a user passes: a text, a list of tokens, or a sentence.

    Parameters
    ----------
    source : str, sequence of str, or Sentence
        A text is tokenized, unless it is a string that carries its own ``tokens``. A sequence of strings is taken as
        the tokens.
    tokenizer : callable, optional
        How a text is tokenized; `tokenize` by default.

    Raises
    ------
    InputError
        A list of texts where the tokens of one sentence are expected; tokens that are not strings.

    Examples
    --------
    >>> as_sentence("Ann sings.").tokens, as_sentence(["Ann", "sings."]).tokens
    (('Ann', 'sings', '.'), ('Ann', 'sings.'))
    """
    if isinstance(source, Sentence):
        return source
    if not isinstance(source, str):
        tokens = _as_tuple("a sentence", source)
        if tokens and all(isinstance(token, str) and len(token.split()) > 1 for token in tokens):
            raise InputError(
                f"expected a text or the tokens of one sentence, found a list of {len(tokens)} texts: pass one text at "
                "a time, or Sentence(tokens) if these are tokens that hold spaces"
            )
        return Sentence(tokens)
    if (known := getattr(source, "tokens", None)) is not None:
        return Sentence(tuple(known))
    text = str(source)
    if tokenizer is None:
        return Sentence.from_text(text)
    tokens, offsets = cut(text, tokenizer)
    return Sentence(tokens) if offsets is None else Sentence(tokens, text=text, offsets=offsets)


def _as_tuple(name: str, row: object) -> tuple[str, ...]:
    if isinstance(row, str | bytes) or not isinstance(row, Iterable):
        raise InputError(f"expected {name} to be a sequence of strings, found {row!r:.80}")
    return tuple(row)
