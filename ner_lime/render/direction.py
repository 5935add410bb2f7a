"""Which way a text runs: as its first letter that has a direction does."""

from __future__ import annotations

import unicodedata

RIGHT_TO_LEFT = ("R", "AL")
LEFT_TO_RIGHT_MARK = "\u200e"


def direction(text: str) -> str | None:
    """Say "ltr" or "rtl", as HTML calls it; None where no character has a direction of its own."""
    kinds = map(unicodedata.bidirectional, text)
    first = next((kind for kind in kinds if kind in (*RIGHT_TO_LEFT, "L")), None)
    return None if first is None else "rtl" if first in RIGHT_TO_LEFT else "ltr"
