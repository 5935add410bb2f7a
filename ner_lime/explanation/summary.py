"""What a model has learned, as a run over a corpus shows it: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word, shape or affix and what it does to an entity type, over all words that were explained for it.

    Attributes
    ----------
    feature : str
        The word; or its shape, or its affix with a hyphen where it was cut.
    kind : str
        The entity type.
    mean : float
        Mean weight, for the predicted label of words that were predicted to be of this type.
    count : int
        Number of contributions.
    offsets : mapping
        Index of the feature word minus that of the explained word, to its share of the sum of absolute weights; -3 and
        +3 stand for all that is farther.

    Examples
    --------
    >>> Trigger("years", "EXPERIENCE", 0.31, 120, {-1: 0.8, 2: 0.2}).mean
    0.31
    """

    feature: str
    kind: str
    mean: float
    count: int
    offsets: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class TypeSummary:
    """What speaks for and against one entity type.

    Attributes
    ----------
    kind : str
    words : int
        Explained words that were predicted to be of it.
    probability : float
        Mean probability of their predicted label.
    own_share : float
        Mean share of the word itself in the sum of its absolute weights; the rest is its context's.
    verdicts : mapping
        Level to number of words.
    speaking_for, against, shapes, affixes : tuples of Trigger
        Largest absolute mean weight times the root of the count first.

    Examples
    --------
    >>> TypeSummary("PER", 10, 0.9, 0.5, {"trust": 10}, (), (), (), ()).own_share
    0.5
    """

    kind: str
    words: int
    probability: float
    own_share: float
    verdicts: Mapping[str, int]
    speaking_for: tuple[Trigger, ...]
    against: tuple[Trigger, ...]
    shapes: tuple[Trigger, ...]
    affixes: tuple[Trigger, ...]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A word that acts on many labels and can hardly mean them: a header, mark-up, punctuation.

    Attributes
    ----------
    feature : str
    reason : str
        In words: "punctuation", "mark-up", "first word", "acts on 5 of 6 labels".
    strength : float
        Mean absolute weight on other words.
    count : int
    labels : mapping
        Label to mean weight.

    Examples
    --------
    >>> Suspect("--", "punctuation", 0.1, 50, {"B-PER": 0.1}).reason
    'punctuation'
    """

    feature: str
    reason: str
    strength: float
    count: int
    labels: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class WrongTrigger:
    """A word that speaks for the predicted label where that is wrong.

    Attributes
    ----------
    mistake : str
        "missed": gold is an entity, predicted is O; "spurious": the reverse; "wrong type"; "wrong boundary": the type
        is right and the prefix is not.
    feature : str
    mean : float
        Mean weight for the predicted label at the words that are wrong.
    count : int
    gold, predicted : str
        The most frequent pair of tags.

    Examples
    --------
    >>> WrongTrigger("missed", "of", 0.2, 9, "I-ORG", "O").mistake
    'missed'
    """

    mistake: str
    feature: str
    mean: float
    count: int
    gold: str
    predicted: str


@dataclass(frozen=True, slots=True)
class Change:
    """A trigger of one run beside the same of another, mean weight and count each; None where the run lacks it.

    Examples
    --------
    >>> Change("Inc", "ORG", None, (0.4, 12)).before is None
    True
    """

    feature: str
    kind: str
    before: tuple[float, int] | None
    after: tuple[float, int] | None


@dataclass(frozen=True, slots=True)
class ExplainedWord:
    """A word of a picked sentence: its label, and what speaks for and against it.

    Attributes
    ----------
    token, predicted : str
    contributions : tuple of (feature word, offset, weight)
        The largest; empty for words outside of entities.

    Examples
    --------
    >>> ExplainedWord("Anna", "B-PER", (("Mrs", -1, 0.5),)).contributions[0][2]
    0.5
    """

    token: str
    predicted: str
    contributions: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True, slots=True)
class Representative:
    """A sentence that shows much of what the model relies on.

    Attributes
    ----------
    sentence : int
    words : tuple of ExplainedWord
    covered : tuple of str
        The triggers that it shows and those before it did not.

    Examples
    --------
    >>> Representative(7, (ExplainedWord("Anna", "B-PER", ()),), ("Anna",)).sentence
    7
    """

    sentence: int
    words: tuple[ExplainedWord, ...]
    covered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a model has learned, as a run over a corpus shows it.

    Attributes
    ----------
    title : str
    sentences, failed, words, contributions : int
    verdicts : mapping
        Level to number of words.
    types : tuple of TypeSummary
        Most frequent first; ``O`` is last.
    suspects : tuple of Suspect
    mistakes : mapping
        Kind of mistake to number of explained words; empty where gold tags are not known.
    wrong : tuple of WrongTrigger
    changes : tuple of Change
        Against the run that it was compared with; empty where there was none.
    compared : str
        Title of that run; empty.
    representatives : tuple of Representative

    Examples
    --------
    >>> Summary("empty", 0, 0, 0, 0, {}, (), (), {}, (), (), "", ()).types
    ()
    """

    title: str
    sentences: int
    failed: int
    words: int
    contributions: int
    verdicts: Mapping[str, int]
    types: tuple[TypeSummary, ...]
    suspects: tuple[Suspect, ...]
    mistakes: Mapping[str, int]
    wrong: tuple[WrongTrigger, ...]
    changes: tuple[Change, ...]
    compared: str
    representatives: tuple[Representative, ...]
