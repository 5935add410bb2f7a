"""What the engines are asked, how they should answer, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ner_lime.lime.fidelity import Fidelity
from ner_lime.lime.law import Law
from ner_lime.types import FloatArray, IntArray, MaskFunction, Masks, Values

Engine: TypeAlias = Literal["auto", "exact", "sample"]

DEFAULT_SAMPLES = 512
"""Number of masks that are sampled at most, unless a plan says otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked: a function of masks over C components, its answers for P positions and K targets, and a law.

    Attributes
    ----------
    function : MaskFunction
        (n, C) masks in, (n, P, K) values out.
    n_components : int
        C.
    law : Law
        Of the masks.
    n_positions : int
        P; 1 where one thing as a whole is explained.
    centres : (P,) or None
        The component that holds each explained position; needed by `target_kept`.
    distance : (P, C) or None
        From each explained position to each component, in any unit; None where no component is nearer than another.
    target_kept : bool
        Whether the component of each position is always kept.
    is_distribution : bool
        Whether the K values of a position are probabilities that sum to 1: else there is no KL divergence.
    """

    function: MaskFunction
    n_components: int
    law: Law
    n_positions: int = 1
    centres: IntArray | None = None
    distance: FloatArray | None = None
    target_kept: bool = False
    is_distribution: bool = True

    @property
    def kept(self) -> IntArray | None:
        """(P,): the component that is always kept, for each position; None where there is none."""
        return self.centres if self.target_kept else None

    def kept_at(self, position: int) -> int | None:
        """The component that is always kept for this one of the P positions."""
        return None if self.kept is None else int(self.kept[position])

    def distance_at(self, position: int) -> FloatArray | None:
        """(C,): from this one of the P positions."""
        return None if self.distance is None else self.distance[position]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to answer.

    Attributes
    ----------
    engine : "auto", "exact" or "sample"
        "auto" is exact where the function or the number of components permits it, else it samples.
    n_samples : int
        Number of sampled masks at most, those on which the fidelity is measured among them.
    half_width : float
        Sampling stops when the largest half-width of a 95 % interval is at most this; 0: at `n_samples`.
    ridge : float or None
        None: the kernel surrogate where it helps. A number: the linear fit with this ridge penalty.
    tolerance : float
        Error of any weight at which an iterative exact engine stops.
    """

    engine: Engine = "auto"
    n_samples: int = DEFAULT_SAMPLES
    half_width: float = 0.005
    ridge: float | None = None
    tolerance: float = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The masks that were asked, and the answers.

    Attributes
    ----------
    masks : (n, C)
    share : (n, P)
        How much each mask counts for each position.
    values : (n, P, K)
    """

    masks: Masks
    share: FloatArray
    values: Values


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """The answer for P positions, K targets and C components.

    Attributes
    ----------
    bias : (P, K)
    weights, std_errors : (P, K, C)
    fidelity : Fidelity
    estimator : str
        What computed the weights, in words.
    tolerance : float or None
        Stated error of any weight; 0 where nothing was approximated, None where it is a sample.
    samples : Samples or None
        What later questions (selection, interactions) can be answered from.
    """

    bias: FloatArray
    weights: FloatArray
    std_errors: FloatArray
    fidelity: Fidelity
    estimator: str
    tolerance: float | None
    samples: Samples | None


def position_shares(share: FloatArray, masks: Masks, question: Question) -> FloatArray:
    """(n, P): the weights (n,) of the masks for each position: 0 where its component must be kept and is hidden.

    Then one other component leaves nothing to choose: it is seen or hidden, both alike (a law that never draws the full
    sentence would have it hidden always).
    """
    by_position = np.repeat(share[:, None], question.n_positions, axis=1)
    if question.kept is not None:
        if question.n_components == 2:
            by_position[:] = 1.0
        else:
            by_position *= question.law.conditional_weight(masks)[:, None]
        by_position *= masks[:, question.kept]
    return by_position
