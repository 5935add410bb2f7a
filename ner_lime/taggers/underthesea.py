"""Taggers of underthesea_core, which score a sentence of feature strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ner_lime.crf.attributes import attributes
from ner_lime.crf.features import Features
from ner_lime.crf.foreign import as_feature_function
from ner_lime.errors import InputError
from ner_lime.taggers.labels import checked_labels
from ner_lime.taggers.token_features import describe_tokens
from ner_lime.types import FloatArray, Tokens


class UndertheseaTagger:
    """An ``underthesea_core.CRFTagger``, asked for its marginals. Follows `Tagger`, `SupportsDecoding`.

    It does not give its weights: the same model from its file, ``as_tagger(path, features=fn)``, is explained exactly.

    Parameters
    ----------
    tagger : underthesea_core.CRFTagger
        With a model.
    features : callable
        The feature function that it was trained with: see `CRFTagger`. Feature strings only, no weights.

    Raises
    ------
    InputError
        The tagger has no model, or the feature function fails.

    Examples
    --------
    >>> class Loaded:  # underthesea_core.CRFTagger() after load(path)
    ...     labels = lambda self: ["O", "X"]
    ...     marginals = lambda self, features: [[0.25, 0.75] for _ in features]
    >>> UndertheseaTagger(Loaded(), features=lambda tokens, i: [tokens[i]]).predict_proba([["a"]])[0].tolist()
    [[0.25, 0.75]]
    """

    def __init__(self, tagger: Any, *, features: Callable[..., Features]) -> None:
        self.tagger = tagger
        self.labels = checked_labels(tagger.labels())
        self.features = as_feature_function(features)

    def __repr__(self) -> str:
        return f"UndertheseaTagger({len(self.labels)} labels)"

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence the (T, L) marginals."""
        shape = -1, len(self.labels)
        return [
            np.asarray(self.tagger.marginals(self._described(tokens)) if tokens else [], dtype=float).reshape(shape)
            for tokens in sentences
        ]

    def predict(self, sentences: Sequence[Tokens]) -> list[list[str]]:
        """Find the most probable label sequence of each sentence (Viterbi)."""
        return [list(self.tagger.tag(self._described(tokens))) if tokens else [] for tokens in sentences]

    def _described(self, tokens: Tokens) -> list[list[str]]:
        rows = [attributes(row) for row in describe_tokens(self.features, tokens)]
        for name, weight in (pair for row in rows for pair in row):
            if weight not in (0.0, 1.0):
                raise InputError(f"underthesea_core takes feature strings without weights, found {name!r} of {weight}")
        return [[name for name, weight in row if weight] for row in rows]


def from_tagger(tagger: Any, *, features: Callable[..., Features] | None = None) -> UndertheseaTagger:
    """Take over an ``underthesea_core.CRFTagger``.

    Raises
    ------
    InputError
        No feature function was given, or it fails.
    """
    if features is None:
        raise InputError(
            "a CRF sees only features: give the function that it was trained with, features=fn with fn(tokens, i)"
        )
    return UndertheseaTagger(tagger, features=features)
