"""Pipelines of spaCy as taggers: the softmax of tagger and morphologizer, and the actions of the entity recogniser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.corpus.tokenizer import Offsets
from ner_lime.errors import (
    InputError,
    MissingExtraError,
    ModelFileError,
    NotFittedError,
    TaggerError,
    UnsupportedTaggerError,
    in_one_line,
)
from ner_lime.taggers.kinds import inner_folder
from ner_lime.taggers.labels import checked_labels
from ner_lime.taggers.text import text_of
from ner_lime.taggers.transitions import Forward
from ner_lime.types import FloatArray, Marginals, Masks, Tokens

NEUTRAL = "unk"
"""The default mask string: lower-case, and in no corpus. For a small pipeline trained on job ads 13 of them in a row
were entities with a probability of .001; 13 "UNK", which looks like an acronym, with .93."""

SCORED = ("tagger", "morphologizer")
PARSED = ("ner", "beam_ner")


class SpacyTagger:
    """One component of a spaCy pipeline.

    Follows `Tagger`, `SupportsText`, `SupportsDecoding`, `SupportsMasks`, `SupportsMaskToken`.

    A text is cut by the pipeline's own tokenizer (``nlp.make_doc``), spaces and norms included. A list of tokens is
    taken as it is (``Doc(words=...)``). Either way the word index never moves.

    A tagger or morphologizer has a softmax, and its probabilities are taken from there. The named entity recogniser
    (``ner``) chooses an action at each token; P(B-, I- type) and P(O) of each word are summed over all sequences of
    actions, exactly: see `ner_lime.taggers.transitions`. The pipeline itself takes the best action at each token and
    does not look back, so that in about 1 % of words its label is not the most probable one; `predict` gives the
    pipeline's own. A ``beam_ner`` is trained with a beam, and is asked for the parses of that beam.

    What components before it take for entities (an ``entity_ruler``) it keeps; their labels are added to its own, as
    spaCy does when it meets one.

    Parameters
    ----------
    nlp : spacy.Language
    component : str or None
        The name of a pipe; None: the first named entity recogniser, else tagger, else morphologizer.
    beam_width : int or None
        Number of parses that are kept at each step and summed over. None: as the component is configured; for ``ner``
        the exact sum over all of them, without a beam. The scores of a recogniser that was trained without a beam are
        no scores of whole parses: with a beam its probabilities disagree with its own labels.
    beam_density : float or None
        Parses of a beam below this share of the best one's probability are dropped. None: as the component is
        configured; 0 for ``ner``.
    batch_size : int
        Sentences per call.

    Raises
    ------
    UnsupportedTaggerError
        No such component, or one of another kind.
    NotFittedError
        It was not trained.
    InputError
        A number is none, or out of its range.

    Examples
    --------
    >>> tagger = SpacyTagger.from_model("my-spacy")
    >>> tagger.predict_proba([["Web", "design"]])[0].shape == (2, len(tagger.labels))
    True
    """

    def __init__(
        self,
        nlp: Any,
        component: str | None = None,
        *,
        beam_width: int | None = None,
        beam_density: float | None = None,
        batch_size: int = 128,
    ) -> None:
        whole_number(batch_size, "batch_size", least=1)
        if beam_width is not None:
            whole_number(beam_width, "beam_width", least=1)
        if beam_density is not None and not 0.0 <= beam_density < 1.0:
            raise InputError(f"expected beam_density of at least 0 and below 1, found {beam_density!r}")
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
        self.batch_size = batch_size
        types = [str(label) for label in self._pipe.labels]
        entity = [f"{prefix}-{name}" for name in types for prefix in "BI"]
        self._labels = checked_labels(["O", *entity] if self._parsed else types)
        self._beam = self._beam_of(beam_width, beam_density)
        self._forward = Forward(self._pipe, self._labels) if self._parsed and self._beam is None else None

    def _beam_of(self, width: int | None, density: float | None) -> tuple[int, float] | None:
        """Width and density of the beam; None where there is none."""
        if not self._parsed:
            return None
        own_width, own_density = self._pipe.cfg["beam_width"], self._pipe.cfg["beam_density"]
        if width is None and own_width == 1:
            if density is not None:
                raise InputError("beam_density is for a beam: give beam_width too")
            return None
        return width or int(own_width), float(own_density if density is None else density)

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
        source = inner_folder(Path(source))
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

    def tokenize(self, text: str, /) -> tuple[tuple[str, ...], Offsets]:
        """Cut a text as the pipeline does; white space may be a token there."""
        doc = self._nlp.make_doc(text)
        tokens = tuple(token.text for token in doc)
        return tokens, tuple((token.idx, token.idx + len(token)) for token in doc)

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array of probabilities whose rows sum to 1."""
        answers: list[FloatArray] = []
        for first in range(0, len(sentences), self.batch_size):
            answers.extend(
                self._probabilities([self._doc(words) for words in sentences[first : first + self.batch_size]])
            )
        return answers

    def predict(self, sentences: Sequence[Tokens]) -> list[list[str]]:
        """The labels that the pipeline itself gives to each sentence."""
        if not self._parsed:
            return [[self._labels[k] for k in answer.argmax(axis=1)] for answer in self.predict_proba(sentences)]
        found: list[list[str]] = []
        for first in range(0, len(sentences), self.batch_size):
            docs = self._prepared([self._doc(words) for words in sentences[first : first + self.batch_size]])
            self._pipe.set_annotations(docs, self._pipe.predict(docs))
            found += [
                [f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O" for token in doc] for doc in docs
            ]
        return found

    def under_masks(
        self, tokens: Tokens, replacement: Tokens, start: int = 0, end: int | None = None
    ) -> MaskedDoc | None:
        """The words start..end-1 of a text prepared for masks: what its tokenizer said of the others stays.

        None for tokens whose text is not known: they say all that there is to say.
        """
        if text_of(tokens) is None:
            return None
        return MaskedDoc(self, self._doc(tokens), tuple(replacement), start, len(tokens) if end is None else end)

    def _probabilities(self, docs: list[Any]) -> list[FloatArray]:
        if not self._parsed:
            return self._from_softmax(docs)
        docs = self._prepared(docs)  # a component may give other ones back
        for doc in docs:
            for entity in doc.ents:
                self._known(entity.label_)
        return self._from_beam(docs) if self._forward is None else self._forward.marginals(docs)

    def _known(self, name: str) -> None:
        """Refuse an entity of a component before ours whose label ours does not have."""
        if f"B-{name}" not in self._labels:
            raise TaggerError(
                f"expected entities that {self._name} knows, found the label {name!r} of a component before it: "
                f"nlp.get_pipe({self._name!r}).add_label({name!r}) before the tagger is made"
            )

    def mask_string(self, _tokens: Tokens, /) -> str:
        """A lower-case string outside of any vocabulary."""
        return NEUTRAL

    def _doc(self, words: Tokens) -> Any:
        """The document that the pipeline would make of the text, where it is known; else one of these words."""
        from spacy.tokens import Doc

        known = text_of(words)
        if known is None:
            return Doc(self._nlp.vocab, words=list(words))
        doc = self._nlp.make_doc(known[0])
        if [token.text for token in doc] == list(words):
            return doc
        ends = [*(start for start, _ in known[1][1:]), len(known[0])]
        spaces = [end < after for (_, end), after in zip(known[1], ends, strict=True)]
        return Doc(self._nlp.vocab, words=[str(word) for word in words], spaces=spaces)

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
        assert self._beam is not None
        width, density = self._beam
        # A label without training scores as the worst action of the whole batch does: each document by itself then.
        size = 1 if self._pipe.model.attrs.get("unseen_classes") else max(len(docs), 1)
        batches = [docs[first : first + size] for first in range(0, len(docs), size)]
        beams = [
            beam for batch in batches for beam in self._pipe.beam_parse(batch, beam_width=width, beam_density=density)
        ]
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


@dataclass(frozen=True, slots=True, eq=False)
class MaskedDoc:
    """A document whose words may be replaced; spaces and the norms of kept words stay. Follows `MaskedSentence`.

    Attributes
    ----------
    tagger : SpacyTagger
    doc : the document of the text as it is.
    replacement : what stands in place of each hidden word.
    start, end : the words that masks are about.

    Examples
    --------
    >>> from ner_lime.taggers.text import TextToken
    >>> tagger = SpacyTagger.from_model("my-spacy")
    >>> doc = tagger.under_masks([TextToken("Web"), TextToken("design", " ")], ["unk", "unk"])
    >>> doc.words(np.array([[True, False]]))
    [['Web', 'unk']]
    """

    tagger: SpacyTagger
    doc: Any
    replacement: tuple[str, ...]
    start: int
    end: int

    def words(self, masks: Masks) -> list[list[str]]:
        """(n, end - start) masks to n lists of words."""
        own = [token.text for token in self.doc]
        whole = np.ones((len(masks), len(own)), dtype=bool)
        whole[:, self.start : self.end] = masks
        pairs = list(zip(own, map(str, self.replacement), strict=True))
        return [[word if kept else new for (word, new), kept in zip(pairs, row, strict=True)] for row in whole.tolist()]

    def marginals(self, masks: Masks) -> Marginals:
        """(n, end - start) masks to (n, end - start, L) probabilities."""
        from spacy.tokens import Doc

        vocab = self.doc.vocab
        spaces = [bool(token.whitespace_) for token in self.doc]
        norms = [(token.i, token.norm_) for token in self.doc if token.norm_ != vocab[token.text].norm_]
        answers: list[FloatArray] = []
        size = self.tagger.batch_size
        for first in range(0, len(masks), size):
            docs = []
            for words in self.words(masks[first : first + size]):
                doc = Doc(vocab, words=words, spaces=spaces)
                for i, norm in norms:
                    if words[i] == self.doc[i].text:
                        doc[i].norm_ = norm
                docs.append(doc)
            answers += self.tagger._probabilities(docs)
        shape = len(masks), len(self.doc), len(self.tagger.labels)
        return np.asarray(answers).reshape(shape)[:, self.start : self.end]


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
