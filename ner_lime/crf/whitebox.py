"""The white box of a linear-chain CRF: the exact log-odds of one word, to compare an explanation with.

The marginal is a product of three: p(y_t = l) ~ forward(l) x exp(emission(l)) x backward(l). So its log-odds against
any other label are the sum of the log-ratios of the three, and the emission's is the sum of the weights of the
features that fire: exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from ner_lime.corpus.labels import label_index
from ner_lime.crf import lattice
from ner_lime.crf.attributes import attributes
from ner_lime.crf.masked import LinearChain
from ner_lime.errors import WordIndexError
from ner_lime.plain import PlainData
from ner_lime.types import FloatArray, Tokens


@dataclass(frozen=True, slots=True)
class FiringFeature:
    """One attribute of the word, its value, and its weight for each label (log-score).

    Examples
    --------
    >>> feature = FiringFeature("word.isdigit()", value=1.0, weights=(0.5, -0.25))
    >>> [feature.value * weight for weight in feature.weights]
    [0.5, -0.25]
    """

    name: str
    value: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class WhiteBox(PlainData):
    """Everything is in natural logarithms, up to a constant that is the same for all labels.

    Attributes
    ----------
    token, word_index : the word.
    labels : L strings.
    features : those that fire and that the model knows.
    emission, forward, backward : (L,)
        Sum of the features; the evidence of the words to the left and to the right, transitions included.
    transitions : (L, L)
        Log-score of going from a label (row) to the next (column).
    probabilities : (L,)
        The marginals: softmax of forward + emission + backward.

    Examples
    --------
    >>> from ner_lime import CRFTagger, Sentence
    >>> tagger = CRFTagger().fit([Sentence(("6", "years"), ("B-TIME", "I-TIME")), Sentence(("a",), ("O",))])
    >>> list(tagger.white_box(["6", "years"], 0).log_odds("B-TIME", "O"))
    ['word', 'left', 'right', 'total']
    """

    token: str
    word_index: int
    labels: tuple[str, ...]
    features: tuple[FiringFeature, ...]
    emission: FloatArray
    forward: FloatArray
    backward: FloatArray
    transitions: FloatArray
    probabilities: FloatArray

    def log_odds(self, label: str, other: str) -> dict[str, float]:
        """log p(label) / p(other) and its three exact parts: word, left, right."""
        a, b = label_index(label, self.labels), label_index(other, self.labels)
        parts = {
            "word": float(self.emission[a] - self.emission[b]),
            "left": float(self.forward[a] - self.forward[b]),
            "right": float(self.backward[a] - self.backward[b]),
        }
        return parts | {"total": sum(parts.values())}

    def feature_log_odds(self, label: str, other: str) -> list[tuple[str, float]]:
        """The features with what each adds to the log-odds, largest first; they sum to the part "word" exactly."""
        a, b = label_index(label, self.labels), label_index(other, self.labels)
        parts = [(f.name, f.value * (f.weights[a] - f.weights[b])) for f in self.features]
        return sorted(parts, key=lambda part: -abs(part[1]))


@runtime_checkable
class SupportsWhiteBox(Protocol):
    """A tagger that can show the features, transitions and messages behind one word's marginals."""

    def white_box(self, tokens: Tokens, position: int) -> WhiteBox:
        """Features, transitions and evidence, in log-odds."""
        ...


def white_box(crf: LinearChain, tokens: Tokens, position: int) -> WhiteBox:
    """Open the CRF at one word.

    Raises
    ------
    WordIndexError
        `position` is outside of the sentence.
    """
    if not 0 <= position < len(tokens):
        raise WordIndexError(f"word index {position} is outside of the sentence, expected 0 to {len(tokens) - 1}")
    model = crf.weights
    emissions = model.emissions(crf.feature_function(tokens, t) for t in range(len(tokens)))
    forward, backward = lattice.log_messages(emissions[None], model.transitions)
    left, right = forward[position, 0], backward[position, 0]
    score = left + emissions[position] + right
    probabilities = np.exp(score - score.max())
    firing = tuple(
        FiringFeature(name, value, tuple(model.state[model.attributes[name]].tolist()))
        for name, value in attributes(crf.feature_function(tokens, position))
        if value and name in model.attributes
    )
    return WhiteBox(
        token=tokens[position],
        word_index=position,
        labels=model.labels,
        features=firing,
        emission=emissions[position],
        forward=left,
        backward=right,
        transitions=model.transitions,
        probabilities=probabilities / probabilities.sum(),
    )
