"""Texts that keep their tokens: an explainer of texts hands strings around, a tagger needs its own tokens back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import InputError
from ner_lime.types import FloatArray, Masks, Tokens

Tokenizer: TypeAlias = Callable[[str], Any]
"""Text in; tokens out, or (tokens, offsets) as `ner_lime.tokenize` gives."""


class MaskedText(str):
    """A text that knows its tokens; in every other respect it is its string.

    A mask such as ``[MASK]`` may be three tokens to a tokenizer, and two hidden neighbours may become one: a text that
    was made from tokens is never cut again.

    Examples
    --------
    >>> text = MaskedText("born in [MASK]", ("born", "in", "[MASK]"))
    >>> text.upper(), text.tokens
    ('BORN IN [MASK]', ('born', 'in', '[MASK]'))
    """

    __slots__ = ("tokens",)
    tokens: tuple[str, ...]

    def __new__(cls, text: str, tokens: Tokens) -> MaskedText:
        """Attach its tokens to a text."""
        self = super().__new__(cls, text)
        self.tokens = tuple(tokens)
        return self

    def __reduce__(self) -> tuple[type[MaskedText], tuple[str, tuple[str, ...]]]:
        """Let a copy keep the tokens."""
        return MaskedText, (str(self), self.tokens)


def as_sentence(document: str | Sequence[str] | Sentence, tokenizer: Tokenizer | None = None) -> Sentence:
    """Make a sentence, with its raw text and offsets where there is a text.

    Parameters
    ----------
    document : str, sequence of str, or Sentence
        A `MaskedText` and a sequence are taken with the tokens they have.
    tokenizer : callable, optional
        How a text is cut; `ner_lime.tokenize` by default.
    """
    if isinstance(document, Sentence):
        return document
    if isinstance(document, MaskedText):
        return Sentence(document.tokens)
    if not isinstance(document, str):
        return Sentence(tuple(document))
    if tokenizer is None:
        return Sentence.from_text(str(document))
    tokens = words(document, tokenizer)
    offsets, end = [], 0
    for token in tokens:
        start = document.find(token, end)
        if start < 0:  # a tokenizer that rewrites: NLTK's quotes, say
            return Sentence(tokens)
        end = start + len(token)
        offsets.append((start, end))
    return Sentence(tokens, text=str(document), offsets=tuple(offsets))


def words(text: str | Sequence[str] | Sentence, tokenizer: Tokenizer | None = None) -> tuple[str, ...]:
    """Tokens of a text.

    Raises
    ------
    InputError
        The tokenizer gave something else than strings.
    """
    if isinstance(text, (MaskedText, Sentence)):
        return text.tokens
    if not isinstance(text, str):
        return Sentence(tuple(text)).tokens
    if tokenizer is None:
        return Sentence.from_text(str(text)).tokens
    found = tokenizer(str(text))
    if isinstance(found, tuple) and len(found) == 2 and not isinstance(found[0], str):
        found = found[0]
    if isinstance(found, str) or not all(isinstance(word, str) for word in found):
        raise InputError(f"expected a tokenizer that gives a list of strings, found {found!r:.80}")
    return tuple(found)


def masked_texts(sentence: Sentence, replacement: Sequence[str], masks: Masks) -> list[MaskedText]:
    """Write out what each mask leaves of a sentence of T tokens.

    White space stays as it was typed; a hidden token that touches a neighbour gets a space between, so that the two are
    not read as one.

    Parameters
    ----------
    sentence : Sentence
    replacement : T strings
        What stands in place of each token where it is hidden.
    masks : (n, T)
        True = kept.
    """
    gaps = _gaps(sentence)
    pairs = list(zip(sentence.tokens, replacement, strict=True))
    texts = []
    for row in masks.tolist():
        tokens = [own if kept else other for (own, other), kept in zip(pairs, row, strict=True)]
        parts = [gaps[0]]
        for j, token in enumerate(tokens):
            touching = j + 1 < len(tokens) and not gaps[j + 1] and not (row[j] and row[j + 1])
            parts += [token, " " if touching else gaps[j + 1]]
        texts.append(MaskedText("".join(parts), tokens))
    return texts


def similarity(masks: Masks) -> FloatArray:
    """(n,): sqrt(kept / T), the cosine between a mask (n, T) and the full one, as eli5 weighs its samples."""
    return np.asarray(np.sqrt(masks.mean(axis=1)))


def _gaps(sentence: Sentence) -> list[str]:
    """What stands before, between and after the T tokens: T + 1 strings."""
    if sentence.offsets is None or sentence.text is None:
        return ["", *[" "] * (len(sentence.tokens) - 1), ""]
    ends = [0, *(end for _, end in sentence.offsets)]
    starts = [*(start for start, _ in sentence.offsets), len(sentence.text)]
    return [sentence.text[end:start] for end, start in zip(ends, starts, strict=True)]
