"""The importance of features over many explanations, drawn with matplotlib (extra ``plot``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ner_lime.render.plot.canvas import POSITIVE, axes_or_new, plain, shown, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_importance(table: Sequence[tuple[str, float, float]], *, ax: Axes | None = None) -> Axes:
    """Bars of (feature, importance, share) rows, the first at the top."""
    ax = axes_or_new(ax, 6.0, 1.0 + 0.28 * len(table))
    at = range(len(table))
    ax.barh(at, [importance for _, importance, _ in table], height=0.7, color=POSITIVE)
    ax.set_yticks(at, [shown(name, 36) for name, _, _ in table], **text_style())
    ax.invert_yaxis()
    ax.set_xlabel("importance: root of the sum of absolute weights")
    plain(ax)
    return ax
