"""Whole corpora: a model on a test corpus, and every sentence of a corpus, explained.

=================  ====================================================================================
``corpus``         `explain_corpus`, the front door
``run``            a folder of explained sentences: progress, tables, going on
``settings``       what is explained, and in which pieces it is written
``source``         sentences, read as they are needed, cut into shards
``shard``          one shard from sentences to tables: what every worker does
``store``          where tables stand, and how they come there
``ledger``         which shards are done
``manifest``       what a run was begun with (``fingerprint``, ``model``)
``schedule``       shards to workers, again where one was lost (``executors``)
``report``         a model's mistakes on a corpus, explained
``summary``        what a model has learned, computed from the tables
=================  ====================================================================================
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ner_lime.batch.corpus import explain_corpus
    from ner_lime.batch.executors import Local, Ray
    from ner_lime.batch.model import ModelName
    from ner_lime.batch.run import Run, RunProgress
    from ner_lime.batch.seeds import sentence_seed
    from ner_lime.batch.settings import RunSettings
    from ner_lime.batch.summary import summarize
    from ner_lime.explainers.sentence.parameters import ExplanationParameters

# Imported when first used: a worker needs few of them.
_HOME = {
    "ExplanationParameters": "ner_lime.explainers.sentence.parameters",
    "Local": "ner_lime.batch.executors",
    "ModelName": "ner_lime.batch.model",
    "Ray": "ner_lime.batch.executors",
    "Run": "ner_lime.batch.run",
    "RunProgress": "ner_lime.batch.run",
    "RunSettings": "ner_lime.batch.settings",
    "explain_corpus": "ner_lime.batch.corpus",
    "sentence_seed": "ner_lime.batch.seeds",
    "summarize": "ner_lime.batch.summary",
}

__all__ = [
    "ExplanationParameters",
    "Local",
    "ModelName",
    "Ray",
    "Run",
    "RunProgress",
    "RunSettings",
    "explain_corpus",
    "sentence_seed",
    "summarize",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
