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
    """The entity type of each label."""
    return tuple(scheme.entity_type(label) for label in labels)


def span_labels(
    kind: str, length: int, labels: Sequence[str], predicted: Sequence[str] = (), scheme: AnyScheme = None
) -> tuple[tuple[str, ...], str | None]:
    """The labels of an entity of `length` words, and the one that would continue it: see `LabelScheme.span_labels`.

    Raises
    ------
    LabelError
        The label set has no labels for such an entity.
    """
    chain, stop = label_scheme(scheme, labels).span_labels(kind, length, labels, predicted)
    for label in chain:
        label_index(label, labels)
    return chain, stop
