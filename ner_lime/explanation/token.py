"""Why one word has its label: one row of an explanation, read as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.targets import Target
from ner_lime.explanation.verdict import Evidence, Verdict
from ner_lime.lime.selection import Selection

if TYPE_CHECKING:
    from ner_lime.explanation.sentence import Explanation


@dataclass(frozen=True, slots=True, repr=False)
class TokenExplanation:
    """Why one word has its label: a view on one position of an `Explanation`.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs", at=1)])
    >>> word = nl.NERExplainer(tagger).explain(["Mrs", "Smith"])[1]
    >>> print(word.label, word.probability, *word.contributions(num_features=1))
    B-PER 0.75 Mrs +0.750
    """

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
    def attribution(self) -> Attribution:
        """The word's row of the arrays: its labels are the targets, the words of the sentence the parts."""
        e, row = self.explanation, self.row
        return Attribution(
            parts=e.tokens,
            components=e.components,
            targets=e.labels,
            predicted=self.label,
            values=e.probabilities[self.word_index],
            bias=e.bias[row],
            weights=e.weights[row],
            std_errors=e.std_errors[row],
            variance=e.fidelity.variance[row],
            residual=e.fidelity.residual[row],
            own=self._own_components(),
            agreement=None if e.agreement is None else float(e.agreement[row]),
            hidden=None if e.hidden is None else e.hidden[row],
            n_masks=e.fidelity.n_masks if e.settings.engine == "sample" else None,
            scheme=e.scheme,
        )

    @property
    def probability(self) -> float:
        """The marginal of the predicted label."""
        return self.probability_of()

    def probability_of(self, target: Target | None = None) -> float:
        """The tagger's own value of a target on the sentence as it is."""
        return self.attribution.value_of(target)

    def bias(self, target: Target | None = None) -> float:
        """The surrogate's intercept."""
        return self.attribution.bias_of(target)

    def prediction(self, target: Target | None = None) -> float:
        """What bias and contributions add up to for the sentence as it is."""
        return self.attribution.prediction(target)

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
            At most this number, 1 or more: the largest, with their weights as they are.
        selection
            With `num_features`: choose and refit as lime does: "none", "highest_weights", "forward_selection",
            "lasso_path", "tree" or "auto". Needs the tagger.
        """
        if selection is None:
            return self.attribution.contributions(target, num_features=num_features)
        e = self.explanation
        most = len(e.components) if num_features is None else whole_number(num_features, "num_features", least=1)
        asked = self.label if target is None else target
        return list(e.attached("feature selection").select(e, self.word_index, asked, most, selection))

    def r2(self, target: Target | None = None) -> float:
        """Fidelity of a target: 1 - residual / variance, 0 where it is constant."""
        return self.attribution.r2(target)

    def spread(self, target: Target | None = None) -> float:
        """Standard deviation of the target over the neighbourhood."""
        return self.attribution.spread(target)

    def own_share(self, target: Target | None = None) -> float:
        """Share of the word itself (its component) in the sum of absolute contributions; the rest is its context's."""
        return self.attribution.own_share(target)

    @property
    def verdict(self) -> Verdict:
        """Whether to trust the explanation of the predicted label, and why."""
        return self.attribution.verdict

    def verdict_of(self, target: Target | None = None) -> Verdict:
        """Whether to trust the explanation of a target, and why."""
        return self.attribution.verdict_of(target)

    def evidence_of(self, targets: Sequence[Target]) -> list[Evidence]:
        """The figures behind the verdict on each of many targets, at once."""
        return self.attribution.evidence_of(targets)

    def to_text(self, **options: Any) -> str:
        """For a terminal."""
        return self.explanation.to_text(self.word_index, **options)

    def to_html(self, **options: Any) -> str:
        """A self-contained page."""
        return self.explanation.to_html(self.word_index, **options)

    def _repr_html_(self) -> str:
        from ner_lime.explanation.joint import joint
        from ner_lime.render.html import notebook_html

        return notebook_html(self.explanation, self.word_index, beside=joint(self.explanation))

    def _own_components(self) -> tuple[int, ...]:
        """Those that hold the word: where every word stands alone, the one of its own index."""
        components, word = self.explanation.components, self.word_index
        if word < len(components) and components[word] == (word,):
            return (word,)
        return tuple(c for c, words in enumerate(components) if word in words)
