"""Which engine answers, for which words: a sentence is explained in one block, a very long text in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ner_lime.errors import InputError, IntractableError
from ner_lime.explainers.sentence.perturbed import PerturbedSentence
from ner_lime.lime.enumeration import enumerate_masks
from ner_lime.lime.estimate import Estimate, Question
from ner_lime.lime.expectation import from_moments
from ner_lime.lime.laws import Bernoulli, Neighbourhood
from ner_lime.lime.sampling import Budget, sample_masks
from ner_lime.types import KeepRates, Marginals, Masks, Moments

Method: TypeAlias = Literal["lime", "shapley"]
Engine: TypeAlias = Literal["auto", "exact", "sample"]

ONE_BLOCK = 300
"""Sentences of at most so many words are explained as a whole."""

BLOCK = 64
"""So many neighbouring positions of a longer text share a block."""

FEW = 10
"""Up to so many components all masks are cheaper than merged messages, and nothing is approximated."""

MOST = 14
"""Up to so many components all masks are asked where exactness is asked for."""

DEFAULT_SAMPLES = 512


@dataclass(frozen=True, slots=True)
class Options:
    """What is rarely changed.

    Attributes
    ----------
    tolerance : float
        Exact engine for longer sentences: stop when no weight changes by more.
    half_width : float
        Sampling: stop when the largest half-width of a 95 % interval is at most this, or `n_samples` is reached; 0:
        use all of `n_samples`.
    ridge : float or None
        None: the kernel surrogate where it helps. A number: the plain linear fit with this ridge penalty (lime's is 1).
    reach : int
        In texts of more than 300 words, words farther than this from the explained one are seen as they are.
    max_tokens : int
        Longer input is refused.
    max_numbers : int
        Results of more numbers, P x L x (T + L) with 16 bytes each, are refused.
    """

    tolerance: float = 1e-3
    half_width: float = 0.005
    ridge: float | None = None
    reach: int = 100
    max_tokens: int = 200_000
    max_numbers: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How to explain: what every block of a sentence shares."""

    method: Method
    neighbourhood: Neighbourhood
    engine: Engine
    n_samples: int | None
    context_only: bool
    options: Options


@dataclass(frozen=True, slots=True)
class Block:
    """Some explained positions and the components that may be hidden for them.

    Attributes
    ----------
    rows : which of the explained positions.
    positions : their word indices.
    columns : which of the sentence's components.
    components : their word indices.
    start, end : the words start..end-1 may be hidden.
    """

    rows: tuple[int, ...]
    positions: tuple[int, ...]
    columns: tuple[int, ...]
    components: tuple[tuple[int, ...], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What an engine found for one block, and all that is needed to ask on."""

    block: Block
    perturbed: PerturbedSentence
    question: Question
    estimate: Estimate


def split(
    positions: Sequence[int], components: Sequence[tuple[int, ...]], n_tokens: int, reach: int
) -> Iterator[Block]:
    """One block for a sentence; for a longer text, neighbouring positions with the words within `reach` of them."""
    if n_tokens <= ONE_BLOCK:
        everything = tuple(range(len(components)))
        yield Block(tuple(range(len(positions))), tuple(positions), everything, tuple(components), 0, n_tokens)
        return
    order = sorted(range(len(positions)), key=lambda row: positions[row])
    while order:
        first = positions[order[0]]
        rows = [row for row in order if positions[row] < first + BLOCK]
        order = order[len(rows) :]
        low, high = first - reach, max(positions[row] for row in rows) + reach
        columns = [c for c, words in enumerate(components) if words[0] >= low and words[-1] <= high]
        inside = [components[c] for c in columns]
        words = sorted(word for component in inside for word in component)
        if words != list(range(words[0], words[-1] + 1)):
            raise InputError(f"a group leaves the {reach} words around word {first}: use smaller groups in a long text")
        yield Block(
            tuple(rows), tuple(positions[row] for row in rows), tuple(columns), tuple(inside), words[0], words[-1] + 1
        )


def answer(block: Block, perturbed: PerturbedSentence, plan: Plan, rng: np.random.Generator) -> Answer:
    """Choose the engine and run it."""
    question = _question(block, perturbed, plan)
    return Answer(block, perturbed, question, _estimate(question, perturbed, plan, rng))


def _question(block: Block, perturbed: PerturbedSentence, plan: Plan) -> Question:
    rows = np.asarray(block.positions) - block.start
    owner = {word: number for number, words in enumerate(block.components) for word in words}
    nearest = [
        [min(abs(word - position) for word in words) for words in block.components] for position in block.positions
    ]

    def function(masks: Masks) -> Marginals:
        return np.asarray(perturbed(masks)[:, rows])

    return Question(
        function=function,
        n_components=len(block.components),
        centres=np.asarray([owner[position] for position in block.positions]),
        distance=np.asarray(nearest, dtype=float),
        method=plan.method,
        neighbourhood=plan.neighbourhood,
        target_kept=plan.context_only,
    )


def _estimate(question: Question, perturbed: PerturbedSentence, plan: Plan, rng: np.random.Generator) -> Estimate:
    n_components = question.n_components
    n_samples = plan.n_samples or DEFAULT_SAMPLES
    product_law = plan.method == "shapley" or isinstance(plan.neighbourhood, Bernoulli)
    single_words = all(len(words) == 1 for words in perturbed.components)
    by_messages = bool(perturbed.exact) and product_law and single_words
    if plan.engine != "sample":
        few = FEW if by_messages else MOST if perturbed.exact or plan.engine == "exact" else 0
        if n_components <= few or (n_components <= MOST and 2**n_components <= n_samples):
            return enumerate_masks(question)
        if by_messages:
            try:
                return _by_messages(question, perturbed, plan)
            except IntractableError:
                if n_components <= MOST:
                    return enumerate_masks(question)
                if plan.engine == "exact":
                    raise
    if plan.engine == "exact":
        raise InputError(
            f"an exact answer for {n_components} components needs a CRF with window features, single words and the "
            f'Bernoulli neighbourhood (or at most {MOST} components): use engine="sample"'
        )
    return sample_masks(question, budget(plan), rng)


def budget(plan: Plan) -> Budget:
    """How many masks may be sampled, and when it is enough."""
    return Budget.of(plan.n_samples or DEFAULT_SAMPLES, half_width=plan.options.half_width, ridge=plan.options.ridge)


def _by_messages(question: Question, perturbed: PerturbedSentence, plan: Plan) -> Estimate:
    prepared = perturbed.exact
    # Components of single words stand in the order of the words, so moments over words are moments over components.
    positions = question.centres.tolist()

    def moments(rates: KeepRates) -> Moments:
        parts = [
            p.moments(rates, tolerance=plan.options.tolerance, positions=positions, target_kept=plan.context_only)
            for p in prepared
        ]
        return Moments(
            mean=np.asarray(sum(part.mean for part in parts) / len(parts)),
            effects=np.asarray(sum(part.effects for part in parts) / len(parts)),
            second=np.asarray(sum(part.second for part in parts) / len(parts)),
            tolerance=max(part.tolerance for part in parts),
        )

    return from_moments(question, moments, exact_second=len(prepared) == 1)
