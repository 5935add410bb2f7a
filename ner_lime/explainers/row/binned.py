"""lime's and R lime's neighbourhood of a row: every column is drawn from the training rows' bins.

A component is "the drawn cell is in the same bin (or has the same category) as the row". The binary rows are weighed by
their distance to the full one, and a ridge regression is fitted to the answers (Ribeiro, Singh, Guestrin, KDD 2016;
R lime's defaults).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ner_lime.classifiers.classifier import Classifier
from ner_lime.explainers.row.table import Table
from ner_lime.lime.fidelity import measure
from ner_lime.lime.law import Law
from ner_lime.lime.linear import leave_one_out, linear_map, sandwich
from ner_lime.lime.question import Estimate, Samples
from ner_lime.types import FloatArray, IntArray, Masks

HELD_OUT = 256
"""Number of further samples on which the fidelity is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What the training rows have in one column, by bin (or category).

    Attributes
    ----------
    bins : (b,) int
        The bins that have rows, rising.
    shares : (b,)
        How often each comes.
    edges : (e,) or None
        Inner edges; None for categories.
    low, high, mean, spread : (e + 1,)
        Of the cells in each bin, by its number; empty for categories.
    """

    bins: IntArray
    shares: FloatArray
    edges: FloatArray | None
    low: FloatArray
    high: FloatArray
    mean: FloatArray
    spread: FloatArray

    def bin_of(self, value: float) -> int:
        """The bin of a cell; its code for a category."""
        return int(value) if self.edges is None else int(np.searchsorted(self.edges, value))


def column_of(values: FloatArray, edges: FloatArray | None) -> Column:
    """What one column (N,) of the training rows has."""
    places = values.astype(np.int64) if edges is None else np.searchsorted(edges, values)
    found, counts = np.unique(places, return_counts=True)
    empty = np.empty(0)
    if edges is None:
        return Column(found, counts / len(values), None, empty, empty, empty, empty)
    inside = [values[places == number] for number in range(len(edges) + 1)]
    return Column(
        bins=found,
        shares=counts / len(values),
        edges=edges,
        low=np.array([values.min(), *edges]),
        high=np.array([*edges, values.max()]),
        mean=np.array([cells.mean() if len(cells) else 0.0 for cells in inside]),
        spread=np.array([(cells.std() if len(cells) else 0.0) + 1e-11 for cells in inside]),
    )


@dataclass(frozen=True, slots=True)
class BinLaw(Law):
    """The law of the binary rows: each column is in the row's bin as often as the training rows are.

    Attributes
    ----------
    shares : D floats
        The share of the training rows in the row's bin, by column.
    kernel : "euclidean" or "gower"
        sqrt(exp(-d^2 / width^2)), d the Euclidean distance of the binary rows; or 1 - Gower's distance of the rows,
        which masks alone do not tell (as if the numeric cells outside of the bin were half a range away).
    width : float
    """

    shares: tuple[float, ...]
    kernel: str
    width: float

    @property
    def words(self) -> str:
        """The law as pages and tables name it."""
        return "bins of the training rows, " + (
            f"kernel width {self.width:.3g}" if self.kernel == "euclidean" else "Gower's distance"
        )

    def draw(self, rng: np.random.Generator, n: int, n_components: int) -> Masks:
        """n independent masks, (n, C)."""
        return rng.random((n, n_components)) < np.array(self.shares)

    def weight(self, masks: Masks) -> FloatArray:
        """(n,): the kernel."""
        hidden = (~masks).sum(axis=1)
        if self.kernel == "euclidean":
            return np.asarray(np.sqrt(np.exp(-hidden / self.width**2)))
        return np.asarray(1.0 - 0.5 * hidden / masks.shape[1])


class BinnedSamples:
    """Draws of rows around one row. Columns follow each other, so that lime's own stream of random numbers fits.

    Parameters
    ----------
    table : Table
    columns : D `Column`
    row : (D,)
    within : "normal" or "uniform"
        How a cell is drawn from its bin: a truncated normal distribution with the bin's mean and spread (lime), or
        uniformly (R lime).
    """

    def __init__(self, table: Table, columns: list[Column], row: FloatArray, within: str) -> None:
        self.table = table
        self.columns = columns
        self.row = row
        self.within = within
        self.places = [column.bin_of(value) for column, value in zip(columns, row, strict=True)]

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of the training rows in the row's bin, by column."""
        return tuple(
            float(column.shares[column.bins == place].sum())
            for column, place in zip(self.columns, self.places, strict=True)
        )

    def draw(self, random: Any, n: int) -> tuple[Masks, FloatArray]:
        """(n, D) binary rows and (n, D) rows; the first is the row itself. `random` is a `numpy.random.RandomState`."""
        masks = np.ones((n, len(self.columns)), dtype=bool)
        drawn = np.empty((n, len(self.columns)))
        for number, (column, place) in enumerate(zip(self.columns, self.places, strict=True)):
            bins = random.choice(column.bins, size=n, replace=True, p=column.shares)
            masks[1:, number] = bins[1:] == place
            drawn[:, number] = bins
        for number, column in enumerate(self.columns):
            if column.edges is not None:
                drawn[1:, number] = self._cells(random, column, drawn[1:, number].astype(np.int64))
        drawn[0] = self.row
        return masks, drawn

    def _cells(self, random: Any, column: Column, bins: IntArray) -> FloatArray:
        low, high = column.low[bins], column.high[bins]
        if self.within == "uniform":
            return np.asarray(low + random.random_sample(len(bins)) * (high - low))
        from scipy.stats import truncnorm

        mean, spread = column.mean[bins], column.spread[bins]
        first, last = (low - mean) / spread, (high - mean) / spread
        cells, wide = first.copy(), first != last
        cells[wide] = truncnorm.rvs(first[wide], last[wide], loc=mean[wide], scale=spread[wide], random_state=random)
        return cells


def gower(row: FloatArray, rows: FloatArray, is_categorical: Any) -> FloatArray:
    """(n,): distances of rows (n, D) to one (Gower, Biometrics 1971).

    The mean over the columns of |difference| / range, and of 0 or 1 for categories.
    """
    together = np.vstack([row, rows])
    span = np.ptp(together, axis=0)
    parts = np.abs(rows - row) / np.where(span > 0.0, span, 1.0)
    parts[:, is_categorical] = (rows != row)[:, is_categorical]
    return np.asarray(parts.mean(axis=1))


def fit_binned(
    samples: BinnedSamples, classifier: Classifier, law: BinLaw, n_samples: int, random_state: int, ridge: float
) -> tuple[Estimate, int]:
    """The ridge regression on the binary rows, its standard errors and its fidelity on fresh rows; and the calls."""
    random = np.random.RandomState(random_state)
    masks, rows = samples.draw(random, n_samples)
    values = classifier(samples.table.decode(rows))
    weight = _weights(samples, law, masks, rows)
    fit = linear_map(masks, weight, ridge=ridge)
    bias, weights = fit.fit(values)
    errors = sandwich(fit, leave_one_out(fit, masks, values))
    fresh, fresh_rows = samples.draw(random, HELD_OUT + 1)
    answers = classifier(samples.table.decode(fresh_rows[1:]))
    fidelity = measure(
        fresh[1:],
        _weights(samples, law, fresh[1:], fresh_rows[1:])[:, None],
        answers[:, None],
        bias[None],
        weights.T[None],
        measured_on=f"{HELD_OUT} fresh rows",
        is_distribution=classifier.is_distribution,
    )
    found = Samples(masks, weight[:, None], values[:, None])
    estimate = Estimate(bias[None], weights.T[None], errors.T[None], fidelity, "linear fit", None, found)
    return estimate, n_samples + HELD_OUT


def _weights(samples: BinnedSamples, law: BinLaw, masks: Masks, rows: FloatArray) -> FloatArray:
    if law.kernel == "euclidean":
        return law.weight(masks)
    return np.maximum(1.0 - gower(samples.row, rows, samples.table.is_categorical), 0.0)
