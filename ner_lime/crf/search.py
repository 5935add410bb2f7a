"""Randomised search for the CRF's penalties, scored by cross-validation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.corpus.formats import as_corpus
from ner_lime.corpus.labels import AnyScheme
from ner_lime.corpus.scores import score_tags
from ner_lime.crf.sentences import tags_of
from ner_lime.crf.tagger import CRFTagger
from ner_lime.errors import InputError

if TYPE_CHECKING:
    from ner_lime.corpus.sentence import Sentence
    from ner_lime.types import Progress

TagLists = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One pair of penalties and its score on each fold.

    Examples
    --------
    >>> Candidate(c1=0.1, c2=0.01, scores=(0.5, 0.75)).mean
    0.625
    """

    c1: float
    c2: float
    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean score over the folds."""
        return float(np.mean(self.scores))


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    best : dict
        ``c1`` and ``c2`` of the candidate with the highest mean score; of equals, the one drawn first.
    table : tuple of Candidate
        Every candidate, in the order in which it was drawn.

    Examples
    --------
    >>> result = SearchResult({"c1": 0.1, "c2": 0.01}, (Candidate(0.1, 0.01, (0.5, 0.75)),))
    >>> max(result.table, key=lambda candidate: candidate.mean).c1 == result.best["c1"]
    True
    """

    best: dict[str, float]
    table: tuple[Candidate, ...]


def entity_f1(gold: TagLists, predicted: TagLists, scheme: AnyScheme = None) -> float:
    """Micro-averaged F1 of the entities, 0 to 1; the label scheme says how labels are split."""
    return score_tags(gold, predicted, scheme=scheme).f1


def search(
    sentences: Iterable[Sentence],
    *,
    n_candidates: int = 20,
    folds: int = 3,
    tagger: CRFTagger | None = None,
    score: Callable[[TagLists, TagLists], float] = entity_f1,
    random_state: int = 0,
    progress: Progress | None = None,
) -> SearchResult:
    """Draw pairs of c1 and c2, cross-validate each, and tell the best.

    c1 is exponential with mean 0.5, c2 with mean 0.05. The folds are made of documents, so that no document is trained
    and scored on at once; of sentences where there are fewer documents than folds.

    Parameters
    ----------
    sentences : Corpus or iterable of Sentence
        Each with tags.
    n_candidates : int
        Pairs to draw, >= 1.
    folds : int
        Parts of the data, >= 2.
    tagger : CRFTagger, optional
        Its other parameters are used; it is not changed.
    score : callable
        ``(gold, predicted)`` lists of tags to a number; higher is better.
    random_state : int
        Seed of the pairs and of the folds.
    progress : callable, optional
        Called with the trainings done and to do.

    Raises
    ------
    InputError
        A number is out of its range, or there are fewer sentences than folds.
    """
    from scipy.stats import expon
    from sklearn.model_selection import ParameterSampler

    corpus = as_corpus(sentences)
    data = [sentence for sentence in corpus if len(sentence.tokens)]
    if score is entity_f1:
        score = partial(entity_f1, scheme=corpus.scheme)
    if n_candidates < 1 or not 2 <= folds <= len(data):
        raise InputError(
            f"expected at least 1 candidate and 2 to {len(data)} folds for {len(data)} sentences, "
            f"found {n_candidates} and {folds}"
        )
    fixed = (tagger or CRFTagger()).get_params()
    laws = {"c1": expon(scale=0.5), "c2": expon(scale=0.05)}
    drawn: list[dict[str, Any]] = list(ParameterSampler(laws, n_candidates, random_state=random_state))
    parts = _folds(data, folds, random_state)
    table = []
    for k, pair in enumerate(drawn):
        scores = []
        for fold, (train, test) in enumerate(parts):
            fitted = CRFTagger(**{**fixed, **pair}).fit([data[i] for i in train])
            held_out = [data[i] for i in test]
            scores.append(float(score([tags_of(sentence) for sentence in held_out], fitted.predict(held_out))))
            if progress is not None:
                progress(k * folds + fold + 1, n_candidates * folds)
        table.append(Candidate(float(pair["c1"]), float(pair["c2"]), tuple(scores)))
    best = max(table, key=lambda candidate: candidate.mean)
    return SearchResult({"c1": best.c1, "c2": best.c2}, tuple(table))


def _folds(data: Sequence[Sentence], folds: int, random_state: int) -> list[tuple[list[int], list[int]]]:
    """List, for each fold, the indices of the sentences to train on and to score on."""
    from sklearn.model_selection import KFold

    documents: dict[Any, list[int]] = {}
    for i, sentence in enumerate(data):
        documents.setdefault(sentence.document, []).append(i)
    units = list(documents.values()) if len(documents) >= folds else [[i] for i in range(len(data))]
    split = KFold(folds, shuffle=True, random_state=random_state).split(units)
    return [([i for u in train for i in units[u]], [i for u in test for i in units[u]]) for train, test in split]
