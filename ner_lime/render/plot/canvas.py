"""Axes, colours and fonts that all pictures share.

Tokens are drawn as they are: nothing in them is taken for mathematics or TeX, and a character that no font at hand can
draw becomes a white square, with a line in the log instead of a warning in the middle of somebody's drawing.
"""

from __future__ import annotations

import logging
import unicodedata
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ner_lime.errors import InputError, MissingExtraError
from ner_lime.explanation import TokenExplanation
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.targets import Target
from ner_lime.render.answer import Piece, answer, claim_of
from ner_lime.render.cells import Layout
from ner_lime.render.direction import LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT
from ner_lime.render.scale import strength
from ner_lime.render.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOG = logging.getLogger("ner_lime")

POSITIVE, NEGATIVE, QUIET = "#2166ac", "#c8600a", "#6b7075"
"""Blue and orange: told apart with every kind of colour blindness. The sign is never in the colour alone."""

HATCH = "////"
"""Over what is negative."""

MAX_TOKEN_CELLS = 24
"""Cells of a token in a picture; longer ones end in an ellipsis."""

EMS_PER_CELL = 0.62
"""Ems a cell of a clipped token has at most: letters such as W are wider, and fewer of them are shown."""

FALLBACKS = (
    "DejaVu Sans",
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "Noto Sans KR", "Source Han Sans"),
    *("Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic"),
    *("IPAGothic", "WenQuanYi Zen Hei", "Arial Unicode MS", "Noto Sans", "Noto Sans Hebrew", "Noto Sans Arabic"),
    *("Noto Sans Devanagari", "Noto Sans Thai", "Segoe UI", "Segoe UI Symbol", "Noto Emoji", "Symbola"),
)
"""Tried after the fonts of the user's settings, where they are installed."""


def pyplot() -> ModuleType:
    """Matplotlib's pyplot.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot") from error
    return plt


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """The given axes, or those of a new figure of this size in inches."""
    if ax is not None:
        return ax
    new: Axes = pyplot().subplots(figsize=(width, height), layout="constrained")[1]
    return new


def signed_colours() -> Any:
    """The colour map of signed values, white in the middle."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("ner_lime", [NEGATIVE, "#fafafa", POSITIVE])


def plain(ax: Axes) -> None:
    """Leave the two spines that carry an axis."""
    ax.spines[["top", "right"]].set_visible(False)


def text_style() -> dict[str, Any]:
    """Keyword arguments of every text that has a token or a label in it."""
    return {"parse_math": False, "usetex": False, "fontfamily": list(families())}


def shown(text: str, cells: int = MAX_TOKEN_CELLS) -> str:
    """One line that can be drawn: hidden characters spelled out, clipped, without characters that no font has."""
    room = EMS_PER_CELL * cells
    while ems(line := _line(text, cells)) > room and cells > 1:
        cells -= 1
    return line


def ems(text: str) -> float:
    """How wide a text is, in units of its size."""
    pyplot()
    from matplotlib.backends import backend_agg
    from matplotlib.font_manager import FontProperties

    agg: Any = backend_agg
    size = 20.0
    font = FontProperties(family=families(), size=size)
    return float(agg.RendererAgg(1, 1, 72.0).get_text_width_height_descent(text, font, False)[0]) / size


def _line(text: str, cells: int) -> str:
    line = Layout(80, True).clip(visible(text), cells)
    if any(unicodedata.bidirectional(character) in RIGHT_TO_LEFT for character in line):
        line = f"{LEFT_TO_RIGHT_MARK}{line}{LEFT_TO_RIGHT_MARK}"  # or the figures beside it would change sides
    return drawable(line)


def named(text: str, index: int) -> str:
    """A component and the index of its (first) word, which tells repeated words apart."""
    return f"{shown(text)} [{index}]"


def families() -> list[str]:
    """The families of the user's settings, then the fallbacks that are installed."""
    pyplot()
    from matplotlib import font_manager, rcParams

    installed = set(font_manager.get_font_names())
    fallbacks = [family for family in FALLBACKS if family in installed]
    for family in fallbacks:
        _give_normal_weight(family)
    return [*rcParams["font.family"], *fallbacks]


@lru_cache(maxsize=64)
def _give_normal_weight(family: str) -> None:
    """List a font that is only there in another weight as the normal one: else each size of text is told of it."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    entries = [entry for entry in manager.ttflist if entry.name == family]
    if all(entry.weight not in (400, "normal", "regular") for entry in entries):
        manager.ttflist.extend(replace(entry, weight=400) for entry in entries)


def drawable(text: str) -> str:
    """Replace what no font can draw by a white square; what takes no room anyway is left out."""
    if text.isascii():
        return text
    known = _characters(tuple(families()))
    missing = {character for character in text if ord(character) not in known}
    if missing and _add_new_fonts():
        known = _characters(tuple(families()))
        missing = {character for character in missing if ord(character) not in known}
    table = {c: "" if unicodedata.category(c) in ("Cf", "Mn") else "\N{WHITE SQUARE}" for c in missing}
    for character, replacement in table.items():
        if replacement:
            _tell_once(unicodedata.name(character, "UNNAMED").split()[0])
    return text.translate({ord(character): replacement for character, replacement in table.items()})


@lru_cache(maxsize=1)
def _add_new_fonts() -> bool:
    """Add the fonts that were installed after matplotlib made its list, which it keeps; whether there are any."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    known = {entry.fname for entry in manager.ttflist}
    for path in set(font_manager.findSystemFonts()) - known:
        with suppress(OSError, RuntimeError):  # what it can't read it leaves out of its own list too
            manager.addfont(path)
    return {entry.fname for entry in manager.ttflist} > known


@lru_cache(maxsize=8)
def _characters(names: tuple[str, ...]) -> frozenset[int]:
    """The code points that the fonts of these families have."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    files = {findfont(FontProperties(family=[name])) for name in names}
    return frozenset(code for file in files for code in get_font(file).get_charmap())


@lru_cache(maxsize=64)
def _tell_once(script: str) -> None:
    """One line in the log for a script: a text of a thousand words would make a thousand."""
    _LOG.warning(
        "no installed font can draw every %s character: pictures show a white square instead; install a font that has "
        "them, such as one of the Noto family",
        script,
    )


def target_name(word: TokenExplanation, target: Target | None) -> str:
    """The label that was predicted, or what was asked for."""
    return shown(str(word.label if target is None else target), 2 * MAX_TOKEN_CELLS)


def heading(attribution: Attribution, subject: str, target: Target | None, *, width: float, brief: bool = False) -> str:
    """The answer in a sentence and the verdict in a few words, in lines of `width` ems; without why if brief."""
    claim = claim_of(attribution, target)
    pieces = [Piece(subject, "subject"), Piece(f" {claim}")] if brief else answer(attribution, subject, claim, target)
    said = "".join(piece.text if piece.kind == "plain" else shown(piece.text) for piece in pieces)
    verdict = f"This explanation: {attribution.verdict_of(target).brief}"
    return "\n".join(line for text in (said, verdict) for line in _lines(text, width))


def _lines(text: str, width: float) -> list[str]:
    """Break a text between its words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and ems(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def colour(weight: float) -> str:
    """Blue raises, orange lowers; what hardly moves anything is grey."""
    if not strength(weight):
        return QUIET
    return POSITIVE if weight > 0 else NEGATIVE


def checked_features(num_features: int) -> int:
    """At least one.

    Raises
    ------
    InputError
        Fewer.
    """
    if num_features < 1:
        raise InputError(f"expected at least 1 contribution to show, found num_features={num_features}")
    return num_features
