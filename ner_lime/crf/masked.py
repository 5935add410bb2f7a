"""A CRF's answers for one sentence under any mask, without building a token sequence.

With window features the emission of a token takes only 2^(2w+1) values whatever the mask: they are scored once and
gathered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ner_lime.crf import lattice
from ner_lime.crf.entries import Emissions
from ner_lime.crf.features import FeatureFunction, WindowFeatures
from ner_lime.crf.refinement import refine
from ner_lime.crf.weights import CRFWeights
from ner_lime.types import FloatArray, KeepRates, Marginals, Masks, Moments, Tokens

LATTICE_NUMBERS = 2_000_000
"""Target size of the arrays of one block of masks, in float64 numbers."""


class LinearChain(Protocol):
    """What this module needs of a CRF."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The L labels."""
        ...

    @property
    def weights(self) -> CRFWeights:
        """Of the features and of the transitions."""
        ...

    @property
    def feature_function(self) -> FeatureFunction:
        """What a token's features are."""
        ...

    @property
    def window(self) -> int | None:
        """Number of neighbours on each side that the features read; None: the whole sentence."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class MaskedLattice:
    """`ner_lime.types.MaskedSentence` for a CRF.

    Attributes
    ----------
    labels : L strings.
    emissions : of the T words that may be hidden, and of the words beside them whose features read them.
    before, after : number of these words on each side; they are never hidden.
    """

    labels: tuple[str, ...]
    emissions: Emissions
    before: int = 0
    after: int = 0

    @property
    def _inside(self) -> slice:
        return slice(self.before, len(self.emissions.table) - self.after)

    def marginals(self, masks: Masks) -> Marginals:
        """(n, T) masks to (n, T, L) marginals."""
        length, _, n_labels = self.emissions.table.shape
        block = max(1, LATTICE_NUMBERS // (length * n_labels))
        answers = [np.empty((0, length, n_labels))]
        answers += [
            lattice.marginals(self.gather(masks[k : k + block]), self.emissions.transitions)
            for k in range(0, len(masks), block)
        ]
        return np.concatenate(answers)[:, self._inside]

    def gather(self, masks: Masks) -> FloatArray:
        """(n, before + T + after, L): the emission scores under each mask."""
        masks = np.pad(masks, ((0, 0), (self.before, self.after)), constant_values=True)
        return np.asarray(
            self.emissions.table[np.arange(masks.shape[1]), pattern_numbers(masks, self.emissions.window)]
        )

    def moments(
        self, rates: KeepRates, *, tolerance: float, positions: Sequence[int], target_kept: bool = False
    ) -> Moments:
        """Expectations with an error of at most `tolerance`.

        Where the time does not allow that, the error that was reached is stated in the result.

        Raises
        ------
        IntractableError
            The error that could be reached is too large to be of use.
        """
        at = np.asarray(positions) + self.before
        found, stated = refine(self.emissions, rates, tolerance, at, target_kept=target_kept)
        inside = self._inside
        return Moments(found.mean, found.effects[:, :, inside], found.second, found.joint[:, :, inside], stated)

    def span_probability(
        self, masks: Masks, start: int, labels: Sequence[Sequence[str]], stop: Sequence[str]
    ) -> FloatArray:
        """(n,): joint probability that one of each of `labels` stands at start, start + 1, ..., and no `stop` after."""
        index = [[self.labels.index(label) for label in among] for among in labels]
        after = [self.labels.index(label) for label in stop] or None
        length, _, n_labels = self.emissions.table.shape
        block = max(1, LATTICE_NUMBERS // (length * n_labels))
        first = start + self.before
        parts = [
            lattice.span_probability(self.gather(masks[k : k + block]), self.emissions.transitions, first, index, after)
            for k in range(0, len(masks), block)
        ]
        return np.concatenate(parts) if parts else np.empty(0)


def masked_sentence(
    crf: LinearChain, tokens: Tokens, replacement: Tokens, start: int = 0, end: int | None = None
) -> MaskedLattice | None:
    """Score every pattern of the tokens start..end-1; None where the features see more of the sentence than a window.

    The words outside are seen as they are. Those next to the slice have features that read into it: they are scored
    with it, with themselves as their own replacement. Messages from the words beyond are added to the first and to the
    last emissions.
    """
    if crf.window is None or np.ptp(crf.weights.transitions) > lattice.MAX_RANGE:
        return None
    w, length = crf.window, len(tokens)
    end = length if end is None else end
    low, high = max(start - w, 0), min(end + w, length)
    hidden = [*tokens[:start], *replacement[start:end], *tokens[end:]]
    n_patterns = 2 ** (2 * w + 1)
    features, cells = [], []
    for t in range(low, high):
        words = list(tokens)
        inside = [j for j in range(t - w, t + w + 1) if low <= j < high]
        fixed = sum(1 << (t + w - j) for j in range(t - w, t + w + 1) if not low <= j < high)
        for number in range(n_patterns):
            if number & fixed != fixed:
                continue
            for j in inside:
                words[j] = tokens[j] if (number >> (t + w - j)) & 1 else hidden[j]
            features.append(crf.feature_function(words, t))
            cells.append((t - low, number))
    if not _is_local(crf, tokens, replacement):
        return None
    table = np.zeros((high - low, n_patterns, len(crf.labels)))
    where = np.asarray(cells).reshape(-1, 2)
    table[where[:, 0], where[:, 1]] = crf.weights.emissions(features)
    if high - low < length:
        whole = crf.weights.emissions(crf.feature_function(tokens, t) for t in range(length))
        forward, backward, _ = lattice.messages(whole[None], crf.weights.transitions)
        table[0] += np.log(forward[low, 0])
        table[-1] += np.log(backward[high - 1, 0])
    return MaskedLattice(crf.labels, Emissions(table, crf.weights.transitions, w), start - low, high - end)


def _is_local(crf: LinearChain, tokens: Tokens, replacement: Tokens) -> bool:
    """Whether the features really see no more than the window in this sentence.

    Our own declare it. For a foreign function the window was found by trying another sentence, which a trigger on some
    far word may have passed: a word's features must not change when everything outside of its window is hidden.
    """
    if isinstance(crf.feature_function, WindowFeatures):
        return True
    assert crf.window is not None
    words = list(tokens)
    for t in range(len(words)):
        low, high = max(t - crf.window, 0), t + crf.window + 1
        alone = [*replacement[:low], *words[low:high], *replacement[high:]]
        if crf.feature_function(words, t) != crf.feature_function(alone, t):
            return False
    return True


def pattern_numbers(masks: Masks, window: int) -> np.ndarray:
    """(n, T): bits z_{t-w}..z_{t+w} as a number, the first highest; bits outside of the sentence are 1."""
    n, length = masks.shape
    padded = np.ones((n, length + 2 * window), dtype=np.int64)
    padded[:, window : window + length] = masks
    return np.asarray(sum(padded[:, k : k + length] << (2 * window - k) for k in range(2 * window + 1)))
