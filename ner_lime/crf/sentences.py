"""What callers give as a sentence, checked and made what a feature function reads."""

from __future__ import annotations

from collections.abc import Iterable

from ner_lime.corpus.sentence import Sentence
from ner_lime.crf.features import with_postags
from ner_lime.errors import InputError
from ner_lime.types import Tokens


def words_of(sentence: Tokens | Sentence) -> Tokens:
    """Return the tokens of a sentence; those of a `Sentence` with parts of speech carry them.

    Raises
    ------
    InputError
        It is one string, or not every token is a string.
    """
    if isinstance(sentence, Sentence):
        return with_postags(sentence.tokens, sentence.postags) if sentence.postags else sentence.tokens
    if isinstance(sentence, (str, bytes)) or not isinstance(sentence, Iterable):
        raise InputError(f"expected a sentence to be a list of tokens, found {sentence!r}")
    tokens = list(sentence)
    for i, token in enumerate(tokens):
        if not isinstance(token, str):
            raise InputError(f"expected every token to be a string, found {token!r} at word index {i}")
    return tokens


def tags_of(sentence: Sentence) -> list[str]:
    """Return the tags of a sentence.

    Raises
    ------
    InputError
        It is no `Sentence` or has no tags.
    """
    tags = getattr(sentence, "tags", None)
    if tags is None:
        raise InputError(f"expected a Sentence with tags, found none: {sentence!r:.80}")
    return list(tags)
