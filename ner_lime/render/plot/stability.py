"""One word's contributions under several seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ner_lime.explanation.stability import Stability
from ner_lime.render.plot.canvas import (
    MAX_TOKEN_CELLS,
    NEGATIVE,
    POSITIVE,
    QUIET,
    axes_or_new,
    checked_features,
    named,
    plain,
    pyplot,
    shown,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COMPARED = 5
"""Number of largest contributions whose overlap between seeds the title tells."""


def plot_stability(found: Stability, *, num_features: int = 10, ax: Axes | None = None) -> Axes:
    """Draw one word's contributions under several seeds, of `ner_lime.metrics.stability`: a dot a seed, the mean a bar.

    Parameters
    ----------
    found
        What was measured.
    num_features
        Number of contributions drawn, those with the largest means.
    ax
        Where to draw; a new figure by default.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    InputError
        Less than one contribution.
    """
    pyplot()
    by_seed, mean, n_seeds = np.array(found.weights), np.array(found.means), len(found.seeds)
    order = np.argsort(-np.abs(mean), kind="stable")[: checked_features(num_features)]
    names = [named(found.names[c], found.components[c][0]) for c in order]
    at = np.arange(len(order))
    ax = axes_or_new(ax, 6.0, 1.5 + 0.3 * len(order))
    ax.barh(at, mean[order], height=0.62, color=[POSITIVE if m >= 0 else NEGATIVE for m in mean[order]], alpha=0.35)
    offsets = np.linspace(-0.22, 0.22, n_seeds) if n_seeds > 1 else np.zeros(1)
    for values, offset in zip(by_seed, offsets, strict=True):
        ax.scatter(values[order], at + offset, s=9, color="black", linewidth=0, zorder=3)
    ax.axvline(0.0, color=QUIET, linewidth=0.8)
    ax.set_yticks(at, names, **text_style())
    ax.invert_yaxis()
    ax.margins(y=0.02)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(f"contribution under {n_seeds} seeds; the bar is the mean")
    ax.set_title(_title(found), loc="left", fontsize="small", **text_style())
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.6)
    ax.set_axisbelow(True)
    plain(ax)
    ax.spines["left"].set_visible(False)
    return ax


def _title(found: Stability) -> str:
    overlap, size = found.overlap(COMPARED), min(COMPARED, len(found.components))
    agreeing = "one seed" if overlap is None else f"two seeds share {overlap:.0%} of the {size} largest"
    return f"{named(found.token, found.word_index)}\n{shown(str(found.target), 2 * MAX_TOKEN_CELLS)}\n{agreeing}"
