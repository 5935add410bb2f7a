"""Pipelines of spaCy as taggers: the tagger's and the morphologizer's softmax, and named entities from a beam."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from ner_lime.errors import InputError, MissingExtraError, ModelFileError, UnsupportedTaggerError
from ner_lime.types import FloatArray, Tokens

NEUTRAL = "unk"
"""Hides a word: lower-case, and in no corpus. For a small pipeline trained on job ads 13 of them in a row were entities
with a probability of .001; 13 "UNK", which looks like an acronym, with .93."""

SCORED = ("tagger", "morphologizer")
PARSED = ("ner", "beam_ner")


class SpacyTagger:
    """One component of a spaCy pipeline. Follows `Tagger`, `SupportsMaskToken`.

    Tokens are taken as they are (``Doc(words=...)``), so the word index never moves.

    A tagger or morphologizer has a softmax, and its probabilities are taken from there. The named entity recogniser
    goes from state to state and has no probability per word: a beam of parses, each with a probability, is summed up
    to P(B-, I- type) and P(O) of each word. This is approximate: what fell off the beam counts as impossible.

    Parameters
    ----------
    nlp : spacy.Language
    component : str or None
        The name of a pipe; None: the first named entity recogniser, else tagger, else morphologizer.
    beam_width : int
        Parses kept at each step.
    batch_size : int
        Sentences per call.

    Raises
    ------
    UnsupportedTaggerError
        No such component, or one of another kind.
    """

    def __init__(self, nlp: Any, component: str | None = None, *, beam_width: int = 32, batch_size: int = 128) -> None:
        if beam_width < 1 or batch_size < 1:
            raise InputError(f"expected beam_width and batch_size of at least 1, found {beam_width} and {batch_size}")
        kinds = {name: _kind(nlp, name) for name in nlp.pipe_names}
        able = [name for kind in (*PARSED, *SCORED) for name in kinds if kinds[name] == kind]
        chosen = component if component is not None else next(iter(able), None)
        if chosen not in able:
            raise UnsupportedTaggerError(
                f"expected a component of kind {', '.join((*PARSED, *SCORED))}, found {component or 'none'} "
                f"in the pipeline [{', '.join(nlp.pipe_names)}]"
            )
        self._nlp = nlp
        self._pipe = nlp.get_pipe(chosen)
        self._before = [nlp.get_pipe(name) for name in nlp.pipe_names[: nlp.pipe_names.index(chosen)]]
        self._parsed = kinds[chosen] in PARSED
        self._beam_width = beam_width
        self.batch_size = batch_size
        types = [str(label) for label in self._pipe.labels]
        entity = [f"{prefix}-{name}" for name in types for prefix in "BI"]
        self._labels = ("O", *entity) if self._parsed else tuple(types)

    @classmethod
    def from_model(cls, source: Any, **options: Any) -> Self:
        """A tagger of a loaded pipeline or of a local folder that ``nlp.to_disk`` wrote.

        Raises
        ------
        ModelFileError
            No pipeline in that folder.
        MissingExtraError
            spaCy is not installed.
        """
        if not isinstance(source, str | Path):
            return cls(source, **options)
        if not Path(source).is_dir():
            raise ModelFileError(f"{source}: expected a folder with a spaCy pipeline (config.cfg, meta.json)")
        try:
            import spacy
        except ImportError as error:
            raise MissingExtraError("spacy", "spacy") from error
        try:
            nlp = spacy.load(Path(source))
        except Exception as error:  # whatever a broken file does to the library
            reason = str(error).strip().partition("\n")[0]
            raise ModelFileError(f"{source}: no spaCy pipeline could be read: {reason}") from error
        return cls(nlp, **options)

    @property
    def labels(self) -> tuple[str, ...]:
        """The L labels: the component's own, or O and B-, I- of each entity type."""
        return self._labels

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array of probabilities whose rows sum to 1."""
        answers: list[FloatArray] = []
        for first in range(0, len(sentences), self.batch_size):
            docs = [self._doc(words) for words in sentences[first : first + self.batch_size]]
            answers.extend(self._from_beam(docs) if self._parsed else self._from_softmax(docs))
        return answers

    def mask_string(self, tokens: Tokens) -> str:  # noqa: ARG002 -- other taggers choose by sentence
        """A lower-case string outside of any vocabulary."""
        return NEUTRAL

    def _doc(self, words: Tokens) -> Any:
        from spacy.tokens import Doc

        return Doc(self._nlp.vocab, words=list(words))

    def _prepared(self, docs: list[Any]) -> list[Any]:
        """What the components before ours write is what ours reads (a shared tok2vec, say)."""
        for pipe in self._before:
            docs = list(pipe.pipe(docs)) if hasattr(pipe, "pipe") else [pipe(doc) for doc in docs]
        return docs

    def _from_softmax(self, docs: list[Any]) -> list[FloatArray]:
        layer = next(node for node in self._pipe.model.walk() if "softmax_normalize" in node.attrs)
        scores = [
            np.asarray(_on_cpu(found), dtype=np.float64) for found in self._pipe.model.predict(self._prepared(docs))
        ]
        if layer.attrs["softmax_normalize"]:
            return scores
        return [_softmax(found / layer.attrs["softmax_temperature"]) for found in scores]

    def _from_beam(self, docs: list[Any]) -> list[FloatArray]:
        beams = self._pipe.beam_parse(self._prepared(docs), beam_width=self._beam_width)
        column = {label: number for number, label in enumerate(self._labels)}
        answers = []
        for doc, entities in zip(docs, self._pipe.scored_ents(beams), strict=True):
            found = np.zeros((len(doc), len(self._labels)))
            for (start, end, name), probability in entities.items():
                found[start, column[f"B-{name}"]] += probability
                found[start + 1 : end, column[f"I-{name}"]] += probability
            found[:, 0] = np.maximum(1.0 - found.sum(axis=1), 0.0)
            answers.append(found / found.sum(axis=1, keepdims=True))
        return answers


def _kind(nlp: Any, name: str) -> str:
    return str(nlp.get_pipe_meta(name).factory)


def _on_cpu(array: Any) -> Any:
    return array.get() if hasattr(array, "get") else array


def _softmax(scores: FloatArray) -> FloatArray:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))
