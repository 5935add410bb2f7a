"""Pipelines of spaCy as taggers: the tagger's and the morphologizer's softmax, and named entities from a beam."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.corpus.labels import OUTSIDE
from ner_lime.errors import (
    MissingExtraError,
    ModelFileError,
    NotFittedError,
    TaggerError,
    UnsupportedTaggerError,
    in_one_line,
)
from ner_lime.taggers.labels import checked_labels
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
    to P(B-, I- type) and P(O) of each word. This is approximate: what fell off the beam counts as impossible. What
    components before it take for entities (an ``entity_ruler``) it keeps; their labels are added to its own, as spaCy
    does when it meets one.

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
    NotFittedError
        It was not trained.
    InputError
        A number is none.

    Examples
    --------
    >>> tagger = SpacyTagger.from_model("my-spacy")
    >>> tagger.predict_proba([["Web", "design"]])[0].shape == (2, len(tagger.labels))
    True
    """

    def __init__(self, nlp: Any, component: str | None = None, *, beam_width: int = 32, batch_size: int = 128) -> None:
        whole_number(beam_width, "beam_width", least=1)
        whole_number(batch_size, "batch_size", least=1)
        kinds = {name: _kind(nlp, name) for name in nlp.pipe_names}
        able = [name for kind in (*PARSED, *SCORED) for name in kinds if kinds[name] == kind]
        chosen = component if component is not None else next(iter(able), None)
        if chosen not in able:
            raise UnsupportedTaggerError(
                f"expected a component of kind {', '.join((*PARSED, *SCORED))}, found {component or 'none'} "
                f"in the pipeline [{', '.join(nlp.pipe_names)}]"
            )
        self._nlp = nlp
        self._name = chosen
        self._pipe = nlp.get_pipe(chosen)
        if not _is_trained(self._pipe.model):
            raise NotFittedError(f"expected a trained pipeline, found the component {chosen} untrained: train it first")
        names = nlp.pipe_names[: nlp.pipe_names.index(chosen)]
        self._before = [nlp.get_pipe(name) for name in names]
        self._parsed = kinds[chosen] in PARSED
        if self._parsed:
            for label in _entity_labels(nlp, names):
                self._pipe.add_label(label)  # later, in the first call, it would change the answers of the second
        self._beam_width = beam_width
        self.batch_size = batch_size
        types = [str(label) for label in self._pipe.labels]
        entity = [f"{prefix}-{name}" for name in types for prefix in "BI"]
        self._labels = checked_labels([OUTSIDE, *entity] if self._parsed else types)

    def __repr__(self) -> str:
        return f"SpacyTagger({self._name}, {len(self._labels)} labels)"

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
        for path in (Path(source), Path(source) / "config.cfg", Path(source) / "meta.json"):
            if not path.exists():
                raise ModelFileError(
                    f"{source}: expected a folder with a spaCy pipeline (config.cfg, meta.json), found no {path}"
                )
        try:
            import spacy
        except ImportError as error:
            raise MissingExtraError("spacy", "spacy") from error
        try:
            nlp = spacy.load(Path(source))
        except Exception as error:  # whatever a broken file does to the library
            raise ModelFileError(f"{source}: no spaCy pipeline could be read: {in_one_line(error)}") from error
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

    def mask_string(self, _tokens: Tokens, /) -> str:
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
        docs = self._prepared(docs)  # a component may give other ones back
        # A label without training scores as the worst action of the whole batch does: each document by itself then.
        size = 1 if self._pipe.model.attrs.get("unseen_classes") else max(len(docs), 1)
        batches = [docs[first : first + size] for first in range(0, len(docs), size)]
        beams = [beam for batch in batches for beam in self._pipe.beam_parse(batch, beam_width=self._beam_width)]
        column = {label: number for number, label in enumerate(self._labels)}
        answers = []
        for doc, entities in zip(docs, self._pipe.scored_ents(beams), strict=True):
            found = np.zeros((len(doc), len(self._labels)))
            for (start, end, name), probability in entities.items():
                if f"B-{name}" not in column:
                    raise TaggerError(
                        f"expected entities that {self._name} knows, found the label {name!r} of a component before "
                        f"it: nlp.get_pipe({self._name!r}).add_label({name!r}) before the tagger is made"
                    )
                found[start, column[f"B-{name}"]] += probability
                found[start + 1 : end, column[f"I-{name}"]] += probability
            found[:, 0] = np.maximum(1.0 - found.sum(axis=1), 0.0)
            answers.append(found / found.sum(axis=1, keepdims=True))
        return answers


def _kind(nlp: Any, name: str) -> str:
    return str(nlp.get_pipe_meta(name).factory)


def _is_trained(model: Any) -> bool:
    """Whether every weight of a model is there: has_param answers None for one that is not."""
    return all(node.has_param(name) is not None for node in model.walk() for name in node.param_names)


def _entity_labels(nlp: Any, names: Sequence[str]) -> list[str]:
    """The labels of those components of these names that write entities."""
    pipes = [(nlp.get_pipe(name), nlp.get_pipe_meta(name)) for name in names]
    writers = [pipe for pipe, meta in pipes if "doc.ents" in meta.assigns or getattr(pipe, "annotate_ents", False)]
    return [str(label) for pipe in writers for label in getattr(pipe, "labels", ())]


def _on_cpu(array: Any) -> Any:
    return array.get() if hasattr(array, "get") else array


def _softmax(scores: FloatArray) -> FloatArray:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))
