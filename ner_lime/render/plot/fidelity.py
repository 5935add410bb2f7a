"""Fidelity against the number of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ner_lime.explanation.fidelity_curve import FidelityCurve
from ner_lime.render.plot.canvas import NEGATIVE, POSITIVE, axes_or_new, plain, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_fidelity(curve: FidelityCurve, *, ax: Axes | None = None) -> Axes:
    """Draw the fidelity of sampled explanations against the calls they cost, of `ner_lime.metrics.fidelity_by_calls`.

    Lines are medians over the words, bands their middle half.

    Parameters
    ----------
    curve
        What was measured.
    ax
        Where to draw; a new figure by default.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    pyplot()
    figures = {"R²": np.array(curve.r2, dtype=float), "same best label": np.array(curve.top1, dtype=float)}
    ax = axes_or_new(ax, 5.6, 3.6)
    for (name, values), colour, line in zip(figures.items(), (POSITIVE, NEGATIVE), ("-", "--"), strict=True):
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=1)  # NaN, which is not drawn, where unknown
        ax.plot(curve.n_calls, middle, line, color=colour, marker="o", markersize=4, label=name)
        if values.shape[1] > 1:
            ax.fill_between(curve.n_calls, low, high, color=colour, alpha=0.15, linewidth=0)
    ax.set_xscale("log", base=2)
    ax.set_xticks(curve.n_calls, [f"{n:,}" for n in curve.n_calls])
    ax.minorticks_off()
    ax.set_ylim(min(0.0, ax.get_ylim()[0]), 1.02)
    ax.set_xlabel("calls of the tagger")
    ax.set_ylabel("fidelity on fresh masks")
    ax.grid(axis="y", color="#e3e3e3", linewidth=0.6)
    ax.legend(frameon=False, loc="lower right")
    plain(ax)
    return ax
