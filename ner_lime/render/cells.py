"""Laying out text in terminal cells: clipping, padding, columns and bars.

A character is not a cell: CJK and emoji take two, combining marks none. All widths here are cells, as rich counts them.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TypedDict

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ner_lime.errors import InputError
from ner_lime.render.direction import LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT
from ner_lime.render.visible import visible

WIDTH = 80
"""Cells of a line, where nothing else is asked for."""

MIN_WIDTH = 40
"""Minimum width of a text, in cells."""

MIN_HALF_AXIS = 12
"""Cells on each side of an axis from which on its halves are marked."""

PLAIN = str.maketrans({"−": "-", "–": "-", "’": "'", "“": '"', "”": '"', "…": "...", "²": "2", "±": "+-"})
"""The characters of ours that plain ASCII lacks."""

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table; `text` is shown as it is, so it must have gone through `Layout.shown`."""

    text: str
    style: str = ""
    right: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide a line is, and which characters may stand on it."""

    width: int
    unicode: bool

    def shown(self, text: str) -> str:
        """Any string as one harmless line."""
        shown = visible(text, ascii_only=not self.unicode)
        if any(unicodedata.bidirectional(character) in RIGHT_TO_LEFT for character in shown):
            return shown + LEFT_TO_RIGHT_MARK  # or the figures after it would change sides
        return shown

    def own(self, text: str) -> str:
        """Words of ours, without characters that must not stand here."""
        return text if self.unicode else text.translate(PLAIN)

    def clip(self, text: str, cells: int) -> str:
        """At most `cells` cells, with an ellipsis where something is missing."""
        if cell_len(text) <= cells and len(text) <= 8 * cells:  # a cell can carry any number of combining marks
            return text
        ellipsis = "…" if self.unicode else "..."[:cells]
        end = min(len(text), 8 * cells)
        while end and cell_len(text[:end]) > cells - len(ellipsis):
            end -= 1
        return text[:end].rstrip("\u200d") + ellipsis

    def pad(self, text: str, cells: int, *, right: bool = False) -> str:
        """Exactly `cells` cells: clipped or filled with spaces."""
        clipped = self.clip(text, cells)
        filler = " " * (cells - cell_len(clipped))
        return filler + clipped if right else clipped + filler

    def wrap(self, text: Text, *, indent: int = 0, first: str = "") -> list[Text]:
        """As many lines as it takes, the first one beginning with `first`, the others indented."""
        console = Console(width=self.width, file=StringIO(), force_jupyter=False, _environ={})
        lines = text.wrap(console, self.width - indent, overflow="fold")
        heads = [self.pad(first, indent), *[" " * indent] * len(lines)]
        return [Text(head) + line for head, line in zip(heads, lines, strict=False)]

    def flow(self, items: Sequence[str], *, indent: int = 0, style: str = "") -> list[Text]:
        """Items after one another, with commas; a line breaks only between two, unless one alone is too long."""
        lines = [""]
        for item in items:
            piece = item if item is items[-1] else f"{item}, "
            if lines[-1] and cell_len(lines[-1]) + cell_len(piece.rstrip()) > self.width - indent:
                lines.append("")
            lines[-1] += piece
        return [line for whole in lines for line in self.wrap(Text(whole, style), indent=indent)]

    def table(self, rows: Sequence[Sequence[Cell]], *, indent: int = 0) -> list[Text]:
        """Columns as wide as their widest cell; the widest columns give way until a line fits."""
        widths = [max(cell_len(row[column].text) for row in rows) for column in range(len(rows[0]))]
        room = self.width - indent - GAP * (len(widths) - 1)
        while sum(widths) > room:
            widths[widths.index(max(widths))] -= 1
        return [
            Text(" " * indent)
            + Text(" " * GAP).join(
                Text(self.pad(cell.text, cells, right=cell.right), cell.style)
                for cell, cells in zip(row, widths, strict=True)
            )
            for row in rows
        ]

    def bars(self, values: Sequence[float], cells: int, limit: float | None = None) -> list[str]:
        """One signed bar a value around a common axis, none wider than `cells`; none for what is no number.

        `limit` is the value at both ends of the axis, where a longer bar is cut; None: as far as the values go.
        """
        values = [value if math.isfinite(value) else 0.0 for value in values]
        if limit is not None:
            values = [max(-limit, min(limit, value)) for value in values]
        longest_left = max(0.0, *(-value for value in values)) if limit is None else limit
        longest_right = max(0.0, *values) if limit is None else limit
        unit = (cells - 1) / (longest_left + longest_right or 1.0)
        left = round(longest_left * unit)
        full, half_left, half_right, axis = ("█", "▐", "▌", "│") if self.unicode else ("", "", "", "|")
        bars = []
        for value in values:
            halves = min(round(abs(value) * unit * 2), 2 * (left if value < 0 else cells - 1 - left))
            if not self.unicode:
                full = "-" if value < 0 else "+"
            whole, half = full * (halves // 2), halves % 2
            if value < 0:
                bars.append(((half_left if half else "") + whole).rjust(left) + axis)
            else:
                bars.append(" " * left + axis + whole + (half_right if half else ""))
        return bars

    def axis(self, cells: int, limit: float) -> str:
        """The figures above bars of so wide an axis: its ends and its middle, and the halves where there is room."""
        left = round((cells - 1) / 2)
        marks = {0: -limit, left: 0.0, 2 * left: limit}
        if left >= MIN_HALF_AXIS:
            marks |= {left // 2: -limit / 2, left + (left + 1) // 2: limit / 2}
        line = " " * (cells + 2)
        for place, value in sorted(marks.items()):
            figure = f"{value:+g}".replace("0.", ".") if value else "0"
            begin = max(0, min(place - len(figure) // 2, len(line) - len(figure)))
            line = line[:begin] + figure + line[begin + len(figure) :]
        return self.own(line.rstrip())


class Form(TypedDict, total=False):
    """How a text is written.

    width : cells, at least 40; no line is wider. 80 by default.
    color : whether to use ANSI colours; the words of the sentence are then shaded by their weight.
    unicode : False for plain ASCII; other characters are spelled out as Python escapes.
    """

    width: int
    color: bool
    unicode: bool


def layout_for(form: Form, num_features: int | None) -> Layout:
    """Check the options of a text, and make its layout.

    Raises
    ------
    InputError
        Fewer than 40 cells a line, or less than one contribution to show.
    TypeError
        Another option.
    """
    if unknown := form.keys() - Form.__annotations__.keys():
        raise TypeError(f"unexpected option {', '.join(sorted(unknown))}: a text takes width, color and unicode")
    width = form.get("width", WIDTH)
    if width < MIN_WIDTH:
        raise InputError(f"expected a width of at least {MIN_WIDTH} cells, found {width}")
    if num_features is not None and num_features < 1:
        raise InputError(f"expected at least 1 contribution to show, found num_features={num_features}")
    return Layout(width, form.get("unicode", True))


def printed(lines: Sequence[Text], *, color: bool) -> str:
    """Join the lines to one string, with ANSI colours or without; the environment has no say."""
    file = StringIO()
    console = Console(
        file=file,
        width=10_000,
        color_system="256" if color else None,
        force_terminal=color,
        force_jupyter=False,
        no_color=not color,
        legacy_windows=False,
        _environ={},
    )
    for line in lines:
        line.rstrip()
        console.print(line, no_wrap=True, crop=False, overflow="ignore", markup=False, highlight=False, emoji=False)
    return file.getvalue()
