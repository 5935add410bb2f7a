"""Texts that keep their tokens: an explainer of texts hands strings around, a tagger needs its own tokens back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ner_lime.corpus.sentence import Sentence, as_sentence
from ner_lime.corpus.tokenizer import Tokenizer, cut
from ner_lime.types import FloatArray, Masks, Tokens

__all__ = ["MaskedText", "Tokenizer", "as_sentence", "masked_texts", "similarity", "words"]


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
    return cut(str(text), tokenizer)[0]


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
