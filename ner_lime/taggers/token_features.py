"""A user's feature function, called for every token of a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ner_lime.errors import InputError, NerLimeError
from ner_lime.types import Tokens


def describe_tokens(features: Callable[[Tokens, int], Any], tokens: Tokens) -> list[Any]:
    """What ``features(tokens, i)`` says of each token.

    Raises
    ------
    InputError
        It failed.
    """
    try:
        return [features(tokens, i) for i in range(len(tokens))]
    except NerLimeError:
        raise
    except Exception as error:
        raise InputError(
            f"the feature function failed on {list(tokens)!r:.200}: {type(error).__name__}: {error}"
        ) from error
