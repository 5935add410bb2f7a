"""Signed bars with their intervals: one word and target, or a grid of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explanation import Explanation, TokenExplanation
from ner_lime.explanation.opening import first_word
from ner_lime.explanation.targets import Contrast, Target
from ner_lime.render.page import signed
from ner_lime.render.plot.canvas import (
    HATCH,
    QUIET,
    axes_or_new,
    checked_features,
    colour,
    ems,
    heading,
    named,
    plain,
    pyplot,
    text_style,
)
from ner_lime.render.scale import HARDLY, LIMIT, TICKS, clipped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

NORMAL = 1.96
"""Standard errors in half a 95 % interval."""

WIDTH, FACET, ROW, HEAD, LINE = 6.0, 4.6, 0.3, 1.2, 0.15
"""Inches: a picture, a facet of a grid, a bar, what is above and below the bars, and each more line of the heading."""

FIGURES, MIN_AXES = 0.9, 1.6
"""Inches: the figures beside the bars with the margins, and what the axes have at least."""

TITLE, TICK = 8.33 / 72, 10 / 72
"""Inches: an em of the heading, and of the names of the bars."""

MORE_LINES = 2
"""Lines of the heading of a facet of a grid, beyond the first, that there is room for."""

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
        Number of bars; the others are added up in one grey bar, and so are those that are zero to three decimals.
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
    return _draw(word, target, num_features, ax)


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
        _draw(explanation[word], target, num_features, ax, facet=True)
        if figure is not None:
            ax.set_xlabel("")
    if figure is not None:
        figure.supxlabel(_meaning(explanation, wanted[-1]), fontsize="medium")
    return flat.reshape(len(words), len(wanted))


def _draw(
    word: TokenExplanation, target: Target | None, num_features: int, ax: Axes | None, *, facet: bool = False
) -> Axes:
    """The bars of one word; a facet says what was predicted, and leaves it to its bars to say why."""
    attribution = word.attribution
    contributions = attribution.contributions(target)
    n_shown = sum(signed(c.weight) != "0.000" for c in contributions[: checked_features(num_features)]) or 1
    few, rest = contributions[:n_shown], contributions[n_shown:]
    names = [named(contribution.token, contribution.word_index) for contribution in few]
    weights = [contribution.weight for contribution in few]
    widths = np.array([NORMAL * contribution.std_error for contribution in few])
    if rest:
        names.append(f"{len(rest)} more, sum")
        weights.append(sum(contribution.weight for contribution in rest))
    pyplot()
    room = WIDTH if ax is None else ax.get_window_extent().width / ax.figure.dpi
    if ax is None or ax.figure.get_layout_engine() is not None:  # which makes room for the names beside the axes
        room = max(MIN_AXES, room - FIGURES - TICK * max(map(ems, names)))
    title = heading(attribution, word.token, target, width=room / TITLE, brief=facet)
    ax = axes_or_new(ax, WIDTH, HEAD + ROW * len(names) + LINE * title.count("\n"))
    at = np.arange(len(names))
    lengths = [clipped(weight) for weight in weights]
    colours = [colour(weight) for weight in weights]
    bars = ax.barh(at, lengths, height=0.7, color=colours, edgecolor="white", linewidth=0.0, zorder=2)
    for bar, weight in zip(bars, weights, strict=True):
        if weight <= -HARDLY:
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
    ax.margins(y=0.02)
    ax.set_xlim(-LIMIT, LIMIT)
    ax.set_xticks(TICKS, ["−1", "−.5", "0", "+.5", "+1"])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel(_meaning(word.explanation, target))
    ax.set_title(title, loc="left", fontsize="small", **text_style())
    plain(ax)
    ax.spines["left"].set_visible(False)
    return ax


def _grid(n_words: int, n_targets: int, n_bars: int) -> tuple[Figure, NDArray[Any]]:
    """Facets of one word or one target run over several lines; what is left of the last line stays empty."""
    n_facets = n_words * n_targets
    columns = n_targets if n_words > 1 and n_targets > 1 else min(PER_LINE, n_facets)
    rows = -(-n_facets // columns)
    size = (FACET * columns, (HEAD - 0.3 + ROW * n_bars + LINE * MORE_LINES) * rows + 0.3)
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
