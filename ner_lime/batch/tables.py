"""The two tables of a run, words and contributions, and the third one of what failed: their columns, and their rows.

One row of *words* is an explained word, one of *contributions* what a word of the sentence does to one label at one
explained word. Rows come in the order of sentences, words, labels (that of the tagger) and absolute weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from ner_lime.corpus.labels import label_index
from ner_lime.corpus.sentence import Sentence
from ner_lime.explanation import Explanation
from ner_lime.explanation.verdict import judge

TableName: TypeAlias = Literal["words", "contributions", "failed"]
Kind: TypeAlias = Literal["int64", "int32", "float64", "category", "text"]
Columns: TypeAlias = dict[str, list[Any]]
"""Name of a column to its values, all of one length."""

SCHEMA: Mapping[TableName, Mapping[str, Kind]] = {
    "words": {
        "sentence": "int64",
        "word": "int32",
        "token": "category",
        "document": "int64",
        "gold": "category",
        "predicted": "category",
        "probability": "float64",
        "r2": "float64",
        "kl": "float64",
        "verdict": "category",
        "own_share": "float64",
        "calls": "int64",
        "seed": "int64",
    },
    "contributions": {
        "sentence": "int64",
        "word": "int32",
        "label": "category",
        "feature": "category",
        "offset": "int32",
        "weight": "float64",
        "std_error": "float64",
    },
    "failed": {"sentence": "int64", "error": "category", "message": "text", "text": "text"},
}
"""Columns of each table and what they hold. ``offset`` is the index of the feature word minus that of the explained."""

MAX_TEXT = 500
"""Maximum number of characters of a failed sentence and of its error that are written."""


def empty(name: TableName) -> Columns:
    """A table without rows."""
    return {column: [] for column in SCHEMA[name]}


def add_words(table: Columns, number: int, sentence: Sentence, explanation: Explanation, *, seed: int) -> None:
    """Add a row for each explained word."""
    kl = explanation.fidelity.kl.tolist()
    for row, word in enumerate(explanation):
        attribution = word.attribution
        (evidence,) = attribution.evidence_of([None])
        values = (
            number,
            word.word_index,
            writable(word.token),
            sentence.document,
            None if explanation.gold is None else writable(explanation.gold[word.word_index]),
            word.label,
            attribution.value_of(),
            evidence.r2,
            kl[row],
            judge(evidence).level,
            attribution.own_share(),
            explanation.settings.n_calls,
            seed,
        )
        for column, value in zip(table.values(), values, strict=True):
            column.append(value)


def add_contributions(
    table: Columns, number: int, explanation: Explanation, targets: str | Sequence[str], top: int | None
) -> None:
    """Add the rows of each explained word and label that is asked for, at most `top` for each."""
    features = np.asarray([component[0] for component in explanation.components])
    names = [writable(explanation.tokens[index]) for index in features]
    for row, position in enumerate(explanation.positions):
        asked: Sequence[str] = (explanation.predicted[position],) if targets == "predicted" else targets
        for label in explanation.labels if targets == "all" else asked:
            column = label_index(label, explanation.labels)
            weights, errors = explanation.weights[row, column], explanation.std_errors[row, column]
            order = np.argsort(-np.abs(weights), kind="stable")[:top]
            n = len(order)
            table["sentence"] += [number] * n
            table["word"] += [position] * n
            table["label"] += [label] * n
            table["feature"] += [names[component] for component in order]
            table["offset"] += (features[order] - position).tolist()
            table["weight"] += weights[order].tolist()
            table["std_error"] += errors[order].tolist()


def add_failure(table: Columns, number: int, sentence: Sentence, error: str, message: str) -> None:
    """Add a sentence that could not be explained, and why."""
    text = " ".join(sentence.tokens)
    for column, value in zip(table.values(), (number, error, message, text), strict=True):
        column.append(writable(value[:MAX_TEXT]) if isinstance(value, str) else value)


def writable(text: str) -> str:
    """The text, with lone surrogates spelled out: no file format has them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return str(text)
