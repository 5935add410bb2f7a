"""A picture whose patches can be hidden: (n, C) masks in, (n, 1, K) values of the classifier out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ner_lime.classifiers.classifier import Classifier
from ner_lime.explainers.whole import DEFAULT_BATCH
from ner_lime.types import IntArray, Masks, Progress, Values

MAX_NUMBERS = 2**25
"""Numbers in the pictures that are built at once."""


class ImageMasks:
    """One picture under one classifier.

    Parameters
    ----------
    classifier : Classifier
    image, hidden : (H, W) or (H, W, c)
        The picture, and what stands in the place of hidden patches.
    segments : (H, W)
    progress : callable or None

    Examples
    --------
    >>> model = Classifier(lambda images: [[image.mean(), 1.0 - image.mean()] for image in images], ("light", "dark"))
    >>> masks = ImageMasks(model, np.ones((2, 2)), np.zeros((2, 2)), np.array([[0, 0], [1, 1]]))
    >>> masks(np.array([[True, False]])).tolist()
    [[[0.5, 0.5]]]
    """

    def __init__(
        self,
        classifier: Classifier,
        image: NDArray[Any],
        hidden: NDArray[Any],
        segments: IntArray,
        progress: Progress | None = None,
    ) -> None:
        self.classifier = classifier
        self.image = image
        self.hidden = hidden
        self.segments = segments
        self.progress = progress
        self.n_calls = 0

    @property
    def n_components(self) -> int:
        """C, the number of patches."""
        return int(self.segments.max()) + 1

    def __call__(self, masks: Masks, /) -> Values:
        """(n, C) masks to (n, 1, K) values."""
        size = min(self.classifier.batch_size or DEFAULT_BATCH, max(1, MAX_NUMBERS // self.image.size))
        answers = []
        for first in range(0, len(masks), size):
            answers.append(self.classifier(self.images(masks[first : first + size])))
            if self.progress is not None:
                self.progress(min(first + size, len(masks)), len(masks))
        self.n_calls += len(masks)
        return np.concatenate(answers)[:, None, :]

    def images(self, masks: Masks) -> list[NDArray[Any]]:
        """The n pictures that the model sees."""
        shown = masks[:, self.segments]
        if self.image.ndim == 3:
            shown = shown[:, :, :, None]
        return list(np.where(shown, self.image, self.hidden))
