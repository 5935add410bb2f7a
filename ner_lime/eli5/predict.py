"""A tagger as a function of texts: what explainers of text classifiers (eli5, lime, shap) ask for."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ner_lime.corpus.sentence import Sentence
from ner_lime.eli5.texts import Tokenizer, words
from ner_lime.errors import InputError, WordIndexError
from ner_lime.explainers.sentence.mask_function import DEFAULT_BATCH
from ner_lime.taggers import as_tagger
from ner_lime.taggers.answers import ask
from ner_lime.types import FloatArray, Tagger

_LOG = logging.getLogger("ner_lime")
_MEND = (
    "hide words with a mask instead of removing them (eli5: replacement='UNK'; lime: bow=False, mask_string=' UNK '; "
    "shap: maskers.Text(r'\\s+', mask_token='UNK ', collapse_mask_token=False))"
)


@dataclass(frozen=True, slots=True)
class PredictFunction:
    """Texts in, probabilities of one word's labels out: see `predict_function`.

    Attributes
    ----------
    tagger : Tagger
    word_index : int
    tokenizer : callable or None
    n_tokens : int or None
        Number of tokens that every text must have, where it is given.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-LOC", 0.5, "in")], labels=("O", "B-LOC"))
    >>> function = PredictFunction(tagger, word_index=2)
    >>> function.labels, function(["born in Bern", "born near Bern"]).shape
    (('O', 'B-LOC'), (2, 2))
    """

    tagger: Tagger
    word_index: int
    tokenizer: Tokenizer | None = None
    n_tokens: int | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The L labels, in the order of the columns: what lime calls class_names and eli5 target_names."""
        return tuple(self.tagger.labels)

    def __call__(self, texts: Iterable[str] | NDArray[Any]) -> FloatArray:
        """Probabilities of the word's labels in each text.

        Parameters
        ----------
        texts : list, array, Series or iterator of n strings
            A list of tokens may stand for a text.

        Returns
        -------
        (n, L) float64 array
            Columns as `labels`; rows sum to 1. Texts with the same tokens are asked for once.

        Raises
        ------
        WordIndexError
            A text has too few tokens.
        InputError
            Not a list of texts, or another number of tokens than expected.
        TaggerError
            The tagger's answer is no matrix of probabilities.
        """
        if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable) or getattr(texts, "ndim", 1) != 1:
            raise InputError(f"expected a list of texts, found {texts!r:.80}: pass [text]")
        texts = list(texts)
        sentences = [words(text, self.tokenizer) for text in texts]
        for number, (text, tokens) in enumerate(zip(texts, sentences, strict=True)):
            self._check(number, text, tokens)
        if len({len(tokens) for tokens in sentences}) > 1:
            _LOG.warning(
                "the texts differ in their number of tokens, so word %d may not be the same word in all: %s",
                self.word_index,
                _MEND,
            )
        rows = {tokens: row for row, tokens in enumerate(dict.fromkeys(sentences))}
        distinct = list(rows)
        answers = np.empty((len(distinct), len(self.tagger.labels)))
        size = int(getattr(self.tagger, "batch_size", None) or DEFAULT_BATCH)
        for first in range(0, len(distinct), size):
            batch = ask(self.tagger, distinct[first : first + size])
            answers[first : first + size] = [answer[self.word_index] for answer in batch]
        return answers[[rows[tokens] for tokens in sentences]]

    def _check(self, number: int, text: object, tokens: Sequence[str]) -> None:
        if self.n_tokens is not None and len(tokens) != self.n_tokens:
            raise InputError(
                f"text {number} ({text!r:.60}): expected {self.n_tokens} tokens, found {len(tokens)}: {_MEND}"
            )
        if self.word_index >= len(tokens):
            raise WordIndexError(
                f"text {number} ({text!r:.60}): word index {self.word_index} needs at least {self.word_index + 1} "
                f"tokens, found {len(tokens)}: {_MEND}"
            )


def predict_function(
    tagger: Any,
    word_index: int,
    tokenizer: Tokenizer | None = None,
    *,
    sentence: str | Sequence[str] | Sentence | None = None,
) -> PredictFunction:
    r"""Make the function that eli5, lime and shap call: texts to the probabilities of one word's labels.

    Parameters
    ----------
    tagger
        Anything that `ner_lime.as_tagger` accepts.
    word_index : int
        Which token of every text, from 0.
    tokenizer : callable, optional
        Text to tokens, or to (tokens, offsets); `ner_lime.tokenize` by default. It must be the one that the tagger was
        trained with, and give a mask string back as one token.
    sentence : str, sequence of str, or Sentence, optional
        The sentence that is explained: every text must then have its number of tokens, which rules out that the index
        names another word where tokens were lost or gained.

    Returns
    -------
    PredictFunction
        f(list of n texts) -> (n, L) float64 array, columns as ``tagger.labels``.

    Raises
    ------
    WordIndexError
        A negative index, or one outside of `sentence`; when called: a text with too few tokens.

    Examples
    --------
    lime, with the tokens of the tagger and every word by itself; the blanks keep the mask string apart from a bracket
    or comma beside it::

        f = predict_function(tagger, word_index=4, sentence=text)
        LimeTextExplainer(class_names=f.labels, bow=False, mask_string=" UNK ",
                          split_expression=lambda text: tokenize(text)[0]).explain_instance(text, f)

    shap, on a text whose tokens stand between blanks (it would join neighbouring mask strings to one)::

        f = predict_function(tagger, word_index=4, tokenizer=str.split, sentence=text)
        masker = shap.maskers.Text(r"\s+", mask_token="UNK ", collapse_mask_token=False)
        shap.Explainer(f, masker, output_names=list(f.labels))([text])
    """
    known = as_tagger(tagger)
    if index(word_index) < 0:
        raise WordIndexError(f"expected a word index from 0, found {word_index}")
    if sentence is None:
        return PredictFunction(known, index(word_index), tokenizer)
    tokens = words(sentence, tokenizer)
    function = PredictFunction(known, index(word_index), tokenizer, len(tokens))
    function._check(0, sentence, tokens)
    return function
