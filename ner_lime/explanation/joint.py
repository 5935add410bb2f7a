"""What words do together: entities as targets, and the pair that acts together at each word. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ner_lime.explanation.contributions import Interaction
from ner_lime.explanation.entity import EntityExplanation
from ner_lime.explanation.verdict import GOOD_FIT, HARDLY_MOVES

if TYPE_CHECKING:
    from ner_lime.explanation.sentence import Explanation
    from ner_lime.explanation.token import TokenExplanation


@dataclass(frozen=True, slots=True)
class Joint:
    """What a page tells beside the words one by one.

    Attributes
    ----------
    entities : tuple of EntityExplanation
        In the order of the text.
    pairs : mapping of int to Interaction
        For a word index: the two components that do most together for its predicted label.

    Examples
    --------
    >>> Joint().entities
    ()
    """

    entities: tuple[EntityExplanation, ...] = ()
    pairs: Mapping[int, Interaction] = field(default_factory=dict)


def joint(explanation: Explanation, word_index: int | None = None, *, at_any_cost: bool = False) -> Joint:
    """Ask the model what words do together.

    Parameters
    ----------
    explanation : Explanation
        One that can't ask its model any more, read from a file say, has nothing to tell.
    word_index : int, optional
        Only this word's pair, and no entities. By default every predicted entity, and the strongest pair of each word
        whose label words do not explain one by one.
    at_any_cost : bool
        Whether to ask a black box too, which costs as many calls as an explanation for each entity.
    """
    session = explanation.session
    if session is None or not (at_any_cost or session.is_cheap):
        return Joint()
    words = list(explanation) if word_index is None else [explanation[word_index]]
    pairs = {word.word_index: explanation.interactions(word.word_index)[0] for word in words if _acts_together(word)}
    return Joint(tuple(explanation.entities) if word_index is None else (), pairs)


def _acts_together(word: TokenExplanation) -> bool:
    found = word.attribution.evidence_of([None])[0]
    return found.r2 < GOOD_FIT and len(word.explanation.components) > 1 and word.verdict.brief != HARDLY_MOVES
