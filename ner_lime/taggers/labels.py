"""The labels of a tagger: the names of the columns of its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ner_lime.errors import InputError, TaggerError
from ner_lime.types import FloatArray


def checked_labels(labels: Any) -> tuple[str, ...]:
    """Labels as a tuple: at least one, all of them strings, no two alike.

    A dict of label to number (or the other way round), as Hugging Face models have, gives them in order of the numbers.

    Raises
    ------
    InputError
        They are not; a set, whose order differs from run to run.
    """
    if isinstance(labels, set | frozenset):
        raise InputError(f"expected labels in the order of the columns, found a set, which has none: {labels!r:.100}")
    if isinstance(labels, Mapping):
        labels = _in_order(labels)
    found = () if isinstance(labels, str) or not hasattr(labels, "__iter__") else tuple(labels)
    if not found or not all(isinstance(label, str) for label in found):
        raise InputError(f'expected labels such as ["O", "B-PER", "I-PER"], found {labels!r:.200}')
    twice = [label for i, label in enumerate(found) if label in found[:i]]
    if twice:
        raise InputError(f"expected every label once, found {twice[0]!r} twice in {found!r:.200}")
    return tuple(str(label) for label in found)


def _in_order(numbered: Mapping[Any, Any]) -> list[Any]:
    """The labels of a dict, in order of their numbers, which are 0 to L - 1."""
    pairs = [(number, label) if isinstance(label, str) else (label, number) for number, label in numbered.items()]
    if sorted(str(number) for number, _ in pairs) != sorted(map(str, range(len(pairs)))):
        raise InputError(f"expected labels numbered from 0 to {len(pairs) - 1}, found {dict(numbered)!r:.200}")
    return [label for _, label in sorted(pairs, key=lambda pair: int(pair[0]))]


def columns(wanted: Sequence[str], labels: Sequence[str]) -> list[int]:
    """The columns of the `wanted` labels.

    Raises
    ------
    TaggerError
        A label that the tagger did not name.
    """
    known = {label: column for column, label in enumerate(labels)}
    for label in wanted:
        if label not in known:
            raise TaggerError(
                f"the tagger answered the label {label!r}, expected one of {tuple(labels)!r:.200}: "
                "give all of its labels with labels=[...]"
            )
    return [known[label] for label in wanted]


def one_hot(tags: Sequence[str], labels: Sequence[str]) -> FloatArray:
    """(T, L): 1 at each token's label, 0 elsewhere."""
    matrix = np.zeros((len(tags), len(labels)))
    matrix[np.arange(len(tags)), columns(tags, labels)] = 1.0
    return matrix
