"""What the mistakes of a report have in common: the words that led astray, and the labels that were mixed up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ner_lime.explanation.report import ExplainedMistake

LEAST = 0.05
"""A weight from which on a word counts as one that led to a wrong label, in probability."""


@dataclass(frozen=True, slots=True)
class WrongTrigger:
    """A word that spoke for the wrong label, in how many mistakes, and how strongly.

    Attributes
    ----------
    token : str
    mean : float
        Its mean contribution to the wrong label rather than the gold one, in those mistakes.
    mistakes : tuple of int
        Which of the explained mistakes.
    """

    token: str
    mean: float
    mistakes: tuple[int, ...]


def wrong_triggers(explained: Sequence[ExplainedMistake], *, n: int = 8) -> list[WrongTrigger]:
    """The `n` words with the largest total contribution to wrong labels, largest first."""
    weights: dict[str, dict[int, float]] = defaultdict(dict)
    for number, found in enumerate(explained):
        for c in found.word.attribution.contributions(found.target):
            if c.weight >= LEAST:
                weights[c.name][number] = weights[c.name].get(number, 0.0) + c.weight
    ranked = sorted(weights.items(), key=lambda item: -sum(item[1].values()))[:n]
    return [WrongTrigger(token, sum(by.values()) / len(by), tuple(by)) for token, by in ranked]


def label_pairs(explained: Sequence[ExplainedMistake], *, n: int = 8) -> list[tuple[str, str, tuple[int, ...]]]:
    """(gold label, predicted label, which mistakes) at the first wrong word, most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, found in enumerate(explained):
        at = found.mistake.word_index
        pair = ((found.sentence.tags or ())[at], found.predicted[at])
        if pair[0] != pair[1]:
            counts[pair] += 1
            numbers[pair].append(number)
    return [(gold, predicted, tuple(numbers[gold, predicted])) for (gold, predicted), _ in counts.most_common(n)]
