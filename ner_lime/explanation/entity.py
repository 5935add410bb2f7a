"""Why a span of words is, or is not, one entity of a type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.settings import Settings
from ner_lime.explanation.verdict import Verdict
from ner_lime.plain import PlainData
from ner_lime.types import FloatArray

if TYPE_CHECKING:
    from ner_lime.explanation.sentence import Explanation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
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
    explanation : of the sentence, which it is drawn in.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> explainer = nl.NERExplainer(TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs", at=1)]))
    >>> entity = explainer.explain(["Mrs", "Smith"]).entity(1, 2)
    >>> print(entity.kind, entity.how, entity.probability, *entity.contributions(num_features=1))
    PER independent 0.75 Mrs +0.750
    """

    start: int
    end: int
    kind: str
    tokens: tuple[str, ...]
    how: str
    attribution: Attribution
    settings: Settings
    explanation: Explanation = field(compare=False)

    def __repr__(self) -> str:
        return (
            f"<EntityExplanation of words {self.start} to {self.end - 1}, {self.text[:60]!r}: "
            f"{self.kind or 'entity'} {self.probability:.3f}>"
        )

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

    def to_text(self, **options: Any) -> str:
        """For a terminal."""
        from ner_lime.render.entity import entity_text

        return entity_text(self, **options)

    def to_html(self, **options: Any) -> str:
        """The page of the sentence, opened at this entity."""
        return self.explanation.to_html(entity=self, **options)

    def to_markdown(self) -> str:
        """A sentence and a table of the contributions."""
        from ner_lime.render.table import entity_markdown

        return entity_markdown(self)

    def to_eli5(self) -> Any:
        """An ``eli5.base.Explanation`` that every eli5 formatter shows."""
        from ner_lime.eli5.convert import entity_to_eli5

        return entity_to_eli5(self)

    def to_dict(self) -> dict[str, Any]:
        """Lossless, versioned, JSON-ready; with the explanation of the sentence that it is drawn in."""
        from ner_lime.render.records import to_record

        return to_record(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EntityExplanation:
        """Read back what `to_dict` made.

        Raises
        ------
        InputError
            Another kind of result, or what `ner_lime.render.records.from_record` refuses.
        """
        from ner_lime.render.records import from_record

        found = from_record(data)
        if not isinstance(found, cls):
            raise InputError(f"expected an entity, found {type(found).__name__}")
        return found

    def _repr_html_(self) -> str:
        from ner_lime.render.html import notebook_html

        return notebook_html(self.explanation, entity=self)
