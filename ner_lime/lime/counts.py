"""Laws by counts: how many components are hidden is drawn first, then which; the masks are weighed by similarity."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, comb

import numpy as np

from ner_lime.errors import InputError
from ner_lime.lime.law import Law
from ner_lime.lime.masks import hide_random
from ner_lime.types import FloatArray, Masks


@dataclass(frozen=True, slots=True)
class Cosine(Law):
    """lime's: the number hidden s is uniform on 1..C, then a random subset; weight by the distance to the full one.

    weight = exp(-(1 - sqrt(1 - s/C))^2 / (2 width^2)), which is ``lime.lime_text``'s kernel
    sqrt(exp(-(d / 25)^2)) of d = 100 times the cosine distance (Ribeiro, Singh, Guestrin, KDD 2016, section 3.4).

    Examples
    --------
    >>> Cosine(width=0.25).weight(np.array([[True, True], [False, False]])).round(4).tolist()
    [1.0, 0.0003]
    """

    width: float = 0.25

    def __post_init__(self) -> None:
        if not self.width > 0.0:
            raise InputError(f"expected a kernel width above 0, found {self.width}")

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        return hide_random(rng, rng.integers(1, n_components + 1, n), n_components)

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): the kernel."""
        distance = 1.0 - np.sqrt(masks.mean(axis=1))
        return np.asarray(np.exp(-(distance**2) / (2.0 * self.width**2)))

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): 1 / (C binomial(C, s)) for s >= 1 hidden; the full sentence, which lime adds once, has no share."""
        return uniform_count_probability(masks, masks.shape[1])

    def by_kept(self, n_components: int) -> FloatArray:
        """(C + 1,): the kernel's share of each size."""
        return weighted_sizes(self, n_components, n_components)


@dataclass(frozen=True, slots=True)
class UniformCount(Law):
    """eli5's: the number hidden k is uniform on 1..ceil(max_replace C), then a random subset; weight by similarity.

    The similarity is sqrt((C - k) / C), ``eli5.lime.samplers.MaskingTextSampler``'s cosine similarity; with
    `rbf_sigma` it is exp(-(1 - similarity)^2 / (2 sigma^2)), as ``eli5.lime.TextExplainer`` weighs it.

    Examples
    --------
    >>> UniformCount(max_replace=0.7).max_hidden(10)
    7
    """

    max_replace: float = 0.7
    rbf_sigma: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.max_replace <= 1.0:
            raise InputError(f"expected max_replace above 0 and at most 1, found {self.max_replace}")
        if self.rbf_sigma is not None and not self.rbf_sigma > 0.0:
            raise InputError(f"expected rbf_sigma above 0, found {self.rbf_sigma}")

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        return hide_random(rng, rng.integers(1, self.max_hidden(n_components) + 1, n), n_components)

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): the similarity to the full sentence."""
        similarity = np.sqrt(masks.mean(axis=1))
        if self.rbf_sigma is None:
            return np.asarray(similarity)
        return np.asarray(np.exp(-((1.0 - similarity) ** 2) / (2.0 * self.rbf_sigma**2)))

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): 1 / (most binomial(C, k)) for 1 <= k <= most hidden."""
        return uniform_count_probability(masks, self.max_hidden(masks.shape[1]))

    def by_kept(self, n_components: int) -> FloatArray:
        """(C + 1,): the similarity's share of each size."""
        return weighted_sizes(self, n_components, self.max_hidden(n_components))

    def max_hidden(self, n_components: int) -> int:
        """The largest number of components hidden at once."""
        return max(1, ceil(self.max_replace * n_components))


def weighted_sizes(law: Law, n_components: int, max_hidden: int) -> FloatArray:
    """(C + 1,): shares of the numbers of kept components, where 1..max_hidden are hidden, all as often, and weighed."""
    sizes = np.arange(n_components) < np.arange(n_components + 1)[:, None]
    hidden = n_components - np.arange(n_components + 1)
    share = law.weight(sizes) * ((hidden >= 1) & (hidden <= max_hidden))
    return np.asarray(share / share.sum())


def uniform_count_probability(masks: Masks, max_hidden: int) -> FloatArray:
    """(n,): the number hidden is uniform on 1..max_hidden, the subset uniform among those of its size."""
    n_components = masks.shape[1]
    by_count = np.array(
        [
            0.0 if not 1 <= s <= max_hidden else 1.0 / (max_hidden * comb(n_components, s))
            for s in range(n_components + 1)
        ]
    )
    return np.asarray(by_count[n_components - masks.sum(axis=1)])
