"""The one scale that weights are drawn on, in probability: the same for every word, page, card and picture.

A scale that fits itself to the largest weight draws .006 like .6. This one is fixed, so that equal lengths and equal
shades are equal changes of the probability wherever they are seen.
"""

from __future__ import annotations

import math

LIMIT = 1.0
"""End of the axis on both sides, in probability. A longer bar is cut there; its figure stands beside it."""

TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Where the axis has marks."""

HARDLY = 0.02
"""A weight below this, in probability, hardly moves what is explained: it is grey, and no sentence names it."""

SHADES = 10
"""Steps of shading between nothing and `LIMIT`."""


def strength(weight: float) -> int:
    """Step of shading of a weight, 1 to 10; 0 where it hardly moves anything, or is no number."""
    if not math.isfinite(weight) or abs(weight) < HARDLY:
        return 0
    return max(1, math.floor(SHADES * min(abs(weight) / LIMIT, 1.0) + 0.5))


def clipped(weight: float) -> float:
    """The weight, or the end of the axis where it lies beyond; 0 where it is no number."""
    return max(-LIMIT, min(LIMIT, weight)) if math.isfinite(weight) else 0.0


def short(value: float) -> str:
    """Two decimals with their sign, as a sentence has them: ``+.37``, ``−.05``, ``0``."""
    text = f"{abs(value):.2f}"
    if float(text) == 0.0:
        return "0"
    return f"{'+' if value > 0 else '−'}{text.removeprefix('0')}"
