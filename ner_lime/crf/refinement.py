"""Expectations to a tolerance: the messages are quantised more finely until the estimated error is small enough.

The error of merging is estimated from the second-order terms that it leaves out (`ner_lime.crf.pairing`), so one run
says what it is worth, and how much finer the next one has to be: the terms shrink with the square of the width. The
error of a mixture of keep-rates is at most what its last refinement changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ner_lime.crf.entries import Emissions, Law
from ner_lime.crf.exact import MAX_PRODUCTS, Expectations, expectations
from ner_lime.crf.messages import dependence_left_out
from ner_lime.errors import IntractableError
from ner_lime.types import FloatArray, IntArray, KeepRates

FIRST_WIDTH = 0.02
"""Width (see `ner_lime.crf.messages.Law`) where the refinement begins: the largest from which more than nine of ten
sentences of trained models are within 1e-3 at once."""

MIN_WIDTH = 1e-12
"""Width where it ends: messages that are merged there are equal but for rounding."""

SAFETY = 5.0
"""Stated error over estimated error. The true one was at most 1.6 times the estimated one on sentences of trained
models, and 5.5 times, once in two thousand, on next to deterministic random chains (`scripts/bench_tolerance.py`)."""

MAX_LEVEL = 6
"""Maximum level of the mixture of keep-rates."""

MAX_TOLERANCE = 0.02
"""Largest error that an answer may state when the time does not allow a smaller one."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """The mean of `Expectations` over keep-rates, by their shares.

    Attributes
    ----------
    mean : (P, L)
    effects : (P, L, T)
    second : (P, L, L)
    joint : (P, L, T)
        E[f z_j].
    error : float
        Estimated error of any mean or effect by merging.
    products : float
        Number of multiplications that it took.
    """

    mean: FloatArray
    effects: FloatArray
    second: FloatArray
    joint: FloatArray
    error: float
    products: float


def refine(
    emissions: Emissions, rates: KeepRates, tolerance: float, positions: IntArray, *, target_kept: bool
) -> tuple[Mixture, float]:
    """Expectations under a mixture of product laws, and the error that is stated for them.

    Where the time or the memory does not allow `tolerance`, the error that was reached is stated.

    Raises
    ------
    IntractableError
        Not even `MAX_TOLERANCE` is within reach.
    """

    def run(width: float, *levels: int) -> list[Mixture]:
        nodes = [(rate, share, level) for level in levels for rate, share in rates(level)]
        laws = [Law(rate, width) for rate, _, _ in nodes]
        found = expectations(emissions, laws, positions=positions, target_kept=target_kept)
        parts = list(zip(found, nodes, strict=True))
        return [_mixture([(e, rate, share) for e, (rate, share, of) in parts if of == level]) for level in levels]

    def answer() -> tuple[Mixture, float]:
        if target_kept:
            rows = np.arange(len(positions))
            current.joint[rows, :, positions] = current.mean
        return current, stated

    width, level = FIRST_WIDTH, 0
    change = 0.0
    if _more_nodes(rates, level):
        level = 1
        coarser, current = run(width, 0, 1)
        change = _change(coarser, current)
    else:
        (current,) = run(width, level)
    while True:
        merging = SAFETY * current.error + dependence_left_out(width)
        stated = merging + (change if _more_nodes(rates, level) else 0.0)
        if stated <= tolerance or width <= MIN_WIDTH:
            return answer()
        finer = width
        if merging > 0.5 * tolerance:
            finer = _next_width(width, current.error, tolerance)
        more = int(merging <= 0.5 * tolerance or (change > 0.5 * tolerance and _more_nodes(rates, level)))
        try:
            if current.products * (width / finer) ** 2 > MAX_PRODUCTS or level + more > MAX_LEVEL:
                raise IntractableError(
                    f"under different masks the messages of this CRF differ too much: an error of {tolerance:g} would "
                    f"take more than {MAX_PRODUCTS:.0g} multiplications; {stated:.2g} was reached: "
                    'use engine="sample"'
                )
            (found,) = run(finer, level + more)
        except IntractableError:
            if stated > max(MAX_TOLERANCE, tolerance):
                raise
            return answer()
        if more:
            change = _change(current, found)
        current, width, level = found, finer, level + more


def _next_width(width: float, error: float, tolerance: float) -> float:
    """The width at which merging takes two fifths of the tolerance, if its error shrinks with the width's square."""
    by_error = width * np.sqrt(0.4 * tolerance / max(SAFETY * error, 1e-300))
    by_dependence = (
        0.1 * tolerance * width / dependence_left_out(width) if dependence_left_out(width) > 0.1 * tolerance else width
    )
    return max(float(np.clip(min(by_error, by_dependence), width / 32.0, width / 1.5)), MIN_WIDTH)


def _more_nodes(rates: KeepRates, level: int) -> bool:
    """Whether the mixture has more keep-rates at the next level."""
    return list(rates(level)) != list(rates(level + 1))


def _change(coarser: Mixture, finer: Mixture) -> float:
    """The largest of any effect or mean."""
    return max(
        float(np.abs(finer.effects - coarser.effects).max(initial=0.0)),
        float(np.abs(finer.mean - coarser.mean).max(initial=0.0)),
    )


def _mixture(parts: Sequence[tuple[Expectations, float, float]]) -> Mixture:
    """The mean of expectations with their keep-rates by their shares; E[f z_j] = q E[f] + q (1 - q) effect."""
    return Mixture(
        mean=np.asarray(sum(share * of.mean for of, _, share in parts)),
        effects=np.asarray(sum(share * of.effects for of, _, share in parts)),
        second=np.asarray(sum(share * of.second for of, _, share in parts)),
        joint=np.asarray(
            sum(share * rate * (of.mean[:, :, None] + (1.0 - rate) * of.effects) for of, rate, share in parts)
        ),
        error=float(np.max(sum(share * of.sizes for of, _, share in parts), initial=0.0)),
        products=float(sum(of.products for of, _, _ in parts)),
    )
