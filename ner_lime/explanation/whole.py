"""What the explanations of a document, a row and a picture share: one input as a whole, K targets, C components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.errors import DetachedError
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.settings import Settings
from ner_lime.explanation.targets import Target
from ner_lime.explanation.verdict import Verdict, judge
from ner_lime.lime.fidelity import Fidelity
from ner_lime.lime.selection import Selection
from ner_lime.plain import PlainData
from ner_lime.types import FloatArray, IntArray

if TYPE_CHECKING:
    from pathlib import Path


class Selector(Protocol):
    """The way back to the sampled answers: chooses components and fits them anew."""

    def select(
        self, combination: FloatArray, num_features: int, selection: Selection
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """The chosen components, their weights and their standard errors."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class WholeExplanation(PlainData):
    """Why a model answered as it did for one input as a whole. Read a `DocumentExplanation` and its kin, not this.

    Attributes
    ----------
    attribution : Attribution
        Weights (K, C), bias (K,), standard errors and the model's own values.
    fidelity : Fidelity
        Measured for P = 1 position.
    settings : Settings
        How it was made.
    is_distribution : bool
        Whether the K values are probabilities that sum to 1; False for a regressor.
    case : str
        The name of the input among others.
    selector : Selector or None
        The way back to the sampled answers. No part of the data: it compares as nothing and does not leave its process.
    """

    attribution: Attribution
    fidelity: Fidelity
    settings: Settings
    is_distribution: bool = True
    case: str = "1"
    selector: Selector | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.label} {self.probability:.3f}, {self.settings.estimator}>"

    @property
    def label(self) -> str:
        """The predicted class; a regressor's only target."""
        return self.attribution.predicted

    @property
    def labels(self) -> tuple[str, ...]:
        """The K classes."""
        return self.attribution.targets

    @property
    def probability(self) -> float:
        """The model's own value of the predicted class (a regressor's value)."""
        return self.attribution.value_of()

    @property
    def probabilities(self) -> dict[str, float]:
        """The model's own value by class, largest first."""
        values = self.attribution.values
        return {self.labels[k]: float(values[k]) for k in np.argsort(-values, kind="stable")}

    @property
    def weights(self) -> FloatArray:
        """(K, C)."""
        return self.attribution.weights

    @property
    def std_errors(self) -> FloatArray:
        """(K, C); zeros where exact."""
        return self.attribution.std_errors

    def top(self, n: int) -> tuple[str, ...]:
        """The n classes with the largest values."""
        return tuple(self.probabilities)[: whole_number(n, "n", least=1)]

    def probability_of(self, target: Target | None = None) -> float:
        """The model's own value of a target on the input as it is."""
        return self.attribution.value_of(target)

    def bias(self, target: Target | None = None) -> float:
        """The surrogate's intercept."""
        return self.attribution.bias_of(target)

    def prediction(self, target: Target | None = None) -> float:
        """What bias and contributions add up to for the input as it is."""
        return self.attribution.prediction(target)

    def r2(self, target: Target | None = None) -> float:
        """Fidelity of a target: 1 - residual / variance, 0 where it is constant."""
        return self.attribution.r2(target)

    def contributions(
        self, target: Target | None = None, *, num_features: int | None = None, selection: Selection | None = None
    ) -> list[Contribution]:
        """The signed weight of every component, largest absolute value first.

        Parameters
        ----------
        target
            A class or a `Contrast` of two; the predicted class by default.
        num_features
            At most this number, 1 or more: the largest, with their weights as they are.
        selection
            With `num_features`: choose and refit as lime and R lime do: "none", "highest_weights",
            "forward_selection", "lasso_path", "tree" or "auto". Needs the sampled answers of a fresh explanation.
        """
        a = self.attribution
        if selection is None:
            found = a.contributions(target, num_features=num_features)
        else:
            if self.selector is None:
                raise DetachedError(
                    "feature selection needs the sampled answers, and this explanation was read from a file or comes "
                    "from another process: explain the input again"
                )
            most = len(a.components) if num_features is None else whole_number(num_features, "num_features", least=1)
            chosen, weights, errors = self.selector.select(a.combination(target), most, selection)
            found = [
                Contribution(a.components[c][0], a.name(c), float(weight), float(error), tuple(a.components[c]))
                for c, weight, error in zip(chosen.tolist(), weights, errors, strict=True)
            ]
            found.sort(key=lambda contribution: -abs(contribution.weight))
        return [replace(contribution, name=self.name_of(contribution)) for contribution in found]

    def name_of(self, contribution: Contribution) -> str:
        """How a component is called."""
        return contribution.name

    @property
    def verdict(self) -> Verdict:
        """Whether to trust the explanation of the predicted class, and why."""
        return self.verdict_of()

    def verdict_of(self, target: Target | None = None) -> Verdict:
        """Whether to trust the explanation of a target, and why; a regressor's spread is judged by its value."""
        if self.is_distribution:
            return self.attribution.verdict_of(target)
        evidence = self.attribution.evidence_of([target])[0]
        size = max(abs(self.probability_of(target)), abs(self.bias(target)), 1e-300)
        found = judge(replace(evidence, spread=evidence.spread / size))
        return Verdict(found.level, tuple(reason.replace("the probability", "the value") for reason in found.reasons))

    # What a table of any kind shows of a component; each kind says it in its own way.

    def feature(self, contribution: Contribution) -> str:
        """The component's own name: a word, a column, a patch."""
        return contribution.name

    def feature_value(self, contribution: Contribution) -> str:
        """What the input has there."""
        return contribution.name

    @property
    def data(self) -> str:
        """The input in one string."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Lossless, versioned, JSON-ready."""
        from ner_lime.render.whole.json import to_dict

        return to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` made."""
        from ner_lime.render.whole.json import from_dict

        return from_dict(data, cls)

    def to_text(self, target: Target | None = None, **options: Any) -> str:
        """For a terminal."""
        from ner_lime.render.whole.text import to_text

        return to_text(self, target, **options)

    def to_html(self, targets: Sequence[Target] | None = None, *, title: str | None = None) -> str:
        """A self-contained page."""
        from ner_lime.render.whole.html import to_html

        return to_html(self, targets, title=title)

    def to_frame(self, **options: Any) -> Any:
        """A tidy pandas DataFrame with R lime's columns (extra ``pandas``)."""
        from ner_lime.render.whole.table import to_frame

        return to_frame([self], **options)

    def to_csv(self, **options: Any) -> str:
        """The rows of `to_frame`, with all digits."""
        from ner_lime.render.whole.table import to_csv

        return to_csv([self], **options)

    def to_markdown(self, target: Target | None = None) -> str:
        """A table of contributions."""
        from ner_lime.render.whole.table import to_markdown

        return to_markdown(self, target)

    def plot(self, target: Target | None = None, **options: Any) -> Any:
        """A matplotlib picture (extra ``plot``)."""
        from ner_lime.render.whole.plot import plot

        return plot(self, target, **options)

    def to_eli5(self, targets: Sequence[Target] | None = None) -> Any:
        """An ``eli5.base.Explanation`` that every eli5 formatter shows."""
        from ner_lime.eli5.whole import to_eli5

        return to_eli5(self, targets)

    def save_html(self, path: str | Path) -> None:
        """Write the page to a file."""
        from ner_lime.render.templating import write_page

        write_page(self.to_html(), path)

    def _repr_html_(self) -> str:
        from ner_lime.render.whole.html import notebook_html

        return notebook_html(self)
