"""The pick: few explanations that together show what a model leans on (SP-LIME)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.errors import InputError
from ner_lime.explanation.entity import EntityExplanation
from ner_lime.explanation.image import ImageExplanation
from ner_lime.explanation.row import RowExplanation
from ner_lime.explanation.sentence import Explanation
from ner_lime.explanation.token import TokenExplanation
from ner_lime.explanation.whole import WholeExplanation
from ner_lime.plain import PlainData
from ner_lime.types import FloatArray

Weights = dict[Hashable, float]


@dataclass(frozen=True, slots=True, eq=False)
class Pick(PlainData):
    """Which explanations, what they cover, and the importance of every feature over all of them.

    Attributes
    ----------
    chosen : tuple of int
        Indices of the picked explanations, the one that covers most first.
    features : F names
        Most important first. For sequence labelling a name is ``label: word [offset]``.
    importance : (F,)
        I_j = sqrt(sum over the explanations of |weight|).
    covers : for each chosen explanation, the features that it was the first to cover
    coverage : (chosen,)
        The share of all importance that the explanations up to this one cover.

    Examples
    --------
    >>> model = nl.as_classifier(lambda texts: [[0.9, 0.1] if "cash" in t else [0.2, 0.8] for t in texts],
    ...                          classes=["spam", "ham"])
    >>> found = pick(nl.TextExplainer(model).explain_many(["hi there", "more cash", "the cash"]), budget=1)
    >>> found.features[0], found.coverage.round(3).tolist()
    ('cash', [1.0])
    """

    chosen: tuple[int, ...]
    features: tuple[str, ...]
    importance: FloatArray
    covers: tuple[tuple[str, ...], ...]
    coverage: FloatArray

    def table(self) -> list[tuple[str, float, float]]:
        """(feature, importance, share of all importance), most important first: also what a bar chart draws."""
        total = max(float(self.importance.sum()), 1e-300)
        return [(name, float(i), float(i) / total) for name, i in zip(self.features, self.importance, strict=True)]

    def plot(self, *, num_features: int = 20, ax: Any = None) -> Any:
        """Bars of the importance (extra ``plot``)."""
        from ner_lime.render.whole.pick import plot_importance

        return plot_importance(self.table()[:num_features], ax=ax)


def pick(
    explanations: Sequence[Any], *, budget: int = 5, least: float = 1e-3, feature: Callable[[str], str] | None = None
) -> Pick:
    """Choose the explanations that cover most importance.

    Importance of a feature: I_j = sqrt(sum_i |W_ij|); then greedily the explanation whose features add most importance
    not yet covered, which reaches at least 1 - 1/e of the best choice (Ribeiro, Singh, Guestrin, KDD 2016, section 4,
    algorithm 2).

    Parameters
    ----------
    explanations : sequence
        Of documents (a feature is a word), rows (a column's bin), pictures (a patch), words or entities of sentences (a
        feature is the label, the word and its offset from the explained one), of the predicted target. A sentence's
        explanation counts as those of its entities' words.
    budget : int
        Number of explanations at most.
    least : float
        Weights below this, or within their 95 % interval of zero, do not count.
    feature : callable, optional
        From the feature's own name to another, such as its shape or its lower case: features of one name are one.

    Raises
    ------
    InputError
        No explanations, or something else than an explanation.
    """
    most = whole_number(budget, "budget", least=1)
    given = list(explanations)
    if not given:
        raise InputError("expected at least one explanation to pick from, found none")
    rows = [_named(_weights(one, least), feature) for one in given]
    names = list(dict.fromkeys(name for row in rows for name in row))
    column = {name: number for number, name in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)))
    for number, row in enumerate(rows):
        for name, weight in row.items():
            matrix[number, column[name]] = abs(weight)
    importance = np.sqrt(matrix.sum(axis=0))
    has, open_ = matrix > 0.0, np.ones(len(names), dtype=bool)
    chosen: list[int] = []
    covers, coverage = [], []
    total = max(float(importance.sum()), 1e-300)
    while len(chosen) < min(most, len(rows)):
        gains = has @ (importance * open_)
        gains[chosen] = -1.0
        best = int(gains.argmax())
        if gains[best] <= 0.0 and chosen:
            break
        fresh = has[best] & open_
        order = np.flatnonzero(fresh)[np.argsort(-importance[fresh], kind="stable")]
        chosen.append(best)
        covers.append(tuple(str(names[j]) for j in order))
        open_ &= ~has[best]
        coverage.append(float(importance[~open_].sum()) / total)
    order = np.argsort(-importance, kind="stable")
    return Pick(
        tuple(chosen), tuple(str(names[j]) for j in order), importance[order], tuple(covers), np.array(coverage)
    )


def _named(weights: Weights, feature: Callable[[str], str] | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, weight in weights.items():
        key = str(name) if feature is None else feature(str(name))
        found[key] = found.get(key, 0.0) + weight
    return found


def _weights(one: Any, least: float) -> Weights:
    """Weight by feature, without those that can't be told from zero."""
    if isinstance(one, Explanation):
        together: Weights = {}
        for word in one:
            if word.label != "O":
                for name, weight in _weights(word, least).items():
                    together[name] = together.get(name, 0.0) + weight
        return together
    if isinstance(one, TokenExplanation):
        contributions, name = one.contributions(), lambda c: f"{one.label}: {c.name} [{c.index - one.word_index:+d}]"
    elif isinstance(one, EntityExplanation):
        contributions, name = one.contributions(), lambda c: f"{one.kind}: {c.name} [{c.index - one.start:+d}]"
    elif isinstance(one, WholeExplanation):
        contributions, name = one.contributions(), _feature_of(one)
    else:
        raise InputError(f"expected explanations to pick from, found {type(one).__name__}")
    found: Weights = {}
    for c in contributions:
        if abs(c.weight) >= least and abs(c.weight) > 1.96 * c.std_error:
            key = name(c)
            found[key] = found.get(key, 0.0) + c.weight
    return found


def _feature_of(one: WholeExplanation) -> Callable[[Any], str]:
    """A word as it is written (whatever its place), a row's description, a patch."""
    if isinstance(one, RowExplanation | ImageExplanation):
        return lambda c: str(c.name)
    words = one.attribution.parts
    return lambda c: words[c.indices[0]] if len({words[i] for i in c.indices}) == 1 else str(c.name)
