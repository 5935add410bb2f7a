"""Characters that hide, act or can't be written, made visible.

A token is whatever somebody typed. Some characters drive a terminal, reorder the line around them, take no room, or
can't be encoded; a reader who is asked to trust a picture of the text must see that they are there.
"""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters, escape among them
    "\u200b\u2060-\u2064\ufeff"  # no width and no use in a word; joiners and direction marks have one: they stay
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2066-\u206f"  # embeddings, overrides and isolates, which reorder what is around them
    "\ufff9-\ufffb"  # interlinear annotations
    "\ud800-\udfff"  # halves of surrogate pairs: no encoding can write them
    "]"
)


def visible(text: str, *, keep: str = "", ascii_only: bool = False) -> str:
    r"""Spell out every hidden or acting character; any other text comes back as it is.

    Control characters become their pictures (``\x1b`` becomes ``␛``), the others their names (``⟨U+202E⟩``).

    Parameters
    ----------
    text
        Anything.
    keep
        Characters to leave alone, such as a line break where the output can show one.
    ascii_only
        Spell out all that is not plain ASCII, as Python escapes: ``\xe9``, ``\u202e``.
    """
    if ascii_only:
        text = text.encode("ascii", "backslashreplace").decode("ascii")
    return _HIDDEN.sub(lambda match: match[0] if match[0] in keep else _spelled(match[0], ascii_only), text)


def _spelled(character: str, ascii_only: bool) -> str:
    code = ord(character)
    if ascii_only:
        return f"\\x{code:02x}"
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"⟨U+{code:04X}⟩"
