"""Why a span of words is, or is not, one entity of a type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.settings import Settings
from ner_lime.explanation.verdict import Verdict
from ner_lime.plain import PlainData
from ner_lime.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class EntityExplanation(PlainData):
    """Why a span is (or is not) one entity of a type.

    Attributes
    ----------
    start, end : the span is words start .. end - 1.
    kind : the entity type.
    tokens : the words of the whole sentence.
    how : "joint" where the model gives the probability of the whole span, "independent" where it is the product of
        the words'.
    attribution : of the one target that the span is, over the components of the sentence.
    settings : how it was made; its engine, estimator, calls and seed are those of the entity, not of the words.
    """

    start: int
    end: int
    kind: str
    tokens: tuple[str, ...]
    how: str
    attribution: Attribution
    settings: Settings

    @property
    def text(self) -> str:
        """The words of the span."""
        return " ".join(self.tokens[self.start : self.end])

    @property
    def components(self) -> tuple[tuple[int, ...], ...]:
        """C tuples of word indices."""
        return self.attribution.components

    @property
    def probability(self) -> float:
        """Of the span as an entity, on the sentence as it is."""
        return self.attribution.value_of()

    @property
    def weights(self) -> FloatArray:
        """(C,)."""
        return np.asarray(self.attribution.weights[0])

    @property
    def std_errors(self) -> FloatArray:
        """(C,): zeros where exact."""
        return np.asarray(self.attribution.std_errors[0])

    @property
    def bias(self) -> float:
        """The surrogate's intercept."""
        return self.attribution.bias_of()

    @property
    def r2(self) -> float:
        """Share of the variance of the probability over the neighbourhood that the contributions explain."""
        return self.attribution.r2()

    @property
    def spread(self) -> float:
        """Standard deviation of the probability over the neighbourhood."""
        return self.attribution.spread()

    @property
    def verdict(self) -> Verdict:
        """Whether to trust the explanation, and why."""
        return self.attribution.verdict

    def contributions(self, *, num_features: int | None = None) -> list[Contribution]:
        """The signed weight of every component, largest absolute value first."""
        return self.attribution.contributions(num_features=num_features)
