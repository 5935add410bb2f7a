"""ner-lime explains why a model gave a token its label."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ner_lime import batch, metrics
    from ner_lime.batch.corpus import explain_corpus
    from ner_lime.batch.summary import summarize
    from ner_lime.classifiers import Classifier, as_classifier
    from ner_lime.corpus import (
        Corpus,
        LabelScheme,
        Sentence,
        Span,
        as_corpus,
        iter_corpus,
        iter_iob,
        read_corpus,
        read_iob,
        spans,
        tokenize,
        write_corpus,
        write_iob,
    )
    from ner_lime.crf import CRFTagger, word2features
    from ner_lime.eli5 import predict_function
    from ner_lime.errors import NerLimeError
    from ner_lime.explainers.document import TextExplainer
    from ner_lime.explainers.image import ImageExplainer
    from ner_lime.explainers.row import TabularExplainer
    from ner_lime.explainers.sentence import NERExplainer, Options
    from ner_lime.explainers.sentence.masking import Delete, MaskString, Resample
    from ner_lime.explainers.whole import SolverOptions
    from ner_lime.explanation import Contribution, Explanation, TokenExplanation
    from ner_lime.explanation.document import DocumentExplanation
    from ner_lime.explanation.image import ImageExplanation
    from ner_lime.explanation.row import RowExplanation
    from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType
    from ner_lime.lime.bernoulli import Bernoulli
    from ner_lime.lime.counts import Cosine, UniformCount
    from ner_lime.lime.law import Law
    from ner_lime.lime.shapley import Shapley
    from ner_lime.metrics.pick import Pick, pick
    from ner_lime.taggers import as_tagger, register_tagger, unregister_tagger

__version__ = "0.1.0"

# Names are imported when they are first used: `ner-lime --help` needs none of the libraries behind them.
_HOME = {
    "AnyEntity": "explanation.targets",
    "Bernoulli": "lime.bernoulli",
    "CRFTagger": "crf",
    "Classifier": "classifiers",
    "Contrast": "explanation.targets",
    "Contribution": "explanation",
    "Corpus": "corpus",
    "Cosine": "lime.counts",
    "Delete": "explainers.sentence.masking",
    "DocumentExplanation": "explanation.document",
    "EntityType": "explanation.targets",
    "Explanation": "explanation",
    "ImageExplainer": "explainers.image",
    "ImageExplanation": "explanation.image",
    "LabelScheme": "corpus",
    "Law": "lime.law",
    "MaskString": "explainers.sentence.masking",
    "NERExplainer": "explainers.sentence",
    "NerLimeError": "errors",
    "Options": "explainers.sentence",
    "Pick": "metrics.pick",
    "Resample": "explainers.sentence.masking",
    "RowExplanation": "explanation.row",
    "Sentence": "corpus",
    "Shapley": "lime.shapley",
    "SolverOptions": "explainers.whole",
    "Span": "corpus",
    "TabularExplainer": "explainers.row",
    "TextExplainer": "explainers.document",
    "TokenExplanation": "explanation",
    "UniformCount": "lime.counts",
    "as_classifier": "classifiers",
    "as_corpus": "corpus",
    "as_tagger": "taggers",
    "explain_corpus": "batch.corpus",
    "iter_corpus": "corpus",
    "iter_iob": "corpus",
    "pick": "metrics.pick",
    "predict_function": "eli5",
    "read_corpus": "corpus",
    "read_iob": "corpus",
    "register_tagger": "taggers",
    "spans": "corpus",
    "summarize": "batch.summary",
    "tokenize": "corpus",
    "unregister_tagger": "taggers",
    "word2features": "crf",
    "write_corpus": "corpus",
    "write_iob": "corpus",
}

__all__ = [
    "AnyEntity",
    "Bernoulli",
    "CRFTagger",
    "Classifier",
    "Contrast",
    "Contribution",
    "Corpus",
    "Cosine",
    "Delete",
    "DocumentExplanation",
    "EntityType",
    "Explanation",
    "ImageExplainer",
    "ImageExplanation",
    "LabelScheme",
    "Law",
    "MaskString",
    "NERExplainer",
    "NerLimeError",
    "Options",
    "Pick",
    "Resample",
    "RowExplanation",
    "Sentence",
    "Shapley",
    "SolverOptions",
    "Span",
    "TabularExplainer",
    "TextExplainer",
    "TokenExplanation",
    "UniformCount",
    "as_classifier",
    "as_corpus",
    "as_tagger",
    "batch",
    "explain_corpus",
    "iter_corpus",
    "iter_iob",
    "metrics",
    "pick",
    "predict_function",
    "read_corpus",
    "read_iob",
    "register_tagger",
    "spans",
    "summarize",
    "tokenize",
    "unregister_tagger",
    "word2features",
    "write_corpus",
    "write_iob",
]


def __getattr__(name: str) -> Any:
    if name in ("batch", "metrics"):  # modules, not names in one
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
