"""The linear-chain CRF: features, CRFsuite's model file, marginals, exact expectations, training and storage."""

from __future__ import annotations

from ner_lime.crf.features import FeatureFunction, PosToken, WindowFeatures, with_postags, word2features
from ner_lime.crf.foreign import find_window
from ner_lime.crf.search import Candidate, SearchResult, entity_f1, search
from ner_lime.crf.tagger import CRFTagger
from ner_lime.crf.weights import CRFWeights, read_weights

__all__ = [
    "CRFTagger",
    "CRFWeights",
    "Candidate",
    "FeatureFunction",
    "PosToken",
    "SearchResult",
    "WindowFeatures",
    "entity_f1",
    "find_window",
    "read_weights",
    "search",
    "with_postags",
    "word2features",
]
