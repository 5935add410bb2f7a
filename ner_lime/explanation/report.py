"""What a report on a model holds: plain data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ner_lime.corpus.mistakes import Mistake
from ner_lime.corpus.scores import Scores
from ner_lime.corpus.sentence import Sentence
from ner_lime.explanation.targets import Target
from ner_lime.explanation.token import TokenExplanation
from ner_lime.plain import PlainData


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedMistake(PlainData):
    """A mistake beside its explanation: why the predicted label rather than the gold one, at the first wrong word."""

    mistake: Mistake
    sentence: Sentence
    predicted: tuple[str, ...]
    word: TokenExplanation
    target: Target


@dataclass(frozen=True, slots=True, eq=False)
class Report(PlainData):
    """What there is to say about a model on a corpus.

    Attributes
    ----------
    title : str
    scores : Scores
    confusion : Counter
        (gold type, predicted type) to count; None where there is no partner.
    counts : dict
        Mistakes of each kind, all of them.
    explained : list
        Those that were explained, so far.
    n_sentences : int
        Those of the corpus.
    n_tagged : int
        Number of sentences that were tagged, the first ones; the scores, the confusion and the counts are theirs.
    complete : bool
        False where the work was interrupted.
    """

    title: str
    scores: Scores
    confusion: Counter[tuple[str | None, str | None]]
    counts: dict[str, int]
    explained: list[ExplainedMistake]
    n_sentences: int
    n_tagged: int
    complete: bool
