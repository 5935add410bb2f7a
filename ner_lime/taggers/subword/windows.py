"""Overlapping windows over a sequence that is longer than a model can read at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Window:
    """Subwords that are seen together: sees start..end-1, answers for first..last-1.

    Examples
    --------
    >>> windows(10, capacity=8)
    [Window(start=0, end=8, first=0, last=5), Window(start=2, end=10, first=5, last=10)]
    """

    start: int
    end: int
    first: int
    last: int


def windows(length: int, capacity: int) -> list[Window]:
    """Windows of at most `capacity` subwords that overlap by a quarter; none for an empty sentence.

    The middle of an overlap parts the answers: every subword is answered for where it sees at least an eighth of the
    window on both sides.
    """
    if length <= capacity:
        return [Window(0, length, 0, length)] if length else []
    step = capacity - capacity // 4
    starts = [*range(0, length - capacity, step), length - capacity]
    cuts = [(left + capacity + right) // 2 for left, right in pairwise(starts)]
    return [
        Window(start, start + capacity, first, last)
        for start, first, last in zip(starts, [0, *cuts], [*cuts, length], strict=True)
    ]
