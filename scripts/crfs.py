"""The CRFs that the benchmarks explain, the same models in python-crfsuite, and sentences of the lengths they want."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pycrfsuite
from benchmark import ROOT

from ner_lime import CRFTagger, Sentence
from ner_lime.types import FloatArray, MaskedSentence

JOBS = ROOT / "data" / "jobs"
WNUT = ROOT.parent / "shared" / "corpora" / "wnut17"


def trained(sentences: Sequence[Sentence], *, quick: bool, window: int = 1) -> CRFTagger:
    """A CRF; in a smoke run a hasty one of the first sentences."""
    if quick:
        return CRFTagger(window=window, max_iterations=10).fit(sentences[:400])
    return CRFTagger(window=window).fit(sentences)


def of_length(sentences: Iterable[Sentence], length: int) -> Iterator[tuple[str, ...]]:
    """Pieces of exactly `length` words: sentences in their order, joined, and cut."""
    words: list[str] = []
    for sentence in sentences:
        words += sentence.tokens
        if len(words) >= length:
            yield tuple(words[:length])
            words = []


def prepare(tagger: CRFTagger, tokens: Sequence[str], replacement: Sequence[str]) -> MaskedSentence:
    prepared = tagger.under_masks(tokens, replacement)
    assert prepared is not None
    return prepared


class CRFsuite:
    """The same model in python-crfsuite: features and marginals of one sentence after the other."""

    def __init__(self, tagger: CRFTagger) -> None:
        self.feature_function = tagger.feature_function
        self.labels = tagger.labels
        self.tagger = pycrfsuite.Tagger()
        with tempfile.TemporaryDirectory() as folder:
            tagger.save(Path(folder) / "model")
            self.model = (Path(folder) / "model" / "model.crfsuite").read_bytes()
        self.tagger.open_inmemory(self.model)  # which it reads for as long as it lives, and does not hold

    def features(self, sentences: Sequence[Sequence[str]]) -> list[list[object]]:
        return [[self.feature_function(tokens, i) for i in range(len(tokens))] for tokens in sentences]

    def marginals(self, described: Sequence[Sequence[object]]) -> FloatArray:
        """(n, T, L) for n sentences of the same length."""
        answers = []
        for features in described:
            self.tagger.set(features)
            answers.append([[self.tagger.marginal(y, t) for y in self.labels] for t in range(len(features))])
        return np.array(answers)
