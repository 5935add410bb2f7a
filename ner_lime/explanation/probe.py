"""What a fresh explanation can still ask its tagger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ner_lime.explanation.contributions import Contribution, EntityExplanation, Interaction
from ner_lime.explanation.targets import Target
from ner_lime.lime.selection import Selection

if TYPE_CHECKING:
    from ner_lime.crf.whitebox import WhiteBox


class Probe(Protocol):
    """The open end of a fresh explanation: questions that its arrays do not answer go back to the tagger."""

    def entity(self, start: int, end: int, kind: str) -> EntityExplanation:
        """The span start..end-1 of this type as one target."""
        ...

    def interactions(self, position: int, target: Target) -> tuple[Interaction, ...]:
        """All pairs of components for one target, largest first."""
        ...

    def select(
        self, position: int, target: Target, num_features: int, selection: Selection
    ) -> tuple[Contribution, ...]:
        """At most `num_features` components, chosen and refitted."""
        ...

    def white_box(self, position: int) -> WhiteBox:
        """What a CRF itself adds up."""
        ...
