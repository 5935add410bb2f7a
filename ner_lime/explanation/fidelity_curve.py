"""Fidelity against the number of model calls: plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FidelityCurve:
    """How well sampled explanations of one sentence predict the tagger, by the number of calls they cost.

    Attributes
    ----------
    n_calls : tuple of N int
        Sampled masks of each explanation, ascending; one mask is one call of the tagger.
    positions : tuple of P int
        Indices of the explained words.
    r2 : N tuples of P floats or None
        R2 of each word's predicted label on masks that were not fitted; None where there were too few of them to tell.
    top1 : N tuples of P floats or None
        Share of those masks on which tagger and surrogate name the same most probable label.

    See Also
    --------
    ner_lime.explanation.Fidelity : the same figures of one explanation.

    Examples
    --------
    >>> curve = FidelityCurve((64, 128), positions=(3,), r2=((0.8,), (0.9,)), top1=((1.0,), (1.0,)))
    >>> dict(zip(curve.n_calls, curve.r2))
    {64: (0.8,), 128: (0.9,)}
    """

    n_calls: tuple[int, ...]
    positions: tuple[int, ...]
    r2: tuple[tuple[float | None, ...], ...]
    top1: tuple[tuple[float | None, ...], ...]
