"""Bins of a numeric column, and how a cell is described: "3.25 < bare nuclei <= 5.50"."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np

from ner_lime.errors import InputError
from ner_lime.types import FloatArray

Binning: TypeAlias = Literal["quantile", "width", "density", "tree"]

BINNINGS = get_args(Binning)


def bin_edges(column: FloatArray, binning: Binning | None, n_bins: int, target: FloatArray | None = None) -> FloatArray:
    """The inner edges of the bins of a column (N,), at most `n_bins` - 1 of them, rising; a bin is (edge, next edge].

    Parameters
    ----------
    column : (N,)
        NaN where a cell is missing: those are left out.
    binning : Binning or None
        "quantile": bins with equally many rows; "width": equally wide; "density": cut at the lowest points of a
        smoothed histogram; "tree": where a decision tree that predicts `target` from the column splits it; None: none.
    n_bins : int
    target : (N,) or None
        For "tree".

    Raises
    ------
    InputError
        An unknown way, or "tree" without a target.
    """
    if binning is not None and binning not in BINNINGS:
        raise InputError(f"expected bins {', '.join(map(repr, BINNINGS))} or None, found {binning!r:.60}")
    seen = ~np.isnan(column)
    values = column[seen]
    if binning is None or n_bins < 2 or len(np.unique(values)) < 2:
        return np.empty(0)
    if binning == "quantile":
        edges = np.percentile(values, 100.0 * np.arange(1, n_bins) / n_bins)
    elif binning == "width":
        edges = np.linspace(values.min(), values.max(), n_bins + 1)[1:-1]
    elif binning == "density":
        edges = _valleys(values, n_bins)
    else:
        if target is None:
            raise InputError('bins="tree" needs what the model answers to the training rows')
        edges = _splits(values, np.asarray(target)[seen], n_bins)
    return np.unique(edges)


def describe(name: str, value: float, edges: FloatArray) -> str:
    """The bin that a value is in, in words."""
    if np.isnan(value):
        return f"{name} is missing"
    if not len(edges):
        return f"{name} = {value:g}"
    place = int(np.searchsorted(edges, value))
    shown = _rounded(edges)
    if place == 0:
        return f"{name} <= {shown[0]}"
    if place == len(edges):
        return f"{name} > {shown[-1]}"
    return f"{shown[place - 1]} < {name} <= {shown[place]}"


def _rounded(edges: FloatArray) -> list[str]:
    """With two decimals, more where they would look alike, none where all are whole."""
    if (edges == np.round(edges)).all():
        return [f"{edge:.0f}" for edge in edges]
    for decimals in range(2, 12):
        shown = [f"{edge:.{decimals}f}" for edge in edges]
        if len(set(shown)) == len(shown) and all(float(s) or not e for s, e in zip(shown, edges, strict=True)):
            return shown
    return [f"{edge:g}" for edge in edges]


def _valleys(values: FloatArray, n_bins: int) -> FloatArray:
    """The deepest local minima of a histogram of 64 cells smoothed over 5."""
    counts, borders = np.histogram(values, bins=64)
    smooth = np.convolve(counts, np.ones(5) / 5.0, mode="same")
    inner = np.arange(1, 63)
    is_low = (smooth[inner] <= smooth[inner - 1]) & (smooth[inner] < smooth[inner + 1])
    lows = inner[is_low]
    peak = np.minimum(np.maximum.accumulate(smooth)[lows], np.maximum.accumulate(smooth[::-1])[::-1][lows])
    deepest = lows[np.argsort(smooth[lows] - peak, kind="stable")][: n_bins - 1]
    return np.asarray(0.5 * (borders[deepest] + borders[deepest + 1]))


def _splits(values: FloatArray, target: FloatArray, n_bins: int) -> FloatArray:
    from sklearn.tree import DecisionTreeRegressor

    tree = DecisionTreeRegressor(max_leaf_nodes=n_bins, min_samples_leaf=max(1, len(values) // 50), random_state=0)
    fitted = tree.fit(values[:, None], target).tree_
    return np.asarray(fitted.threshold[fitted.children_left >= 0])
