"""A feature function and the weights that score what it says of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ner_lime.crf.decoding import by_length
from ner_lime.crf.features import FeatureFunction, Features, WindowFeatures
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
        shape = len(sentences), len(sentences[0]), len(self.weights.labels)
        if not isinstance(self.function, WindowFeatures) or self.function.postags:
            described = (features for tokens in sentences for features in describe(self.function, tokens))
            return self.weights.emissions(described).reshape(shape)
        # Masked sentences consist of few different windows: each is described and scored once.
        w, last = self.function.window, shape[1] - 1
        edge = max(w, 1)  # the features know the first and the last token even where they see no neighbour
        rows: dict[tuple[object, ...], int] = {}
        items: list[Features] = []
        order = []
        for tokens in sentences:
            for i in range(shape[1]):
                window = (min(i, edge), min(last - i, edge), *tokens[max(i - w, 0) : i + w + 1])
                row = rows.setdefault(window, len(rows))
                if row == len(items):
                    items.append(self.function(tokens, i))
                order.append(row)
        return np.asarray(self.weights.emissions(items)[order].reshape(shape))

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
