"""Headers with keys in them: their values are sent, and appear in no message, log, cache or repr."""

from __future__ import annotations

import html
import logging
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import parse_qsl

from ner_lime.errors import InputError

_MIN_KEY_LENGTH = 6
"""Minimum number of characters of a word that is redacted: of shorter ones, ordinary text would be full."""

_MAX_ESCAPE_LENGTH = 6
"""Maximum number of characters of one escaped character."""

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_OURS = ("accept-encoding", "content-length", "transfer-encoding")

_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks")
"""Loggers of the HTTP libraries that quote addresses and headers."""


class Secrets:
    """Headers whose values are not shown, nor the query of the address.

    Parameters
    ----------
    headers : mapping, optional
    query : str
        What follows "?".

    Raises
    ------
    InputError
        A header that can't be sent; the message has its name only.

    Attributes
    ----------
    longest : int
        Maximum number of characters of a secret, however it is escaped.

    Examples
    --------
    >>> secrets = Secrets({"Authorization": "Bearer abc-12345"})
    >>> secrets, secrets.redact("refused: abc-12345")
    (Secrets(Authorization: ***), 'refused: ***')
    """

    def __init__(self, headers: Mapping[str, str] | None = None, query: str = "") -> None:
        if not isinstance(headers, Mapping | None):
            raise InputError(
                f'expected headers={{"Authorization": "Bearer ..."}}, found {type(headers).__name__} (it is not shown)'
            )
        self._headers = dict(headers or {})
        for name, value in self._headers.items():
            _check_name(name)
            if not (isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()):
                raise InputError(
                    f"header {name!r}: expected a string of visible ASCII characters without white space around it "
                    "(its value is not shown): was it read from a file, with the end of the line?"
                )
        found = {part for value in self._headers.values() for part in _parts(value)}
        found |= {query, *(value for _, value in parse_qsl(query))}
        parts = {part for part in found if len(part) >= _MIN_KEY_LENGTH} | ({f"?{query}"} if query else set())
        self._pattern = _pattern(sorted(parts, key=len, reverse=True))
        self.longest = _MAX_ESCAPE_LENGTH * max(map(len, parts), default=0)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(f'{name}: ***' for name in self._headers)})"

    def __bool__(self) -> bool:
        return bool(self._headers)

    def sent(self) -> dict[str, str]:
        """The headers in clear."""
        return dict(self._headers)

    def within(self, text: str) -> bool:
        """Is one of the values, or of the words in them, in the text? What is shorter than a key may be is not sought.

        A text that was shortened may have a part of one, which is not found.
        """
        return self._pattern.search(text) is not None

    def redact(self, text: str) -> str:
        """The text without what `within` finds."""
        return self._pattern.sub("***", text)

    @contextmanager
    def kept_from_logs(self) -> Iterator[None]:
        """What the HTTP library logs meanwhile, in this thread, is redacted. What others let it log is left alone."""
        token = _ASKING.set(self)
        try:
            yield
        finally:
            _ASKING.reset(token)


def _check_name(name: object) -> None:
    """What can't be a part of a name may be a part of a value."""
    if not isinstance(name, str):
        raise InputError(f"expected the name of a header, found {type(name).__name__}")
    shown = re.match(_NAME, name)
    if not shown or shown[0] != name:
        raise InputError(
            f"header {shown[0] if shown else ''!r}: expected a name of letters, digits and hyphens, found another "
            "character after that (what follows is not shown)"
        )
    if name.lower() in _OURS:
        raise InputError(f"header {name!r}: expected it to be left to the tagger, which knows what it sends and reads")


_ASKING: ContextVar[Secrets | None] = ContextVar("_ASKING", default=None)


def _redact_record(record: logging.LogRecord) -> bool:
    secrets = _ASKING.get()
    if secrets is not None:
        record.msg, record.args = secrets.redact(record.getMessage()), ()
    return True


for _name in _LOGGERS:  # a logger's filter does not see what is logged below it
    logging.getLogger(_name).addFilter(_redact_record)


def _parts(value: str) -> set[str]:
    """A header's value, its words, the values in a cookie, and the login that "Basic" stands before."""
    parts = {value, *value.split(), *re.split(r'[\s;,="]+', value)}
    scheme, _, credentials = value.partition(" ")
    if scheme.lower() == "basic":
        try:
            login = b64decode(credentials).decode("utf-8", "replace")
        except ValueError:
            return parts
        parts |= {login, login.partition(":")[2]}
    return parts


def _pattern(parts: list[str]) -> re.Pattern[str]:
    """Of any of the parts, as it is or as Python, JSON, addresses and HTML have it: they leave letters and digits."""
    found = [part for part in (part.lstrip("\\") for part in parts) if part]
    if not found:
        return re.compile(r"(?!)")
    first = "".join(sorted({re.escape(part[0]) for part in found}))
    spelt = "|".join(re.sub(r"\\+|[^A-Za-z0-9_~\\-]", _spellings, part) for part in found)
    # Looking for the first character alone is ten times as fast.
    return re.compile(rf"(?=[{first}uU%&])(?:{spelt})")


def _spellings(match: re.Match[str]) -> str:
    char = match[0][0]
    if char == "\\":
        return r"(?:\\|%5[cC])++"
    code = ord(char)
    address = "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "replace"))
    entity = re.escape(html.escape(char))
    return rf"\\*+(?:{re.escape(char)}|(?i:u{code:04x}|{address}|&#(?:{code}|x{code:x});|{entity}))"
