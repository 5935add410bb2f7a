"""An eli5 sampler over the tagger's own tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from eli5.lime.samplers import BaseSampler

from ner_lime.corpus.sentence import Sentence
from ner_lime.eli5.texts import MaskedText, Tokenizer, as_sentence, masked_texts, similarity
from ner_lime.errors import InputError, WordIndexError
from ner_lime.explanation import out_of_range
from ner_lime.lime.counts import UniformCount
from ner_lime.lime.masks import hide_random
from ner_lime.types import BoolArray, FloatArray, Masks


class TokenMaskingSampler(BaseSampler):  # type: ignore[misc]  # the library has no types
    """Hides random tokens of a text, and never changes how many there are.

    The counterpart of ``eli5.lime.samplers.MaskingTextSampler``: the number hidden k is uniform on
    1..ceil(max_replace T), then a random subset of the T tokens. The original is always the first sample. The same call
    gives the same samples.

    Parameters
    ----------
    replacement : str
        What stands for a hidden token, at its full length.
    max_replace : float
        The largest share of tokens hidden at once, above 0 and at most 1.
    keep : int or None
        This word is never hidden: the law is then the one above given that it is kept.
    tokenizer : callable, optional
        Text to tokens, or to (tokens, offsets); `ner_lime.tokenize` by default.
    random_state : int or None
        The seed of every call; None draws anew each time.

    Examples
    --------
    >>> samples, similarity = TokenMaskingSampler(replacement="UNK").sample_near("born in Bern", n_samples=3)
    >>> samples[0], len(samples), {len(sample.tokens) for sample in samples}
    ('born in Bern', 3, {3})
    """

    def __init__(
        self,
        *,
        replacement: str = "UNK",
        max_replace: float = 0.7,
        keep: int | None = None,
        tokenizer: Tokenizer | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.replacement = replacement
        self.max_replace = max_replace
        self.keep = keep
        self.tokenizer = tokenizer
        self.random_state = random_state

    def sample_near(
        self, doc: str | Sequence[str] | Sentence, n_samples: int = 1
    ) -> tuple[list[MaskedText], FloatArray]:
        """Draw versions of a text.

        Parameters
        ----------
        doc : str, sequence of str, or Sentence
            The text, or its tokens.
        n_samples : int
            How many, the original among them.

        Returns
        -------
        samples : list of n_samples texts
            Each a `str` that also knows its tokens, as `.tokens`.
        similarity : (n_samples,) float64 array
            Cosine similarity to the original, sqrt((T - k) / T) with k tokens hidden.

        Raises
        ------
        InputError
            No token, fewer than one sample, an empty replacement, or `max_replace` out of range.
        WordIndexError
            `keep` is outside of the text.
        """
        samples, similar, _, _ = self.sample_near_with_mask(doc, n_samples)
        return samples, similar

    def sample_near_with_mask(
        self, doc: str | Sequence[str] | Sentence, n_samples: int = 1
    ) -> tuple[list[MaskedText], FloatArray, BoolArray, Sentence]:
        """Draw versions of a text, and tell which tokens are hidden.

        Returns
        -------
        samples, similarity
            As `sample_near`'s.
        mask : (n_samples, T) bool array
            True where a token is hidden, as eli5 has it (the core's masks are the opposite).
        sentence : Sentence
            The tokens that the mask is about.
        """
        sentence = as_sentence(doc, self.tokenizer)
        if not sentence.tokens:
            raise InputError("expected a text of at least one token, found none")
        if n_samples < 1:
            raise InputError(f"expected at least one sample, found n_samples={n_samples}")
        if not self.replacement:
            raise InputError("expected a replacement of at least one character: removing tokens would move the others")
        masks = np.ones((n_samples, len(sentence)), dtype=bool)
        masks[1:] = self._draw(n_samples - 1, sentence.tokens)
        replacement = (self.replacement,) * len(sentence)
        return masked_texts(sentence, replacement, masks), similarity(masks), ~masks, sentence

    def _draw(self, n: int, tokens: Sequence[str]) -> Masks:
        """(n, T) masks, True = kept."""
        rng = np.random.default_rng(self.random_state)
        law, n_tokens = UniformCount(self.max_replace), len(tokens)
        if self.keep is None:
            return law.draw(rng, n, n_tokens)
        if not 0 <= self.keep < n_tokens:
            raise WordIndexError(out_of_range(self.keep, tokens))
        masks = np.ones((n, n_tokens), dtype=bool)
        counts = np.arange(1, min(law.max_hidden(n_tokens), n_tokens - 1) + 1)
        if len(counts):
            # A subset of size k keeps the word with probability (T - k) / T.
            chance = (n_tokens - counts) / (n_tokens - counts).sum()
            drawn = hide_random(rng, rng.choice(counts, n, p=chance), n_tokens - 1)
            masks[:, np.arange(n_tokens) != self.keep] = drawn
        return masks
