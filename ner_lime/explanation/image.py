"""Why a picture has its class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.targets import Target
from ner_lime.explanation.whole import WholeExplanation
from ner_lime.types import BoolArray, IntArray


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ImageExplanation(WholeExplanation):
    """Why a picture has its class: the parts of the attribution are its patches (segments, superpixels).

    Attributes
    ----------
    image : (H, W) or (H, W, 3) uint8
        As it is shown.
    segments : (H, W)
        The number of the patch, 0 .. S - 1, that each pixel belongs to.

    Examples
    --------
    >>> model = nl.as_classifier(lambda images: [[im[:4].mean(), 1 - im[:4].mean()] for im in images],
    ...                          input="image", classes=["bright", "dark"])
    >>> image = np.zeros((8, 8)); image[:4] = 1.0
    >>> halves = np.repeat([[0], [1]], 4, axis=0) * np.ones(8, dtype=int)
    >>> e = nl.ImageExplainer(model, segmentation=halves, hide=0.0).explain(image)
    >>> e.label, e.contributions()[0].name, e.contributions()[0].weight
    ('bright', 'patch 0', 1.0)
    """

    image: NDArray[np.uint8]
    segments: IntArray

    @property
    def data(self) -> str:
        """The size of the picture in words."""
        height, width = self.segments.shape
        return f"picture of {width} x {height} pixels"

    def feature_value(self, contribution: Contribution) -> str:
        """How many pixels the patch has."""
        return f"{int(np.isin(self.segments, contribution.indices).sum())} pixels"

    def where(
        self, target: Target | None = None, *, num_features: int = 5, sign: int = 1, least: float = 0.0
    ) -> BoolArray:
        """(H, W): the pixels of the largest patches.

        Parameters
        ----------
        target : Target or None
        num_features : int
            Number of patches at most.
        sign : 1, -1 or 0
            Those that support the target, those that speak against it, or both.
        least : float
            Least absolute weight.
        """
        fitting = [c for c in self.contributions(target) if c.weight * sign > 0.0 or (sign == 0 and c.weight)]
        chosen = [part for c in fitting[:num_features] if abs(c.weight) >= least for part in c.indices]
        return np.asarray(np.isin(self.segments, chosen))

    def overlay(self, target: Target | None = None, *, strength: float = 0.6) -> NDArray[np.uint8]:
        """(H, W, 3): the picture in grey, blue where patches support the target, orange where they speak against it."""
        from ner_lime.render.whole.overlay import overlay

        return overlay(self, target, strength=strength)

    def cut_out(self, target: Target | None = None, **options: Any) -> NDArray[np.uint8]:
        """(H, W, 3): only the patches of `where`, the rest in mid-grey."""
        from ner_lime.render.whole.overlay import cut_out

        return cut_out(self, self.where(target, **options))
