"""Pictures of what the patches of a picture add: overlays and cut-outs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ner_lime.explanation.image import ImageExplanation
from ner_lime.explanation.targets import Target
from ner_lime.types import BoolArray, FloatArray

BLUE, ORANGE = (33, 102, 172), (200, 96, 10)
"""Supports, speaks against: told apart with every kind of colour blindness."""

MID_GREY = 128


def in_colour(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) of a grey or coloured picture."""
    return np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image


def weight_map(explanation: ImageExplanation, target: Target | None = None) -> FloatArray:
    """(H, W): the weight of the patch that each pixel belongs to."""
    weights = np.zeros(int(explanation.segments.max()) + 1)
    for contribution in explanation.contributions(target):
        weights[list(contribution.indices)] = contribution.weight
    return np.asarray(weights[explanation.segments])


def overlay(explanation: ImageExplanation, target: Target | None = None, *, strength: float = 0.6) -> NDArray[np.uint8]:
    """(H, W, 3): the picture in grey under the colours of its patches, the largest weight at full `strength`."""
    grey = in_colour(explanation.image).astype(float).mean(axis=2, keepdims=True)
    weights = weight_map(explanation, target)[:, :, None]
    share = strength * np.abs(weights) / max(float(np.abs(weights).max(initial=0.0)), 1e-12)
    colour = np.where(weights >= 0.0, np.array(BLUE), np.array(ORANGE))
    mixed = (1.0 - share) * (0.5 * grey + 110.0) + share * colour
    mixed[_borders(explanation)] *= 0.75
    return np.asarray(np.clip(mixed, 0, 255), dtype=np.uint8)


def cut_out(explanation: ImageExplanation, kept: BoolArray) -> NDArray[np.uint8]:
    """(H, W, 3): the picture where `kept` (H, W), mid-grey elsewhere."""
    return np.where(kept[:, :, None], in_colour(explanation.image), np.uint8(MID_GREY))


def _borders(explanation: ImageExplanation) -> BoolArray:
    """(H, W): the pixels left of or above another patch; none where patches are as small as pixels."""
    s = explanation.segments
    found = np.zeros(s.shape, dtype=bool)
    if s.size < 16 * (int(s.max()) + 1):
        return found
    found[:, :-1] |= s[:, :-1] != s[:, 1:]
    found[:-1] |= s[:-1] != s[1:]
    return found
