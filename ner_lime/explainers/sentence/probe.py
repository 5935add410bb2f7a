"""Questions to a fresh explanation that go back to the tagger: entities, interactions, selection, the white box."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ner_lime.crf.whitebox import SupportsWhiteBox, WhiteBox
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.engines import DEFAULT_SAMPLES, MOST, Answer, Block, Plan
from ner_lime.explainers.sentence.entity import explain_entity
from ner_lime.explanation import Contribution, EntityExplanation, Explanation, Interaction, component_text
from ner_lime.explanation.targets import Target, coefficients
from ner_lime.lime.draws import Draw, draw_more, law_of
from ner_lime.lime.fits import KERNEL_ROWS
from ner_lime.lime.interactions import enumerated_interactions, sampled_interactions
from ner_lime.lime.laws import Bernoulli, expected_counts, law
from ner_lime.lime.linear import leave_one_out, linear_map, sandwich
from ner_lime.lime.masks import all_masks
from ner_lime.lime.selection import Selection, select
from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, Masks, Tagger

SELECTION_MASKS = 2000
"""Where the weights came without a sample, features are chosen on so many masks of a fixed stream."""


@dataclass(frozen=True, slots=True, eq=False)
class TaggerProbe:
    """`ner_lime.explanation.Probe` over the answers of the engines."""

    tagger: Tagger
    explanation: Explanation
    plan: Plan
    answers: tuple[Answer, ...]
    random_state: int
    _draws: dict[Block, Draw] = field(default_factory=dict, init=False, repr=False)

    def entity(self, start: int, end: int, kind: str) -> EntityExplanation:
        """The span as one target: the joint probability where the tagger has it, else the product of the words'."""
        found = self._holding(start, end)
        return explain_entity(self.explanation, found, self.plan, start, end, kind, random_state=self.random_state)

    def interactions(self, position: int, target: Target) -> tuple[Interaction, ...]:
        """All pairs of components under the Bernoulli law, largest absolute weight first.

        The mean of the mixed second difference of the target: from all masks where they were asked or are cheap, else
        from a kernel surrogate in closed form, with its standard error.
        """
        found, row = self._at(position)
        combination = coefficients(target, self.explanation.labels)
        question, keep = found.question, self._bernoulli.keep
        draw = self._drawn(found)
        kept = [int(question.centres[row])] if question.target_kept else []
        rows = draw.masks[:, kept].all(axis=1)
        free = np.delete(np.arange(question.n_components), kept)
        masks, answers = draw.masks[rows][:, free], (draw.values[rows, row] @ combination)[:, None]
        if len(draw.masks) == 2**question.n_components:
            pairs = enumerated_interactions(masks, law(self._bernoulli, masks), answers)[:, :, 0]
            errors = np.zeros_like(pairs)
        else:
            share = expected_counts(self._bernoulli, draw.masks, draw.n_draws)[rows]
            with single_blas_thread():
                pairs, errors = sampled_interactions(masks, share, answers, keep, question.distance[row][free])
        weights, std_errors = np.zeros((2, question.n_components, question.n_components))
        weights[np.ix_(free, free)], std_errors[np.ix_(free, free)] = pairs, errors
        first, second = np.triu_indices(question.n_components, k=1)
        components, tokens = found.block.components, self.explanation.tokens
        return tuple(
            Interaction(
                components[i][0],
                components[j][0],
                (component_text(components[i], tokens), component_text(components[j], tokens)),
                float(weights[i, j]),
                float(std_errors[i, j]),
            )
            for k in np.argsort(-np.abs(weights[first, second]), kind="stable")
            for i, j in [(first[k], second[k])]
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
        """The answer that explains a word of the span and whose words hold it, and what follows it, or the text's end.

        A short sentence is held as a whole.
        """
        n_tokens = len(self.explanation.tokens)
        for found in self.answers:
            block = found.block
            explained = any(start <= position < end for position in block.positions)
            whole = block.start == 0 and block.end == n_tokens
            if whole or (explained and block.start <= start and (end < block.end or block.end == n_tokens)):
                return found
        raise InputError(
            f"the span {start}..{end} is not within the explained part of the text: add its words to positions=, "
            "or raise Options(reach=) for a span that is longer"
        )

    @property
    def _bernoulli(self) -> Bernoulli:
        """The law of interactions."""
        return self.plan.neighbourhood if isinstance(self.plan.neighbourhood, Bernoulli) else Bernoulli()

    def _drawn(self, found: Answer) -> Draw:
        """What interactions are computed from: all masks, or a draw from their law; asked once for all positions.

        The masks that the weights were fitted to are the beginning of the draw where they come from the same law.
        """
        known = self._draws.get(found.block)
        if known is not None:
            return known
        question, samples = found.question, found.estimate.samples
        n_components, most = question.n_components, min(self.plan.n_samples or DEFAULT_SAMPLES, KERNEL_ROWS)
        cheap = n_components <= MOST and self.plan.engine != "sample"
        same_law = self.plan.method == "lime" and isinstance(self.plan.neighbourhood, Bernoulli)
        if samples is not None and len(samples.masks) == 2**n_components:
            draw = Draw(samples.masks, 0, samples.values)
        elif cheap and (found.perturbed.exact or 2**n_components <= most):
            masks = all_masks(n_components)
            draw = Draw(masks, 0, question.function(masks))
        else:
            asked = replace(question, method="lime", neighbourhood=self._bernoulli)
            if samples is not None and same_law:
                # The weights of the masks add up to the number of draws, on average (see `expected_counts`).
                share = samples.share if samples.share.ndim == 1 else samples.share[:, 0]
                n_draws = share.mean() / (self._bernoulli.keep if question.target_kept else 1.0)
                masks = samples.masks[:KERNEL_ROWS]
                draw = Draw(masks, round(n_draws * len(masks)), samples.values[:KERNEL_ROWS])
            else:
                full = np.ones((1, n_components), dtype=bool)
                draw = Draw(full, 0, question.function(full))
            # A stream of its own: that of the explanation would draw its masks again.
            rng = np.random.default_rng([self.random_state, 1])
            draw = draw_more(asked, draw, most - len(draw.masks), rng, distinct=True)
        self._draws[found.block] = draw
        return draw

    def _sampled(self, found: Answer, row: int, n: int) -> tuple[Masks, FloatArray]:
        """Draws of the neighbourhood from a fixed stream, the full sentence first, and the answers (n, L)."""
        question = found.question
        full = np.ones((1, question.n_components), dtype=bool)
        drawn = law_of(question).draw(np.random.default_rng(0), n - 1, question.n_components)
        masks = np.concatenate([full, drawn])
        if question.target_kept:
            masks[:, question.centres[row]] = True
        return masks, question.function(masks)[:, row]
