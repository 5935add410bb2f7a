"""What a fresh explanation can still ask its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ner_lime.explanation.contributions import Contribution, Interaction
from ner_lime.explanation.entity import EntityExplanation
from ner_lime.explanation.targets import Target
from ner_lime.lime.selection import Selection

if TYPE_CHECKING:
    from ner_lime.crf.whitebox import WhiteBox
    from ner_lime.explanation.sentence import Explanation


class Session(Protocol):
    """The way back from an explanation to its model: questions that the arrays do not answer.

    It holds no answers of its own, so that explanations stay as small as their arrays, and does not leave its process:
    pickled it is None.
    """

    @property
    def is_cheap(self) -> bool:
        """Whether entities and interactions cost no calls of a black box."""
        ...

    def entity(self, explanation: Explanation, start: int, end: int, kind: str) -> EntityExplanation:
        """The span start..end-1 of this type as one target."""
        ...

    def interactions(self, explanation: Explanation, position: int, target: Target) -> tuple[Interaction, ...]:
        """All pairs of components for one target, largest first."""
        ...

    def select(
        self, explanation: Explanation, position: int, target: Target, num_features: int, selection: Selection
    ) -> tuple[Contribution, ...]:
        """At most `num_features` components, chosen and refitted."""
        ...

    def white_box(self, position: int) -> WhiteBox:
        """What a CRF itself adds up."""
        ...
