"""Whether a tagger reads parts of speech, which a text by itself does not have."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ner_lime.corpus.sentence import Sentence
from ner_lime.crf.features import WindowFeatures, with_postags
from ner_lime.crf.foreign import usable_words
from ner_lime.errors import InputError, NerLimeError
from ner_lime.types import Tagger

PARTS_OF_SPEECH = ("NNP", "VBZ", "DT")
"""What a feature function is tried with."""


def reads_postags(tagger: Tagger) -> bool:
    """Whether the tagger's feature function, where it has one, answers otherwise for tokens with parts of speech."""
    function = getattr(tagger, "feature_function", None) or getattr(tagger, "features", None)
    if isinstance(function, WindowFeatures):
        return function.postags
    if not callable(function):
        return False
    try:
        return _reads_postags(function)
    except TypeError:  # no key of a cache
        return _reads_postags.__wrapped__(function)


@lru_cache(maxsize=64)
def _reads_postags(function: Callable[..., Any]) -> bool:
    words = usable_words(function, repr)
    tagged = with_postags(words, [PARTS_OF_SPEECH[k % len(PARTS_OF_SPEECH)] for k in range(len(words))])
    try:
        return any(repr(function(tagged, i)) != repr(function(words, i)) for i in range(len(words)))
    except NerLimeError:
        raise
    except Exception:  # noqa: BLE001 - it will say so where it is really asked
        return False


def check_postags(tagger: Tagger, sentence: Sentence) -> None:
    """Refuse a sentence without parts of speech for a tagger that reads them: each would be taken for ''.

    Raises
    ------
    InputError
        They are missing; the message says how to give them.
    """
    if sentence.postags is None and sentence.tokens and reads_postags(tagger):
        raise InputError(
            "expected parts of speech, which this model's features read, found none: give "
            "nl.Sentence(tokens, postags=[...]), or postags=[''] * len(tokens) for a model that was trained without"
        )
