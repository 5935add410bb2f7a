"""A span of words as one target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explainers.sentence.engines import MOST, Answer, Plan, budget
from ner_lime.explanation import EntityExplanation, Explanation
from ner_lime.explanation.targets import span_labels
from ner_lime.lime.conditional import given
from ner_lime.lime.enumeration import enumerate_masks
from ner_lime.lime.estimate import Question
from ner_lime.lime.sampling import sample_masks
from ner_lime.types import Marginals, Masks


def explain_entity(
    explanation: Explanation, found: Answer, plan: Plan, start: int, end: int, kind: str, *, random_state: int
) -> EntityExplanation:
    """The span start..end-1 by the masks of the block that holds it.

    Where the explained word is always kept, so are those of the span: the law is then one over the other components.

    Raises
    ------
    InputError
        Words are hidden by deletion; or an exact answer was asked for and there are too many masks.
    LabelError
        A type that the tagger does not know.
    """
    perturbed, components = found.perturbed, found.block.components
    if any("" in words for words in perturbed.replacements):
        raise InputError("an entity has no place where words are deleted: hide them by a mask string instead")
    labels, stop = span_labels(kind, end - start, explanation.labels, explanation.predicted[start:end])
    kept = np.asarray([plan.context_only and any(start <= word < end for word in words) for words in components])
    # Where nothing is left to hide, one mask or another makes no difference.
    free = np.arange(1) if kept.all() else np.flatnonzero(~kept)
    how, before = "independent", perturbed.n_calls

    def function(masks: Masks) -> Marginals:
        nonlocal how
        whole = np.zeros((len(masks), len(components)), dtype=bool)
        whole[:, free] = masks
        values, how = perturbed.span(whole | kept, start, end, labels, stop)
        return np.asarray(values[:, None, None])

    distance = [min(max(start - word, word - end + 1, 0) for word in components[c]) for c in free]
    question = Question(
        function=function,
        n_components=len(free),
        centres=np.asarray([np.argmin(distance)]),
        distance=np.asarray([distance], dtype=float),
        method=plan.method,
        neighbourhood=given(plan.neighbourhood, kept),
        target_kept=False,
    )
    exact = plan.engine == "exact"
    if exact and len(free) > MOST:
        raise InputError(
            f"an exact answer for an entity needs all masks of at most {MOST} components, found {len(free)}: "
            'use engine="auto", groups= or a shorter sentence'
        )
    cheap = exact or bool(perturbed.exact) or 2 ** len(free) <= budget(plan).most
    if plan.engine != "sample" and len(free) <= MOST and cheap:
        estimate = enumerate_masks(question)
    else:
        estimate = sample_masks(question, budget(plan), np.random.default_rng(random_state))
    sampled = estimate.tolerance is None
    probability = float(function(np.ones((1, len(free)), dtype=bool))[0, 0, 0])
    weights, std_errors = np.zeros((2, len(components)))
    weights[free], std_errors[free] = estimate.weights[0, 0], estimate.std_errors[0, 0]
    weights[kept] = std_errors[kept] = 0.0
    return EntityExplanation(
        start=start,
        end=end,
        kind=kind,
        tokens=explanation.tokens,
        probability=probability,
        how=how,
        weights=weights,
        std_errors=std_errors,
        bias=float(estimate.bias[0, 0]),
        r2=float(estimate.agreement.r2[0, 0]),
        spread=float(np.sqrt(max(estimate.agreement.variance[0, 0, 0], 0.0))),
        components=components,
        settings=replace(
            explanation.settings,
            engine="sample" if sampled else "exact",
            estimator=estimate.estimator,
            n_calls=perturbed.n_calls - before,
            random_state=random_state if sampled or len(perturbed.replacements) > 1 else None,
            tolerance=estimate.tolerance,
        ),
    )
