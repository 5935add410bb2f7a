"""How much an explanation depends on the way of hiding words."""

from __future__ import annotations

import numpy as np

from ner_lime.explanation import Explanation
from ner_lime.types import FloatArray

DECIMALS = 9
"""Number of decimals to which weights are compared: what differs beyond is rounding."""


def weighted_tau(first: FloatArray, second: FloatArray) -> float:
    """Kendall's tau of the sizes of two rows of weights, the largest counting most.

    Rank r counts 1 / (r + 1) (Vigna, WWW 2015, the hyperbolic tau). Most pairs of plain tau are words near zero, so it
    hardly says whether another word is on top: the area under the curve is .56 on a CRF's entity words, and .88 here.
    1 where neither ranks anything, 0 where only one does.
    """
    from scipy.stats import weightedtau

    first, second = np.abs(first), np.abs(second)
    if _ranks_nothing(first) or _ranks_nothing(second):
        return 1.0 if _ranks_nothing(first) and _ranks_nothing(second) else 0.0
    return float(weightedtau(first, second).statistic)


def masking_agreement(explanation: Explanation, other: Explanation) -> FloatArray:
    """(P,): weighted tau of the weights of each predicted label, under two ways of hiding.

    Where only one of them always keeps the explained word, its own weight there is 0 by definition: it is left out.
    """
    apart = explanation.settings.context_only != other.settings.context_only
    taus = []
    for row, position in enumerate(explanation.positions):
        label = explanation.labels.index(explanation.predicted[position])
        compared = [not (apart and position in words) for words in explanation.components]
        first, second = (e.weights[row, label].round(DECIMALS) for e in (explanation, other))
        taus.append(weighted_tau(first[compared], second[compared]))
    return np.asarray(taus)


def _ranks_nothing(row: FloatArray) -> bool:
    return bool((row == row[:1]).all())
