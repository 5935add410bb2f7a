"""How an explanation was made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """How the explanation was made.

    Attributes
    ----------
    method : "lime" or "shapley".
    neighbourhood, masking : the law of the masks and the way of hiding, as code.
    engine : "exact" or "sample".
    estimator : what computed the weights, in words.
    n_calls : number of sequences that the tagger was asked for.
    random_state : the seed; None where no randomness took part.
    tolerance : stated error of any weight of the exact engine; 0 where nothing was approximated, None where the
        weights are sampled (see the standard errors).
    context_only : whether the explained word was always kept.

    Examples
    --------
    >>> Settings("lime", "Bernoulli(keep=0.7)", "MaskString('xqz')", "exact", "all masks", 3, None, 0.0, False).engine
    'exact'
    """

    method: str
    neighbourhood: str
    masking: str
    engine: str
    estimator: str
    n_calls: int
    random_state: int | None
    tolerance: float | None
    context_only: bool
