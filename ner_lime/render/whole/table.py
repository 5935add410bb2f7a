"""Explanations of whole inputs as tables: R lime's tidy columns, CSV, Markdown, pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from ner_lime.errors import MissingExtraError
from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.targets import Target
from ner_lime.explanation.whole import WholeExplanation
from ner_lime.lime.selection import Selection

COLUMNS = (
    *("case", "label", "label_prob", "model_r2", "model_intercept", "model_prediction"),
    *("feature", "feature_value", "feature_weight", "feature_std_error", "feature_desc", "data"),
)
"""R lime's, and the standard error that it does not have."""


def rows(
    explanations: Sequence[WholeExplanation],
    *,
    targets: Sequence[Target] | None = None,
    top_labels: int | None = None,
    num_features: int | None = None,
    selection: Selection | None = None,
) -> list[tuple[Any, ...]]:
    """One tuple of `COLUMNS` a case, target and contribution.

    Parameters
    ----------
    explanations
        Any.
    targets
        Classes or contrasts; by default each case's predicted class.
    top_labels
        In place of `targets`: this number of classes with the largest values.
    num_features, selection
        As `WholeExplanation.contributions` takes them.
    """
    found = []
    for e in explanations:
        chosen: Sequence[Target] = [e.label] if targets is None else targets
        if top_labels is not None:
            chosen = e.top(top_labels)
        for target in chosen:
            head = (e.case, str(target), e.probability_of(target), e.r2(target), e.bias(target), e.prediction(target))
            found += [
                (*head, e.feature(c), e.feature_value(c), c.weight, c.std_error, c.name, e.data)
                for c in e.contributions(target, num_features=num_features, selection=selection)
            ]
    return found


def to_frame(explanations: Sequence[WholeExplanation], **options: Any) -> Any:
    """A pandas DataFrame of `rows`, which names the options.

    Raises
    ------
    MissingExtraError
        pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("pandas", "pandas") from error
    return pd.DataFrame(rows(explanations, **options), columns=list(COLUMNS))


def to_csv(explanations: Sequence[WholeExplanation], **options: Any) -> str:
    """CSV of `rows`, with all digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(explanations, **options))
    return stream.getvalue()


def to_markdown(explanation: WholeExplanation, target: Target | None = None) -> str:
    """A table of contributions, largest first."""
    name = _cell(str(explanation.label if target is None else target))
    lines = [f"| feature | weight for {name} | ± |", "| --- | ---: | ---: |"]
    lines += [_line(contribution) for contribution in explanation.contributions(target)]
    lines.append(f"| *bias* | {explanation.bias(target):+.3f} | |")
    lines.append(f"| *all together* | {explanation.prediction(target):+.3f} | |")
    return "\n".join(lines) + "\n"


def _line(contribution: Contribution) -> str:
    return f"| {_cell(contribution.name)} | {contribution.weight:+.3f} | {1.96 * contribution.std_error:.3f} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
