"""An `Explanation` as an ``eli5.base.Explanation``, which all of eli5's formatters show.

A feature is a word with its index, ``design [5]``, so that a repeated word keeps its own weight; the spans that eli5
highlights are the words' places in the text as it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any, TypeAlias

from eli5.base import DocWeightedSpans, FeatureWeight, FeatureWeights, TargetExplanation, WeightedSpans
from eli5.base import Explanation as Eli5Explanation
from eli5.formatters.features import FormattedFeatureName

from ner_lime.errors import InputError
from ner_lime.explanation import Attribution, Contribution, EntityExplanation, Explanation, TokenExplanation
from ner_lime.explanation.targets import Target

Names: TypeAlias = Sequence[str] | Mapping[str, str]
Top: TypeAlias = int | tuple[int, int]

BIAS = "<BIAS>"
DESCRIPTION = """\
A contribution is how much the probability changes, on average, when the word is seen instead of hidden.
The bias stands for a sentence whose words are all hidden; score is bias and contributions added up; probability is the
model's own.
"""


class SafeName(str):
    """A target's name that is harmless in eli5's HTML, where names of targets are not escaped.

    The template writes ``str(name)``, which is escaped here; to everything else (repr, ==, JSON, data frames) it is the
    name.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return escape(self)


def to_eli5(
    explanation: Explanation,
    word_index: int | None = None,
    *,
    targets: Sequence[Target] | None = None,
    top_targets: int | None = None,
    target_names: Names | None = None,
    top: Top | None = None,
) -> Eli5Explanation:
    """Hand an explanation to eli5.

    Parameters
    ----------
    explanation : Explanation
    word_index : int or None
        The word whose labels are the targets. None: the one that was explained; where there are several, the predicted
        label of each of them (the options below that choose among labels have no use then).
    targets : sequence of labels or other targets, optional
        Only these, in this order; all labels in the tagger's order by default.
    top_targets : int, optional
        Number of targets, the most probable first; the least probable first where it is negative.
    target_names : sequence or mapping of str, optional
        Names to show: one a label in the tagger's order, or by label.
    top : int or (int, int), optional
        Number of features a target, the largest first; or the numbers of positive and of negative ones. The order of
        the targets does not depend on it.

    Raises
    ------
    InputError
        Both `targets` and `top_targets`, or another number of names than of labels.
    WordIndexError
        The word was not explained.
    LabelError
        An unknown label.
    """
    names = display_names(explanation.labels, target_names)
    shown: list[tuple[TokenExplanation, Target, str]]
    if word_index is None and len(explanation.positions) == 1:
        word_index = explanation.positions[0]
    if word_index is None:
        shown = [(word, word.label, f"word {word.word_index}: {names[word.label]}") for word in explanation]
    else:
        word = explanation[word_index]
        chosen = choose_targets(word, targets, top_targets)
        shown = [(word, target, names.get(str(target), str(target))) for target in chosen]
    return Eli5Explanation(
        estimator="ner-lime",
        method=escape(_method(explanation), quote=False),
        description=escape(DESCRIPTION + _trust(shown), quote=False),
        targets=[
            _prediction(word.attribution, target, name, top, sentence=explanation) for word, target, name in shown
        ],
        highlight_spaces=False,
    )


def entity_to_eli5(entity: EntityExplanation, *, top: Top | None = None) -> Eli5Explanation:
    """Hand the explanation of an entity to eli5: one target, the span, with its words highlighted.

    Parameters
    ----------
    entity : EntityExplanation
    top : int or (int, int), optional
        As `to_eli5`'s.
    """
    name = f"words {entity.start} to {entity.end - 1}: {entity.kind}"
    return Eli5Explanation(
        estimator="ner-lime",
        method=escape(_method(replace(entity.explanation, settings=entity.settings)), quote=False),
        description=escape(f"{DESCRIPTION}Verdict on {name}: {entity.verdict}.", quote=False),
        targets=[_prediction(entity.attribution, entity.kind, name, top, sentence=entity.explanation)],
        highlight_spaces=False,
    )


def weights_only(word: TokenExplanation, targets: Sequence[Target], names: Mapping[str, str], top: Top | None) -> Any:
    """The weights without the sentence that they were applied to, as ``eli5.explain_weights`` gives them."""
    return Eli5Explanation(
        estimator="ner-lime",
        method=escape(_method(word.explanation), quote=False),
        targets=[
            TargetExplanation(
                target=safe(names.get(str(target), str(target))),
                feature_weights=feature_weights(_features(word.attribution, target, value=None), top),
            )
            for target in targets
        ],
        highlight_spaces=False,
    )


def display_names(labels: Sequence[str], target_names: Names | None) -> dict[str, str]:
    """Label to the name that is shown for it."""
    if target_names is None:
        return {label: label for label in labels}
    if isinstance(target_names, Mapping):
        return {label: str(target_names.get(label, label)) for label in labels}
    if len(target_names) != len(labels):
        raise InputError(
            f"expected target_names for {len(labels)} labels ({', '.join(labels)}), found {len(target_names)}"
        )
    return {label: str(name) for label, name in zip(labels, target_names, strict=True)}


def choose_targets(
    word: TokenExplanation, targets: Sequence[Target] | None, top_targets: int | None
) -> Sequence[Target]:
    """All labels in the tagger's order, the named ones, or the most probable ones."""
    if targets is not None and top_targets is not None:
        raise InputError("expected targets or top_targets, found both")
    if targets is not None:
        return list(targets)
    if top_targets is None:
        return word.explanation.labels
    ranked = list(word.probabilities)
    return ranked[:top_targets] if top_targets >= 0 else ranked[top_targets:][::-1]


def feature_weights(features: Sequence[FeatureWeight], top: Top | None) -> FeatureWeights:
    """The `top` features by sign, largest first; zeros are not shown."""
    ranked = sorted(features, key=lambda feature: -abs(feature.weight))
    positive = [feature for feature in ranked if feature.weight > 0]
    negative = [feature for feature in ranked if feature.weight < 0]
    if isinstance(top, (tuple, list)):
        shown = [*positive[: top[0]], *negative[: top[1]]]
    else:
        shown = [feature for feature in ranked if feature.weight != 0][:top]
    pos = [feature for feature in shown if feature.weight > 0]
    neg = [feature for feature in shown if feature.weight < 0]
    return FeatureWeights(pos, neg, pos_remaining=len(positive) - len(pos), neg_remaining=len(negative) - len(neg))


def feature_name(contribution: Contribution) -> str:
    """The words and their indices: ``design [5]``."""
    return f"{contribution.name} [{', '.join(map(str, contribution.indices))}]"


def safe(name: str) -> str:
    """The name itself wherever HTML would not change it."""
    return SafeName(name) if escape(name) != name else name


def _prediction(
    attribution: Attribution, target: Target, name: str, top: Top | None, *, sentence: Explanation
) -> TargetExplanation:
    """One target with its probability, and its parts highlighted in the raw text of their sentence."""
    features = _features(attribution, target, value=1.0)
    by_name = {feature.feature: feature for feature in features}
    spans = [
        (feature_name(one), [sentence.offsets[j] for j in one.indices], by_name[feature_name(one)].weight)
        for one in sorted(attribution.contributions(target), key=lambda one: one.indices)
    ]
    total = FeatureWeight(FormattedFeatureName("Highlighted in text (sum)"), sum(weight for _, _, weight in spans))
    return TargetExplanation(
        target=safe(name),
        feature_weights=feature_weights(features, top),
        proba=attribution.value_of(target),
        score=attribution.prediction(target),
        weighted_spans=WeightedSpans(
            [DocWeightedSpans(document=sentence.text, spans=spans, preserve_density=False)],
            other=feature_weights([by_name[BIAS], total], None),
        ),
    )


def _features(attribution: Attribution, target: Target, *, value: float | None) -> list[FeatureWeight]:
    """Bias and parts; standard errors only where there was noise."""
    sampled = bool(attribution.std_errors.any())
    return [
        FeatureWeight(BIAS, attribution.bias_of(target), value=value),
        *(
            FeatureWeight(feature_name(c), c.weight, c.std_error if sampled else None, value)
            for c in attribution.contributions(target)
        ),
    ]


def _method(explanation: Explanation) -> str:
    made = explanation.settings
    seed = "" if made.random_state is None else f", random state {made.random_state}"
    return f"{made.method}, {made.neighbourhood}, {made.masking}, {made.engine} ({made.estimator}){seed}"


def _trust(shown: Sequence[tuple[TokenExplanation, Target, str]]) -> str:
    """The verdict of each word's predicted label."""
    words = {word.word_index: word for word, _, _ in shown}
    return "\n".join(
        f"Verdict on word {word.word_index} as {word.label}: {word.verdict} "
        f"(R2 {word.r2():.3f}, mean KL {word.explanation.fidelity.kl[word.row]:.4f}, "
        f"measured on {word.explanation.fidelity.measured_on})."
        for word in words.values()
    )
