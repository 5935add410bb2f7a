"""The arrays of a sentence, laid out from what the engines found in each of its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ner_lime.corpus.labels import AnyScheme, label_scheme
from ner_lime.explainers.sentence.request import Answer
from ner_lime.lime.fidelity import Fidelity
from ner_lime.types import FloatArray


def assemble(answers: Sequence[Answer], n_positions: int, n_components: int) -> dict[str, Any]:
    """The blocks' arrays, laid out for the whole sentence."""
    n_labels = answers[0].estimate.bias.shape[1]
    weights = np.zeros((n_positions, n_labels, n_components))
    errors = np.zeros_like(weights)
    bias = np.zeros((n_positions, n_labels))
    kl, top1 = np.zeros(n_positions), np.zeros(n_positions)
    variance = np.zeros((n_positions, n_labels, n_labels))
    residual = np.zeros_like(variance)
    for found in answers:
        rows, columns, estimate = list(found.block.rows), list(found.block.columns), found.estimate
        weights[np.ix_(rows, range(n_labels), columns)] = estimate.weights
        errors[np.ix_(rows, range(n_labels), columns)] = estimate.std_errors
        bias[rows] = estimate.bias
        kl[rows], top1[rows] = estimate.fidelity.kl, estimate.fidelity.top1
        variance[rows], residual[rows] = estimate.fidelity.variance, estimate.fidelity.residual
    first = answers[0].estimate.fidelity
    fidelity = Fidelity.of(variance, residual, kl=kl, top1=top1, n_masks=first.n_masks, measured_on=first.measured_on)
    return {"weights": weights, "bias": bias, "std_errors": errors, "fidelity": fidelity}


def diagnostics(
    hidden: Sequence[tuple[FloatArray, Sequence[str]]], labels: Sequence[str], scheme: AnyScheme = None
) -> dict[str, float]:
    """What the tagger sees where everything is hidden: it should see nothing.

    Parameters
    ----------
    hidden
        For each block its answer, (T, L), and the tags of the sentence as it is; nothing where words are deleted.
    labels : L strings
    scheme : which of them is outside
    """
    nothing = label_scheme(scheme, labels).outside
    if not hidden or nothing not in labels:
        return {}
    outside = list(labels).index(nothing)
    answers = np.concatenate([answer for answer, _ in hidden])
    plain = [label == nothing for _, predicted in hidden for label in predicted]
    turned = answers[plain].argmax(axis=1) != outside
    return {
        "entity_probability_all_hidden": float((1.0 - answers[:, outside]).mean()),
        "o_to_entity_rate": float(turned.mean()) if len(turned) else 0.0,
    }
