"""A row whose columns can be hidden: training rows lend their cells.

A hidden cell is that of a training row, and what the model answers is averaged over the rows of the background: the
interventional (marginal) expectation. Each background row is one way to hide, so the spread of the weights over them
says how exact the average is.
"""

from __future__ import annotations

import numpy as np

from ner_lime.classifiers.classifier import Classifier
from ner_lime.explainers.row.table import Table
from ner_lime.lime.linear import linear_map
from ner_lime.types import FloatArray, Masks, Progress, Values

ROWS_AT_ONCE = 2**14
"""Number of rows that are built at once."""


class RowMasks:
    """One row under one model.

    Parameters
    ----------
    classifier : Classifier
    table : Table
    row : (D,)
        Coded as the table codes it.
    background : (B, D)
        Rows that lend their cells.
    components : C tuples of column indices
    n_population : int
        Number of rows that the background was drawn from.
    progress : callable or None
    """

    def __init__(
        self,
        classifier: Classifier,
        table: Table,
        row: FloatArray,
        background: FloatArray,
        components: tuple[tuple[int, ...], ...],
        n_population: int,
        progress: Progress | None = None,
    ) -> None:
        self.classifier = classifier
        self.table = table
        self.row = row
        self.background = background
        self.components = components
        self.n_population = n_population
        self.progress = progress
        self.n_calls = 0
        self._owner = np.empty(table.n_columns, dtype=np.int64)
        for number, columns in enumerate(components):
            self._owner[list(columns)] = number
        self._asked: list[tuple[Masks, Values]] = []

    @property
    def n_components(self) -> int:
        """C."""
        return len(self.components)

    def __call__(self, masks: Masks, /) -> Values:
        """(n, C) masks to (n, 1, K) values, averaged over the background."""
        n_rows = len(self.background)
        answers = np.empty((len(masks), n_rows, len(self.classifier.classes)))
        size = max(1, ROWS_AT_ONCE // n_rows)
        for first in range(0, len(masks), size):
            part = masks[first : first + size]
            full = part.all(axis=1)
            if full.any():  # nothing is drawn: one call says all
                answers[first : first + len(part)][full] = self._ask(self.row[None])
            if not full.all():
                shown = part[~full][:, self._owner]
                rows = np.where(shown[:, None, :], self.row, self.background[None])
                found = self._ask(rows.reshape(-1, self.table.n_columns))
                answers[first : first + len(part)][~full] = found.reshape(-1, n_rows, found.shape[1])
            if self.progress is not None:
                self.progress(min(first + size, len(masks)), len(masks))
        if n_rows > 1:
            self._asked.append((masks, answers.astype(np.float32)))
        return np.asarray(answers.mean(axis=1)[:, None, :])

    def background_errors(self, law_weight: FloatArray | None = None) -> FloatArray:
        """(K, C): standard errors of the weights by the choice of the background rows.

        Each background row has weights of its own, by the linear fit to the answers with its cells; the error of their
        mean has the correction for a finite population, so that it is 0 where every training row took part.
        """
        n_rows, n_classes = len(self.background), len(self.classifier.classes)
        if n_rows < 2 or not self._asked:
            return np.zeros((n_classes, self.n_components))
        masks = np.concatenate([asked for asked, _ in self._asked])
        answers = np.concatenate([found for _, found in self._asked])
        fit = linear_map(masks, np.ones(len(masks)) if law_weight is None else law_weight)
        _, weights = fit.fit(answers.reshape(len(masks), -1).astype(np.float64))
        spread = weights.reshape(self.n_components, n_rows, n_classes).std(axis=1, ddof=1)
        left_out = max(0.0, 1.0 - n_rows / self.n_population)
        return np.asarray((spread * np.sqrt(left_out / n_rows)).T)

    def asked_masks(self) -> Masks:
        """(n, C): all masks that were asked so far, in order."""
        return np.concatenate([masks for masks, _ in self._asked])

    def _ask(self, rows: FloatArray) -> FloatArray:
        self.n_calls += len(rows)
        return self.classifier(self.table.decode(rows))
