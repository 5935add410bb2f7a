"""CRFs of CRFsuite: taken over with their weights where their file can be had, else asked token by token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ner_lime.crf import CRFTagger
from ner_lime.crf.features import Features
from ner_lime.crf.foreign import as_feature_function
from ner_lime.errors import InputError, NotFittedError
from ner_lime.taggers.labels import checked_labels
from ner_lime.taggers.token_features import describe_tokens
from ner_lime.types import FloatArray, Tokens


class CRFsuiteTagger:
    """An open ``pycrfsuite.Tagger``, which does not give its weights. Follows `Tagger`, `SupportsDecoding`.

    The same model as a `CRFTagger` (``as_tagger(path, features=fn)``) is explained exactly and much faster.

    Parameters
    ----------
    tagger : pycrfsuite.Tagger
        Open.
    features : callable
        The feature function that it was trained with: see `CRFTagger`.

    Raises
    ------
    NotFittedError
        The tagger is not open.
    InputError
        The feature function fails.

    Examples
    --------
    >>> import pycrfsuite
    >>> CRFsuiteTagger(pycrfsuite.Tagger(), features=lambda tokens, i: [tokens[i]])
    Traceback (most recent call last):
    ner_lime.errors.NotFittedError: expected an open pycrfsuite.Tagger: ... call open first
    """

    def __init__(self, tagger: Any, *, features: Callable[..., Features]) -> None:
        try:
            labels = tagger.labels()
        except ValueError as error:
            raise NotFittedError(f"expected an open pycrfsuite.Tagger: {error}: call open first") from error
        self.tagger = tagger
        self.labels = checked_labels(labels)
        self.features = as_feature_function(features)

    def __repr__(self) -> str:
        return f"CRFsuiteTagger({len(self.labels)} labels)"

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence the (T, L) marginals."""
        return [self._marginals(sentence) for sentence in sentences]

    def predict(self, sentences: Sequence[Tokens]) -> list[list[str]]:
        """Find the most probable label sequence of each sentence (Viterbi)."""
        return [list(self.tagger.tag(describe_tokens(self.features, sentence))) for sentence in sentences]

    def _marginals(self, tokens: Tokens) -> FloatArray:
        if not tokens:
            return np.zeros((0, len(self.labels)))
        self.tagger.set(describe_tokens(self.features, tokens))
        return np.asarray([[self.tagger.marginal(label, i) for label in self.labels] for i in range(len(tokens))])


def from_crfsuite(crf: Any, *, features: Callable[..., Features] | None = None) -> CRFTagger | CRFsuiteTagger:
    """Take over a fitted ``sklearn_crfsuite.CRF``, a CRFsuite model file, or an open ``pycrfsuite.Tagger``.

    Raises
    ------
    InputError
        No feature function was given, or it fails.
    NotFittedError, ModelFileError
        The CRF is not trained or not open; its file can't be read.
    """
    if features is None:
        raise InputError(
            "a CRF sees only features: give the function that it was trained with, features=fn with fn(tokens, i)"
        )
    if isinstance(crf, (str, Path)) or hasattr(crf, "modelfile"):
        return CRFTagger.from_crfsuite(crf, features=features)
    return CRFsuiteTagger(crf, features=features)


def from_folder(path: str | Path, *, features: Callable[..., Features] | None = None) -> CRFTagger:
    """Read a model folder that `CRFTagger.save` wrote; it fails where `CRFTagger.load` does."""
    return CRFTagger.load(path, features=features)
