"""Feature functions of a whole sentence, as functions of one token.

Parsers of addresses and names (``tokens2features(tokens)``) and the sklearn-crfsuite tutorial (``sent2features(rows)``)
list the features of all tokens at once. Asked for one token after the other, the sentence is described once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from ner_lime.crf.features import Features
from ner_lime.errors import InputError
from ner_lime.types import Tokens

MAX_SENTENCES = 256
"""Maximum number of sentences whose features are remembered."""


@dataclass(frozen=True, slots=True)
class SentenceFeatures:
    """A function from the tokens of a sentence to the features of each, made a function of one token.

    Examples
    --------
    >>> features = SentenceFeatures(lambda tokens: [{"lower": token.lower()} for token in tokens])
    >>> features(["Main", "St"], 1)
    {'lower': 'st'}
    """

    function: Callable[[list[Any]], Sequence[Features]]
    read: Callable[[Tokens], Sequence[Any]] = list
    """What the function takes: the tokens, or rows made of them."""
    _known: dict[tuple[str, ...], list[Features]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, tokens: Tokens, i: int, /) -> Features:
        """Features of ``tokens[i]``.

        Raises
        ------
        InputError
            The function does not list the features of each token.
        """
        key = tuple(tokens)
        if key not in self._known:
            found = list(self.function(list(self.read(tokens))))
            if len(found) != len(tokens):
                raise InputError(
                    f"expected a feature function that lists the features of {len(tokens)} tokens, found {len(found)}"
                )
            while len(self._known) >= MAX_SENTENCES:
                del self._known[next(iter(self._known))]
            self._known[key] = found
        return self._known[key][i]


def takes_sentence(function: Callable[..., Any]) -> bool:
    """Whether a function takes a sentence alone, and no index of a token."""
    try:
        parameters = signature(function)
        parameters.bind([])
    except (TypeError, ValueError):
        return False
    try:
        parameters.bind([], 0)
    except TypeError:
        return True
    return False
