"""Sentences as their tagger's own pipeline cuts them from a text, with the spaces between their tokens.

A tagger that reads texts (`SupportsText`) says where its tokens stand. The tokens of such a sentence carry what stood
between them as `TextToken`, so that the text, or the text with some words replaced, can be put together again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ner_lime.corpus.sentence import Sentence
from ner_lime.corpus.tokenizer import Offsets, Tokenizer, tokenize
from ner_lime.crf.features import with_postags
from ner_lime.taggers.postags import check_postags
from ner_lime.types import SupportsText, Tagger, Tokens


class TextToken(str):
    """A token that knows what stood around it in the text; in every other respect it is its string.

    Attributes
    ----------
    before : str
        The characters between the token before (or the text's beginning) and this one.
    after : str
        The characters between this token and the text's end, where it is the last one; else empty.

    Examples
    --------
    >>> token = TextToken("Oslo", " ", ".")
    >>> token, token.before, token.after
    ('Oslo', ' ', '.')
    """

    __slots__ = ("after", "before")
    before: str
    after: str

    def __new__(cls, token: str, before: str = "", after: str = "") -> TextToken:
        """Attach what stands around a token."""
        self = super().__new__(cls, token)
        self.before = before
        self.after = after
        return self

    def __reduce__(self) -> tuple[type[TextToken], tuple[str, str, str]]:
        """Let a copy, and a worker process, keep what stands around the token."""
        return TextToken, (str(self), self.before, self.after)


def tokenizer_of(tagger: Tagger) -> Tokenizer:
    """The tokenizer of a tagger's own pipeline; `ner_lime.tokenize` where it has none."""
    return tagger.tokenize if isinstance(tagger, SupportsText) else tokenize


def tagger_tokens(tagger: Tagger, sentence: Sentence) -> Tokens:
    """The tokens of a sentence with what its tagger reads beside them: parts of speech, or the spaces of the text.

    Raises
    ------
    InputError
        The tagger reads parts of speech, and the sentence has none.
    """
    text, offsets = sentence.text, sentence.offsets
    if sentence.postags is not None:
        return tuple(with_postags(sentence.tokens, sentence.postags))
    check_postags(tagger, sentence)
    if text is None or offsets is None or not isinstance(tagger, SupportsText):
        return sentence.tokens
    if any(after < end for (_, end), (after, _) in pairwise(offsets)):
        return sentence.tokens
    ends = [0, *(end for _, end in offsets)]
    last = len(offsets) - 1
    return tuple(
        TextToken(token, text[ends[i] : offsets[i][0]], text[ends[-1] :] if i == last else "")
        for i, token in enumerate(sentence.tokens)
    )


def in_place_of(tokens: Tokens, replacement: Sequence[str]) -> tuple[str, ...]:
    """Replacements of T tokens, with the same characters around them; empty ones leave a token out."""
    return tuple(
        TextToken(new, own.before, own.after) if isinstance(own, TextToken) and new else new
        for own, new in zip(tokens, replacement, strict=True)
    )


def text_of(tokens: Tokens) -> tuple[str, Offsets] | None:
    """Put the text of a sentence together, and say where each token stands; None where not every token knows."""
    pieces: list[str] = []
    offsets: list[tuple[int, int]] = []
    position, rest = 0, ""
    for token in tokens:
        if not isinstance(token, TextToken):
            return None
        start = position + len(token.before)
        position = start + len(token)
        offsets.append((start, position))
        pieces += [token.before, str(token)]
        rest = token.after
    return "".join([*pieces, rest]), tuple(offsets)
