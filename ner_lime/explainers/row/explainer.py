"""`TabularExplainer`: a model of rows, its training rows and a row in, a `RowExplanation` of all columns out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.classifiers import as_classifier
from ner_lime.classifiers.classifier import Classifier
from ner_lime.errors import InputError
from ner_lime.explainers.row.binned import BinLaw, BinnedSamples, column_of, fit_binned
from ner_lime.explainers.row.binning import BINNINGS, Binning, bin_edges, describe
from ner_lime.explainers.row.mask_function import RowMasks
from ner_lime.explainers.row.table import Table
from ner_lime.explainers.whole import (
    Scene,
    SolverOptions,
    assembled,
    checked_options,
    checked_samples,
    explain_all,
    explained,
)
from ner_lime.explanation.row import RowExplanation
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.law import Law, as_law
from ner_lime.lime.question import Question
from ner_lime.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class RowOptions:
    """How cells are hidden and described, and how the core answers.

    Attributes
    ----------
    hide : "rows" or "typical"
        A hidden cell is that of a training row, averaged over `n_rows` of them; or the column's median (most frequent
        category), which needs one call a mask.
    n_rows : int or None
        Number of training rows that lend their cells; None: all. Their choice is part of the standard errors.
    bins : "quantile", "width", "density", "tree" or None
        How numeric cells are described (and drawn, for `like_lime`): see `ner_lime.explainers.row.binning.bin_edges`.
    n_bins : int
        Number of bins at most.
    neighbourhood : law of masks or None
        `Bernoulli(keep=0.7)` by default. lime's kernel of width w on the binary rows is `Bernoulli(keep_of_width(w))`.
    solver : SolverOptions

    Examples
    --------
    >>> RowOptions(bins="width", n_bins=3).n_rows
    16
    """

    hide: Literal["rows", "typical"] = "rows"
    n_rows: int | None = 16
    bins: Binning | None = "quantile"
    n_bins: int = 4
    neighbourhood: Law | Any | None = None
    solver: SolverOptions = field(default_factory=SolverOptions)

    def __post_init__(self) -> None:
        if self.hide not in ("rows", "typical"):
            raise InputError(f'expected hide "rows" or "typical", found {self.hide!r:.60}')
        if self.bins is not None and self.bins not in BINNINGS:
            raise InputError(f"expected bins {', '.join(map(repr, BINNINGS))} or None, found {self.bins!r:.60}")
        if self.n_rows is not None:
            whole_number(self.n_rows, "n_rows", least=1)
        whole_number(self.n_bins, "n_bins", least=2)


def keep_of_width(width: float) -> float:
    """The keep-rate under which masks come as often as fair ones count under lime's kernel of this width.

    A mask that hides h of D columns has the Euclidean distance sqrt(h) to the full one, so its weight
    sqrt(exp(-h / width^2)) is a product of one factor a hidden column: the weighted law is a product law.

    Examples
    --------
    >>> round(keep_of_width(0.75 * 2), 3)
    0.555
    """
    if not width > 0.0:
        raise InputError(f"expected a kernel width above 0, found {width!r:.60}")
    return float(1.0 / (1.0 + np.exp(-0.5 / width**2)))


class TabularExplainer:
    """Explains why a model gave a row its class or value.

    Parameters
    ----------
    model
        A `Classifier`, a fitted scikit-learn classifier or regressor, a function of rows: see
        `ner_lime.as_classifier` with ``input="row"``.
    train : (N, D) array or pandas DataFrame
        Training rows. The model gets rows of the same form.
    feature_names : D strings, optional
        By default a DataFrame's own.
    categorical : names or indices, optional
        Columns whose cells are categories; by default those that hold no numbers.
    n_samples : int or None
        Number of masks at most; 512 by default. Where all 2^D masks are no more than that, all are asked. Each costs
        ``options.n_rows`` calls.
    random_state : int
        The same call gives the same answer.
    options : RowOptions

    Examples
    --------
    >>> model = nl.as_classifier(lambda rows: rows[:, :1], input="row", classes=["price"], is_distribution=False)
    >>> explainer = TabularExplainer(model, [[1, 5], [3, 5], [5, 6]], feature_names=["area", "age"])
    >>> print(explainer.explain({"area": 1, "age": 5}).contributions()[0])
    area <= 2 -2.000
    """

    _binned: tuple[str, str, float, float | None] | None = None

    def __init__(
        self,
        model: Any,
        train: Any,
        *,
        feature_names: Sequence[str] | None = None,
        categorical: Sequence[str | int] | None = None,
        n_samples: int | None = None,
        random_state: int = 0,
        options: RowOptions | None = None,
    ) -> None:
        self.classifier: Classifier = as_classifier(model, input="row")
        self.table = Table(train, feature_names, categorical)
        self.n_samples = checked_samples(n_samples)
        self.random_state = whole_number(random_state, "random_state", least=0)
        if options is not None and not isinstance(options, RowOptions):
            raise InputError(f"expected options=RowOptions(...), found {options!r:.100}")
        self.options = RowOptions() if options is None else options
        checked_options(self.options.solver)
        law = self.options.neighbourhood
        self.law = Bernoulli() if law is None else as_law(law)
        self.edges = self._edges()

    @classmethod
    def like_lime(
        cls,
        model: Any,
        train: Any,
        *,
        kernel_width: float | None = None,
        n_samples: int = 5000,
        random_state: int = 0,
        **options: Any,
    ) -> Self:
        """lime's own settings: quartile bins, kernel width 0.75 sqrt(D), ridge 1, 5,000 samples.

        With the same seed it draws the rows that ``lime.lime_tabular.LimeTabularExplainer`` draws. lime shows ten
        features: ``e.contributions(num_features=10, selection="auto")``.
        """
        made = cls(model, train, n_samples=n_samples, random_state=random_state, **options)
        width = 0.75 * np.sqrt(made.table.n_columns) if kernel_width is None else kernel_width
        made._binned = ("euclidean", "normal", float(width), 1.0)
        return made

    @classmethod
    def like_r_lime(
        cls, model: Any, train: Any, *, n_samples: int = 5000, random_state: int = 0, **options: Any
    ) -> Self:
        """R lime's defaults: four quantile bins, cells uniform in their bin, Gower's distance, glmnet's small ridge."""
        made = cls(model, train, n_samples=n_samples, random_state=random_state, **options)
        made._binned = ("gower", "uniform", 1.0, 2.0)
        return made

    def explain(
        self, row: Any, *, groups: Sequence[Sequence[str]] | None = None, progress: Progress | None = None
    ) -> RowExplanation:
        """Explain every column (or group of columns) and every class.

        Parameters
        ----------
        row
            An array or list of D cells, a mapping or Series by column, or a DataFrame of one row.
        groups : lists of column names, optional
            Hide and show these columns together; others stand alone.
        progress : callable or None
            Called with (masks done, masks asked for).

        Raises
        ------
        InputError
            A row that does not fit the training rows; groups that overlap.
        ClassifierError
            The model failed (on a missing cell, say), or its answer changes from call to call.
        """
        coded = self.table.encode(row)
        descriptions = tuple(self._describe(number, value) for number, value in enumerate(coded))
        cells = tuple(self.table.cell(number, value) for number, value in enumerate(coded))
        if self._binned is not None:
            if groups is not None:
                raise InputError("expected no groups=: lime's bins hide single columns")
            fields = self._by_bins(coded, descriptions)
        else:
            function = self._function(coded, groups, progress)
            scene = Scene(descriptions, function.components, "columns", self._hiding(function))
            plan = self.options.solver.plan(self.n_samples, is_distribution=self.classifier.is_distribution)
            fields = explained(function, self.classifier, scene, self.law, plan, self.random_state)
            if len(function.background) > 1:
                drawn = function.background_errors(self.law.weight(function.asked_masks()))
                found = fields["attribution"]
                fields["attribution"] = replace(found, std_errors=np.sqrt(found.std_errors**2 + drawn**2))
        return RowExplanation(**fields, columns=self.table.names, cells=cells)

    def explain_many(self, rows: Any, *, progress: Progress | None = None) -> list[RowExplanation]:
        """Explain many rows (an array, a DataFrame, a list of rows); ``case`` numbers them from 1."""
        cases: Iterable[Any] = [rows.iloc[i] for i in range(len(rows))] if hasattr(rows, "iloc") else rows
        return explain_all(self.explain, cases, progress)

    def mask_function(self, row: Any, *, groups: Sequence[Sequence[str]] | None = None) -> RowMasks:
        """The seam between model and core: (n, C) masks of the row in, (n, 1, K) values out."""
        return self._function(self.table.encode(row), groups, None)

    def _function(
        self, coded: FloatArray, groups: Sequence[Sequence[str]] | None, progress: Progress | None
    ) -> RowMasks:
        background, n_population = self._background()
        together = self._components(groups)
        return RowMasks(self.classifier, self.table, coded, background, together, n_population, progress)

    def _background(self) -> tuple[FloatArray, int]:
        """The rows that lend their cells, and the number of those that they stand for."""
        rows = self.table.rows
        if self.options.hide == "typical":
            return self._typical()[None], 1
        n = self.options.n_rows
        if n is None or n >= len(rows):
            return rows, len(rows)
        chosen = np.random.default_rng(self.random_state).choice(len(rows), n, replace=False)
        return rows[np.sort(chosen)], len(rows)

    def _typical(self) -> FloatArray:
        found = np.nanmedian(self.table.rows, axis=0)
        for number in np.flatnonzero(self.table.is_categorical):
            column = self.table.rows[:, number]
            found[number] = np.bincount(column[~np.isnan(column)].astype(np.int64)).argmax()
        return np.asarray(found)

    def _components(self, groups: Sequence[Sequence[str]] | None) -> tuple[tuple[int, ...], ...]:
        names = self.table.names
        chosen = []
        for group in groups or ():
            unknown = [name for name in group if name not in names]
            if unknown or isinstance(group, str):
                raise InputError(
                    f"groups: expected lists of column names ({', '.join(names)[:200]}), found {group!r:.100}"
                )
            chosen.append(tuple(sorted(names.index(name) for name in group)))
        inside = [number for group in chosen for number in group]
        if len(set(inside)) < len(inside):
            raise InputError(f"groups: expected every column once, found {groups!r:.100}")
        return tuple(sorted([*chosen, *((n,) for n in range(len(names)) if n not in inside)]))

    def _hiding(self, function: RowMasks) -> str:
        if self.options.hide == "typical":
            return "typical cells"
        return f"cells of {len(function.background)} of {function.n_population} training rows"

    def _edges(self) -> list[FloatArray]:
        target = None
        if self.options.bins == "tree":
            target = self.classifier(self.table.decode(self.table.rows))[:, -1]
        return [
            np.empty(0) if is_category else bin_edges(column, self.options.bins, self.options.n_bins, target)
            for column, is_category in zip(self.table.rows.T, self.table.is_categorical, strict=True)
        ]

    def _describe(self, number: int, value: float) -> str:
        name = self.table.names[number]
        if self.table.is_categorical[number]:
            return f"{name} = {self.table.cell(number, value)}" if not np.isnan(value) else f"{name} is missing"
        few = len(np.unique(self.table.rows[:, number])) <= 2 and self._binned is None
        return describe(name, value, np.empty(0) if few else self.edges[number])

    def _by_bins(self, coded: FloatArray, descriptions: tuple[str, ...]) -> dict[str, Any]:
        assert self._binned is not None
        kernel, within, width, ridge = self._binned
        if np.isnan(self.table.rows).any() or np.isnan(coded).any():
            raise InputError("expected rows without missing cells: lime's bins have none for them")
        columns = [
            column_of(column, None if is_category else edges)
            for column, is_category, edges in zip(self.table.rows.T, self.table.is_categorical, self.edges, strict=True)
        ]
        samples = BinnedSamples(self.table, columns, coded, within)
        law = BinLaw(samples.shares, kernel, width)
        n_samples = self.n_samples or 5000
        estimate, n_calls = fit_binned(samples, self.classifier, law, n_samples, self.random_state, ridge or 0.0)
        components = tuple((number,) for number in range(self.table.n_columns))
        scene = Scene(descriptions, components, "columns", "cells drawn from bins")
        values = self.classifier(self.table.decode(coded[None]))[0]
        question = Question(_no_function, len(components), law, is_distribution=self.classifier.is_distribution)
        how = (n_calls + 1, self.random_state, ridge)
        return assembled(question, estimate, self.classifier, scene, values, how)


def _no_function(_masks: Any) -> Any:
    raise AssertionError("lime's bins are answered from their samples")
