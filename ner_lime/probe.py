"""Questions to a fresh explanation that go back to the tagger: entities, interactions, selection, the white box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.crf.whitebox import SupportsWhiteBox, WhiteBox
from ner_lime.engines import MOST, Answer, Plan, budget
from ner_lime.errors import InputError
from ner_lime.explanation import Contribution, EntityExplanation, Explanation, Interaction, component_text
from ner_lime.lime.draws import law_of
from ner_lime.lime.enumeration import enumerate_masks
from ner_lime.lime.estimate import Question
from ner_lime.lime.interactions import enumerated_interactions
from ner_lime.lime.kernel import choose_kernel, fit_kernel
from ner_lime.lime.linear import leave_one_out, linear_map, sandwich
from ner_lime.lime.masks import first_seen
from ner_lime.lime.neighbourhoods import Bernoulli, law
from ner_lime.lime.projection import pair_interactions
from ner_lime.lime.sampling import sample_masks
from ner_lime.lime.selection import Selection, select
from ner_lime.targets import Target, coefficients, span_labels
from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, Marginals, Masks, Tagger

SELECTION_MASKS = 2000
"""Where the weights came without a sample, features are chosen on so many masks of a fixed stream."""

INTERACTION_MASKS = 512


@dataclass(frozen=True, slots=True, eq=False)
class TaggerProbe:
    """`ner_lime.explanation.Probe` over the answers of the engines."""

    tagger: Tagger
    explanation: Explanation
    plan: Plan
    answers: tuple[Answer, ...]

    def entity(self, start: int, end: int, kind: str) -> EntityExplanation:
        """The span as one target: the joint probability where the tagger has it, else the product of the words'.

        Where the explained word is always kept, so are those of the span.
        """
        found = self._holding(start, end)
        if any("" in words for words in found.perturbed.replacements):
            raise InputError("an entity has no place where words are deleted: hide them by a mask string instead")
        labels, stop = span_labels(kind, end - start, self.explanation.labels)
        components = found.block.components
        kept = [self.plan.context_only and any(start <= word < end for word in words) for words in components]
        how = "independent"

        def function(masks: Masks) -> Marginals:
            nonlocal how
            values, how = found.perturbed.span(masks | np.asarray(kept), start, end, labels, stop)
            return np.asarray(values[:, None, None])

        distance = [min(max(start - word, word - end + 1, 0) for word in words) for words in components]
        owner = next(c for c, words in enumerate(components) if start in words)
        question = Question(
            function=function,
            n_components=len(components),
            centres=np.asarray([owner]),
            distance=np.asarray([distance], dtype=float),
            method=self.plan.method,
            neighbourhood=self.plan.neighbourhood,
            target_kept=False,
        )
        all_of_them = len(components) <= MOST and (
            bool(found.perturbed.exact) or 2 ** len(components) <= budget(self.plan).most
        )
        if all_of_them and self.plan.engine != "sample":
            estimate = enumerate_masks(question)
        else:
            estimate = sample_masks(question, budget(self.plan), np.random.default_rng(0))
        probability = float(function(np.ones((1, len(components)), dtype=bool))[0, 0, 0])
        return EntityExplanation(
            start=start,
            end=end,
            kind=kind,
            tokens=self.explanation.tokens,
            probability=probability,
            how=how,
            weights=estimate.weights[0, 0],
            std_errors=estimate.std_errors[0, 0],
            bias=float(estimate.bias[0, 0]),
            r2=float(estimate.agreement.r2[0, 0]),
            components=components,
        )

    def interactions(self, position: int, target: Target) -> tuple[Interaction, ...]:
        """All pairs of components under the Bernoulli law, largest absolute weight first.

        The mean of the mixed second difference of the target: from all masks where they were asked, else from a kernel
        surrogate in closed form.
        """
        found, row = self._at(position)
        combination = coefficients(target, self.explanation.labels)
        law_of_masks = self.plan.neighbourhood if isinstance(self.plan.neighbourhood, Bernoulli) else Bernoulli()
        question, samples, kept = found.question, found.estimate.samples, int(found.question.centres[row])
        if samples is not None and len(samples.masks) == 2**question.n_components and self.plan.method == "lime":
            rows = samples.masks[:, kept] if question.target_kept else slice(None)
            free = np.delete(np.arange(question.n_components), [kept] if question.target_kept else [])
            masks, answers = samples.masks[rows][:, free], (samples.values[rows, row] @ combination)[:, None]
            pairs = np.zeros((question.n_components, question.n_components, 1))
            pairs[np.ix_(free, free)] = enumerated_interactions(masks, law(law_of_masks, masks), answers)
        else:
            masks, values = self._sampled(found, row, INTERACTION_MASKS)
            once = first_seen(masks)
            masks, values = masks[once], values[once]
            answers = (values @ combination)[:, None]
            with single_blas_thread():
                relevance = np.abs(linear_map(masks, np.ones(len(masks))).fit(answers)[1][:, 0])
                kernel = choose_kernel(masks, answers, question.distance[row], relevance)
                surrogate = fit_kernel(masks, answers, kernel)
                pairs = pair_interactions(surrogate, law_of_masks.keep, kept=kept if question.target_kept else None)
        first, second = np.triu_indices(question.n_components, k=1)
        weights = pairs[first, second, 0]
        components, tokens = found.block.components, self.explanation.tokens
        return tuple(
            Interaction(
                components[first[k]][0],
                components[second[k]][0],
                (component_text(components[first[k]], tokens), component_text(components[second[k]], tokens)),
                float(weights[k]),
            )
            for k in np.argsort(-np.abs(weights), kind="stable")
        )

    def select(
        self, position: int, target: Target, num_features: int, selection: Selection
    ) -> tuple[Contribution, ...]:
        """Choose at most `num_features` components on the sampled answers, and fit to them anew where that matters.

        It does not where nothing is left out, for Shapley values, and where the design is orthogonal (the Bernoulli law
        without ridge): the chosen components have the weights and errors that they have among all.
        """
        found, row = self._at(position)
        combination = coefficients(target, self.explanation.labels)
        estimate, samples = found.estimate, found.estimate.samples
        if samples is not None:
            masks, values = samples.masks, samples.values[:, row]
            share = samples.share if samples.share.ndim == 1 else samples.share[:, row]
        else:
            masks, values = self._sampled(found, row, SELECTION_MASKS)
            share = np.ones(len(masks))
        is_exact = estimate.tolerance is not None
        ridge = None if is_exact else self.plan.options.ridge  # an enumeration has none
        chosen, _, weights = select(masks, share, values @ combination, num_features, selection, ridge=ridge or 0.0)
        orthogonal = isinstance(self.plan.neighbourhood, Bernoulli) and ridge is None
        if self.plan.method == "shapley" or orthogonal or len(chosen) == found.question.n_components:
            weights = combination @ estimate.weights[row][:, chosen]
            errors = np.abs(combination) @ estimate.std_errors[row][:, chosen]
        elif is_exact:
            errors = np.zeros_like(weights)
        else:
            refit = linear_map(masks[:, chosen], share, ridge=ridge or 0.0)
            error = leave_one_out(refit, masks[:, chosen], (values @ combination)[:, None])
            errors = sandwich(refit, error)[:, 0]
        components, tokens = found.block.components, self.explanation.tokens
        order = np.argsort(-np.abs(weights), kind="stable")
        return tuple(
            Contribution(
                components[chosen[k]][0],
                component_text(components[chosen[k]], tokens),
                float(weights[k]),
                float(errors[k]),
                components[chosen[k]],
            )
            for k in order
        )

    def white_box(self, position: int) -> WhiteBox:
        """What a CRF itself adds up at this word."""
        if not isinstance(self.tagger, SupportsWhiteBox):
            raise InputError("the white-box view needs a linear-chain CRF (CRFTagger), this tagger is a black box")
        return self.tagger.white_box(self.answers[0].perturbed.tokens, position)

    def _at(self, position: int) -> tuple[Answer, int]:
        """The answer that explains this position, and which of its rows."""
        for found in self.answers:
            if position in found.block.positions:
                return found, found.block.positions.index(position)
        raise AssertionError(f"position {position} was checked before")

    def _holding(self, start: int, end: int) -> Answer:
        """The answer whose words hold the span."""
        for found in self.answers:
            if found.block.start <= start and end <= found.block.end:
                return found
        raise InputError(f"the span {start}..{end} is not within the explained part of the text: add it to positions=")

    def _sampled(self, found: Answer, row: int, n: int) -> tuple[Masks, FloatArray]:
        """Draws of the neighbourhood from a fixed stream, the full sentence first, and the answers (n, L)."""
        question = found.question
        full = np.ones((1, question.n_components), dtype=bool)
        drawn = law_of(question).draw(np.random.default_rng(0), n - 1, question.n_components)
        masks = np.concatenate([full, drawn])
        if question.target_kept:
            masks[:, question.centres[row]] = True
        return masks, question.function(masks)[:, row]
