"""Pictures of explanations of whole inputs, drawn with matplotlib (extra ``plot``).

R lime's three: the contributions of one case, facets over cases and classes, and a heat map over cases; and the overlay
of a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explanation.image import ImageExplanation
from ner_lime.explanation.targets import Target
from ner_lime.explanation.whole import WholeExplanation
from ner_lime.render.plot.canvas import (
    HATCH,
    NEGATIVE,
    POSITIVE,
    QUIET,
    axes_or_new,
    checked_features,
    plain,
    pyplot,
    shown,
    signed_colours,
    text_style,
)
from ner_lime.render.scale import LIMIT, TICKS
from ner_lime.render.whole.overlay import overlay

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

MAX_CELLS = 36
"""Cells of a description in a picture."""


def plot(explanation: WholeExplanation, target: Target | None = None, **options: Any) -> Axes:
    """The overlay of a picture; the contributions of anything else."""
    if isinstance(explanation, ImageExplanation):
        return plot_overlay(explanation, target, **options)
    return plot_contributions(explanation, target, **options)


def plot_overlay(explanation: ImageExplanation, target: Target | None = None, *, ax: Axes | None = None) -> Axes:
    """The picture with its patches coloured: blue supports, orange speaks against."""
    height, width = explanation.segments.shape
    ax = axes_or_new(ax, 4.0, 4.0 * height / width + 0.5)
    ax.imshow(overlay(explanation, target), interpolation="nearest")
    ax.set_title(_title(explanation, target), loc="left", fontsize="small", **text_style())
    ax.set_axis_off()
    return ax


def plot_contributions(
    explanation: WholeExplanation, target: Target | None = None, *, num_features: int = 10, ax: Axes | None = None
) -> Axes:
    """Bars of the largest contributions, with 95 % intervals where they were sampled.

    Parameters
    ----------
    explanation
        Of a document, a row or a picture.
    target
        A class or a `Contrast`; the predicted class by default.
    num_features
        How many; the others are added up in one grey bar.
    ax
        Where to draw; a new figure by default.
    """
    contributions = explanation.contributions(target)
    few, rest = contributions[: checked_features(num_features)], contributions[num_features:]
    names = [shown(c.name, MAX_CELLS) for c in few]
    weights = [c.weight for c in few]
    if rest:
        names.append(f"{len(rest)} more, sum")
        weights.append(sum(c.weight for c in rest))
    ax = axes_or_new(ax, 6.0, 1.3 + 0.3 * len(names))
    at = np.arange(len(names))
    bars = ax.barh(at, weights, height=0.7, color=[POSITIVE if w >= 0 else NEGATIVE for w in weights], zorder=2)
    for bar, weight in zip(bars, weights, strict=True):
        bar.set(edgecolor="white", linewidth=0.0)
        if weight < 0:
            bar.set_hatch(HATCH)
    if rest:
        bars[-1].set(color=QUIET, alpha=0.6)
    widths = np.array([1.96 * c.std_error for c in few])
    if widths.any():
        ax.errorbar(weights[: len(few)], at[: len(few)], xerr=widths, fmt="none", ecolor="black", capsize=2.5, zorder=3)
    ax.axvline(0.0, color="black", linewidth=0.8, zorder=3)
    ax.set_yticks(at, names, **text_style())
    ax.invert_yaxis()
    if explanation.is_distribution:
        ax.set_xlim(-LIMIT, LIMIT)
        ax.set_xticks(TICKS)
    else:
        ax.locator_params(axis="x", nbins=4)
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_title(_title(explanation, target), loc="left", fontsize="small", **text_style())
    plain(ax)
    return ax


def plot_features(
    explanations: Sequence[WholeExplanation],
    *,
    targets: Sequence[Target] | None = None,
    num_features: int = 5,
) -> NDArray[Any]:
    """Facets: a row a case, a column a target (R lime's ``plot_features``).

    Returns
    -------
    array of the Axes, (cases, targets)
    """
    if not explanations or (targets is not None and not targets):
        raise InputError("expected at least one explanation and one target to draw, found none")
    wanted: list[Target | None] = [None] if targets is None else list(targets)
    n_bars = min(num_features, max(len(e.attribution.components) for e in explanations)) + 1
    size = (5.2 * len(wanted), (1.2 + 0.3 * n_bars) * len(explanations))
    _, axes = pyplot().subplots(len(explanations), len(wanted), figsize=size, layout="constrained", squeeze=False)
    for row, explanation in zip(axes, explanations, strict=True):
        for ax, target in zip(row, wanted, strict=True):
            plot_contributions(explanation, target, num_features=num_features, ax=ax)
    return np.asarray(axes)


def plot_explanations(
    explanations: Sequence[WholeExplanation],
    target: Target | None = None,
    *,
    num_features: int = 20,
    ax: Axes | None = None,
) -> Axes:
    """A heat map: cases beside each other, features below each other, most important first (R lime's).

    Parameters
    ----------
    explanations
        At least one.
    target
        The predicted class of each case by default.
    num_features
        Number of features, those with the largest sum of absolute weights.
    ax
        Where to draw; a new figure by default.
    """
    if not explanations:
        raise InputError("expected at least one explanation to draw, found none")
    table: dict[str, dict[int, float]] = {}
    for number, explanation in enumerate(explanations):
        for c in explanation.contributions(target):
            cells = table.setdefault(c.name, {})
            cells[number] = cells.get(number, 0.0) + c.weight
    order = sorted(table, key=lambda name: -sum(map(abs, table[name].values())))[: checked_features(num_features)]
    matrix = np.full((len(order), len(explanations)), np.nan)
    for row, name in enumerate(order):
        for column, weight in table[name].items():
            matrix[row, column] = weight
    ax = axes_or_new(ax, 3.2 + 0.5 * len(explanations), 1.4 + 0.28 * len(order))
    largest = float(np.abs(matrix[np.isfinite(matrix)]).max(initial=0.0)) or 1.0
    end = LIMIT if all(e.is_distribution for e in explanations) else largest
    drawn = ax.imshow(matrix, cmap=signed_colours(), vmin=-end, vmax=end, aspect="auto")
    ax.set_yticks(range(len(order)), [shown(name, MAX_CELLS) for name in order], **text_style())
    names = [shown(f"{e.case}: {e.label if target is None else target}", 16) for e in explanations]
    ax.set_xticks(range(len(explanations)), names, rotation=45, ha="right", **text_style())
    ax.figure.colorbar(drawn, ax=ax, label="weight", shrink=0.7)
    return ax


def _title(explanation: WholeExplanation, target: Target | None) -> str:
    name = shown(str(explanation.label if target is None else target), 48)
    return (
        f"{name} {explanation.probability_of(target):.3f}\n"
        f"R² {explanation.r2(target):.3f}; {explanation.verdict_of(target).level}"
    )
