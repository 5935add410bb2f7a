"""Attribution: what every kind of explanation shares, whatever was explained and whatever its parts are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.corpus.labels import Scheme, label_scheme
from ner_lime.explanation.contributions import Contribution, component_text, ranked, unsure_share
from ner_lime.explanation.targets import Target, coefficients
from ner_lime.explanation.verdict import Evidence, Verdict, judge
from ner_lime.lime.fidelity import r_squared
from ner_lime.plain import PlainData
from ner_lime.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Attribution(PlainData):
    """What one prediction owes to each component of its input: C components, K targets.

    A word of a sentence, an entity, a document, a row of a table and a picture are all read through one of these; the
    components hold words, columns or patches.

    Attributes
    ----------
    parts : tuple of str
        What a person can point at: the words of a sentence, the columns of a row, the patches of a picture.
    components : C tuples of indices of parts
        What is hidden and shown as one.
    targets : K strings
        Labels, classes, or the name of a value.
    predicted : str
        The target that is meant where none is named; one of `targets`.
    values : (K,)
        The model's own, on the input as it is.
    bias : (K,)
        The surrogate's intercept.
    weights, std_errors : (K, C)
        Errors are zeros where exact.
    variance, residual : (K, K)
        Covariance of the values over the neighbourhood, and second moment of the surrogate's error.
    own : tuple of int
        The components that hold the explained thing itself; empty where it is the whole input.
    agreement : float or None
        Between the ranking of the predicted target's weights and that under another way of hiding, where measured.
    unit : str
        What the parts are called, in the plural.
    hidden : (K,) or None
        The model's own values where every component is hidden, which is what the bias is not; None where not asked.
    n_masks : int or None
        Number of sampled masks that variance and residual were measured on; None where all masks were summed up.
    scheme : str or None
        The label scheme of the targets, where they are labels and the tagger states one.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> tall = Attribution(("height",), ((0,),), ("tall",), "tall", one[0], 0 * one[0], one, 0 * one, one, 0 * one)
    >>> print(*tall.contributions())
    height +1.000
    """

    parts: tuple[str, ...]
    components: tuple[tuple[int, ...], ...]
    targets: tuple[str, ...]
    predicted: str
    values: FloatArray
    bias: FloatArray
    weights: FloatArray
    std_errors: FloatArray
    variance: FloatArray
    residual: FloatArray
    own: tuple[int, ...] = ()
    agreement: float | None = None
    unit: str = "words"
    n_masks: int | None = None
    scheme: Scheme | None = None
    hidden: FloatArray | None = None

    def __repr__(self) -> str:
        return (
            f"<Attribution of {self.predicted!r} {self.value_of():.3f}, {len(self.targets)} targets, "
            f"to {len(self.components)} {self.unit}>"
        )

    def combination(self, target: Target | None = None) -> FloatArray:
        """(K,): a target as a combination of the K targets; the predicted one by default.

        Raises
        ------
        LabelError
            No such target.
        """
        return coefficients(self.predicted if target is None else target, self.targets, self.scheme)

    def value_of(self, target: Target | None = None) -> float:
        """The model's own value of a target on the input as it is."""
        return float(self.values @ self.combination(target))

    def hidden_value_of(self, target: Target | None = None) -> float | None:
        """The model's own value of a target where every component is hidden; None where that was not asked."""
        return None if self.hidden is None else float(self.hidden @ self.combination(target))

    def bias_of(self, target: Target | None = None) -> float:
        """The surrogate's intercept for a target."""
        return float(self.combination(target) @ self.bias)

    def prediction(self, target: Target | None = None) -> float:
        """What bias and contributions add up to for the input as it is."""
        return self.bias_of(target) + float((self.combination(target) @ self.weights).sum())

    def contributions(self, target: Target | None = None, *, num_features: int | None = None) -> list[Contribution]:
        """The signed weight of every component, largest absolute value first; at most `num_features` of them.

        The standard error of a combination of targets is the sum of the targets' own: an upper bound.

        Raises
        ------
        InputError
            `num_features` is no whole number of 1 or more.
        LabelError
            No such target.
        """
        most = None if num_features is None else whole_number(num_features, "num_features", least=1)
        combination = self.combination(target)
        weights, errors = combination @ self.weights, np.abs(combination) @ self.std_errors
        return ranked(self.components, self.parts, weights, errors)[:most]

    def name(self, component: int) -> str:
        """The text of a component."""
        return component_text(self.components[component], self.parts)

    def r2(self, target: Target | None = None) -> float:
        """Fidelity of a target: 1 - residual / variance, 0 where it is constant."""
        return self.evidence_of([target])[0].r2

    def spread(self, target: Target | None = None) -> float:
        """Standard deviation of the target over the neighbourhood."""
        return self.evidence_of([target])[0].spread

    def own_share(self, target: Target | None = None) -> float:
        """Share of the explained thing's own components in the sum of absolute weights; the rest is its context's."""
        weights = np.abs(self.combination(target) @ self.weights)
        total = float(weights.sum())
        return float(weights[list(self.own)].sum()) / total if total > 1e-12 else 0.0

    def evidence_of(self, targets: Sequence[Target | None]) -> list[Evidence]:
        """The figures behind the verdict on each of many targets, at once."""
        combinations = np.stack([self.combination(target) for target in targets])
        variance, residual = (
            ((combinations @ moments) * combinations).sum(axis=1) for moments in (self.variance, self.residual)
        )
        weights, errors = combinations @ self.weights, np.abs(combinations) @ self.std_errors
        values = combinations @ self.values
        gaps = np.abs(values - combinations @ self.bias - weights.sum(axis=1))
        r2, unsure = r_squared(variance, residual), unsure_share(weights, errors)
        hidden, alone = self._entity_hidden(combinations), len(self.components) == 1
        return [
            Evidence(
                r2=float(r2[k]),
                spread=float(np.sqrt(max(variance[k], 0.0))),
                unsure=float(unsure[k]),
                agreement=self.agreement,
                alone=alone,
                unit=self.unit,
                n_masks=self.n_masks,
                value=float(values[k]),
                gap=float(gaps[k]),
                half_width=float(1.96 * errors[k].max(initial=0.0)),
                hidden=hidden[k],
            )
            for k in range(len(targets))
        ]

    def _entity_hidden(self, combinations: FloatArray) -> list[float | None]:
        """Where every component is hidden, for targets that do not ask for what is outside: nothing should be there."""
        if self.hidden is None:
            return [None] * len(combinations)
        read = label_scheme(self.scheme, self.targets)
        outside = [k for k, target in enumerate(self.targets) if read.is_outside(target)]
        asks = (combinations[:, outside] != 0.0).any(axis=1)
        return [None if asks[k] else float(value) for k, value in enumerate(combinations @ self.hidden)]

    def verdict_of(self, target: Target | None = None) -> Verdict:
        """Whether to trust the explanation of a target, and why."""
        return judge(self.evidence_of([target])[0])

    @property
    def verdict(self) -> Verdict:
        """Whether to trust the explanation of the predicted target, and why."""
        return self.verdict_of()
