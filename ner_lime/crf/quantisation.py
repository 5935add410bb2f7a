"""Quantisation of weighted points by recursive bisection: few regions where the probability is, none where it is not.

A grid has a cell for every combination of coordinates that occurs, however improbable; in tens of dimensions that is
nearly every point. Here a region is cut in two, across the coordinate of its largest variance at its mean, until its
*distortion*, the sum of probability x squared distance from the mean, is small enough: the tree-structured vector
quantiser of Buzo, Gray, Gray and Markel (IEEE Transactions on ASSP 1980), with the threshold on a region's share of the
distortion as in Riskin and Gray (IEEE Transactions on Signal Processing 1991).
"""

from __future__ import annotations

import numpy as np

from ner_lime.types import FloatArray, IntArray


def bisect(
    points: FloatArray, probability: FloatArray, cell: IntArray, threshold: FloatArray
) -> tuple[IntArray, IntArray]:
    """Cut the points of each cell into regions whose distortion is at most `threshold`.

    Parameters
    ----------
    points : (m, D)
    probability : (m,)
        Weights > 0.
    cell : (m,) int
        Points of different cells are never in the same region.
    threshold : (m,)
        Maximum distortion of a region, the same for all points of a cell.

    Returns
    -------
    order : (m,) int
        The points in the order of their regions, and the regions in the order of their cells.
    starts : (n,) int
        Where each region begins in `order`.
    """
    order = cell.argsort(kind="stable")
    in_order = cell[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = in_order[1:] != in_order[:-1]
    places = np.arange(len(order))
    while len(places):
        rows = order[places]
        starts = np.flatnonzero(first[places])
        region = np.cumsum(first[places]) - 1
        weight, offset = probability[rows][:, None], points[rows]
        mass = np.add.reduceat(weight, starts)
        offset -= (np.add.reduceat(weight * offset, starts) / mass)[region]
        variance = np.add.reduceat(weight * offset * offset, starts)
        total = variance.sum(axis=1)
        cut = (total > threshold[rows[starts]])[region]
        if not cut.any():
            break
        places, rows, region, offset = places[cut], rows[cut], region[cut], offset[cut]
        along = offset[np.arange(len(rows)), variance.argmax(axis=1)[region]]
        above = along > 0.0
        # A mean that rounds to the largest coordinate has no point above it: there the points below are cut off.
        begins = np.flatnonzero(np.diff(region, prepend=-1))
        above = np.where(
            np.repeat(np.logical_or.reduceat(above, begins), np.diff(begins, append=len(rows))), above, along >= 0.0
        )
        half = 2 * region + above
        turn = half.argsort(kind="stable")
        order[places] = rows[turn]
        half = half[turn]
        first[places[1:][half[1:] != half[:-1]]] = True
    return order, np.flatnonzero(first)
