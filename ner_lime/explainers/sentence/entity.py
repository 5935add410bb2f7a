"""A span of words as one target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explainers.sentence.blocks import Block
from ner_lime.explainers.sentence.mask_function import SentenceMasks
from ner_lime.explainers.sentence.request import Request
from ner_lime.explanation import Attribution, EntityExplanation, Explanation
from ner_lime.explanation.targets import Spelling, spellings
from ner_lime.lime.conditional import conditioned_on
from ner_lime.lime.engine import solve
from ner_lime.lime.question import Question
from ner_lime.types import BoolArray, FloatArray, IntArray, Masks, Values


@dataclass(slots=True, eq=False)
class SpanMasks:
    """The mask function of a span: P = K = 1, over the components that are not always kept.

    Attributes
    ----------
    words : SentenceMasks
        Of the sentence; its tagger gives the joint probability, or it is the product of the words'.
    start, end : the span.
    ways : in which labels spell the entity.
    free : (C - kept,)
        The components that may be hidden.
    kept : (C,)
        Which components are always kept.
    how : "joint" or "independent", once it was asked.
    """

    words: SentenceMasks
    start: int
    end: int
    ways: Sequence[Spelling]
    free: IntArray
    kept: BoolArray
    how: str = "independent"

    @property
    def is_cheap(self) -> bool:
        """Chains of labels cost as little as marginals."""
        return self.words.is_cheap

    def __call__(self, masks: Masks, /) -> Values:
        """(n, C - kept) masks to (n, 1, 1) probabilities."""
        return np.asarray(self.replicates(masks).mean(axis=0))

    @property
    def n_replicates(self) -> int:
        """Number of replacements that the answers are averaged over."""
        return self.words.n_replicates

    def replicates(self, masks: Masks, /) -> FloatArray:
        """(R, n, 1, 1): the probabilities under each of the replacements."""
        every = np.zeros((len(masks), len(self.kept)), dtype=bool)
        every[:, self.free] = masks
        values, self.how = self.words.spans(every | self.kept, self.start, self.end, self.ways)
        return np.asarray(values[:, :, None, None])

    def replicate_effects(self) -> FloatArray | None:
        """None: an entity has no moments."""
        return None


def explain_entity(
    explanation: Explanation,
    request: Request,
    found: tuple[Block, SentenceMasks],
    span: tuple[int, int, str],
    *,
    random_state: int,
) -> EntityExplanation:
    """The span (start, end, type) by the masks of the block that holds it.

    Where the explained word is always kept, so are those of the span: the law is then one over the other components.

    Raises
    ------
    InputError
        Words are hidden by deletion; or an exact answer was asked for and there are too many masks.
    LabelError
        A type that the tagger does not know.
    """
    (block, words), (start, end, kind) = found, span
    components = block.components
    if words.deletes:
        raise InputError("an entity has no place where words are deleted: hide them by a mask string instead")
    ways = spellings(kind, end - start, explanation.labels, explanation.scheme)
    kept = np.asarray([request.context_only and any(start <= word < end for word in one) for one in components])
    # Where nothing is left to hide, one mask or another makes no difference.
    free = np.arange(1) if kept.all() else np.flatnonzero(~kept)
    before, function = words.n_calls, SpanMasks(words, start, end, ways, free, kept)
    distance = [min(max(start - word, word - end + 1, 0) for word in components[c]) for c in free]
    question = Question(
        function=function,
        n_components=len(free),
        law=conditioned_on(request.law, kept),
        distance=np.asarray([distance], dtype=float),
        is_distribution=False,
    )
    estimate = solve(question, request.plan, np.random.default_rng(random_state))
    sampled = estimate.tolerance is None
    weights, std_errors = np.zeros((2, 1, len(components)))
    weights[0, free], std_errors[0, free] = estimate.weights[0, 0], estimate.std_errors[0, 0]
    weights[0, kept] = std_errors[0, kept] = 0.0
    attribution = Attribution(
        parts=explanation.tokens,
        components=components,
        targets=(kind,),
        predicted=kind,
        values=function(np.ones((1, len(free)), dtype=bool))[0, 0],
        bias=estimate.bias[0],
        weights=weights,
        std_errors=std_errors,
        variance=estimate.fidelity.variance[0],
        residual=estimate.fidelity.residual[0],
        hidden=function(np.zeros((1, len(free)), dtype=bool))[0, 0],
        own=tuple(c for c, one in enumerate(components) if any(start <= word < end for word in one)),
        n_masks=estimate.fidelity.n_masks if sampled else None,
    )
    return EntityExplanation(
        start=start,
        end=end,
        kind=kind,
        tokens=explanation.tokens,
        how=function.how,
        attribution=attribution,
        settings=replace(
            explanation.settings,
            engine="sample" if sampled else "exact",
            estimator=estimate.estimator,
            n_calls=words.n_calls - before,
            random_state=random_state if sampled or len(words.replacements) > 1 else None,
            tolerance=estimate.tolerance,
        ),
        explanation=explanation,
    )
