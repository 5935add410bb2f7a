"""Where predicted entities differ from gold ones, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ner_lime.corpus.labels import Span, spans

Kind: TypeAlias = Literal["missed", "spurious", "wrong type", "wrong boundary"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One entity that is not as it should be.

    Attributes
    ----------
    sentence : int
        Index of the sentence.
    kind : str
        *missed*: no predicted entity overlaps the gold one; *spurious*: no gold one overlaps the predicted one; *wrong
        type*: the borders agree, the type does not; *wrong boundary*: they overlap and the borders differ.
    gold, predicted : Span or None
    word_index : int
        The first word whose tag is not the gold one.
    """

    sentence: int
    kind: Kind
    gold: Span | None
    predicted: Span | None
    word_index: int


def find_mistakes(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> list[Mistake]:
    """All mistakes, in the order of the sentences and words.

    A predicted entity that overlaps several gold ones is held against the one with which it shares most words; a gold
    entity that overlaps nothing is missed.
    """
    return [
        mistake
        for number, (right, found) in enumerate(zip(gold, predicted, strict=True))
        if list(right) != list(found)
        for mistake in _in_sentence(number, right, found)
    ]


def confusion(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Counter[tuple[str, str]]:
    """How often an entity of one type was found as one of another: (gold type, predicted type) to count.

    Entities are matched by overlap; the type of what has no partner is "O".
    """
    counts: Counter[tuple[str, str]] = Counter()
    for right, found in zip(gold, predicted, strict=True):
        for first, second in _pairs(spans(right), spans(found)):
            counts[first.type if first else "O", second.type if second else "O"] += 1
    return counts


def _in_sentence(number: int, right: Sequence[str], found: Sequence[str]) -> list[Mistake]:
    mistakes = []
    for gold, predicted in _pairs(spans(right), spans(found)):
        if gold == predicted:
            continue
        kind: Kind
        if predicted is None:
            kind = "missed"
        elif gold is None:
            kind = "spurious"
        else:
            kind = "wrong type" if gold[:2] == predicted[:2] else "wrong boundary"
        covered = [*(range(*gold[:2]) if gold else ()), *(range(*predicted[:2]) if predicted else ())]
        differing = [word for word in sorted(covered) if right[word] != found[word]]
        # An entity may end too early or too late by its last word only: then the word behind it differs.
        mistakes.append(Mistake(number, kind, gold, predicted, differing[0] if differing else min(covered)))
    return sorted(mistakes, key=lambda mistake: mistake.word_index)


def _pairs(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[Span | None, Span | None]]:
    """Gold and predicted entities side by side; None where there is no partner."""
    pairs: list[tuple[Span | None, Span | None]] = []
    taken: set[Span] = set()
    for found in predicted:
        shared = {right: min(right.end, found.end) - max(right.start, found.start) for right in gold}
        best = max((right for right in shared if shared[right] > 0), key=lambda right: shared[right], default=None)
        pairs.append((best if best not in taken else None, found))
        if best is not None:
            taken.add(best)
    overlapped = {right for right in gold for found in predicted if right.start < found.end and found.start < right.end}
    pairs += [(right, None) for right in gold if right not in taken and right not in overlapped]
    return pairs
