"""What the explainers of documents, rows and pictures share: the core's answer as an attribution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.classifiers.classifier import CHANGED, Classifier
from ner_lime.errors import ClassifierError, InputError
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.settings import Settings
from ner_lime.lime.engine import solve
from ner_lime.lime.law import Law
from ner_lime.lime.question import DEFAULT_SAMPLES, Engine, Estimate, Plan, Question
from ner_lime.lime.selection import Selection, select_from
from ner_lime.types import FloatArray, IntArray, Masks, Progress, Values

DEFAULT_BATCH = 256
"""Number of inputs a call of a model that names no size of its own."""


@dataclass(frozen=True, slots=True)
class SolverOptions:
    """How the core answers.

    Attributes
    ----------
    engine : "auto", "exact" or "sample"
        "auto" asks all masks where they fit into `n_samples`, else it samples.
    half_width : float
        Sampling stops when the largest half-width of a 95 % interval is at most this; 0: at `n_samples`. Not used for
        regressors, whose unit is not known.
    ridge : float or None
        None: the kernel surrogate where it helps. A number: the linear fit with this ridge penalty.

    Examples
    --------
    >>> SolverOptions(ridge=1.0).engine
    'auto'
    """

    engine: Engine = "auto"
    half_width: float = 0.005
    ridge: float | None = None

    def plan(self, n_samples: int | None, *, is_distribution: bool) -> Plan:
        """With a budget of masks."""
        most = DEFAULT_SAMPLES if n_samples is None else n_samples
        return Plan(self.engine, most, self.half_width if is_distribution else 0.0, self.ridge)


class Perturbed(Protocol):
    """One input whose components can be hidden: a mask function that counts its calls."""

    @property
    def n_components(self) -> int:
        """C."""
        ...

    n_calls: int

    def __call__(self, masks: Masks, /) -> Values:
        """(n, C) masks to (n, 1, K) values."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The way back to the sampled answers: feature selection. It does not leave its process."""

    question: Question
    estimate: Estimate
    ridge: float | None

    def __reduce__(self) -> Any:
        return type(None), ()

    def select(
        self, combination: FloatArray, num_features: int, selection: Selection
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """The chosen components, their weights and their standard errors."""
        return select_from(self.question, self.estimate, 0, combination, num_features, selection, ridge=self.ridge)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is drawn: the parts, what is hidden as one, and what both are called."""

    parts: tuple[str, ...]
    components: tuple[tuple[int, ...], ...]
    unit: str
    hiding: str


def ask_in_batches(classifier: Classifier, inputs: Sequence[Any], progress: Progress | None = None) -> FloatArray:
    """(n, K) values of n inputs."""
    size = classifier.batch_size or DEFAULT_BATCH
    answers = []
    for first in range(0, len(inputs), size):
        answers.append(classifier(inputs[first : first + size]))
        if progress is not None:
            progress(min(first + size, len(inputs)), len(inputs))
    return np.concatenate(answers) if answers else np.zeros((0, len(classifier.classes)))


def explained(
    function: Perturbed,
    classifier: Classifier,
    scene: Scene,
    law: Law,
    plan: Plan,
    random_state: int,
) -> dict[str, Any]:
    """The fields that explanations of whole inputs share.

    Raises
    ------
    ClassifierError
        The model's answer to the input as it is changes from call to call.
    """
    full = np.ones((1, function.n_components), dtype=bool)
    values = function(full)[0, 0]
    again = function(full)[0, 0]
    change = float(np.abs(again - values).max(initial=0.0))
    if change > CHANGED * max(1.0, float(np.abs(values).max())):
        raise ClassifierError(
            f"{classifier.name}: the answer to the same input changed by {change:.3g}: expected a function of its "
            "input; switch off dropout or other randomness"
        )
    question = Question(function, function.n_components, law, is_distribution=classifier.is_distribution)
    estimate = solve(question, plan, np.random.default_rng(random_state))
    return assembled(question, estimate, classifier, scene, values, (function.n_calls, random_state, plan.ridge))


def assembled(
    question: Question,
    estimate: Estimate,
    classifier: Classifier,
    scene: Scene,
    values: FloatArray,
    how: tuple[int, int, float | None],
) -> dict[str, Any]:
    """An estimate as the fields of an explanation; `how` is (calls, seed, ridge)."""
    n_calls, random_state, ridge = how
    fidelity = estimate.fidelity
    sampled = estimate.tolerance is None
    return {
        "attribution": Attribution(
            parts=scene.parts,
            components=scene.components,
            targets=classifier.classes,
            predicted=classifier.classes[int(values.argmax())],
            values=values,
            bias=estimate.bias[0],
            weights=estimate.weights[0],
            std_errors=estimate.std_errors[0],
            variance=fidelity.variance[0],
            residual=fidelity.residual[0],
            unit=scene.unit,
        ),
        "fidelity": fidelity,
        "settings": Settings(
            method=question.law.method,
            neighbourhood=question.law.words,
            masking=scene.hiding,
            engine="sample" if sampled else "exact",
            estimator=estimate.estimator,
            n_calls=n_calls,
            random_state=random_state if sampled else None,
            tolerance=estimate.tolerance,
            context_only=False,
        ),
        "is_distribution": classifier.is_distribution,
        "selector": Asked(question, estimate, ridge),
    }


def explain_all(explain: Callable[[Any], Any], inputs: Iterable[Any], progress: Progress | None) -> list[Any]:
    """Explanations of many inputs, numbered from 1."""
    cases = list(inputs)
    found = []
    for number, one in enumerate(cases, start=1):
        found.append(replace(explain(one), case=str(number)))
        if progress is not None:
            progress(number, len(cases))
    return found


def checked_samples(n_samples: int | None) -> int | None:
    """None, or a whole number of 2 or more."""
    return None if n_samples is None else whole_number(n_samples, "n_samples", least=2)


def checked_options(options: SolverOptions | None) -> SolverOptions:
    """The options, or the default ones."""
    if options is not None and not isinstance(options, SolverOptions):
        raise InputError(f"expected options=SolverOptions(...), found {options!r:.100}")
    return SolverOptions() if options is None else options
