"""Why each word of a sentence has its label: the arrays, and the ways to read and show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ner_lime.corpus.labels import LabelScheme, Scheme, Span, label_scheme
from ner_lime.errors import DetachedError, InputError, WordIndexError
from ner_lime.explanation.contributions import Interaction
from ner_lime.explanation.entity import EntityExplanation
from ner_lime.explanation.session import Session
from ner_lime.explanation.settings import Settings
from ner_lime.explanation.targets import EntityType, Target, coefficients
from ner_lime.explanation.token import TokenExplanation
from ner_lime.lime.fidelity import Fidelity
from ner_lime.plain import PlainData
from ner_lime.types import FloatArray

if TYPE_CHECKING:
    from pathlib import Path

    from ner_lime.crf.whitebox import WhiteBox


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explanation(PlainData):
    """Why each word of a sentence has its label: T tokens, L labels, P explained positions, C components.

    Attributes
    ----------
    tokens : T strings.
    text : the raw text; tokens joined by spaces where none was given.
    offsets : T pairs, `text[start:end] == token`.
    labels : L strings.
    positions : the P explained word indices (all T by default).
    components : what is switched off as one: C tuples of word indices; one word each by default.
    probabilities : (T, L)
        The tagger's own marginals on the sentence as it is.
    predicted : T labels, as the tagger decodes them (Viterbi for a CRF); may differ from the best marginal.
    gold : T labels, or None where they are not known.
    weights : (P, L, C)
        [position, label, component]; C = T words by default.
    bias : (P, L)
        The surrogate's intercept.
    std_errors : (P, L, C)
        Zeros where exact.
    fidelity, settings : see there.
    agreement : (P,) or None
        Weighted Kendall's tau of the sizes of the predicted label's weights under this and another way of masking,
        where it was measured.
    hidden : (P, L) or None
        The tagger's own marginals with every word hidden; None where hidden words are deleted.
    diagnostics : figures about the masking, name to value.
    scheme : label scheme that the tagger states, or None: `label_scheme` then goes by the labels.
    session : Session or None
        The way back to the tagger, which entities, interactions, feature selection and the white box need. It is no
        part of the data: it compares as nothing and stays behind when the explanation leaves its process.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> explainer = nl.NERExplainer(TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs", at=1)]))
    >>> explanation = explainer.explain(["Mrs", "Smith"])
    >>> explanation.weights.shape, explanation[1].label
    ((2, 2, 2), 'B-PER')
    """

    tokens: tuple[str, ...]
    text: str
    offsets: tuple[tuple[int, int], ...]
    labels: tuple[str, ...]
    positions: tuple[int, ...]
    components: tuple[tuple[int, ...], ...]
    probabilities: FloatArray
    predicted: tuple[str, ...]
    gold: tuple[str, ...] | None
    weights: FloatArray
    bias: FloatArray
    std_errors: FloatArray
    fidelity: Fidelity
    settings: Settings
    agreement: FloatArray | None = None
    diagnostics: Mapping[str, float] = field(default_factory=dict)
    scheme: Scheme | None = None
    hidden: FloatArray | None = None
    session: Session | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return (
            f"<Explanation of {len(self.positions)} of {len(self.tokens)} words, {len(self.labels)} labels, "
            f"{self.settings.engine}: {self.text[:60]!r}>"
        )

    def __len__(self) -> int:
        return len(self.positions)

    def __iter__(self) -> Iterator[TokenExplanation]:
        return (self[position] for position in self.positions)

    def __getitem__(self, word_index: int) -> TokenExplanation:
        """The explanation of one word.

        Raises
        ------
        WordIndexError
            Outside of the sentence, or not among the explained positions.
        """
        if word_index not in self.positions:
            if 0 <= word_index < len(self.tokens):
                raise WordIndexError(
                    f"word {word_index} ({self.tokens[word_index]!r}) was not explained; explained: "
                    f"{', '.join(map(str, self.positions))}; add it to positions="
                )
            raise WordIndexError(out_of_range(word_index, self.tokens))
        return TokenExplanation(self, word_index)

    @property
    def label_scheme(self) -> LabelScheme:
        """How labels are split into prefix and entity type, and spans are read."""
        return label_scheme(self.scheme, self.labels)

    @property
    def marginal_labels(self) -> tuple[str, ...]:
        """The most probable label of each word by itself; a CRF's best sequence (`predicted`) may differ."""
        return tuple(self.labels[i] for i in self.probabilities.argmax(axis=1))

    @property
    def predicted_spans(self) -> list[Span]:
        """(start, end, type) of each predicted entity."""
        return self.label_scheme.spans(self.predicted)

    @property
    def entities(self) -> list[EntityExplanation]:
        """Each predicted entity as one target; with `positions`, those with a word that was explained."""
        explained = set(self.positions)
        return [
            self.entity(span.start, span.end, span.type)
            for span in self.predicted_spans
            if not explained.isdisjoint(range(span.start, span.end))
        ]

    def entity(self, start: int, end: int, kind: str | None = None) -> EntityExplanation:
        """The span `start` .. `end` - 1 as one target.

        `kind` is the entity type. By default it is the type that was predicted there; for a missed entity the gold
        type where it is known, else the type with the largest sum of probabilities over the span.
        """
        if not 0 <= start < end <= len(self.tokens):
            raise InputError(f"expected a span within 0..{len(self.tokens)}, start before end, found {start}..{end}")
        return self.attached("an entity").entity(self, start, end, kind or self._likely_type(start, end))

    def interactions(self, position: int, label: Target | None = None) -> tuple[Interaction, ...]:
        """Pairs of components and how much they do together, largest first, for one word and target.

        Exact where all masks are cheap; else from the masks that were asked, and more up to `n_samples`, with standard
        errors. Another word or target of the same explanation costs no more calls.
        """
        word = self[position]
        return self.attached("interactions").interactions(self, position, word.label if label is None else label)

    def white_box(self, word_index: int) -> WhiteBox:
        """For a CRF: the features that fire at this word, transitions and the evidence of both sides, in log-odds."""
        self[word_index]
        return self.attached("the white-box view").white_box(word_index)

    def to_dict(self) -> dict[str, Any]:
        """Lossless, versioned, JSON-ready."""
        from ner_lime.render.json import to_dict

        return to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Explanation:
        """Read back what `to_dict` made."""
        from ner_lime.render.json import from_dict

        return from_dict(data)

    def to_text(self, word_index: int | None = None, **options: Any) -> str:
        """For a terminal: one word, or the tables of all entities and words."""
        from ner_lime.explanation.joint import joint
        from ner_lime.render.text import to_text

        return to_text(self, word_index, **{"beside": joint(self, word_index), **options})

    def to_html(self, word_index: int | None = None, **options: Any) -> str:
        """A self-contained page."""
        from ner_lime.explanation.joint import joint
        from ner_lime.render.html import to_html

        return to_html(self, word_index, **{"beside": joint(self), **options})

    def to_csv(self) -> str:
        """Tidy rows, with all digits; the columns are those of `to_frame`."""
        from ner_lime.render.table import to_csv

        return to_csv(self)

    def to_markdown(self, word_index: int | None = None, *, label: Target | None = None) -> str:
        """A table: one word's contributions, or one line an entity and a word."""
        from ner_lime.explanation.joint import joint
        from ner_lime.render.table import to_markdown

        return to_markdown(self, word_index, label=label, beside=joint(self, word_index))

    def to_frame(self) -> Any:
        """A tidy pandas DataFrame (extra ``pandas``)."""
        from ner_lime.render.table import to_frame

        return to_frame(self)

    def plot(self, word_index: int | None = None, **options: Any) -> Any:
        """A matplotlib picture (extra ``plot``)."""
        from ner_lime.render.plot import plot

        return plot(self, word_index, **options)

    def to_eli5(self, word_index: int | None = None) -> Any:
        """An ``eli5.base.Explanation`` that every eli5 formatter shows."""
        from ner_lime.eli5.convert import to_eli5

        return to_eli5(self, word_index)

    def save_html(self, path: str | Path, word_index: int | None = None) -> None:
        """Write the page to a file."""
        from ner_lime.explanation.joint import joint
        from ner_lime.render.html import save_html

        save_html(self, path, word_index, beside=joint(self))

    def _repr_html_(self) -> str:
        from ner_lime.explanation.joint import joint
        from ner_lime.render.html import notebook_html

        return notebook_html(self, beside=joint(self))

    def attached(self, what: str) -> Session:
        """The way back to the tagger, for something that needs it.

        Raises
        ------
        DetachedError
            The explanation was read from a file, or comes from another process.
        """
        if self.session is None:
            raise DetachedError(
                f"{what} needs the tagger, and this explanation was read from a file or comes from another process: "
                "explain the sentence again"
            )
        return self.session

    def _likely_type(self, start: int, end: int) -> str:
        for tags in (self.predicted, self.gold or ()):
            for span in self.label_scheme.spans(tags):
                if span.start < end and start < span.end:
                    return span.type
        kinds = sorted({kind for label in self.labels if (kind := self.label_scheme.entity_type(label)) is not None})
        if not kinds:
            raise InputError("expected a tagger with entity labels, found only O: there is no entity to explain")
        mass = self.probabilities[start:end].sum(axis=0)
        return max(kinds, key=lambda kind: float(mass @ coefficients(EntityType(kind), self.labels, self.scheme)))


def out_of_range(word_index: int, tokens: Sequence[str], *, shown: int = 60) -> str:
    """The message for a word index outside of the sentence: it shows the words with their indices."""
    listed = " ".join(f"{i}:{token}" for i, token in enumerate(tokens[:shown]))
    more = f" ... ({len(tokens)} words)" if len(tokens) > shown else ""
    return f"word index {word_index} is outside of the sentence, expected 0 to {len(tokens) - 1}: {listed}{more}"
