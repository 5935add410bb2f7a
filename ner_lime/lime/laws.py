"""Neighbourhoods: the distribution over masks, with its weights, in which an explanation holds.

A neighbourhood draws masks and weighs them; `law` gives the normalised weight of every mask of a complete list, so
that an expectation over the neighbourhood is a sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, comb
from numbers import Real
from typing import Protocol, runtime_checkable

import numpy as np

from ner_lime.errors import InputError
from ner_lime.types import FloatArray, Masks

RAREST = 0.001
"""A component is kept, and hidden, at least so often. An effect is a difference of two conditional means, one of them
over so small a part of all masks: beyond, rounding is all that is left of it."""


@runtime_checkable
class Neighbourhood(Protocol):
    """A distribution over masks of C components."""

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        ...

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): how much a drawn mask counts."""
        ...

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): how often each mask is drawn."""
        ...


def law(neighbourhood: Neighbourhood, masks: Masks) -> FloatArray:
    """(n,): share of each mask of a complete list: how often it is drawn, times its weight; sums to 1.

    One component leaves nothing to choose: it is seen or hidden, both alike.
    """
    if masks.shape[1] == 1:
        return np.full(len(masks), 1.0 / len(masks))
    share = neighbourhood.probability(masks) * neighbourhood.weight(masks)
    return np.asarray(share / share.sum())


def expected_counts(neighbourhood: Neighbourhood, masks: Masks, n_draws: int) -> FloatArray:
    """(n,): how often each of these distinct masks comes in `n_draws` draws, on average, given that it came at all.

    A mask that is asked once however often it was drawn stands for n p / (1 - (1 - p)^n) draws (Horvitz, Thompson, JASA
    1952). Masks that the law never draws, such as lime's full sentence, came once.
    """
    chance = np.minimum(neighbourhood.probability(masks), 1.0 - 1e-12)
    seen = -np.expm1(n_draws * np.log1p(-chance))
    return np.asarray(np.where(chance * n_draws > 0.0, n_draws * chance / np.maximum(seen, 1e-300), 1.0))


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """Every component is kept with probability `keep`, independently; every mask weighs 1.

    Sampling from the weighted law instead of weighting afterwards: GLIME-binomial (Tan, Tian, Li, NeurIPS 2023,
    section 4.1).

    Raises
    ------
    InputError
        A keep-rate outside of 0.001 to 0.999.
    """

    keep: float = 0.7

    def __post_init__(self) -> None:
        if not isinstance(self.keep, Real) or not RAREST <= float(self.keep) <= 1.0 - RAREST:
            raise InputError(f"expected a keep-rate from {RAREST} to {1.0 - RAREST}, found {self.keep!r}")

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        return rng.random((n, n_components)) < self.keep

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): ones."""
        return np.ones(len(masks))

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): q^kept (1 - q)^hidden."""
        kept = masks.sum(axis=1)
        return np.asarray(self.keep**kept * (1.0 - self.keep) ** (masks.shape[1] - kept))


@dataclass(frozen=True, slots=True)
class Cosine:
    """lime's: the number hidden s is uniform on 1..C, then a random subset; weight by the distance to the full one.

    weight = exp(-(1 - sqrt(1 - s/C))^2 / (2 width^2)), which is ``lime.lime_text``'s kernel
    sqrt(exp(-(d / 25)^2)) of d = 100 times the cosine distance (Ribeiro, Singh, Guestrin, KDD 2016, section 3.4).
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


@dataclass(frozen=True, slots=True)
class UniformCount:
    """eli5's: the number hidden k is uniform on 1..ceil(max_replace C), then a random subset; weight by similarity.

    The similarity is sqrt((C - k) / C), ``eli5.lime.samplers.MaskingTextSampler``'s cosine similarity; with
    `rbf_sigma` it is exp(-(1 - similarity)^2 / (2 sigma^2)), as ``eli5.lime.TextExplainer`` weighs it.
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
        return hide_random(rng, rng.integers(1, self.most(n_components) + 1, n), n_components)

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): the similarity to the full sentence."""
        similarity = np.sqrt(masks.mean(axis=1))
        if self.rbf_sigma is None:
            return np.asarray(similarity)
        return np.asarray(np.exp(-((1.0 - similarity) ** 2) / (2.0 * self.rbf_sigma**2)))

    def probability(self, masks: Masks) -> FloatArray:
        """(n,): 1 / (most binomial(C, k)) for 1 <= k <= most hidden."""
        return uniform_count_probability(masks, self.most(masks.shape[1]))

    def most(self, n_components: int) -> int:
        """The largest number of components hidden at once."""
        return max(1, ceil(self.max_replace * n_components))


def hide_random(rng: np.random.Generator, counts: np.ndarray, n_components: int) -> Masks:
    """(n, C): row r hides `counts[r]` components chosen at random."""
    order = rng.random((len(counts), n_components)).argsort(axis=1).argsort(axis=1)
    return np.asarray(order >= counts[:, None])


def uniform_count_probability(masks: Masks, most: int) -> FloatArray:
    """(n,): the number hidden is uniform on 1..most, the subset uniform among those of its size."""
    n_components = masks.shape[1]
    by_count = np.array(
        [0.0 if not 1 <= s <= most else 1.0 / (most * comb(n_components, s)) for s in range(n_components + 1)]
    )
    return np.asarray(by_count[n_components - masks.sum(axis=1)])
