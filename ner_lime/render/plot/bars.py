"""Signed bars with their intervals: one word and target, or a grid of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explanation import Explanation
from ner_lime.explanation.opening import first_word
from ner_lime.explanation.targets import Contrast, Target
from ner_lime.render.page import signed
from ner_lime.render.plot.canvas import (
    HATCH,
    NEGATIVE,
    POSITIVE,
    QUIET,
    axes_or_new,
    checked_features,
    named,
    plain,
    pyplot,
    target_name,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

NORMAL = 1.96
"""Standard errors in half a 95 % interval."""

ROW, HEAD = 0.3, 1.5
"""Inches: a bar, and what is above and below the bars."""

PER_LINE = 3
"""Facets beside each other where there is only one word or one target."""


def plot_contributions(
    explanation: Explanation,
    word_index: int | None = None,
    *,
    target: Target | None = None,
    num_features: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw what each word adds to one word's probability, largest first, with 95 % intervals where it was sampled.

    Parameters
    ----------
    explanation
        Any.
    word_index
        The word; by default the first explained one that is in an entity.
    target
        A label, an `EntityType`, `AnyEntity` or a `Contrast`; the predicted label by default.
    num_features
        How many; the others are added up in one grey bar.
    ax
        Where to draw; a new figure by default.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    WordIndexError, LabelError, InputError
        A word that was not explained, an unknown label, less than one contribution.
    """
    word = explanation[first_word(explanation) if word_index is None else word_index]
    contributions = word.contributions(target)
    few, rest = contributions[: checked_features(num_features)], contributions[num_features:]
    names = [named(contribution.token, contribution.word_index) for contribution in few]
    weights = [contribution.weight for contribution in few]
    widths = np.array([NORMAL * contribution.std_error for contribution in few])
    if rest:
        names.append(f"{len(rest)} more, sum")
        weights.append(sum(contribution.weight for contribution in rest))
    ax = axes_or_new(ax, 6.0, HEAD + ROW * len(names))
    at = np.arange(len(names))
    colours = [POSITIVE if weight >= 0 else NEGATIVE for weight in weights]
    bars = ax.barh(at, weights, height=0.7, color=colours, edgecolor="white", linewidth=0.0, zorder=2)
    for bar, weight in zip(bars, weights, strict=True):
        if weight < 0:
            bar.set_hatch(HATCH)
    if rest:
        bars[-1].set(color=QUIET, alpha=0.6)
    if widths.any():
        n = len(few)
        ax.errorbar(weights[:n], at[:n], xerr=widths, fmt="none", ecolor="black", elinewidth=1.0, capsize=2.5, zorder=3)
    for place, weight in enumerate(weights):
        ax.text(1.02, place, signed(weight), va="center", fontsize="small", transform=ax.get_yaxis_transform())
    ax.axvline(0.0, color="black", linewidth=0.8, zorder=3)
    ax.set_yticks(at, names, **text_style())
    ax.invert_yaxis()
    ax.margins(x=0.05, y=0.02)
    ax.locator_params(axis="x", nbins=4)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel(_meaning(explanation, target))
    value = word.probability_of(target)
    shown = signed(value) if isinstance(target, Contrast) else f"P {value:.3f}"
    figures = f"{shown}, R² {word.r2(target):.3f}; {word.verdict_of(target).level}"
    title = f"{named(word.token, word.word_index)}\n{target_name(word, target)}\n{figures}"
    ax.set_title(title, loc="left", fontsize="small", **text_style())
    plain(ax)
    ax.spines["left"].set_visible(False)
    return ax


def plot_features(
    explanation: Explanation,
    word_indices: Sequence[int] | None = None,
    *,
    targets: Sequence[Target] | None = None,
    num_features: int = 5,
    axes: Any = None,
) -> NDArray[Any]:
    """Draw a grid of `plot_contributions`: a row a word, a column a target (R lime's ``plot_features``).

    Parameters
    ----------
    explanation
        Any.
    word_indices
        The words; by default those in an entity, else all that were explained.
    targets
        The targets; each word's predicted label by default.
    num_features
        How many in each.
    axes
        One axes a facet, in rows; a new figure by default.

    Returns
    -------
    array of the Axes, (words, targets)

    Raises
    ------
    MissingExtraError, WordIndexError, LabelError, InputError
        As `plot_contributions`; or another number of axes than facets.
    """
    words = _in_entities(explanation) if word_indices is None else list(word_indices)
    wanted: list[Target | None] = [None] if targets is None else list(targets)
    if not words or not wanted:
        raise InputError("expected at least one word and one target to draw, found none")
    figure = None
    if axes is None:
        figure, axes = _grid(len(words), len(wanted), min(num_features, len(explanation.components)) + 1)
    flat = np.asarray(axes, dtype=object).ravel()
    if len(flat) != len(words) * len(wanted):
        raise InputError(f"expected {len(words) * len(wanted)} axes, one a word and target, found {len(flat)}")
    facets = [(word, target) for word in words for target in wanted]
    for ax, (word, target) in zip(flat, facets, strict=True):
        plot_contributions(explanation, word, target=target, num_features=num_features, ax=ax)
        if figure is not None:
            ax.set_xlabel("")
    if figure is not None:
        figure.supxlabel(_meaning(explanation, wanted[-1]), fontsize="medium")
    return flat.reshape(len(words), len(wanted))


def _grid(n_words: int, n_targets: int, n_bars: int) -> tuple[Figure, NDArray[Any]]:
    """Facets of one word or one target run over several lines; what is left of the last line stays empty."""
    n_facets = n_words * n_targets
    columns = n_targets if n_words > 1 and n_targets > 1 else min(PER_LINE, n_facets)
    rows = -(-n_facets // columns)
    size = (4.6 * columns, (HEAD - 0.3 + ROW * n_bars) * rows + 0.3)
    figure, axes = pyplot().subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for ax in axes.ravel()[n_facets:]:
        ax.remove()
    return figure, axes.ravel()[:n_facets]


def _in_entities(explanation: Explanation) -> list[int]:
    inside = {word for span in explanation.predicted_spans for word in range(span.start, span.end)}
    return [word for word in explanation.positions if word in inside] or list(explanation.positions)


def _meaning(explanation: Explanation, target: Target | None) -> str:
    what = "difference" if isinstance(target, Contrast) else "probability"
    if explanation.settings.method == "shapley":
        return f"the word's share of the {what}"
    return f"change of the {what} when the word is seen"
