"""A tagger that stops when its answer is not wanted any more."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import Generic, TypeVar

from ner_lime.types import (
    ExactSentence,
    FloatArray,
    KeepRates,
    Marginals,
    MaskedSentence,
    Masks,
    Moments,
    SupportsDecoding,
    SupportsMasks,
    SupportsMaskToken,
    SupportsText,
    Tagger,
    Tokens,
)

Prepared = TypeVar("Prepared", bound=MaskedSentence)


class StoppedError(Exception):
    """The answer is not wanted any more."""


class Interruptible:
    """Passes on what is asked of a tagger until `stop` is set; then it raises `StoppedError`.

    It follows the protocols that the tagger follows.

    Examples
    --------
    >>> from ner_lime.testing import TriggerTagger
    >>> stop = Event()
    >>> Interruptible(TriggerTagger([]), stop).predict_proba([["a"]])[0].tolist()
    [[1.0]]
    """

    def __init__(self, tagger: Tagger, stop: Event) -> None:
        self.labels = tagger.labels
        self._tagger = tagger
        self._stop = stop
        if hasattr(tagger, "batch_size"):
            self.batch_size = tagger.batch_size
        if isinstance(tagger, SupportsDecoding):
            self.predict = tagger.predict
        if isinstance(tagger, SupportsText):
            self.tokenize = tagger.tokenize
        if isinstance(tagger, SupportsMaskToken):
            self.mask_string = tagger.mask_string
        if isinstance(tagger, SupportsMasks):
            self._under_masks = tagger.under_masks
            self.under_masks = self._interruptible_masks

    def predict_proba(self, sentences: Sequence[Tokens]) -> Sequence[FloatArray]:
        """Ask the tagger."""
        check(self._stop)
        return self._tagger.predict_proba(sentences)

    def _interruptible_masks(
        self, tokens: Tokens, replacement: Tokens, start: int = 0, end: int | None = None
    ) -> MaskedSentence | None:
        check(self._stop)
        prepared = self._under_masks(tokens, replacement, start, end)
        if prepared is None:
            return None
        if isinstance(prepared, ExactSentence):
            return _InterruptibleExact(prepared, self._stop)
        return _InterruptibleMasks(prepared, self._stop)


class _InterruptibleMasks(Generic[Prepared]):
    """The same for a sentence that answers masks by itself."""

    def __init__(self, prepared: Prepared, stop: Event) -> None:
        self._prepared = prepared
        self._stop = stop

    def marginals(self, masks: Masks) -> Marginals:
        """Ask for marginals."""
        check(self._stop)
        return self._prepared.marginals(masks)


class _InterruptibleExact(_InterruptibleMasks[ExactSentence]):
    """And for one that knows expectations and chains of labels."""

    def moments(
        self, rates: KeepRates, *, tolerance: float, positions: Sequence[int], target_kept: bool = False
    ) -> Moments:
        """Ask for moments, and between their refinements whether they are still wanted."""

        def wanted_rates(level: int) -> Sequence[tuple[float, float]]:
            check(self._stop)
            return rates(level)

        return self._prepared.moments(wanted_rates, tolerance=tolerance, positions=positions, target_kept=target_kept)

    def span_probability(
        self, masks: Masks, start: int, labels: Sequence[Sequence[str]], stop: Sequence[str]
    ) -> FloatArray:
        """Ask for a span."""
        check(self._stop)
        return self._prepared.span_probability(masks, start, labels, stop)


def check(stop: Event) -> None:
    """Raise `StoppedError` where the event is set."""
    if stop.is_set():
        raise StoppedError
