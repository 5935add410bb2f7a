"""A model that labels subwords, whatever runs it, as a tagger of words: masks, windows, batches."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.corpus.tokenizer import Offsets, tokenize
from ner_lime.errors import InputError, TaggerError
from ner_lime.taggers.labels import checked_labels
from ner_lime.taggers.subword.aggregation import Aggregation, to_words
from ner_lime.taggers.subword.batch_size import BatchSize
from ner_lime.taggers.subword.text_encoding import NO_WORD, EncodedSentence, words_in
from ner_lime.taggers.subword.vocabulary import Vocabulary
from ner_lime.taggers.subword.windows import Window, windows
from ner_lime.taggers.text import in_place_of
from ner_lime.types import FloatArray, IntArray, Marginals, Masks, Tokens

Forward: TypeAlias = Callable[[IntArray, IntArray], FloatArray]
"""(b, W) subword ids and (b, W) attention (1 = real, 0 = padding) in, (b, W, L) logits out."""

logger = logging.getLogger("ner_lime")


class SubwordTagger:
    """A model that labels subwords, as a tagger of words.

    Follows `Tagger`, `SupportsText`, `SupportsMasks`, `SupportsMaskToken`.

    Parameters
    ----------
    labels : the L labels, in the order of the model's outputs.
    vocabulary : Vocabulary
    forward : Forward
    aggregation : "first", "mean" or "max"
        See `to_words`.
    capacity : int
        Subwords that the model sees at once, special ones included; longer sentences go through overlapping windows.
    batch_size : int or None
        Sequences per forward pass; None: found by trying. Fewer when memory runs out: see `BatchSize`.

    Raises
    ------
    InputError
        An option out of range, or a label that repeats.

    Examples
    --------
    >>> letters = Vocabulary(lambda texts: [[ord(c) for c in t] for t in texts], (1,), (2,), 0, 0, ("?", 3), False)
    >>> even = lambda ids, attention: np.zeros((*ids.shape, 2))
    >>> tagger = SubwordTagger(("O", "X"), letters, even, aggregation="first", capacity=64, batch_size=None)
    >>> tagger.predict_proba([["ab", "c"]])[0].tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """

    def __init__(
        self,
        labels: Sequence[str],
        vocabulary: Vocabulary,
        forward: Forward,
        *,
        aggregation: Aggregation,
        capacity: int,
        batch_size: int | None,
    ) -> None:
        if aggregation not in ("first", "mean", "max"):
            raise InputError(f'expected aggregation "first", "mean" or "max", found {aggregation!r}')
        special = len(vocabulary.prefix) + len(vocabulary.suffix)
        if batch_size is not None:
            whole_number(batch_size, "batch_size", least=1)
        whole_number(capacity, "max_length", least=special + 4)
        self._labels = checked_labels(labels)
        self._vocabulary = vocabulary
        self._forward = forward
        self._aggregation: Aggregation = aggregation
        self._capacity = capacity - special
        self._size = BatchSize(batch_size)

    def __repr__(self) -> str:
        special = len(self._vocabulary.prefix) + len(self._vocabulary.suffix)
        return f"{type(self).__name__}({len(self._labels)} labels, max_length={self._capacity + special})"

    @property
    def labels(self) -> tuple[str, ...]:
        """The L labels, in the order of the columns of `predict_proba`."""
        return self._labels

    @property
    def batch_size(self) -> int:
        """Number of sentences per call that fill a batch of the model."""
        return self._size.sentences

    def mask_string(self, _tokens: Tokens, /) -> str:
        """The tokenizer's mask token, else "UNK"."""
        return "UNK" if self._vocabulary.mask is None else self._vocabulary.mask[0]

    def tokenize(self, text: str, /) -> tuple[tuple[str, ...], Offsets]:
        """Cut a text as the tokenizer does before it makes subwords of words; its words, and where they stand.

        A tokenizer without offsets does not tell: the text is then cut by `ner_lime.tokenize`.
        """
        if self._vocabulary.encode_text is None:
            return tokenize(text)
        (encoding,) = self._vocabulary.encode_text([text])
        offsets = words_in(text, encoding)
        return tuple(text[start:end] for start, end in offsets), offsets

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array of probabilities whose rows sum to 1."""
        encoded = self._vocabulary.sentences(sentences)
        plans = [windows(len(sentence.ids), self._capacity) for sentence in encoded]
        seen = [
            sentence.ids[window.start : window.end]
            for sentence, plan in zip(encoded, plans, strict=True)
            for window in plan
        ]
        answers = iter(self._run(seen))
        return [
            self._words(sentence, len(tokens), plan, answers)
            for sentence, tokens, plan in zip(encoded, sentences, plans, strict=True)
        ]

    def under_masks(
        self, tokens: Tokens, replacement: Tokens, start: int = 0, end: int | None = None
    ) -> MaskedSubwords | None:
        """The words start..end-1 prepared for masks, the others seen as they are.

        The mask token stands for each subword of a hidden word, so that no other word changes its place. None where a
        replacement has another number of subwords than its word.
        """
        end = len(tokens) if end is None else end
        inside = [*tokens[:start], *replacement[start:end], *tokens[end:]]
        mask = self._vocabulary.mask
        (own,) = self._vocabulary.sentences([tokens])
        masked = np.asarray(
            [mask is not None and start <= k < end and word == mask[0] for k, word in enumerate(replacement)],
            dtype=bool,
        )
        if masked[start:end].all():
            hidden = own.ids
        else:
            kept = [word if hide else new for word, new, hide in zip(tokens, inside, masked, strict=True)]
            (other,) = self._vocabulary.sentences([in_place_of(tokens, kept)])
            if not np.array_equal(other.owner, own.owner):
                return None
            hidden = other.ids
        if mask is not None:
            owned = own.owner != NO_WORD
            hidden = np.where(owned & masked[own.owner], mask[1], hidden)
        return MaskedSubwords(tagger=self, shown=own.ids, hidden=hidden, owner=own.owner, start=start, end=end)

    def _words(
        self, sentence: EncodedSentence, n_words: int, plan: list[Window], answers: Iterator[FloatArray]
    ) -> FloatArray:
        if not n_words:
            return np.zeros((0, len(self._labels)))
        subwords = np.concatenate(
            [next(answers)[window.first - window.start : window.last - window.start] for window in plan]
        )
        owned = sentence.owner != NO_WORD
        counts = np.bincount(sentence.owner[owned], minlength=n_words)
        return np.asarray(to_words(subwords[None, owned], counts, self._aggregation)[0])

    def _run(self, rows: Sequence[IntArray]) -> list[FloatArray]:
        """Probabilities (S, L) for each row of S subwords (no more than fit), the longest rows first."""
        answers: list[FloatArray] = [np.empty(0)] * len(rows)
        order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))
        special = len(self._vocabulary.prefix) + len(self._vocabulary.suffix)
        while order:
            width = len(rows[order[0]]) + special
            size = self._size.rows(width)
            batch = [rows[row] for row in order[:size]]
            began = time.perf_counter()
            try:
                found = self._ask(batch)
            except Exception as error:
                if not out_of_memory(error):
                    raise
                if len(batch) == 1:
                    raise TaggerError(
                        f"out of memory for one sequence of {width} subwords: use a smaller max_length"
                    ) from error
                left = self._size.failed(len(batch), width)
                logger.warning("out of memory for %d sequences of %d subwords: on with %d", len(batch), width, left)
                continue
            self._size.took(len(batch), width, time.perf_counter() - began)
            for row, answer in zip(order[:size], found, strict=True):
                answers[row] = answer
            order = order[size:]
        return answers

    def _ask(self, batch: Sequence[IntArray]) -> list[FloatArray]:
        words = self._vocabulary
        before, after = len(words.prefix), len(words.suffix)
        width = before + max(len(row) for row in batch) + after
        ids = np.full((len(batch), width), words.padding, dtype=np.int64)
        attention = np.zeros_like(ids)
        ids[:, :before] = words.prefix
        for number, row in enumerate(batch):
            ids[number, before : before + len(row)] = row
            ids[number, before + len(row) : before + len(row) + after] = words.suffix
            attention[number, : before + len(row) + after] = 1
        logits = np.asarray(self._forward(ids, attention), dtype=np.float64)
        expected = (len(batch), width, len(self._labels))
        if logits.shape != expected:
            raise TaggerError(
                f"expected logits of shape (sequences, subwords, labels) = {expected}, found {logits.shape}: "
                "is this a model for token classification?"
            )
        exponents = np.exp(logits - logits.max(axis=2, keepdims=True))
        probabilities = exponents / exponents.sum(axis=2, keepdims=True)
        return [probabilities[number, before : before + len(row)] for number, row in enumerate(batch)]


@dataclass(frozen=True, slots=True, eq=False)
class MaskedSubwords:
    """A sentence of T words and S subwords whose words start..end-1 may be hidden. Follows `MaskedSentence`.

    Attributes
    ----------
    tagger : SubwordTagger
    shown, hidden : (S,)
        The subword ids of every word, kept and hidden.
    owner : (S,)
        The word index of each subword, or `NO_WORD`: those are always kept.
    start, end : the words that masks are about.

    Examples
    --------
    >>> letters = Vocabulary(lambda texts: [[ord(c) for c in t] for t in texts], (1,), (2,), 0, 0, ("?", 3), False)
    >>> even = lambda ids, attention: np.zeros((*ids.shape, 2))
    >>> tagger = SubwordTagger(("O", "X"), letters, even, aggregation="first", capacity=64, batch_size=None)
    >>> tagger.under_masks(["ab", "c"], ["?", "?"]).hidden.tolist()
    [3, 3, 3]
    """

    tagger: SubwordTagger
    shown: IntArray
    hidden: IntArray
    owner: IntArray
    start: int
    end: int

    def marginals(self, masks: Masks) -> Marginals:
        """(n, end - start) masks to (n, end - start, L) marginals; only the windows that answer for these words run."""
        tagger = self.tagger
        inside = (self.owner >= self.start) & (self.owner < self.end)
        low, high = int(inside.argmax()), len(inside) - int(inside[::-1].argmax())
        kept = np.ones((len(masks), len(self.shown)), dtype=bool)
        kept[:, inside] = masks[:, self.owner[inside] - self.start]
        sequences = np.where(kept, self.shown, self.hidden)
        found = np.empty((len(masks), high - low, len(tagger.labels)))
        for window in windows(len(self.shown), tagger._capacity):
            first, last = max(window.first, low), min(window.last, high)
            if first < last:
                answers = tagger._run(list(sequences[:, window.start : window.end]))
                for row, answer in zip(found, answers, strict=True):
                    row[first - low : last - low] = answer[first - window.start : last - window.start]
        counts = np.bincount(self.owner[inside] - self.start, minlength=self.end - self.start)
        return to_words(found[:, inside[low:high]], counts, tagger._aggregation)


def out_of_memory(error: Exception) -> bool:
    """Whether a library says that memory ran out: each has its own class and words for it."""
    if isinstance(error, MemoryError):
        return True
    said = str(error).lower()
    return any(words in said for words in ("out of memory", "bad_alloc", "allocate memory"))
