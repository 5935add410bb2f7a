"""`ImageExplainer`: a classifier of pictures and a picture in, an `ImageExplanation` of all patches and classes out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ner_lime.checks import whole_number
from ner_lime.classifiers import as_classifier
from ner_lime.errors import InputError
from ner_lime.explainers.image.hiding import Hide, hidden_image
from ner_lime.explainers.image.law import FairCosine
from ner_lime.explainers.image.mask_function import ImageMasks
from ner_lime.explainers.image.segmentation import Segmentation, segments_of
from ner_lime.explainers.whole import Scene, SolverOptions, checked_options, checked_samples, explain_all, explained
from ner_lime.explanation.image import ImageExplanation
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.law import Law, as_law
from ner_lime.types import Progress


class ImageExplainer:
    """Explains why a classifier gave a picture its class.

    Parameters
    ----------
    classifier
        A `Classifier`, or anything that ``ner_lime.as_classifier(..., input="image")`` accepts. It gets lists of
        pictures in the form of the explained one.
    segmentation : "slic", "quickshift", "felzenszwalb", "grid", callable or (H, W) array
        See `ner_lime.explainers.image.segmentation.segments_of`; all but the grid and one's own need the extra
        ``image``.
    hide : "mean", "blur", a number or a colour
        What stands in the place of a hidden patch: its mean colour, the blurred picture, or a colour.
    neighbourhood : law of masks
        `Bernoulli(keep=0.5)` by default.
    n_samples : int or None
        Number of masks at most; 512 by default.
    random_state : int
        The same call gives the same answer.
    options : SolverOptions

    Examples
    --------
    >>> model = nl.as_classifier(lambda images: [[im[:4].mean(), 1 - im[:4].mean()] for im in images],
    ...                          input="image", classes=["bright", "dark"])
    >>> ImageExplainer(model, segmentation="grid", hide=0.0).explain(np.ones((8, 8))).label
    'bright'
    """

    def __init__(
        self,
        classifier: Any,
        *,
        segmentation: Segmentation = "slic",
        hide: Hide = "mean",
        neighbourhood: Law | Any | None = None,
        n_samples: int | None = None,
        random_state: int = 0,
        options: SolverOptions | None = None,
    ) -> None:
        self.classifier = as_classifier(classifier, input="image")
        self.segmentation = segmentation
        self.hide = hide
        self.law = Bernoulli(keep=0.5) if neighbourhood is None else as_law(neighbourhood)
        self.n_samples = checked_samples(n_samples)
        self.random_state = whole_number(random_state, "random_state", least=0)
        self.options = checked_options(options)

    @classmethod
    def like_lime(
        cls,
        classifier: Any,
        *,
        segmentation: Segmentation = "quickshift",
        hide: Hide = "mean",
        n_samples: int = 1000,
        random_state: int = 0,
    ) -> Self:
        """lime's own settings: quickshift, keep-rate 1/2, cosine kernel of width 0.25, ridge 1, 1,000 samples."""
        return cls(
            classifier,
            segmentation=segmentation,
            hide=hide,
            neighbourhood=FairCosine(),
            n_samples=n_samples,
            random_state=random_state,
            options=SolverOptions("sample", 0.0, 1.0),
        )

    def explain(self, image: Any, *, progress: Progress | None = None) -> ImageExplanation:
        """Explain every patch and every class.

        Parameters
        ----------
        image : (H, W) or (H, W, 1 | 3) array, or a PIL image
        progress : callable or None
            Called with (masks done, masks asked for).

        Raises
        ------
        InputError
            No picture, or one that is a single patch.
        ClassifierError
            The classifier failed, or its answer is no matrix of values or changes from call to call.
        """
        function = self.mask_function(image, progress=progress)
        n_patches = function.n_components
        scene = Scene(
            tuple(f"patch {number}" for number in range(n_patches)),
            tuple((number,) for number in range(n_patches)),
            "patches",
            f"hide={self.hide!r}",
        )
        plan = self.options.plan(self.n_samples, is_distribution=self.classifier.is_distribution)
        fields = explained(function, self.classifier, scene, self.law, plan, self.random_state)
        return ImageExplanation(**fields, image=as_bytes(function.image), segments=function.segments)

    def explain_many(self, images: Iterable[Any], *, progress: Progress | None = None) -> list[ImageExplanation]:
        """Explain many pictures; ``case`` numbers them from 1."""
        return explain_all(self.explain, images, progress)

    def mask_function(self, image: Any, *, progress: Progress | None = None) -> ImageMasks:
        """The seam between model and core: (n, C) masks of the picture in, (n, 1, K) values out."""
        pixels = checked_image(image)
        shown = as_bytes(pixels) / 255.0
        segments = segments_of(shown, self.segmentation)
        hidden = hidden_image(pixels, segments, self.hide)
        return ImageMasks(self.classifier, pixels, hidden, segments, progress)


def checked_image(image: Any) -> NDArray[Any]:
    """(H, W) or (H, W, c) numbers.

    Raises
    ------
    InputError
        Anything else.
    """
    pixels = np.asarray(image)
    fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (1, 3))
    if not fits or pixels.dtype.kind not in "uifb" or not pixels.size:
        raise InputError(
            "expected a picture of shape (height, width) or (height, width, 3), found "
            f"{pixels.dtype} of shape {pixels.shape}"
        )
    if not np.isfinite(pixels).all():
        raise InputError("expected a picture of finite numbers, found NaN or infinity")
    return pixels


def as_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """The picture as it is shown: bytes as they are, other numbers from 0 (or the least) to 1 (or the largest)."""
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.dtype == np.uint8:
        return pixels
    values = pixels.astype(np.float64)
    low, high = min(0.0, float(values.min())), max(1.0, float(values.max()))
    return np.asarray(np.round(255.0 * (values - low) / (high - low)), dtype=np.uint8)
