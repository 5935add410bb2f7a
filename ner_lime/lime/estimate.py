"""What every engine returns: coefficients for all positions and labels, their errors, and how good they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ner_lime.lime.fidelity import Agreement
from ner_lime.lime.laws import Neighbourhood
from ner_lime.types import FloatArray, IntArray, Marginals, Masks

SentenceFunction: TypeAlias = Callable[[Masks], Marginals]
"""(n, C) masks in, (n, P, L) probabilities out: the only thing the core knows of a tagger."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What an engine is asked: P positions, C components.

    Attributes
    ----------
    function : SentenceFunction
    n_components : int
        C.
    centres : (P,)
        The component that holds each explained position.
    distance : (P, C)
        In words, from each explained position to each component.
    method : "lime" or "shapley"
    neighbourhood : Neighbourhood
    target_kept : bool
        Condition on the explained component being kept.
    """

    function: SentenceFunction
    n_components: int
    centres: IntArray
    distance: FloatArray
    method: str
    neighbourhood: Neighbourhood
    target_kept: bool


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The masks that were asked, and the answers: masks (n, C), share (n,) or (n, P), values (n, P, L)."""

    masks: Masks
    share: FloatArray
    values: Marginals


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """P positions, L labels, C components.

    Attributes
    ----------
    bias : (P, L)
    weights, std_errors : (P, L, C)
    agreement : Agreement
    n_masks : int
        On how many masks the agreement was measured.
    measured_on, estimator : str
        In words.
    tolerance : float or None
        See `ner_lime.explanation.Settings`.
    samples : Samples or None
        What later questions (selection, interactions) can be answered from.
    """

    bias: FloatArray
    weights: FloatArray
    std_errors: FloatArray
    agreement: Agreement
    n_masks: int
    measured_on: str
    estimator: str
    tolerance: float | None
    samples: Samples | None


def target_share(share: FloatArray, masks: Masks, question: Question) -> FloatArray:
    """(n, P): the weights of the masks for each position: none where the target must be kept and is hidden.

    Then one other component leaves nothing to choose: it is seen or hidden, both alike (a law that never draws the full
    sentence would have it hidden always). In the Shapley law larger masks are the likelier ones to keep the target;
    among the others all sizes are alike again.
    """
    by_position = np.repeat(share[:, None], len(question.centres), axis=1)
    if question.target_kept:
        if question.n_components == 2:
            by_position[:] = 1.0
        elif question.method == "shapley":
            by_position /= np.maximum(masks.sum(axis=1), 1)[:, None]
        by_position *= masks[:, question.centres]
    return by_position
