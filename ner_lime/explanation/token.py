"""Why one word has its label: one row of an explanation, read as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.explanation.contributions import Contribution, at_most, component_text
from ner_lime.explanation.quality import unsure_share
from ner_lime.explanation.targets import Target, coefficients
from ner_lime.explanation.verdict import Evidence, Verdict, judge
from ner_lime.lime.selection import Selection
from ner_lime.types import FloatArray

if TYPE_CHECKING:
    from ner_lime.explanation.sentence import Explanation


@dataclass(frozen=True, slots=True, repr=False)
class TokenExplanation:
    """Why one word has its label: a view on one position of an `Explanation`."""

    explanation: Explanation
    word_index: int

    def __repr__(self) -> str:
        return f"<TokenExplanation of word {self.word_index}, {self.token!r}: {self.label} {self.probability:.3f}>"

    @property
    def row(self) -> int:
        """Which row of `weights` and `bias` belongs to this word."""
        return self.explanation.positions.index(self.word_index)

    @property
    def token(self) -> str:
        """The word."""
        return self.explanation.tokens[self.word_index]

    @property
    def label(self) -> str:
        """The predicted label."""
        return self.explanation.predicted[self.word_index]

    @property
    def marginal_label(self) -> str:
        """The most probable label of this word by itself."""
        return self.explanation.marginal_labels[self.word_index]

    @property
    def probabilities(self) -> dict[str, float]:
        """Probability by label, most probable first."""
        row = self.explanation.probabilities[self.word_index]
        order = np.argsort(-row, kind="stable")
        return {self.explanation.labels[i]: float(row[i]) for i in order}

    @property
    def probability(self) -> float:
        """The marginal of the predicted label."""
        return self.probability_of()

    def probability_of(self, target: Target | None = None) -> float:
        """The tagger's own value of a target on the sentence as it is."""
        return float(self.explanation.probabilities[self.word_index] @ self._coefficients(target))

    def bias(self, target: Target | None = None) -> float:
        """The mean prediction where every component is hidden."""
        return float(self._coefficients(target) @ self.explanation.bias[self.row])

    def prediction(self, target: Target | None = None) -> float:
        """What bias and contributions add up to for the sentence as it is."""
        return self.bias(target) + float((self._coefficients(target) @ self.explanation.weights[self.row]).sum())

    def contributions(
        self, target: Target | None = None, *, num_features: int | None = None, selection: Selection | None = None
    ) -> list[Contribution]:
        """The signed weight of every component, largest absolute value first.

        Parameters
        ----------
        target
            A label, or an `EntityType`, `AnyEntity` or `Contrast`; the predicted label by default. The standard error
            of a combination of labels is the sum of the labels' own: an upper bound.
        num_features
            At most so many, 1 or more: the largest, with their weights as they are.
        selection
            With `num_features`: choose and refit as lime does: "none", "highest_weights", "forward_selection",
            "lasso_path", "tree" or "auto". Needs the tagger.
        """
        most = at_most(num_features)
        if selection is not None:
            count = len(self.explanation.components) if most is None else most
            probe = self.explanation._probe("feature selection")
            return list(probe.select(self.word_index, self.label if target is None else target, count, selection))
        combination = self._coefficients(target)
        weights = combination @ self.explanation.weights[self.row]
        errors = np.abs(combination) @ self.explanation.std_errors[self.row]
        order = np.argsort(-np.abs(weights), kind="stable")[:most]
        return [
            Contribution(
                component[0],
                component_text(component, self.explanation.tokens),
                float(weights[c]),
                float(errors[c]),
                component,
            )
            for c in order
            for component in [self.explanation.components[c]]
        ]

    def r2(self, target: Target | None = None) -> float:
        """Fidelity of a target: 1 - residual / variance, 0 where it is constant."""
        return self._evidence(self._coefficients(target)[None])[0].r2

    def spread(self, target: Target | None = None) -> float:
        """Standard deviation of the target over the neighbourhood."""
        return self._evidence(self._coefficients(target)[None])[0].spread

    def own_share(self, target: Target | None = None) -> float:
        """Share of the word itself (its component) in the sum of absolute contributions; the rest is its context's."""
        weights = np.abs(self._coefficients(target) @ self.explanation.weights[self.row])
        own = [c for c, words in enumerate(self.explanation.components) if self.word_index in words]
        total = float(weights.sum())
        return float(weights[own].sum()) / total if total > 1e-12 else 0.0

    @property
    def verdict(self) -> Verdict:
        """Whether to trust the explanation of the predicted label, and why."""
        return self.verdict_of()

    def verdict_of(self, target: Target | None = None) -> Verdict:
        """Whether to trust the explanation of a target, and why."""
        return judge(self._evidence(self._coefficients(target)[None])[0])

    def evidence_of(self, targets: Sequence[Target]) -> list[Evidence]:
        """The figures behind the verdict on each of many targets, at once."""
        return self._evidence(np.stack([self._coefficients(target) for target in targets]))

    def _evidence(self, combinations: FloatArray) -> list[Evidence]:
        """For (K, L) combinations of the labels."""
        e, row = self.explanation, self.row
        variance, residual = (
            ((combinations @ moments[row]) * combinations).sum(axis=1)
            for moments in (e.fidelity.variance, e.fidelity.residual)
        )
        r2 = np.where(variance <= 1e-18, 0.0, 1.0 - residual / np.maximum(variance, 1e-18))
        unsure = unsure_share(combinations @ e.weights[row], np.abs(combinations) @ e.std_errors[row])
        agreement = None if e.agreement is None else float(e.agreement[row])
        alone = len(e.components) == 1
        figures = zip(r2.tolist(), np.sqrt(np.maximum(variance, 0.0)).tolist(), unsure.tolist(), strict=True)
        return [Evidence(*known, agreement=agreement, alone=alone) for known in figures]

    def to_text(self, **options: Any) -> str:
        """For a terminal."""
        return self.explanation.to_text(self.word_index, **options)

    def to_html(self, **options: Any) -> str:
        """A self-contained page."""
        return self.explanation.to_html(self.word_index, **options)

    def _repr_html_(self) -> str:
        from ner_lime.render.html import notebook_html

        return notebook_html(self.explanation, self.word_index)

    def _coefficients(self, target: Target | None) -> FloatArray:
        return coefficients(self.label if target is None else target, self.explanation.labels)
