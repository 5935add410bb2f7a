"""Which engine answers a question: the only place that chooses one, for all callers."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from ner_lime.errors import InputError, IntractableError
from ner_lime.lime.draws import Draw, draw_more, first_draw
from ner_lime.lime.enumeration import enumerate_masks
from ner_lime.lime.expectation import by_moments
from ner_lime.lime.fits import KERNEL_ROWS
from ner_lime.lime.masks import all_masks
from ner_lime.lime.question import Estimate, Plan, Question, Samples
from ner_lime.lime.replicates import with_error_of_draws
from ner_lime.lime.sampling import Budget, sample_masks
from ner_lime.types import KnowsCost, SupportsMoments

Way: TypeAlias = Literal["enumeration", "moments", "sample"]

MAX_BEFORE_MOMENTS = 10
"""Number of components up to which all masks are cheaper than moments, and nothing is approximated."""

MAX_ENUMERATED = 14
"""Number of components up to which all masks are asked where exactness is asked for or masks cost next to nothing."""


def solve(question: Question, plan: Plan, rng: np.random.Generator) -> Estimate:
    """Bias and weights of every position and target, with their errors and their fidelity.

    Raises
    ------
    InputError
        An exact answer was asked for, and there is none.
    """
    return with_error_of_draws(question, _solve(question, plan, rng))


def _solve(question: Question, plan: Plan, rng: np.random.Generator) -> Estimate:
    way = choose(question, plan)
    if way == "moments":
        rates, function = question.law.mixture(question.n_components), question.function
        assert rates is not None
        assert isinstance(function, SupportsMoments)
        try:
            return by_moments(question, function, rates, tolerance=plan.tolerance)
        except IntractableError:
            if question.n_components <= MAX_ENUMERATED:
                way = "enumeration"
            elif plan.engine == "exact":
                raise
    if way == "enumeration":
        return enumerate_masks(question)
    return sample_masks(question, Budget.of(plan), rng)


def choose(question: Question, plan: Plan) -> Way:
    """All masks where they are few, moments where function and law have them, else a sample.

    Raises
    ------
    InputError
        An exact answer was asked for, and there is none.
    """
    n, function = question.n_components, question.function
    has_moments = isinstance(function, SupportsMoments) and function.has_moments
    if plan.engine != "sample" and has_moments and question.law.mixture(n) is not None:
        return "enumeration" if n <= MAX_BEFORE_MOMENTS or 2**n <= plan.n_samples else "moments"
    if _can_enumerate(question, plan):
        return "enumeration"
    if plan.engine == "exact":
        raise InputError(
            f"an exact answer for {n} components needs all masks of at most {MAX_ENUMERATED} components, under a law "
            "that knows their probabilities, or a CRF with window features, single words and the Bernoulli "
            'neighbourhood: use engine="auto" or engine="sample", groups= or a shorter input'
        )
    return "sample"


def _can_enumerate(question: Question, plan: Plan) -> bool:
    """Whether all masks may be asked, and the law knows how often it draws each.

    They may where the budget has room for all of them; few masks also where they cost next to nothing or exactness is
    asked for.
    """
    n, function = question.n_components, question.function
    if plan.engine == "sample":
        return False
    is_cheap = isinstance(function, KnowsCost) and function.is_cheap
    is_few = n <= MAX_ENUMERATED and (is_cheap or plan.engine == "exact")
    is_known = n == 1 or question.law.probability(np.ones((1, n), dtype=bool)) is not None
    return is_known and (is_few or 2**n <= plan.n_samples)


def collect(question: Question, plan: Plan, rng: np.random.Generator, known: Samples | None = None) -> Draw:
    """Answers to work on: on all masks where they are few, else on a draw from the law, `KERNEL_ROWS` masks at most.

    Parameters
    ----------
    question : Question
    plan : Plan
    rng : numpy.random.Generator
    known : Samples or None
        Answers that need not be asked again: on all masks, or on a sample from the same law.
    """
    n_components, size = question.n_components, min(plan.n_samples, KERNEL_ROWS)
    if known is not None and len(known.masks) == 2**n_components:
        return Draw(
            known.masks, np.zeros(len(known.masks)), np.zeros(len(known.masks), dtype=np.int64), 0, known.values
        )
    if _can_enumerate(question, plan):
        return first_draw(question, all_masks(n_components))
    if known is None:
        draw = first_draw(question, np.ones((1, n_components), dtype=bool))
    else:
        masks = known.masks[:KERNEL_ROWS]
        # The weights of the masks add up to the number of draws, on average (see `expected_counts`).
        n_draws = known.share[:, 0].mean() / (question.law.keep_rate(masks) if question.target_kept else 1.0)
        came = np.arange(len(masks))
        draw = Draw(masks, np.ones(len(masks)), came, round(n_draws * len(masks)), known.values[:KERNEL_ROWS])
    return draw_more(question, draw, size - len(draw.masks), rng, distinct=True)
