"""One sentence and a way of hiding its words, as a function of the mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ner_lime.explainers.sentence.masking import Replacement, apply, deletes
from ner_lime.explanation.targets import Spelling
from ner_lime.taggers.answers import ask, check_repeated
from ner_lime.types import (
    ExactSentence,
    FloatArray,
    IntArray,
    KeepRates,
    Marginals,
    MaskedSentence,
    Masks,
    Moments,
    Progress,
    SupportsMasks,
    Tagger,
    Tokens,
    Values,
)

REPEATED_SHARE = 16
"""Number of masks of which one is asked again of a black box, to see whether it answers alike."""

MAX_REPEATED = 32
"""Largest number of masks that are asked again."""

DEFAULT_BATCH = 256
"""Number of sequences per call of a tagger that does not say how many it likes (`batch_size`)."""


@dataclass(slots=True, eq=False)
class SentenceMasks:
    """Masks over C components in, marginals of P explained words out: the mask function of a sentence under a tagger.

    Attributes
    ----------
    tagger : Tagger
    tokens : the whole sentence.
    replacements : what stands in place of hidden tokens, one or more whole sentences; answers are averaged over them.
    components : C tuples of word indices, all within start..end-1.
    start, end : the words that may be hidden; the others are seen as they are.
    progress : callback (masks done, masks asked for) or None; both count from the first one.
    positions : indices of the P explained words, within start..end-1; all of these by default.
    n_calls : number of sequences that the tagger was asked for.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-PER", 0.5, "Mrs")])
    >>> masks = SentenceMasks(tagger, ("Mrs", "Smith"), [("UNK", "UNK")], [(0,), (1,)], 0, 2, positions=(1,))
    >>> masks(np.array([[True, True], [False, True]]))[:, 0].tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """

    tagger: Tagger
    tokens: Tokens
    replacements: Sequence[Replacement]
    components: Sequence[tuple[int, ...]]
    start: int
    end: int
    progress: Progress | None = None
    positions: Sequence[int] = ()
    n_calls: int = field(default=0, init=False)
    prepared: list[MaskedSentence] | None = field(default=None, init=False, repr=False)
    _known: tuple[FloatArray, FloatArray | None] | None = field(default=None, init=False, repr=False)
    _done: int = field(default=0, init=False, repr=False)
    _effects: FloatArray | None = field(default=None, init=False, repr=False)
    _asked: dict[bytes, FloatArray] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Ask a tagger that can answer masks by itself to prepare the sentence."""
        self.positions = tuple(self.positions) or tuple(range(self.start, self.end))
        if isinstance(self.tagger, SupportsMasks) and not self.deletes:
            offered = [self.tagger.under_masks(self.tokens, r, self.start, self.end) for r in self.replacements]
            able = [prepared for prepared in offered if prepared is not None]
            if len(able) == len(offered):
                self.prepared = able

    @property
    def labels(self) -> tuple[str, ...]:
        """The K targets."""
        return tuple(self.tagger.labels)

    @property
    def n_components(self) -> int:
        """C."""
        return len(self.components)

    @property
    def rows(self) -> IntArray:
        """(P,): where the explained words stand among start..end-1."""
        return np.asarray(self.positions, dtype=np.int64) - self.start

    @property
    def deletes(self) -> bool:
        """Whether hidden words are left out, and not replaced."""
        return any(map(deletes, self.replacements))

    @property
    def exact(self) -> list[ExactSentence]:
        """The prepared sentences, where they know expectations and chains of labels; else nothing."""
        able = [prepared for prepared in self.prepared or [] if isinstance(prepared, ExactSentence)]
        return able if len(able) == len(self.replacements) else []

    @property
    def is_cheap(self) -> bool:
        """Whether masks cost next to nothing."""
        return bool(self.exact)

    @property
    def has_moments(self) -> bool:
        """Whether `moments` can be asked: the tagger has them, for single words."""
        return bool(self.exact) and all(len(words) == 1 for words in self.components)

    def __call__(self, masks: Masks, /) -> Marginals:
        """(n, C) masks to (n, P, K) marginals."""
        return np.asarray(self.marginals(masks)[:, self.rows])

    def moments(self, rates: KeepRates, *, tolerance: float, target_kept: bool = False) -> Moments:
        """Expectations over all masks; of several replacements their mean, whose second moments are not known."""
        # Components of single words stand in the order of the words, so moments over words are moments over components.
        positions = self.rows.tolist()
        parts = [
            prepared.moments(rates, tolerance=tolerance, positions=positions, target_kept=target_kept)
            for prepared in self.exact
        ]
        self._effects = np.stack([part.effects for part in parts])
        return Moments(
            mean=np.asarray(sum(part.mean for part in parts) / len(parts)),
            effects=np.asarray(sum(part.effects for part in parts) / len(parts)),
            second=parts[0].second if len(parts) == 1 else None,
            joint=np.asarray(sum(part.joint for part in parts) / len(parts)),
            tolerance=max(part.tolerance for part in parts),
        )

    def marginals(self, masks: Masks) -> Marginals:
        """(n, C) masks to (n, end - start, K) marginals, averaged over the replacements.

        What `ends` has asked is not asked again.
        """
        if self._known is None:
            return self._answers(masks)
        shown, hidden = self._known
        full = masks.all(axis=1)
        empty = ~masks.any(axis=1) & ~full & (hidden is not None)
        if not full.any() and not empty.any():
            return self._answers(masks)
        answers = np.empty((len(masks), *shown.shape))
        answers[full] = shown
        if hidden is not None:
            answers[empty] = hidden
        answers[~full & ~empty] = self._answers(masks[~full & ~empty])
        return answers

    def check_noise(self, masks: Masks, values: Values) -> None:
        """Ask a black box some masks again: the answer to the whole sentence may hold where others do not.

        Parameters
        ----------
        masks : (n, C)
            Asked before.
        values : (n, P, K)
            The answers to them.

        Raises
        ------
        TaggerError
            An answer changed.
        """
        if self.prepared is not None:
            return
        n = min(max(len(masks) // REPEATED_SHARE, 1), MAX_REPEATED)
        rows = np.unique(np.linspace(0, len(masks) - 1, n, dtype=np.int64))
        again = self._answers(masks[rows])[:, self.rows]
        for first, second in zip(values[rows], again, strict=True):
            check_repeated(first, second)

    @property
    def n_replicates(self) -> int:
        """Number of replacements that the answers are averaged over."""
        return len(self.replacements)

    def replicates(self, masks: Masks, /) -> FloatArray:
        """(R, n, P, K): the marginals under each of the replacements."""
        return self.replicate_marginals(masks)[:, :, self.rows]

    def replicate_effects(self) -> FloatArray | None:
        """(R, P, K, C): what the last moments were averaged from."""
        return self._effects

    def replicate_marginals(self, masks: Masks) -> FloatArray:
        """(R, n, end - start, K): the marginals under each of the replacements; what was asked is not asked again."""
        missing = np.asarray([mask.tobytes() not in self._asked for mask in masks], dtype=bool)
        if missing.all():
            return np.stack(self._parts(masks))
        if missing.any():
            self._parts(masks[missing])
        return np.stack([self._asked[mask.tobytes()] for mask in masks], axis=1)

    def _answers(self, masks: Masks) -> Marginals:
        parts = self._parts(masks)
        return parts[0] if len(parts) == 1 else np.asarray(sum(parts) / len(parts))

    def _parts(self, masks: Masks) -> list[Marginals]:
        """Ask under each of the replacements; where a mask costs, what several say of it is kept."""
        over_words = self.expand(masks)
        self.n_calls += len(masks) * len(self.replacements)
        if self.prepared is not None:
            parts = [self._ask_prepared(over_words, prepared) for prepared in self.prepared]
        else:
            parts = [self._ask(over_words, replacement) for replacement in self.replacements]
        if len(parts) > 1 and not self.is_cheap:
            self._asked.update(zip([mask.tobytes() for mask in masks], np.stack(parts, axis=1), strict=True))
        return parts

    def spans(self, masks: Masks, start: int, end: int, ways: Sequence[Spelling]) -> tuple[FloatArray, str]:
        """(R, n): probability that the labels spell an entity at start..end-1 in one of these ways; how it is known.

        "joint" where the tagger gives the probability of chains of labels, else "independent": the product of those of
        the words. One row for each of the replacements.
        """
        first, last = start - self.start, end - self.start
        if self.exact:
            over_words = self.expand(masks)
            self.n_calls += len(masks) * len(self.replacements)
            joint = [sum(self._joint(prepared, over_words, first, way) for way in ways) for prepared in self.exact]
            return np.asarray(joint), "joint"
        several = self.marginals(masks)[None] if self.n_replicates == 1 else self.replicate_marginals(masks)
        products = [sum(self._product(one, first, last, way) for way in ways) for one in several]
        return np.asarray(products), "independent"

    def _joint(self, prepared: ExactSentence, over_words: Masks, first: int, way: Spelling) -> FloatArray:
        chain: tuple[tuple[str, ...], ...] = way.labels
        if way.not_before and first + self.start > 0:
            before = tuple(label for label in self.tagger.labels if label not in way.not_before)
            first, chain = first - 1, (before, *chain)
        return prepared.span_probability(over_words, first, chain, way.not_after)

    def _product(self, marginals: Marginals, first: int, last: int, way: Spelling) -> FloatArray:
        def any_of(labels: Sequence[str], t: int) -> FloatArray:
            if not labels or not 0 <= t < marginals.shape[1]:
                return np.zeros(len(marginals))
            return np.asarray(marginals[:, t, [self.tagger.labels.index(label) for label in labels]].sum(axis=1))

        inside = [any_of(labels, first + k) for k, labels in enumerate(way.labels)]
        alone = (1.0 - any_of(way.not_before, first - 1)) * (1.0 - any_of(way.not_after, last))
        return np.asarray(np.prod(inside, axis=0) * alone)

    def expand(self, masks: Masks) -> Masks:
        """(n, C) masks over components to (n, end - start) masks over words."""
        owner = np.empty(self.end - self.start, dtype=np.int64)
        for number, words in enumerate(self.components):
            owner[np.asarray(words) - self.start] = number
        return np.asarray(masks[:, owner])

    def ends(self) -> tuple[FloatArray, FloatArray | None]:
        """Marginals (end - start, K) of the sentence with nothing and with everything hidden.

        None in place of the second where words are hidden by deletion: nothing is left of them.
        """
        full = np.ones((1, len(self.components)), dtype=bool)
        if self.deletes:
            self._known = self._answers(full)[0], None
        else:
            shown, hidden = self._answers(np.concatenate([full, ~full]))
            self._known = shown, hidden
        return self._known

    def _ask_prepared(self, masks: Masks, prepared: MaskedSentence) -> Marginals:
        """In batches of the size that the tagger likes; all at once where it does not say."""
        size = int(getattr(self.tagger, "batch_size", None) or max(len(masks), 1))
        answers = []
        for first in range(0, max(len(masks), 1), size):
            answers.append(prepared.marginals(masks[first : first + size]))
            self._tell(min(first + size, len(masks)), len(masks))
        return answers[0] if len(answers) == 1 else np.concatenate(answers)

    def _ask(self, masks: Masks, replacement: Replacement) -> Marginals:
        """Build the sequences and ask the tagger, in batches of the size it likes.

        Where a word was deleted its answer is 1 / K: nobody reads it, since the explained word is always kept then.
        """
        n_labels = len(self.tagger.labels)
        answers = np.full((len(masks), self.end - self.start, n_labels), 1.0 / n_labels)
        size = int(getattr(self.tagger, "batch_size", None) or DEFAULT_BATCH)
        over_tokens = np.ones((len(masks), len(self.tokens)), dtype=bool)
        over_tokens[:, self.start : self.end] = masks
        deleting = deletes(replacement)
        for first in range(0, len(masks), size):
            block = over_tokens[first : first + size]
            sequences = apply(block, self.tokens, replacement)
            asked = [row for row, sequence in enumerate(sequences) if sequence]
            for row, answer in zip(asked, ask(self.tagger, [sequences[row] for row in asked]), strict=True):
                if deleting:
                    full = np.full((len(self.tokens), n_labels), 1.0 / n_labels)
                    full[block[row]] = answer
                    answer = full
                answers[first + row] = answer[self.start : self.end]
            self._tell(min(first + size, len(masks)), len(masks))
        return answers

    def _tell(self, done: int, total: int) -> None:
        """Say how many masks are done of those asked for so far; how many will be is not known before."""
        if self.progress is not None:
            self.progress(self._done + done, self._done + total)
        if done == total:
            self._done += total
