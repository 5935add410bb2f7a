"""Why a row of a table has its class, or its value."""

from __future__ import annotations

from dataclasses import dataclass

from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.whole import WholeExplanation


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class RowExplanation(WholeExplanation):
    """Why a row has its class or value: the parts of the attribution are descriptions of its cells.

    Attributes
    ----------
    columns : D strings
    cells : D strings
        What the row has in each column, as it is shown.

    Examples
    --------
    >>> model = nl.as_classifier(lambda rows: rows[:, :1], input="row", classes=["price"], is_distribution=False)
    >>> e = nl.TabularExplainer(model, [[1, 5], [3, 5], [5, 6]], feature_names=["area", "age"]).explain([5, 5])
    >>> e.label, e.probability, e.contributions()[0].name, round(e.contributions()[0].weight, 3)
    ('price', 5.0, 'area > 4', 2.0)
    """

    columns: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def data(self) -> str:
        """The row as ``column=cell`` pairs."""
        return ", ".join(f"{column}={cell}" for column, cell in zip(self.columns, self.cells, strict=True))

    def feature(self, contribution: Contribution) -> str:
        """The column, or the columns of a group."""
        return ", ".join(self.columns[part] for part in contribution.indices)

    def feature_value(self, contribution: Contribution) -> str:
        """The cell."""
        return ", ".join(self.cells[part] for part in contribution.indices)

    def name_of(self, contribution: Contribution) -> str:
        """The descriptions of its cells."""
        return ", ".join(self.attribution.parts[part] for part in contribution.indices)
