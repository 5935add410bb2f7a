"""What words do together: entities as targets, and the pair that acts together at each word. Plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ner_lime.explanation.contributions import Interaction
from ner_lime.explanation.entity import EntityExplanation
from ner_lime.explanation.sentence import Explanation


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


def joint(explanation: Explanation, *, words: Sequence[int] = ()) -> Joint:
    """Ask the model what words do together: every predicted entity, and the strongest pair for each of `words`.

    An explanation that can't ask its model any more, read from a file say, has nothing to tell.
    """
    if explanation.session is None:
        return Joint()
    strongest = {word: explanation.interactions(word)[:1] for word in words if len(explanation.components) > 1}
    return Joint(tuple(explanation.entities), {word: found[0] for word, found in strongest.items() if found})
