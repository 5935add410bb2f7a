"""Hand-built taggers whose explanations are known in closed form, for tests of explainers and of what uses them.

A `TriggerTagger` raises the probability of a label where the words of a trigger are seen. Planted like that, a single
word, words that only count together (AND), words that stand in for each other (OR), far-away words and decoys have
known weights.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np

from ner_lime.errors import InputError, LabelError
from ner_lime.types import FloatArray, Tokens

OUTSIDE = "O"
"""The label that has what the others leave."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Adds `jump` to the probability of `label` where one word of each group is seen, anywhere in the sentence.

    Attributes
    ----------
    label : str
    jump : float
        Negative for a word that speaks against the label.
    groups : tuple of tuples of str
        No word is in two of them.
    at : int or None
        The one position at which it acts; None: at all of them.

    Raises
    ------
    InputError
        A group without a word, or a word in two groups.
    """

    label: str
    jump: float
    groups: tuple[tuple[str, ...], ...]
    at: int | None = None

    def __post_init__(self) -> None:
        words = list(chain.from_iterable(self.groups))
        if not self.groups or not all(self.groups) or len(set(words)) < len(words):
            raise InputError(f"expected groups of words, no word in two of them, found {self.groups!r}")

    @classmethod
    def all_of(cls, label: str, jump: float, *words: str, at: int | None = None) -> Self:
        """All of the words must be seen; with one word, a single trigger."""
        return cls(label, jump, tuple((word,) for word in words), at)

    @classmethod
    def any_of(cls, label: str, jump: float, *words: str, at: int | None = None) -> Self:
        """One of the words must be seen."""
        return cls(label, jump, (words,), at)

    def fires(self, tokens: Iterable[str]) -> bool:
        """Whether a word of each group is there."""
        seen = set(tokens)
        return all(not seen.isdisjoint(group) for group in self.groups)

    def acts_at(self, position: int) -> bool:
        """Whether it counts for this word."""
        return self.at is None or self.at == position


class TriggerTagger:
    """A tagger with known contributions: P(label) = base + the jumps of the triggers that fire; O has the rest.

    Parameters
    ----------
    triggers : iterable of Trigger
    labels : sequence of str, optional
        The L labels, O among them; default: O and those of the triggers, in their order.
    base : float
        What every label but O has without a trigger.

    Raises
    ------
    InputError
        Probabilities could leave [0, 1], or a trigger has O or a label that is not among `labels`.

    Attributes
    ----------
    labels : tuple of str
    n_calls : int
        Calls of `predict_proba`, so far.
    n_sentences : int
        Sentences in them.

    Examples
    --------
    >>> tagger = TriggerTagger([Trigger.all_of("B-PER", 0.5, "Mrs", at=1)], base=0.25)
    >>> tagger.predict_proba([["Mrs", "Smith"]])[0].tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    >>> tagger.expected_weights(["Mrs", "Smith"], 1, "B-PER", keep=0.7).tolist()
    [0.5, 0.0]
    """

    def __init__(self, triggers: Iterable[Trigger], *, labels: Sequence[str] | None = None, base: float = 0.0) -> None:
        self.triggers = tuple(triggers)
        named = [trigger.label for trigger in self.triggers]
        self.labels = tuple(dict.fromkeys([OUTSIDE, *named])) if labels is None else tuple(labels)
        self.base = base
        self.n_calls = 0
        self.n_sentences = 0
        if OUTSIDE in named or not {OUTSIDE, *named} <= set(self.labels):
            raise InputError(f"expected labels with O, and triggers of the others, found {self.labels} and {named}")
        for position in {trigger.at for trigger in self.triggers} | {None}:
            self._check(position)

    def __repr__(self) -> str:
        return f"TriggerTagger({len(self.triggers)} triggers, {len(self.labels)} labels)"

    @classmethod
    def additive(cls, weights: Mapping[str, Mapping[str, float]], *, base: float = 0.0) -> Self:
        """P(label), everywhere, is `base` plus the weights of the words that are seen: ``weights[word][label]``."""
        return cls(
            (
                Trigger.all_of(label, jump, word)
                for word, of_label in weights.items()
                for label, jump in of_label.items()
            ),
            base=base,
        )

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array, columns as `labels`."""
        self.n_calls += 1
        self.n_sentences += len(sentences)
        return [self._matrix(sentence) for sentence in sentences]

    def expected_weights(self, tokens: Tokens, position: int, label: str, *, keep: float) -> FloatArray:
        """(T,): the weight of each token for `label` at `position`, every token being kept with probability `keep`.

        With M_g tokens of group g in the sentence, a trigger fires with probability prod_g (1 - (1 - q)^M_g), and
        seeing instead of hiding one token of g changes that by (1 - q)^(M_g - 1) prod_{h != g} (1 - (1 - q)^M_h): the
        jump d for a single word, d q^(k-1) for each of k words that must be seen together, d (1 - q)^(k-1) for each of
        k words of which one is enough. Holds where what stands in place of a hidden token is no word of a trigger.

        Raises
        ------
        LabelError
            No such label.
        """
        if label not in self.labels:
            raise LabelError(f"expected one of {self.labels}, found {label!r}")
        if label == OUTSIDE:
            # It has what the others leave.
            return -self._weights(tokens, position, {trigger.label for trigger in self.triggers}, keep)
        return self._weights(tokens, position, {label}, keep)

    def _weights(self, tokens: Tokens, position: int, labels: Container[str], keep: float) -> FloatArray:
        weights = np.zeros(len(tokens))
        for trigger in self.triggers:
            if trigger.label in labels and trigger.acts_at(position):
                weights += trigger.jump * _expected_change(trigger, tokens, keep)
        return weights

    def _matrix(self, tokens: Tokens) -> FloatArray:
        matrix = np.full((len(tokens), len(self.labels)), self.base)
        outside = self.labels.index(OUTSIDE)
        for trigger in self.triggers:
            if trigger.fires(tokens):
                at = slice(None) if trigger.at is None else slice(trigger.at, trigger.at + 1)
                matrix[at, self.labels.index(trigger.label)] += trigger.jump
        matrix[:, outside] = 0.0
        matrix[:, outside] = 1.0 - matrix.sum(axis=1)
        return matrix

    def _check(self, position: int | None) -> None:
        """Refuse what could leave [0, 1] if all triggers that raise, or all that lower, fired together."""
        acting = [trigger for trigger in self.triggers if trigger.at in (None, position)]
        lowest = {label: self.base for label in self.labels if label != OUTSIDE}
        highest = dict(lowest)
        for trigger in acting:
            lowest[trigger.label] += min(trigger.jump, 0.0)
            highest[trigger.label] += max(trigger.jump, 0.0)
        if min(lowest.values(), default=0.0) < -1e-12 or sum(highest.values()) > 1.0 + 1e-12:
            raise InputError(
                f"expected probabilities in [0, 1], found base {self.base} and jumps that leave it: {acting!r}"
            )


def _expected_change(trigger: Trigger, tokens: Tokens, keep: float) -> FloatArray:
    """(T,): P(fires | token seen) - P(fires | token hidden)."""
    places = [[i for i, token in enumerate(tokens) if token in group] for group in trigger.groups]
    seen = [1.0 - (1.0 - keep) ** len(place) for place in places]
    change = np.zeros(len(tokens))
    for g, place in enumerate(places):
        change[place] = (1.0 - keep) ** (len(place) - 1) * np.prod(seen[:g] + seen[g + 1 :]) if place else 0.0
    return change
