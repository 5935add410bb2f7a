"""The analyzer of Presidio as a tagger: what it finds in a text, put onto the words.

Its recognisers (patterns, checksums, context words, the entities of an NLP engine) give a score to each finding and no
probability of anything else, so the probabilities are approximate: a score is taken for the probability of its type,
and O has what the types leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ner_lime.corpus.tokenizer import Offsets, tokenize
from ner_lime.errors import InputError
from ner_lime.taggers.labels import checked_labels
from ner_lime.taggers.text import TextToken, text_of
from ner_lime.types import FloatArray, Tokens


class PresidioTagger:
    """A ``presidio_analyzer.AnalyzerEngine``. Follows `Tagger`, `SupportsText`.

    Texts are cut by `ner_lime.tokenize` and put together again as they were: patterns read what is between words.

    Parameters
    ----------
    engine : presidio_analyzer.AnalyzerEngine
    language : str
        In which it analyses.
    entities : sequence of str, optional
        The types that are looked for; by default all that it supports in this language.

    Raises
    ------
    InputError
        No entities in that language, or one that it does not support.

    Examples
    --------
    >>> from types import SimpleNamespace as Object
    >>> engine = Object(
    ...     get_supported_entities=lambda language: ["PHONE"],
    ...     analyze=lambda text, **_: [Object(entity_type="PHONE", start=5, end=8, score=0.75)],
    ... )
    >>> PresidioTagger(engine).predict_proba([["call", "123"]])[0].tolist()
    [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0]]
    """

    def __init__(self, engine: Any, *, language: str = "en", entities: Sequence[str] | None = None) -> None:
        supported = sorted(map(str, engine.get_supported_entities(language)))
        chosen = supported if entities is None else list(entities)
        unknown = [name for name in chosen if name not in supported]
        if unknown or not chosen:
            raise InputError(
                f"expected entities that the analyzer supports in {language!r} ({', '.join(supported) or 'none'}), "
                f"found {unknown[0] if unknown else 'none'!r}"
            )
        self.engine = engine
        self.language = language
        self.entities = tuple(chosen)
        self.labels = checked_labels(["O", *(f"{prefix}-{name}" for name in chosen for prefix in "BI")])

    def __repr__(self) -> str:
        return f"PresidioTagger({self.language!r}, {len(self.entities)} entities)"

    def tokenize(self, text: str, /) -> tuple[tuple[str, ...], Offsets]:
        """Cut a text as `ner_lime.tokenize` does; its spaces are kept for the analyzer."""
        return tokenize(text)

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array: the best score of each type at each word, and O."""
        return [self._scores(tokens) for tokens in sentences]

    def _scores(self, tokens: Tokens) -> FloatArray:
        known = text_of(tokens)
        if known is None:
            known = text_of([TextToken(token, " " if number else "") for number, token in enumerate(tokens)])
        assert known is not None
        text, offsets = known
        found = self.engine.analyze(text=text, language=self.language, entities=list(self.entities)) if tokens else []
        matrix = np.zeros((len(tokens), len(self.labels)))
        for finding in found:
            over = [k for k, (start, end) in enumerate(offsets) if start < finding.end and end > finding.start]
            for k in over:
                column = self.labels.index(f"{'B' if k == over[0] else 'I'}-{finding.entity_type}")
                matrix[k, column] = max(matrix[k, column], float(finding.score))
        total = matrix.sum(axis=1, keepdims=True)
        matrix /= np.maximum(total, 1.0)
        matrix[:, 0] = 1.0 - matrix[:, 1:].sum(axis=1)
        return matrix.clip(0.0, 1.0)
