"""The one check that every tagger's answer passes: shape, finite, in [0, 1], rows that sum to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ner_lime.errors import NerLimeError, TaggerError, in_one_line
from ner_lime.taggers.labels import checked_labels
from ner_lime.types import FloatArray, Tagger, Tokens

SUM_TOLERANCE = 1e-4
"""Rows of float32 models sum to 1 within this; they are renormalised."""

CHANGED = 1e-3
"""A tagger whose answer to the same sentence differs by more than this is not a function of its input."""


def ask(tagger: Tagger, sentences: Sequence[Tokens]) -> list[FloatArray]:
    """The tagger's probabilities for each sentence, checked.

    Returns
    -------
    list of (T, L) float64 arrays whose rows sum to 1.

    Raises
    ------
    TaggerError
        The tagger failed, or its answer is no list of probability matrices; says which sentence and what was found.
    """
    try:
        answers = list(tagger.predict_proba(sentences))
    except NerLimeError:
        raise
    except Exception as error:
        raise TaggerError(f"the tagger failed on {len(sentences)} sentences: {in_one_line(error)}") from error
    if len(answers) != len(sentences):
        raise TaggerError(f"expected {len(sentences)} answers of the tagger, one a sentence, found {len(answers)}")
    n_labels = len(checked_labels(tagger.labels))
    return [
        check_probabilities(answer, len(sentence), n_labels, where=f"sentence {number}")
        for number, (answer, sentence) in enumerate(zip(answers, sentences, strict=True))
    ]


def check_probabilities(answer: object, n_tokens: int, n_labels: int, *, where: str) -> FloatArray:
    """One (T, L) matrix of probabilities as float64, its rows renormalised.

    Raises
    ------
    TaggerError
        Wrong shape, not numbers, not finite, negative, above 1, or rows that do not sum to 1 within 1e-4.
    """
    try:
        matrix = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise TaggerError(
            f"{where}: expected a matrix of probabilities, found {type(answer).__name__}: {error}"
        ) from error
    if matrix.shape != (n_tokens, n_labels):
        raise TaggerError(
            f"{where}: expected probabilities of shape ({n_tokens} tokens, {n_labels} labels), found {matrix.shape}"
        )
    if not matrix.size:
        return matrix
    if not np.isfinite(matrix).all():
        token, label = np.argwhere(~np.isfinite(matrix))[0]
        raise TaggerError(f"{where}: expected finite probabilities, found {matrix[token, label]} at word {token}")
    if matrix.min() < -SUM_TOLERANCE or matrix.max() > 1.0 + SUM_TOLERANCE:
        worst = matrix.min() if matrix.min() < -SUM_TOLERANCE else matrix.max()
        raise TaggerError(f"{where}: expected probabilities in [0, 1], found {worst:g}: are these scores or logits?")
    total = matrix.sum(axis=1)
    if np.abs(total - 1.0).max() > SUM_TOLERANCE:
        word = int(np.abs(total - 1.0).argmax())
        raise TaggerError(f"{where}: expected probabilities that sum to 1, found {total[word]:g} at word {word}")
    matrix = np.clip(matrix, 0.0, 1.0)
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def check_repeated(first: FloatArray, again: FloatArray) -> None:
    """Compare two answers (T, L) to the same sentence.

    Raises
    ------
    TaggerError
        They differ.
    """
    change = float(np.abs(again - first).max(initial=0.0))
    if change > CHANGED:
        raise TaggerError(
            f"the tagger's answer to the same sentence changed by {change:.3g}: expected a function of its input; "
            "switch off dropout or other randomness (evaluation mode)"
        )
