"""How much an explanation depends on the way of hiding words."""

from __future__ import annotations

import numpy as np

from ner_lime.explanation import Explanation
from ner_lime.types import FloatArray


def kendall_tau(first: FloatArray, second: FloatArray) -> float:
    """Kendall's tau-b of two rows of weights; 1 where neither ranks anything.

    Pairs tied in either row do not count as agreeing or disagreeing (Kendall, Biometrika 1945).
    """
    a, b = np.sign(np.subtract.outer(first, first)), np.sign(np.subtract.outer(second, second))
    ranked = float(np.sqrt((a != 0).sum() * (b != 0).sum()))
    if ranked == 0.0:
        return 1.0 if (a != 0).sum() == (b != 0).sum() else 0.0
    return float((a * b).sum()) / ranked


def masking_agreement(explanation: Explanation, other: Explanation) -> FloatArray:
    """(P,): Kendall's tau of the weights of each predicted label, under two ways of hiding."""
    taus = []
    for position in explanation.positions:
        label = explanation.labels.index(explanation.predicted[position])
        row = explanation.positions.index(position)
        taus.append(kendall_tau(explanation.weights[row, label], other.weights[row, label]))
    return np.asarray(taus)
