"""A feature function and the weights that score what it says of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from numpy.typing import NDArray

from ner_lime.crf.decoding import by_length
from ner_lime.crf.features import FeatureFunction, Features
from ner_lime.crf.weights import CRFWeights
from ner_lime.errors import InputError, NerLimeError
from ner_lime.types import FloatArray, Tokens


def describe(function: FeatureFunction, tokens: Tokens) -> list[Features]:
    """List the features of each token.

    Raises
    ------
    InputError
        The function failed.
    """
    try:
        return [function(tokens, i) for i in range(len(tokens))]
    except NerLimeError:
        raise
    except Exception as error:
        raise InputError(
            f"the feature function failed on {list(tokens)!r:.200}: {type(error).__name__}: {error}"
        ) from error


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """A trained model together with its feature function."""

    function: FeatureFunction
    weights: CRFWeights

    def emissions(self, sentences: Sequence[Tokens]) -> FloatArray:
        """Score the labels of each token of n sentences of the same length T >= 0: (n, T, L) log-scores."""
        items = (features for tokens in sentences for features in describe(self.function, tokens))
        return self.weights.emissions(items).reshape(len(sentences), len(sentences[0]), len(self.weights.labels))

    def decode(
        self, sentences: Sequence[Tokens], decoder: Callable[[FloatArray, FloatArray], NDArray[Any]]
    ) -> list[NDArray[Any]]:
        """Apply ``decoder(emissions, transitions)`` to sentences of any lengths; one answer a sentence."""
        return by_length(sentences, lambda batch: decoder(self.emissions(batch), self.weights.transitions))

    def n_fired(self, tokens: Tokens) -> int:
        """Count the attributes of a sentence that the model knows and that are not 0."""
        return sum(len(self.weights.known(features)) for features in describe(self.function, tokens))

    def neutral_strings(self) -> list[str]:
        """Lower-case strings of rare letters, those that tell the model least first."""
        candidates = map("".join, permutations("xqzjv", 3))
        return sorted(candidates, key=lambda candidate: self.n_fired([candidate] * 7))
