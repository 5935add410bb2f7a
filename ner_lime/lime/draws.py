"""Masks that were drawn and asked: which come first, how more are drawn, and how much each counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.lime.law import expected_counts
from ner_lime.lime.masks import draw_distinct, first_seen, occurrences
from ner_lime.lime.question import Question
from ner_lime.types import FloatArray, IntArray, Masks, Values

MAX_REDRAWN = 4
"""Largest ratio of the draws for the fidelity to the new masks that may be asked for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Distinct masks, and the answers.

    Attributes
    ----------
    masks : (n, C)
    counts : (n,)
        How often each came; 0 for one that was asked without being drawn.
    came : (n,)
        The number of draws before each of them; 0 for one that was asked without being drawn.
    n_draws : int
        The sum of the counts.
    values : (n, P, K)
    """

    masks: Masks
    counts: FloatArray
    came: IntArray
    n_draws: int
    values: Values


def first_draw(question: Question, masks: Masks | None = None) -> Draw:
    """The masks that the law always asks, or the given ones, without a draw."""
    if masks is None:
        masks = question.law.anchors(question.n_components, question.kept)
    return Draw(masks, np.zeros(len(masks)), np.zeros(len(masks), dtype=np.int64), 0, question.function(masks))


def draw_more(question: Question, draw: Draw, n: int, rng: np.random.Generator, *, distinct: bool) -> Draw:
    """Ask for n more masks; with `distinct` false for n more draws, as the peers do."""
    if n <= 0:
        return draw
    n_components = question.n_components
    if distinct:
        fresh, counts, came, n_draws = draw_distinct(question.law, rng, n, n_components, known=draw.masks)
    else:
        drawn, n_draws = question.law.draw(rng, n, n_components), n
        together = np.concatenate([draw.masks, drawn])
        first = first_seen(together)
        together, came = together[first], first[len(draw.masks) :] - len(draw.masks)
        fresh, counts = together[len(draw.masks) :], occurrences(together, drawn)
    return Draw(
        np.concatenate([draw.masks, fresh]),
        np.pad(draw.counts, (0, len(fresh))) + counts,
        np.concatenate([draw.came, draw.n_draws + came]),
        draw.n_draws + n_draws,
        np.concatenate([draw.values, question.function(fresh)]),
    )


def draw_again(question: Question, draw: Draw, n_new: int, rng: np.random.Generator) -> tuple[Draw, FloatArray]:
    """Masks for the fidelity: draws of their own, of which at most `n_new` have not been asked before.

    A drawn mask that was asked already is not asked again, but counts: leaving it out would leave out the most probable
    ones, and measure in another neighbourhood.

    Returns
    -------
    draw : Draw
        All that was asked by now.
    counts : (n,)
        How often each of its masks came in these draws.
    """
    rows = {mask.tobytes(): row for row, mask in enumerate(draw.masks)}
    came, n_drawn = [0] * len(rows), 0
    fresh: list[Masks] = []
    first: list[int] = []
    for mask in question.law.draw(rng, MAX_REDRAWN * n_new, question.n_components):
        if mask.tobytes() not in rows:
            if len(fresh) == n_new:
                break
            rows[mask.tobytes()] = len(rows)
            fresh.append(mask)
            first.append(draw.n_draws + n_drawn)
            came.append(0)
        came[rows[mask.tobytes()]] += 1
        n_drawn += 1
    counts = np.asarray(came, dtype=float)
    masks, values = draw.masks, draw.values
    if fresh:
        masks = np.concatenate([masks, fresh])
        values = np.concatenate([values, question.function(np.asarray(fresh))])
    total = np.pad(draw.counts, (0, len(fresh))) + counts
    numbers = np.concatenate([draw.came, np.asarray(first, dtype=np.int64)])
    return Draw(masks, total, numbers, draw.n_draws + n_drawn, values), counts


def draw_weight(question: Question, draw: Draw) -> FloatArray:
    """(n,): how often a mask is expected to come, times its weight.

    Where the law does not know its probabilities: how often it came. A mask that was asked without being drawn counts
    once.
    """
    probability = question.law.probability(draw.masks)
    counts = np.maximum(draw.counts, 1.0) if probability is None else expected_counts(probability, draw.n_draws)
    return counts * question.law.weight(draw.masks)


def unseen(question: Question, draw: Draw) -> FloatArray:
    """(n,): the chance of each mask not to come in these draws; ones where the law does not know its probabilities.

    A mask that was bound to come tells all about itself: the error of a sum over distinct draws, each over its chance
    to come, is that of the others (Horvitz, Thompson, JASA 1952, for independent inclusions).
    """
    probability = question.law.probability(draw.masks)
    if probability is None:
        return np.ones(len(draw.masks))
    return np.asarray(np.exp(draw.n_draws * np.log1p(-np.minimum(probability, 1.0 - 1e-12))))
