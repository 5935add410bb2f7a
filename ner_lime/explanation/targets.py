"""What is explained: a label, an entity type, any entity, or the contrast of two labels.

Everything linear in the marginals is a coefficient vector over the labels, so it costs nothing beyond the
(position, label, token) array: its weights are the same combination of the labels' weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from ner_lime.corpus.labels import OUTSIDE, entity_type, label_index
from ner_lime.errors import LabelError
from ner_lime.types import FloatArray


@dataclass(frozen=True, slots=True)
class EntityType:
    """The probability that the token belongs to an entity of this type: the sum over its labels.

    Examples
    --------
    >>> coefficients(EntityType("LOC"), ["O", "B-LOC", "I-LOC"]).tolist()
    [0.0, 1.0, 1.0]
    """

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AnyEntity:
    """The probability that the token belongs to any entity: 1 - P(O).

    Examples
    --------
    >>> coefficients(AnyEntity(), ["O", "B-LOC", "B-PER"]).tolist()
    [0.0, 1.0, 1.0]
    """

    def __str__(self) -> str:
        return "any entity"


@dataclass(frozen=True, slots=True)
class Contrast:
    """Why one label and not the other: P(label) - P(other).

    Examples
    --------
    >>> coefficients(Contrast("B-LOC", "O"), ["O", "B-LOC"]).tolist()
    [-1.0, 1.0]
    """

    label: str
    other: str

    def __str__(self) -> str:
        return f"{self.label} rather than {self.other}"


Target: TypeAlias = str | EntityType | AnyEntity | Contrast
"""A string names a label."""


def coefficients(target: Target, labels: Sequence[str]) -> FloatArray:
    """(L,): the target as a linear combination of the labels.

    Raises
    ------
    LabelError
        A label or an entity type that is not among `labels`; the message lists the known ones.
    """
    vector = np.zeros(len(labels))
    match target:
        case EntityType(name):
            kinds = _types(tuple(labels))
            vector[[i for i, kind in enumerate(kinds) if kind == name]] = 1.0
            if not vector.any():
                types = sorted({kind for kind in kinds if kind is not None})
                raise LabelError(f"unknown entity type {name!r}: the tagger knows {', '.join(types) or 'none'}")
        case AnyEntity():
            vector[[i for i, label in enumerate(labels) if label != OUTSIDE]] = 1.0
        case Contrast(label, other):
            vector[label_index(label, labels)] += 1.0
            vector[label_index(other, labels)] -= 1.0
        case _:
            vector[label_index(target, labels)] = 1.0
    return vector


@lru_cache(maxsize=8)
def _types(labels: tuple[str, ...]) -> tuple[str | None, ...]:
    """The entity type of each label."""
    return tuple(entity_type(label) for label in labels)


def span_labels(
    kind: str, length: int, labels: Sequence[str], predicted: Sequence[str] = ()
) -> tuple[tuple[str, ...], str | None]:
    """The labels of an entity of `length` words in the scheme of the label set, and the one that would continue it.

    IOBES and BILOU mark the last word, so nothing can continue the entity there; elsewhere it is the inside label
    (the bare type where labels have no prefix). Where the label set lacks one of them, an entity that was `predicted`
    has its own labels, and the one that marks a last word would continue it.

    Raises
    ------
    LabelError
        The label set has no labels for such an entity.
    """
    known = set(labels)
    single, last = ("S-", "E-") if {f"S-{kind}", f"E-{kind}"} & known else ("U-", "L-")
    stop: str | None = None
    if {f"{single}{kind}", f"{last}{kind}"} & known:
        middle = (f"I-{kind}",) * (length - 2)
        chain = (f"{single}{kind}",) if length == 1 else (f"B-{kind}", *middle, f"{last}{kind}")
    elif kind in known:
        chain, stop = (kind,) * length, kind
    else:
        stop = f"I-{kind}"
        first = f"B-{kind}" if f"B-{kind}" in known else stop
        chain = (first,) + (stop,) * (length - 1)
    if not known.issuperset(chain) and predicted and all(entity_type(tag) == kind for tag in predicted):
        chain = tuple(predicted)
        stop = None if chain[-1] in (f"{single}{kind}", f"{last}{kind}") else stop or f"{last}{kind}"
    for label in chain:
        label_index(label, labels)
    return chain, stop
