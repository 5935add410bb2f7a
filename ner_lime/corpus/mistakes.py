"""Mistakes: gold and predicted entities that differ, by kind of difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ner_lime.corpus.labels import AnyScheme, LabelScheme, Span, reading_scheme

MistakeKind: TypeAlias = Literal["missed", "spurious", "wrong type", "wrong boundary"]
KINDS: tuple[MistakeKind, ...] = get_args(MistakeKind)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One gold or predicted entity that the other side does not have.

    Attributes
    ----------
    sentence : int
        Index of the sentence.
    kind : str
        *missed*: no predicted entity overlaps the gold one; *spurious*: no gold one overlaps the predicted one; *wrong
        type*: the borders agree, the type does not; *wrong boundary*: they overlap and the borders differ.
    gold, predicted : Span or None
        None where nothing overlaps the other. An entity that was cut or joined is in several mistakes.
    word_index : int
        The first word of the two entities whose predicted tag is not the gold one.

    Examples
    --------
    >>> find_mistakes([["B-PER", "O"]], [["O", "O"]])[0].kind
    'missed'
    """

    sentence: int
    kind: MistakeKind
    gold: Span | None
    predicted: Span | None
    word_index: int


def find_mistakes(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], *, scheme: AnyScheme = None
) -> list[Mistake]:
    """List all mistakes, in the order of sentences and words; every wrong entity is in at least one.

    Gold and predicted entities are matched one to one, those with the largest overlap first. An entity without a
    partner is compared with the one that it overlaps most, as a wrong boundary: a piece of a gold entity that was cut,
    or a gold entity that was joined to its neighbour. An entity that overlaps nothing is missed or spurious.

    Parameters
    ----------
    gold, predicted : sequences of sequences of str
        The tags of the same sentences, in the same order.
    scheme : str, LabelScheme or None
        The scheme of the tags; by default from the labels that occur.
    """
    read = reading_scheme(scheme, [*gold, *predicted])
    return [
        mistake
        for number, (right, found) in enumerate(zip(gold, predicted, strict=True))
        if list(right) != list(found)
        for mistake in _in_sentence(number, right, found, read)
    ]


def confusion(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], *, scheme: AnyScheme = None
) -> Counter[tuple[str | None, str | None]]:
    """Count how often an entity of one type was predicted as one of another: (gold type, predicted type) to count.

    Gold and predicted entities are matched one to one, by overlap; the type of a missing partner is None. So each row
    sums to the number of gold entities of its type, and each column to the number of predicted ones.
    """
    read = reading_scheme(scheme, [*gold, *predicted])
    counts: Counter[tuple[str | None, str | None]] = Counter()
    for right, found in zip(gold, predicted, strict=True):
        for first, second in _pairs(read.spans(right), read.spans(found)):
            counts[first.type if first else None, second.type if second else None] += 1
    return counts


def _in_sentence(number: int, right: Sequence[str], found: Sequence[str], read: LabelScheme) -> list[Mistake]:
    mistakes = []
    right_spans, found_spans = read.spans(right), read.spans(found)
    shared = _shared(right_spans, found_spans)
    least_first = [pair for pair, _ in reversed(shared.most_common())]
    nearest_gold: dict[Span | None, Span] = {predicted: gold for gold, predicted in least_first}
    nearest_predicted: dict[Span | None, Span] = dict(least_first)
    for first, second in _pairs(right_spans, found_spans):
        if first == second:
            continue
        gold = first or nearest_gold.get(second)
        predicted = second or nearest_predicted.get(first)
        kind: MistakeKind
        if predicted is None:
            kind = "missed"
        elif gold is None:
            kind = "spurious"
        else:
            kind = "wrong type" if gold[:2] == predicted[:2] else "wrong boundary"
        covered = [*(range(*gold[:2]) if gold else ()), *(range(*predicted[:2]) if predicted else ())]
        differing = [word for word in covered if right[word] != found[word]]
        word_index = min(differing or covered)
        mistakes.append(Mistake(number, kind, gold, predicted, word_index))
    return sorted(mistakes, key=lambda mistake: mistake.word_index)


def _pairs(right: Sequence[Span], found: Sequence[Span]) -> list[tuple[Span | None, Span | None]]:
    """Match gold and predicted entities one to one; None where there is no partner."""
    shared = _shared(right, found)
    partner: dict[Span, Span] = {}
    taken: set[Span] = set()
    # the largest overlap first; among equals, pairs of one type, then the leftmost
    for gold, predicted in sorted(shared, key=lambda pair: (-shared[pair], pair[0].type != pair[1].type)):
        if gold not in partner and predicted not in taken:
            partner[gold] = predicted
            taken.add(predicted)
    pairs: list[tuple[Span | None, Span | None]] = [(gold, partner.get(gold)) for gold in right]
    return pairs + [(None, predicted) for predicted in found if predicted not in taken]


def _shared(right: Sequence[Span], found: Sequence[Span]) -> Counter[tuple[Span, Span]]:
    """Number of words that each gold entity shares with each predicted one, from left to right."""
    gold, predicted = _covering(right), _covering(found)
    return Counter((gold[word], predicted[word]) for word in gold if word in predicted)


def _covering(entities: Sequence[Span]) -> dict[int, Span]:
    return {word: span for span in entities for word in range(span.start, span.end)}
