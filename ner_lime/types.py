"""Names for the arrays that travel between the parts, with their shapes, and the protocols that taggers follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.int64]

Masks: TypeAlias = BoolArray
"""(n, C): one mask a row, one component a column; True = kept, False = hidden."""

Values: TypeAlias = FloatArray
"""(n, K) or (n, P, K): what a function of the mask answered, one mask a row, K targets (of P positions)."""

Marginals: TypeAlias = FloatArray
"""(n, T, L): P(label at position) for n sentences of the same length T and L labels."""

Tokens: TypeAlias = Sequence[str]

Progress: TypeAlias = Callable[[int, int], None]
"""A callback ``(done, total)``."""


@runtime_checkable
class Tagger(Protocol):
    """Anything that gives a probability per token and label."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The L labels, in the order of the columns of `predict_proba`."""
        ...

    def predict_proba(self, sentences: Sequence[Tokens]) -> Sequence[FloatArray]:
        """For each sentence a (T, L) array of probabilities whose rows sum to 1."""
        ...


KeepRates: TypeAlias = Callable[[int], Sequence[tuple[float, float]]]
"""A mixture of product laws as keep-rates and their shares (sum 1); each level (0, 1, ...) comes closer to it."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Expectations of the values over masks: P positions, K targets (labels), C components.

    Attributes
    ----------
    mean : (P, K)
        E[f].
    effects : (P, K, C)
        E[f | z_j = 1] - E[f | z_j = 0]; in a mixture, the mean of those of its laws.
    second : (P, K, K) or None
        E[f_l f_m]; None where f is a mean of functions whose own second moments say nothing of it.
    joint : (P, K, C)
        E[f z_j].
    tolerance : float
        Stated error of any effect or mean.
    """

    mean: FloatArray
    effects: FloatArray
    second: FloatArray | None
    joint: FloatArray
    tolerance: float


class MaskFunction(Protocol):
    """All that the core knows of a model and its input: masks in, values out.

    Any callable is one. A function that can do better than being asked n times says so: see `SupportsMoments`.
    """

    def __call__(self, masks: Masks, /) -> Values:
        """(n, C) masks to (n, P, K) values."""
        ...


@runtime_checkable
class KnowsCost(Protocol):
    """A mask function that says what a mask costs."""

    @property
    def is_cheap(self) -> bool:
        """Whether masks cost next to nothing: thousands may be asked without a thought."""
        ...


@runtime_checkable
class SupportsMoments(Protocol):
    """A mask function that may know expectations over all masks."""

    @property
    def has_moments(self) -> bool:
        """Whether `moments` can be asked."""
        ...

    def moments(self, rates: KeepRates, *, tolerance: float, target_kept: bool = False) -> Moments:
        """Expectations when every component (but the target's, where it is always kept) is kept at one of these rates.

        Raises
        ------
        IntractableError
            They would take too much memory.
        """
        ...


@runtime_checkable
class MaskedSentence(Protocol):
    """Some words of a sentence (T of them), one replacement each: answers any mask without building sequences."""

    def marginals(self, masks: Masks) -> Marginals:
        """(n, T) masks to (n, T, L) marginals."""
        ...


@runtime_checkable
class ExactSentence(MaskedSentence, Protocol):
    """A masked sentence that knows more than marginals: expectations over all masks, and whole chains of labels."""

    def moments(
        self, rates: KeepRates, *, tolerance: float, positions: Sequence[int], target_kept: bool = False
    ) -> Moments:
        """Expectations when every token (but the target, where it is always kept) is kept at one of these rates."""
        ...

    def span_probability(
        self, masks: Masks, start: int, labels: Sequence[Sequence[str]], stop: Sequence[str]
    ) -> FloatArray:
        """(n,): joint probability that one of each of `labels` stands at start, start + 1, ..., and no `stop` after."""
        ...


@runtime_checkable
class SupportsMasks(Protocol):
    """A tagger that can do better than being called with n sequences."""

    def under_masks(
        self, tokens: Tokens, replacement: Tokens, start: int = 0, end: int | None = None
    ) -> MaskedSentence | None:
        """The words start..end-1 prepared for masks, the others seen as they are.

        None where this tagger can't (its features see the whole sentence).
        """
        ...


@runtime_checkable
class SupportsDecoding(Protocol):
    """A tagger whose best sequence is more than the best label of each token."""

    def predict(self, sentences: Sequence[Tokens]) -> list[list[str]]:
        """The best label sequence of each sentence."""
        ...


@runtime_checkable
class SupportsText(Protocol):
    """A tagger that knows how its own pipeline cuts a text into tokens."""

    def tokenize(self, text: str, /) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
        """The T tokens of a text, and where each stands: T pairs (start, end) of characters, without overlap."""
        ...


@runtime_checkable
class SupportsMaskToken(Protocol):
    """A tagger that has a mask token of its own, or can choose the most neutral string."""

    def mask_string(self, tokens: Tokens, /) -> str:
        """The string that hides a token of this sentence."""
        ...
