"""An explanation of a whole input as an ``eli5.base.Explanation``, which all of eli5's formatters show."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from eli5.base import DocWeightedSpans, FeatureWeight, TargetExplanation, WeightedSpans
from eli5.base import Explanation as Eli5Explanation
from eli5.formatters.features import FormattedFeatureName

from ner_lime.eli5.convert import BIAS, feature_weights, safe
from ner_lime.explanation.document import DocumentExplanation
from ner_lime.explanation.targets import Target
from ner_lime.explanation.whole import WholeExplanation


def to_eli5(
    explanation: WholeExplanation, targets: Sequence[Target] | None = None, *, top: int | None = None
) -> Eli5Explanation:
    """Hand an explanation to eli5.

    Parameters
    ----------
    explanation
        Of a document, a row or a picture.
    targets
        Classes or contrasts; all classes by default.
    top
        Number of features a target, the largest first.
    """
    s = explanation.settings
    return Eli5Explanation(
        estimator="ner-lime",
        method=escape(f"{s.method}, {s.neighbourhood}, {s.engine}: {s.estimator}, {s.n_calls} calls", quote=False),
        description=escape(str(explanation.verdict), quote=False),
        targets=[_target(explanation, target, top) for target in (targets or explanation.labels)],
        is_regression=not explanation.is_distribution,
        highlight_spaces=False,
    )


def _target(e: WholeExplanation, target: Target, top: int | None) -> TargetExplanation:
    contributions = e.contributions(target)
    features = [
        FeatureWeight(c.name, c.weight, std=c.std_error or None, value=e.feature_value(c)) for c in contributions
    ]
    features.append(FeatureWeight(BIAS, e.bias(target), value=1.0))
    spans = None
    if isinstance(e, DocumentExplanation):
        marked = [(c.name, [e.offsets[part] for part in c.indices], c.weight) for c in contributions if c.weight]
        total = FeatureWeight(FormattedFeatureName("Highlighted in text (sum)"), sum(weight for _, _, weight in marked))
        spans = WeightedSpans(
            [DocWeightedSpans(document=e.text, spans=marked, preserve_density=False)],
            other=feature_weights([features[-1], total], None),
        )
    return TargetExplanation(
        target=safe(str(target)),
        feature_weights=feature_weights(features, top),
        proba=e.probability_of(target) if e.is_distribution and isinstance(target, str) else None,
        score=e.prediction(target),
        weighted_spans=spans,
    )
