"""What stands in the place of hidden patches: their mean colour, the blurred picture, or one colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ner_lime.errors import InputError
from ner_lime.types import IntArray

Hide: TypeAlias = Literal["mean", "blur"] | float | Sequence[float]

BLUR = 0.08
"""Standard deviation of the blur, as a share of the picture's longer side."""


def hidden_image(image: NDArray[Any], segments: IntArray, hide: Hide) -> NDArray[Any]:
    """The picture with every patch hidden, in the shape and type of `image`.

    Parameters
    ----------
    image : (H, W) or (H, W, c)
    segments : (H, W)
    hide : "mean", "blur", a number or c numbers
        A colour is in the picture's own units.

    Raises
    ------
    InputError
        Another word, or a colour of another number of channels.
    """
    n_channels = 1 if image.ndim == 2 else image.shape[2]
    flat = image.reshape(-1, n_channels).astype(np.float64)
    if isinstance(hide, str):
        if hide == "mean":
            counts = np.bincount(segments.ravel())
            sums = np.stack([np.bincount(segments.ravel(), channel) for channel in flat.T], axis=1)
            found = (sums / counts[:, None])[segments.ravel()]
        elif hide == "blur":
            found = _blurred(image).reshape(-1, n_channels)
        else:
            raise InputError(f'expected hide "mean", "blur" or a colour, found {hide!r:.60}')
    else:
        colour = np.atleast_1d(np.asarray(hide, dtype=np.float64))
        if colour.shape not in ((1,), (n_channels,)) or not np.isfinite(colour).all():
            raise InputError(f"expected a colour of 1 or {n_channels} numbers, found {hide!r:.60}")
        found = np.broadcast_to(colour, flat.shape)
    return np.asarray(found.reshape(image.shape)).astype(image.dtype)


def _blurred(image: NDArray[Any]) -> NDArray[Any]:
    from scipy.ndimage import gaussian_filter

    sigma = BLUR * max(image.shape[:2])
    return np.asarray(gaussian_filter(image.astype(np.float64), (sigma, sigma) + (0.0,) * (image.ndim - 2)))
