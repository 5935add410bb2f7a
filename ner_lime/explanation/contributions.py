"""Signed weights of components and of pairs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ner_lime.types import FloatArray


@dataclass(frozen=True, slots=True)
class Contribution:
    """The signed weight of one component (a word, a column, a patch, or a group of them) for one target.

    Attributes
    ----------
    index : int
        Of the component's first part; `word_index` where parts are words.
    name : str
        Text of the component; `token` where parts are words.
    weight, std_error : float
        In units of the target (a probability); the error is 0 where the weight is exact.
    indices : tuple of int
        Of all the component's parts; `word_indices` where parts are words.

    Examples
    --------
    >>> print(Contribution(5, "design", 0.37, 0.0, (5,)))
    design +0.370
    """

    index: int
    name: str
    weight: float
    std_error: float
    indices: tuple[int, ...]

    @property
    def word_index(self) -> int:
        """Index of the component's first word."""
        return self.index

    @property
    def word_indices(self) -> tuple[int, ...]:
        """Indices of all its words."""
        return self.indices

    @property
    def token(self) -> str:
        """Its words, joined by spaces."""
        return self.name

    def __str__(self) -> str:
        error = f" ± {1.96 * self.std_error:.3f}" if self.std_error else ""
        return f"{self.name} {self.weight:+.3f}{error}"


@dataclass(frozen=True, slots=True)
class Interaction:
    """How much more two components do together than one by one, for one target; `std_error` is 0 where exact.

    Examples
    --------
    >>> Interaction(3, 4, ("Web", "UI/UX"), 0.12, 0.0).tokens
    ('Web', 'UI/UX')
    """

    first: int
    second: int
    tokens: tuple[str, str]
    weight: float
    std_error: float


def ranked(
    components: Sequence[tuple[int, ...]], parts: Sequence[str], weights: FloatArray, std_errors: FloatArray
) -> list[Contribution]:
    """Contributions of C components with weights and errors (C,), largest absolute value first."""
    return [
        Contribution(
            components[c][0],
            component_text(components[c], parts),
            float(weights[c]),
            float(std_errors[c]),
            tuple(components[c]),
        )
        for c in np.argsort(-np.abs(weights), kind="stable").tolist()
    ]


def component_text(component: Sequence[int], parts: Sequence[str]) -> str:
    """The parts of a component, joined by spaces."""
    return " ".join(parts[part] for part in component)


def unsure_share(weights: FloatArray, std_errors: FloatArray) -> FloatArray:
    """(K,): for (K, C), the share of the sum of absolute weights whose 95 % intervals span zero; 0 where exact."""
    sizes = np.abs(weights)
    spans_zero = (sizes <= 1.96 * std_errors) & std_errors.any(axis=1, keepdims=True)
    return np.asarray(np.where(spans_zero, sizes, 0.0).sum(axis=1) / np.maximum(sizes.sum(axis=1), 1e-300))
