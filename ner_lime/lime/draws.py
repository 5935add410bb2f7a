"""Masks that were drawn and asked: which come first, how more are drawn, and how much each counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.estimate import Question
from ner_lime.lime.laws import Neighbourhood, expected_counts
from ner_lime.lime.masks import draw_distinct, first_seen
from ner_lime.lime.shapley import ShapleyLaw
from ner_lime.types import FloatArray, Marginals, Masks

MOST_ANEW = 4
"""The fidelity is measured on at most so many times more draws than masks may be asked for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Distinct masks (n, C), in how many draws they came, and the answers (n, P, L)."""

    masks: Masks
    n_draws: int
    values: Marginals


def law_of(question: Question) -> Neighbourhood:
    """What masks are drawn from."""
    return ShapleyLaw() if question.method == "shapley" else question.neighbourhood


def first_masks(question: Question) -> Masks:
    """The full sentence, which is always asked; for Shapley values what their efficiency needs too."""
    full = np.ones((1, question.n_components), dtype=bool)
    if question.method != "shapley":
        return full
    if not question.target_kept:
        return np.concatenate([full, ~full]) if question.n_components else full
    alone = np.zeros((len(question.centres), question.n_components), dtype=bool)
    alone[np.arange(len(alone)), question.centres] = True
    return np.unique(np.concatenate([full, alone]), axis=0)[::-1]


def draw_more(question: Question, draw: Draw, wanted: int, rng: np.random.Generator, *, distinct: bool) -> Draw:
    """Ask for `wanted` more masks; with `distinct` false for as many draws, as the peers do."""
    if wanted <= 0:
        return draw
    neighbourhood, n_components = law_of(question), question.n_components
    if distinct:
        fresh, n_draws = draw_distinct(neighbourhood, rng, wanted, n_components, known=draw.masks)
    else:
        together = np.concatenate([draw.masks, neighbourhood.draw(rng, wanted, n_components)])
        fresh, n_draws = together[first_seen(together)][len(draw.masks) :], wanted
    answers = question.function(fresh)
    return Draw(np.concatenate([draw.masks, fresh]), draw.n_draws + n_draws, np.concatenate([draw.values, answers]))


def draw_anew(question: Question, draw: Draw, most_new: int, rng: np.random.Generator) -> tuple[Draw, FloatArray]:
    """Masks for the fidelity: draws of their own, of which at most `most_new` have not been asked before.

    A drawn mask that was asked already is not asked again, but counts: leaving it out would leave out the most probable
    ones, and measure in another neighbourhood.

    Returns
    -------
    All that was asked by now, (n, C), and how often each of it came in these draws, (n,).
    """
    rows = {mask.tobytes(): row for row, mask in enumerate(draw.masks)}
    came, n_drawn = [0] * len(rows), 0
    fresh: list[Masks] = []
    for mask in law_of(question).draw(rng, MOST_ANEW * most_new, question.n_components):
        if mask.tobytes() not in rows:
            if len(fresh) == most_new:
                break
            rows[mask.tobytes()] = len(rows)
            fresh.append(mask)
            came.append(0)
        came[rows[mask.tobytes()]] += 1
        n_drawn += 1
    if not fresh:
        return Draw(draw.masks, draw.n_draws + n_drawn, draw.values), np.asarray(came, dtype=float)
    masks = np.concatenate([draw.masks, fresh])
    values = np.concatenate([draw.values, question.function(np.asarray(fresh))])
    return Draw(masks, draw.n_draws + n_drawn, values), np.asarray(came, dtype=float)


def draw_weight(question: Question, draw: Draw) -> FloatArray:
    """(n,): how often a mask is expected to come, times its weight."""
    neighbourhood = law_of(question)
    return expected_counts(neighbourhood, draw.masks, draw.n_draws) * neighbourhood.weight(draw.masks)
