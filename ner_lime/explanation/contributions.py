"""Signed weights of words, of pairs of words, and of words for a whole entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.explanation.quality import Settings, unsure_share
from ner_lime.explanation.verdict import Evidence, Verdict, judge
from ner_lime.types import FloatArray


@dataclass(frozen=True, slots=True)
class Contribution:
    """The signed weight of one component (a word, or a group of words) for one target.

    `word_index` is the component's first word, `word_indices` are all of them; `token` is its text.
    """

    word_index: int
    token: str
    weight: float
    std_error: float
    word_indices: tuple[int, ...]

    def __str__(self) -> str:
        error = f" ± {1.96 * self.std_error:.3f}" if self.std_error else ""
        return f"{self.token} {self.weight:+.3f}{error}"


@dataclass(frozen=True, slots=True)
class Interaction:
    """How much more two components do together than one by one, for one target; `std_error` is 0 where exact."""

    first: int
    second: int
    tokens: tuple[str, str]
    weight: float
    std_error: float


@dataclass(frozen=True, slots=True, eq=False)
class EntityExplanation:
    """Why a span is (or is not) one entity of a type.

    Attributes
    ----------
    start, end : the span is words start .. end - 1.
    kind : the entity type.
    tokens : the words of the whole sentence.
    probability : of the span as an entity, on the sentence as it is.
    how : "joint" where the model gives the probability of the whole span, "independent" where it is the product of
    the words'. weights, std_errors : (C,), one a component.
    bias, r2 : float
    spread : standard deviation of the probability over the neighbourhood.
    components : C tuples of word indices.
    settings : how it was made; its engine, estimator, calls and seed are those of the entity, not of the words.
    """

    start: int
    end: int
    kind: str
    tokens: tuple[str, ...]
    probability: float
    how: str
    weights: FloatArray
    std_errors: FloatArray
    bias: float
    r2: float
    spread: float
    components: tuple[tuple[int, ...], ...]
    settings: Settings

    @property
    def text(self) -> str:
        """The words of the span."""
        return " ".join(self.tokens[self.start : self.end])

    @property
    def verdict(self) -> Verdict:
        """Whether to trust the explanation, and why."""
        unsure = float(unsure_share(self.weights[None], self.std_errors[None])[0])
        return judge(Evidence(self.r2, self.spread, unsure, alone=len(self.components) == 1))

    def contributions(self, *, num_features: int | None = None) -> list[Contribution]:
        """The signed weight of every component, largest absolute value first."""
        order = np.argsort(-np.abs(self.weights), kind="stable")[: at_most(num_features)]
        return [
            Contribution(
                words[0], component_text(words, self.tokens), float(self.weights[c]), float(self.std_errors[c]), words
            )
            for c in order
            for words in [self.components[c]]
        ]


def at_most(num_features: int | None) -> int | None:
    """As many contributions as were asked for; None: all.

    Raises
    ------
    InputError
        No whole number, or less than 1.
    """
    return None if num_features is None else whole_number(num_features, "num_features", least=1)


def component_text(component: Sequence[int], tokens: Sequence[str]) -> str:
    """The words of a component."""
    return " ".join(tokens[word] for word in component)
