"""Functions of a mask whose weights are known: few components act, in ways that no sum shows, among many that don't."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ner_lime.lime.law import Law, shares
from ner_lime.lime.masks import all_masks
from ner_lime.lime.question import Question
from ner_lime.types import BoolArray, FloatArray, Masks, Values

LOW, HIGH = 0.1, 0.9
"""The value where the condition does not hold, and where it does."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A condition on the first `acting` components; which they are among the C is drawn.

    The explained position is the first of them, so that some act from afar.
    """

    name: str
    acting: int
    holds: Callable[[Masks], BoolArray]

    def question(self, n_components: int, law: Law, rng: np.random.Generator) -> tuple[Question, FloatArray]:
        """The question, and its true weights (C,) under a product law."""
        where = rng.choice(n_components, self.acting, replace=False)

        def answer(masks: Masks) -> Values:
            value = np.where(self.holds(masks[:, where]), HIGH, LOW)
            return np.stack([value, 1.0 - value], axis=1)[:, None]

        few = all_masks(self.acting)
        share = shares(law, few)
        assert share is not None
        truth = np.zeros(n_components)
        truth[where] = (law.coefficients(few, share) @ np.where(self.holds(few), HIGH, LOW))[1:]
        distance = np.abs(np.arange(n_components) - where[0]).astype(float)[None]
        return Question(function=answer, n_components=n_components, law=law, distance=distance), truth


PLANTED = (
    Planted("XOR of two", 2, lambda masks: masks[:, 0] ^ masks[:, 1]),
    Planted("AND of five", 5, lambda masks: masks.all(axis=1)),
    Planted("OR of four", 4, lambda masks: masks.any(axis=1)),
    Planted("five of seven", 7, lambda masks: masks.sum(axis=1) >= 5),
    Planted("a trigger that needs eight others hidden", 9, lambda masks: masks[:, 0] & ~masks[:, 1:].any(axis=1)),
)


def many_terms(n_components: int, *, n_terms: int = 200, seed: int = 5) -> FloatArray:
    """(2^C,): a probability whose log-odds are many terms of one to four components, in the order of `all_masks`."""
    rng, masks = np.random.default_rng(seed), all_masks(n_components)
    total = np.zeros(len(masks))
    for _ in range(n_terms):
        chosen = rng.choice(n_components, rng.integers(1, 5), replace=False)
        total += rng.normal() * masks[:, chosen].all(axis=1)
    return np.asarray(1.0 / (1.0 + np.exp(-total / 4.0)))
