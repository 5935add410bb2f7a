"""The sentence itself, shaded by what each word adds: a picture for a paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, cast

from ner_lime.explanation import Explanation
from ner_lime.explanation.opening import first_word
from ner_lime.explanation.targets import Target
from ner_lime.render.direction import direction
from ner_lime.render.page import signed
from ner_lime.render.plot.canvas import (
    QUIET,
    checked_features,
    heading,
    pyplot,
    shown,
    signed_colours,
    text_style,
)
from ner_lime.render.scale import clipped, strength

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 504.0
"""Points: the width of a page's text, seven inches."""

SIZE, MIN_SIZE = 12.0, 5.0
"""Points of the words; smaller where given axes leave less room."""

MARGIN, FIRST_LINE, LINE, FIGURE = 0.6, 3.2, 2.6, 0.62
"""In units of the size: the margin, the middle of the first line, from line to line, the figures below the words."""

STRIPES = (0.35, 0.15, 0.0, 0.28)
"""Over what takes away; darker than the darkest orange."""

TITLE, TITLE_LINE = 0.85, 1.3
"""In units of the size: the heading, and each more line of it."""

MAX_CELLS = 48
"""Cells of a word: a line has more."""


@dataclass(frozen=True, slots=True)
class Box:
    """A word, the figure below it, and where it stands: x from the left, y of its middle from above, in points."""

    word: int
    text: str
    figure: str
    x: float
    y: float
    width: float


def plot_sentence(
    explanation: Explanation,
    word_index: int | None = None,
    *,
    target: Target | None = None,
    num_features: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw the words of the sentence, shaded by what they add to one word's probability; that word is framed.

    Blue adds, orange and hatched takes away; the largest have their figure below them. Save the figure as SVG, PDF or
    PNG: ``plot_sentence(explanation, 4).figure.savefig("sentence.svg")``. A sentence that begins in a script that is
    written from right to left runs from right to left.

    Parameters
    ----------
    explanation
        Any.
    word_index
        The word; by default the first explained one that is in an entity.
    target
        A label, an `EntityType`, `AnyEntity` or a `Contrast`; the predicted label by default.
    num_features
        How many figures.
    ax
        Where to draw: the words are wrapped to its width, and made smaller where its height is too small. A new figure
        by default.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    WordIndexError, LabelError, InputError
        A word that was not explained, an unknown label, less than one figure.
    """
    word = explanation[first_word(explanation) if word_index is None else word_index]
    attribution = word.attribution
    contributions = attribution.contributions(target)
    seen = [c for c in contributions if strength(c.weight)]
    weights = {index: c.weight for c in seen for index in c.word_indices}
    told = {c.word_index: signed(c.weight, 2) for c in seen[: checked_features(num_features)]}
    figure = None if ax is not None else pyplot().figure(figsize=(WIDTH / 72, 1.0))
    ax = ax or cast("Figure", figure).add_axes((0, 0, 1, 1))
    space = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
    width, room, size = 72 * space.width, 72 * space.height, SIZE

    def laid_out(size: float) -> tuple[str, list[Box]]:
        title = heading(attribution, word.token, target, width=(width - 2 * MARGIN * size) / (TITLE * size))
        return title, _laid_out(ax, explanation, told, size, width, FIRST_LINE + TITLE_LINE * title.count("\n"))

    title, boxes = laid_out(size)
    while figure is None and size > MIN_SIZE and _height(boxes, size) > room:
        size -= 0.5
        title, boxes = laid_out(size)
    height = _height(boxes, size)
    if figure is None:
        height = max(height, room)
    else:
        figure.set_size_inches(WIDTH / 72, height / 72)
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    side, x = ("right", width - MARGIN * size) if _leftwards(explanation) else ("left", MARGIN * size)
    style = {"ha": side, "multialignment": side, "va": "top", "linespacing": 1.3, **text_style()}
    ax.text(x, 0.6 * size, title, fontsize=TITLE * size, color=QUIET, **style)
    for box in boxes:
        _draw(ax, box, clipped(weights.get(box.word, 0.0)), size, framed=box.word == word.word_index)
    return ax


def _laid_out(
    ax: Axes, explanation: Explanation, told: dict[int, str], size: float, width: float, first: float
) -> list[Box]:
    """Wrap the words to the width, with a gap only where the text has one; the first line is at `first` sizes."""
    leftwards = _leftwards(explanation)
    margin, x, y, end = MARGIN * size, MARGIN * size, first * size, 0
    boxes: list[Box] = []
    for index, (token, (start, stop)) in enumerate(zip(explanation.tokens, explanation.offsets, strict=True)):
        text, figure = _fitted(ax, token, size, width - 2 * margin - 0.5 * size), told.get(index, "")
        wide = max(_measured(ax, text, size) + 0.5 * size, _measured(ax, figure, FIGURE * size) + 0.2 * size)
        if boxes:
            x += (0.28 if start > end else 0.06) * size
        if x + wide > width - margin and x > margin:
            x, y = margin, y + LINE * size
        boxes.append(Box(index, text, figure, width - x - wide if leftwards else x, y, wide))
        x, end = x + wide, stop
    return _turned(boxes, [direction(token) for token in explanation.tokens], "rtl" if leftwards else "ltr")


def _turned(boxes: list[Box], directions: list[str | None], sentence: str) -> list[Box]:
    """Let each phrase that runs against the sentence run its own way; what has no direction belongs to it inside."""
    turned, begin = list(boxes), 0
    while begin < len(boxes):
        end = begin
        line = [box for box in boxes[begin:] if box.y == boxes[begin].y]
        for box in takewhile(lambda box: directions[box.word] != sentence, line):
            end = box.word + 1 if directions[box.word] else end
        phrase = boxes[begin:end]
        both = min((box.x for box in phrase), default=0.0) + max((box.x + box.width for box in phrase), default=0.0)
        turned[begin:end] = [replace(box, x=both - box.x - box.width) for box in phrase]
        begin = max(end, begin + 1)
    return turned


def _height(boxes: list[Box], size: float) -> float:
    return boxes[-1].y + 2.1 * size


def _fitted(ax: Axes, token: str, size: float, room: float) -> str:
    """As much of a token as there is room for."""
    cells = MAX_CELLS
    while _measured(ax, text := shown(token, cells), size) > room and cells > 1:
        cells -= 1
    return text


def _measured(ax: Axes, text: str, size: float) -> float:
    """The width of a text in points, as this figure draws it."""
    if not text:
        return 0.0
    artist = ax.text(0, 0, text, fontsize=size, **text_style())
    extent = artist.get_window_extent()
    artist.remove()
    return float(extent.width) * 72 / ax.figure.dpi


def _draw(ax: Axes, box: Box, share: float, size: float, *, framed: bool) -> None:
    """One word; `share` is its weight as a share of the end of the scale."""
    from matplotlib.patches import FancyBboxPatch

    corner, rounded = (box.x, box.y - 0.8 * size), f"round,pad=0,rounding_size={0.25 * size}"
    shape = partial(FancyBboxPatch, corner, box.width, 1.6 * size, boxstyle=rounded)
    if share:
        ax.add_patch(shape(facecolor=signed_colours()(0.5 + 0.5 * share), edgecolor="none"))
    if share < 0:
        ax.add_patch(shape(facecolor="none", edgecolor=STRIPES, linewidth=0.0, hatch="//"))
    if framed:
        ax.add_patch(shape(facecolor="none", edgecolor="black", linewidth=1.4))
    style: dict[str, Any] = {"ha": "center", "va": "center", **text_style()}
    middle, ink = box.x + box.width / 2, "white" if share > 0.6 else "black"
    ax.text(middle, box.y, box.text, fontsize=size, color=ink, **style)
    ax.text(middle, box.y + 1.25 * size, box.figure, fontsize=FIGURE * size, color=QUIET, **style)


def _leftwards(explanation: Explanation) -> bool:
    return direction("".join(explanation.tokens)) == "rtl"
