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
        None where nothing overlaps the other. Where entities were cut or joined, one stands in several mistakes.
    word_index : int
        The first word whose tag is not the gold one.
    """

    sentence: int
    kind: Kind
    gold: Span | None
    predicted: Span | None
    word_index: int


def find_mistakes(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> list[Mistake]:
    """All mistakes, in the order of the sentences and words: each wrong entity, gold or predicted, is in at least one.

    Entities are partners one to one, those first that have most words in common. One that is left over is held against
    the one with which it shares most words, as a wrong boundary: a piece of a gold entity that was cut, or a gold
    entity that was swallowed by its neighbour. One that overlaps nothing is missed or spurious.
    """
    return [
        mistake
        for number, (right, found) in enumerate(zip(gold, predicted, strict=True))
        if list(right) != list(found)
        for mistake in _in_sentence(number, right, found)
    ]


def confusion(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Counter[tuple[str, str]]:
    """How often an entity of one type was found as one of another: (gold type, predicted type) to count.

    Entities are partners one to one, by overlap; the type of what has no partner is "O". So each row sums to the number
    of gold entities of its type, and each column to the number of predicted ones.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for right, found in zip(gold, predicted, strict=True):
        for first, second in _pairs(right, found, _shared(right, found)):
            counts[first.type if first else "O", second.type if second else "O"] += 1
    return counts


def _in_sentence(number: int, right: Sequence[str], found: Sequence[str]) -> list[Mistake]:
    mistakes = []
    shared = _shared(right, found)
    least_first = [pair for pair, _ in reversed(shared.most_common())]
    nearest_gold: dict[Span | None, Span] = {predicted: gold for gold, predicted in least_first}
    nearest_predicted: dict[Span | None, Span] = dict(least_first)
    for first, second in _pairs(right, found, shared):
        if first == second:
            continue
        gold = first or nearest_gold.get(second)
        predicted = second or nearest_predicted.get(first)
        kind: Kind
        if predicted is None:
            kind = "missed"
        elif gold is None:
            kind = "spurious"
        else:
            kind = "wrong type" if gold[:2] == predicted[:2] else "wrong boundary"
        covered = [*(range(*gold[:2]) if gold else ()), *(range(*predicted[:2]) if predicted else ())]
        word_index = min(word for word in covered if right[word] != found[word])
        mistakes.append(Mistake(number, kind, gold, predicted, word_index))
    return sorted(mistakes, key=lambda mistake: mistake.word_index)


def _pairs(
    right: Sequence[str], found: Sequence[str], shared: Counter[tuple[Span, Span]]
) -> list[tuple[Span | None, Span | None]]:
    """Gold and predicted entities side by side, each once; None where there is no partner."""
    partner: dict[Span, Span] = {}
    taken: set[Span] = set()
    # Most words in common first; then those of one type, then the leftmost.
    for gold, predicted in sorted(shared, key=lambda pair: (-shared[pair], pair[0].type != pair[1].type)):
        if gold not in partner and predicted not in taken:
            partner[gold] = predicted
            taken.add(predicted)
    pairs: list[tuple[Span | None, Span | None]] = [(gold, partner.get(gold)) for gold in spans(right)]
    return pairs + [(None, predicted) for predicted in spans(found) if predicted not in taken]


def _shared(right: Sequence[str], found: Sequence[str]) -> Counter[tuple[Span, Span]]:
    """How many words each gold entity has in common with each predicted one that overlaps it, from left to right."""
    gold, predicted = _covering(right), _covering(found)
    return Counter((gold[word], predicted[word]) for word in gold if word in predicted)


def _covering(tags: Sequence[str]) -> dict[int, Span]:
    return {word: span for span in spans(tags) for word in range(span.start, span.end)}
