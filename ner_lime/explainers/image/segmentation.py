"""The patches of a picture: superpixels of scikit-image, a grid, or the user's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ner_lime.errors import InputError, MissingExtraError
from ner_lime.types import IntArray

Segmentation: TypeAlias = Literal["slic", "quickshift", "felzenszwalb", "grid"] | Callable[[Any], Any] | NDArray[Any]

N_PATCHES = 50
"""Number of patches that "slic" aims at, and of cells of the "grid" (about)."""

NAMES = ("slic", "quickshift", "felzenszwalb", "grid")


def segments_of(image: NDArray[Any], segmentation: Segmentation) -> IntArray:
    """(H, W): the number of the patch of each pixel, 0 .. S - 1.

    Parameters
    ----------
    image : (H, W) or (H, W, 3)
        Floats from 0 to 1.
    segmentation : str, callable or (H, W) array
        "slic", "quickshift" (lime's: kernel size 4, distance 200, ratio 0.2) or "felzenszwalb" of scikit-image; "grid";
        a function from the picture to such an array; or the array.

    Raises
    ------
    InputError
        An unknown name, an array of another shape, or a single patch: nothing could be hidden.
    MissingExtraError
        scikit-image is not installed.
    """
    if isinstance(segmentation, str):
        if segmentation not in NAMES:
            raise InputError(
                f"expected segmentation {', '.join(map(repr, NAMES))}, a function or an array, "
                f"found {segmentation!r:.60}"
            )
        found = _grid(image.shape[0], image.shape[1]) if segmentation == "grid" else _superpixels(image, segmentation)
    elif callable(segmentation):
        found = np.asarray(segmentation(image))
    else:
        found = np.asarray(segmentation)
    if found.shape != image.shape[:2] or found.dtype.kind not in "iub":
        raise InputError(
            f"expected segments as whole numbers of shape {image.shape[:2]}, one a pixel, found {found.dtype} of "
            f"shape {found.shape}"
        )
    names, numbers = np.unique(found, return_inverse=True)
    if len(names) < 2:
        raise InputError(
            "expected a picture of at least two patches, found one: nothing could be hidden; try another segmentation, "
            'such as "grid"'
        )
    return np.asarray(numbers.reshape(found.shape), dtype=np.int64)


def _grid(height: int, width: int) -> IntArray:
    """About `N_PATCHES` cells as square as they can be; never smaller than a pixel."""
    side = max(1.0, np.sqrt(height * width / N_PATCHES))
    rows, columns = max(1, round(height / side)), max(1, round(width / side))
    down = np.arange(height) * rows // height
    across = np.arange(width) * columns // width
    return np.asarray(down[:, None] * columns + across)


def _superpixels(image: NDArray[Any], name: str) -> IntArray:
    try:
        from skimage import segmentation as module
    except ImportError as error:
        raise MissingExtraError("scikit-image", "image") from error
    segmentation: Any = module  # it has no types of its own
    coloured = np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image
    if name == "slic":
        return np.asarray(segmentation.slic(coloured, n_segments=N_PATCHES, compactness=10.0, sigma=1.0, start_label=0))
    if name == "quickshift":
        return np.asarray(segmentation.quickshift(coloured, kernel_size=4, max_dist=200, ratio=0.2))
    return np.asarray(segmentation.felzenszwalb(coloured, scale=100.0, sigma=0.5, min_size=max(9, image.size // 300)))
