"""The influence of every word on every other, as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ner_lime.explanation import Explanation, component_text
from ner_lime.explanation.targets import Target, coefficients
from ner_lime.render.plot.canvas import (
    QUIET,
    axes_or_new,
    named,
    pyplot,
    signed_colours,
    target_name,
    text_style,
)
from ner_lime.render.scale import HARDLY, LIMIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_CELL, MIN_CELL = 0.36, 0.17
"""Inches: a cell of a short sentence, and of a long one."""

SIDE = 9.0
"""Inches that the cells of a long sentence share."""


def plot_matrix(explanation: Explanation, *, target: Target | None = None, ax: Axes | None = None) -> Axes:
    """Draw what each word (a column) adds to the label of each explained word (a row); R lime's ``plot_explanations``.

    A cell is blue with a plus, or orange with a minus.

    Parameters
    ----------
    explanation
        Any.
    target
        The same for all words; each word's predicted label by default.
    ax
        Where to draw; a new figure by default.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    LabelError
        An unknown label.
    """
    pyplot()
    from matplotlib.patches import Rectangle

    words = list(explanation)
    targets = [
        coefficients(word.label if target is None else target, explanation.labels, explanation.scheme) for word in words
    ]
    weights = np.stack([row @ explanation.weights[word.row] for row, word in zip(targets, words, strict=True)])
    n_rows, n_columns = weights.shape
    cell = min(MAX_CELL, max(MIN_CELL, SIDE / max(n_rows, n_columns)))
    ax = axes_or_new(ax, 4.2 + cell * n_columns, 2.4 + cell * n_rows)
    size = min(9.0, 72 * 0.62 * cell)
    image = ax.imshow(weights, cmap=signed_colours(), vmin=-LIMIT, vmax=LIMIT, aspect="equal", interpolation="nearest")
    for sign, marker in ((1, "+"), (-1, "_")):
        at = np.argwhere(sign * weights >= HARDLY)
        ink = ["white" if abs(weights[row, column]) > 0.6 * LIMIT else "black" for row, column in at]
        ax.scatter(at[:, 1], at[:, 0], s=(0.55 * size) ** 2, marker=marker, c=ink, linewidth=0.9)
    for word in words:
        for column in [c for c, indices in enumerate(explanation.components) if word.word_index in indices]:
            corner = column - 0.5, word.row - 0.5
            ax.add_patch(Rectangle(corner, 1.0, 1.0, fill=False, edgecolor=QUIET, linewidth=1.0))
    columns = [named(component_text(indices, explanation.tokens), indices[0]) for indices in explanation.components]
    lines = [f"{named(word.token, word.word_index)}  {target_name(word, target)}" for word in words]
    ax.set_xticks(np.arange(n_columns), columns, rotation=90, fontsize=size, **text_style())
    ax.set_yticks(np.arange(n_rows), lines, fontsize=size, **text_style())
    ax.tick_params(length=0)
    ax.set_xlabel("seen or hidden")
    ax.set_ylabel("explained")
    ax.spines[:].set_visible(False)
    tall = min(1.0, 2.5 / (cell * n_rows))
    ax.figure.colorbar(image, ax=ax, shrink=tall, pad=0.02, label="change of the probability", aspect=20 * tall)
    return ax
