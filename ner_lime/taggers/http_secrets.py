"""Headers that hold keys: what is in them is sent, and is in no message, log, cache or repr."""

from __future__ import annotations

from collections.abc import Mapping

from ner_lime.errors import InputError

_KEY = 6
"""Shorter words of a header are not hidden in what a service says: nothing would be left of it."""


class Secrets:
    """Headers whose values are not shown.

    Raises
    ------
    InputError
        A header that can't be sent; the message has its name only.
    """

    def __init__(self, headers: Mapping[str, str] | None) -> None:
        self._headers = dict(headers or {})
        for name, value in self._headers.items():
            if not (isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()):
                raise InputError(
                    f"header {name!r}: expected a string of visible ASCII characters without white space around it "
                    "(its value is not shown): was it read from a file, with the end of the line?"
                )

    def __repr__(self) -> str:
        return f"Secrets({', '.join(f'{name}: ***' for name in self._headers)})"

    def __bool__(self) -> bool:
        return bool(self._headers)

    def sent(self) -> dict[str, str]:
        """The headers in clear."""
        return dict(self._headers)

    def redact(self, text: str) -> str:
        """The text without the values and the words in them; what is shorter than a key may be is left."""
        parts = {part for value in self._headers.values() for part in (value, *value.split()) if len(part) >= _KEY}
        for part in sorted(parts, key=len, reverse=True):
            text = text.replace(part, "***")
        return text
