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

from ner_lime.corpus.labels import AnyScheme, LabelScheme, label_index, label_scheme
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


def coefficients(target: Target, labels: Sequence[str], scheme: AnyScheme = None) -> FloatArray:
    """(L,): the target as a linear combination of the labels.

    The label scheme says how labels are split into prefix and entity type; by default the label set does.

    Raises
    ------
    LabelError
        A label or an entity type that is not among `labels`; the message lists the known ones.
    """
    vector = np.zeros(len(labels))
    match target:
        case EntityType(name):
            kinds = _types(tuple(labels), label_scheme(scheme, labels))
            vector[[i for i, kind in enumerate(kinds) if kind == name]] = 1.0
            if not vector.any():
                types = sorted({kind for kind in kinds if kind is not None})
                raise LabelError(f"unknown entity type {name!r}: the tagger knows {', '.join(types) or 'none'}")
        case AnyEntity():
            read = label_scheme(scheme, labels)
            vector[[i for i, label in enumerate(labels) if not read.is_outside(label)]] = 1.0
        case Contrast(label, other):
            vector[label_index(label, labels)] += 1.0
            vector[label_index(other, labels)] -= 1.0
        case _:
            vector[label_index(target, labels)] = 1.0
    return vector


@lru_cache(maxsize=8)
def _types(labels: tuple[str, ...], scheme: LabelScheme) -> tuple[str | None, ...]:
    """The entity type of each label; None of those that are outside of entities."""
    return tuple(scheme.entity_type(label) for label in labels)


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which labels spell an entity.

    Attributes
    ----------
    not_before : labels that must not stand before it: with them it would be longer.
    labels : for each of its words the labels of which any will do.
    not_after : labels that must not stand after it.
    """

    not_before: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    not_after: tuple[str, ...]


def spellings(kind: str, length: int, labels: Sequence[str], scheme: AnyScheme = None) -> list[Spelling]:
    """The ways in which labels spell an entity of `length` words and no longer one; no two of them at once.

    Label sequences are read as the CoNLL evaluation reads them, whatever the scheme (see `ner_lime.corpus.labels`): an
    entity begins at an opening label, after a closing one, and where the type changes. So the probability of the
    entity is that of all label sequences of which it is read.

    Raises
    ------
    LabelError
        The label set has no labels for such an entity.

    Examples
    --------
    >>> for way in spellings("PER", 2, ["O", "B-PER", "I-PER"]):
    ...     print(way.not_before, way.labels, way.not_after)
    () (('B-PER',), ('I-PER',)) ('I-PER',)
    ('B-PER', 'I-PER') (('I-PER',), ('I-PER',)) ('I-PER',)
    """
    read = label_scheme(scheme, labels)
    kinds = _types(tuple(labels), read)
    own = [label for label, of in zip(labels, kinds, strict=True) if of == kind]
    if not own:
        types = sorted({of for of in kinds if of is not None})
        raise LabelError(f"unknown entity type {kind!r}: the tagger knows {', '.join(types) or 'none'}")
    opening = {label for label in own if read.opens(label)}
    closing = {label for label in own if read.closes(label)}
    going_on, coming_on = [tuple(label for label in own if label not in ends) for ends in (closing, opening)]
    found = []
    for first, not_before in (([*opening], ()), (coming_on, going_on)):
        for last, not_after in (([*closing], ()), (going_on, coming_on)):
            heads = [label for label in own if label in first and (label in last if length == 1 else label in going_on)]
            middle = tuple(label for label in coming_on if label in going_on)
            tails = [] if length == 1 else [tuple(label for label in coming_on if label in last)]
            chain = (tuple(heads), *[middle] * (length - 2), *tails)
            if all(chain):
                found.append(Spelling(not_before, chain, not_after))
    if not found:
        raise LabelError(f"an entity of type {kind!r} has no {length} words: the tagger knows {', '.join(own)}")
    return found
