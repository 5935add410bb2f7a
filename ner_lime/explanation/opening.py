"""Which word is shown where none was asked for."""

from __future__ import annotations

from ner_lime.errors import InputError
from ner_lime.explanation.sentence import Explanation


def first_word(explanation: Explanation) -> int:
    """Index of the first explained word that is in a predicted entity, else of the first explained word.

    Raises
    ------
    InputError
        No word was explained.
    """
    if not explanation.positions:
        raise InputError("expected an explanation of at least one word, found none: there is nothing to show")
    inside = {word for span in explanation.predicted_spans for word in range(span.start, span.end)}
    return next((word for word in explanation.positions if word in inside), explanation.positions[0])
