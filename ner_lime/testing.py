"""Test doubles: taggers whose surrogate weights are known in closed form.

A `TriggerTagger` raises the probability of a label wherever the words of a trigger are in the sentence. A single
word, a conjunction (AND), a disjunction (OR), a distant word and a decoy can be planted, each with a known weight.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np

from ner_lime.corpus.labels import OUTSIDE
from ner_lime.errors import InputError, LabelError
from ner_lime.types import FloatArray, Tokens


@dataclass(frozen=True, slots=True)
class Trigger:
    """Adds `jump` to the probability of `label` where one word of each group is seen, anywhere in the sentence.

    Attributes
    ----------
    label : str
        Any label but ``O``.
    jump : float
        Change of the label's probability when the trigger fires; negative where the words speak against the label.
    groups : tuple of tuples of str
        A conjunction of disjunctions: one word of every group must be seen. Groups are disjoint.
    at : int or None
        The only position at which the trigger acts; None: every position.

    Raises
    ------
    InputError
        A group without a word, or a word in two groups.

    Examples
    --------
    >>> trigger = Trigger("B-PER", 0.5, groups=(("Mr", "Mrs"), ("Smith",)))
    >>> trigger.fires(["Mrs", "Smith"]), trigger.fires(["Mrs", "Jones"])
    (True, False)
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
        """Make a conjunction: it fires where all the words are in the sentence."""
        return cls(label, jump, tuple((word,) for word in words), at)

    @classmethod
    def any_of(cls, label: str, jump: float, *words: str, at: int | None = None) -> Self:
        """Make a disjunction: it fires where at least one of the words is in the sentence."""
        return cls(label, jump, (words,), at)

    def fires(self, tokens: Iterable[str]) -> bool:
        """Whether one word of every group is among the tokens."""
        seen = set(tokens)
        return all(not seen.isdisjoint(group) for group in self.groups)

    def acts_at(self, position: int) -> bool:
        """Whether the trigger acts at this position."""
        return self.at is None or self.at == position


class TriggerTagger:
    """A tagger with known contributions: P(label) = base + sum of the jumps of the triggers that fire.

    ``O`` has what the other labels leave of the total probability 1.

    Parameters
    ----------
    triggers : iterable of Trigger
        The planted evidence.
    labels : sequence of str, optional
        The L labels, ``O`` among them; by default ``O`` and the labels of the triggers, in their order.
    base : float
        Probability of every label but ``O`` where no trigger fires.

    Raises
    ------
    InputError
        Probabilities could leave [0, 1], or a trigger has ``O`` or a label that is not in `labels`.

    Attributes
    ----------
    labels : tuple of str
        The L labels, in the order of the columns.
    n_calls : int
        Number of calls of `predict_proba`.
    n_sentences : int
        Number of sentences in those calls.

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
        """Make an additive tagger: P(label) = base + sum of ``weights[word][label]`` over the words that are seen."""
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
        """Compute E[P(label) | token kept] - E[P(label) | token hidden] in closed form.

        The masks are independent Bernoulli draws with keep-rate q. With M_g tokens of group g in the sentence, a
        trigger fires with probability prod_g (1 - (1 - q)^M_g). Keeping one token of g instead of hiding it changes
        that by (1 - q)^(M_g - 1) prod_{h != g} (1 - (1 - q)^M_h). So a single word has the weight d (the jump), each of
        k words in a conjunction d q^(k-1), each of k words in a disjunction d (1 - q)^(k-1). This holds if the
        replacement of a hidden token is not a word of a trigger.

        Parameters
        ----------
        tokens : sequence of str
            T tokens.
        position : int
            The word whose label is explained.
        label : str
            The label that is explained.
        keep : float
            q, the probability that a token is kept.

        Returns
        -------
        (T,) array
            One weight per token.

        Raises
        ------
        LabelError
            The tagger does not have this label.
        """
        if label not in self.labels:
            raise LabelError(f"expected one of {self.labels}, found {label!r}")
        if label == OUTSIDE:
            # P(O) = 1 - the sum over the other labels
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
        """Bound each probability: all positive jumps fire together, or all negative ones."""
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
    """Compute P(fires | token kept) - P(fires | token hidden) for each token: (T,)."""
    positions = [[i for i, token in enumerate(tokens) if token in group] for group in trigger.groups]
    seen = [1.0 - (1.0 - keep) ** len(at) for at in positions]
    change = np.zeros(len(tokens))
    for g, at in enumerate(positions):
        change[at] = (1.0 - keep) ** (len(at) - 1) * np.prod(seen[:g] + seen[g + 1 :]) if at else 0.0
    return change
