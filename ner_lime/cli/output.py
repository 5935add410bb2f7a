"""Writes a result: to standard output as the terminal can show it, or to a file as a whole."""

from __future__ import annotations

import codecs
import io
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ner_lime.cli.inputs import STANDARD_INPUT as STANDARD_STREAM
from ner_lime.errors import InputError
from ner_lime.files import replacing

MIN_WIDTH = 40
"""Minimum width of a text in character cells."""
WIDTH = 80
"""Width of a text that no terminal shows, in character cells: a pipe and a file get the same text everywhere."""


@dataclass(frozen=True, slots=True)
class Medium:
    """What a renderer may use: cells a line, colours, characters beyond ASCII; and whether it is a terminal.

    Examples
    --------
    >>> medium("why.txt")
    Medium(width=80, color=False, unicode=True, interactive=False)
    """

    width: int = WIDTH
    color: bool = False
    unicode: bool = True
    interactive: bool = False


def medium(path: str | None) -> Medium:
    """Tell what a file, or what stands behind standard output, can show."""
    if not _is_standard(path):
        return Medium()
    stream = sys.stdout
    if stream is None or not stream.isatty():
        return Medium(unicode=_is_utf8(stream))
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    unicode = _is_utf8(stream) and locale_is_utf8()
    return Medium(max(MIN_WIDTH, shutil.get_terminal_size().columns), not plain, unicode, interactive=True)


def write(text: str | Iterable[str], path: str | None = None) -> None:
    """Write a text, or its parts as they come.

    Parameters
    ----------
    text : str or iterable of str
    path : str or None
        A file, which is replaced only once everything is written; None or - is standard output.

    Raises
    ------
    InputError
        The file can't be written.
    OSError
        Standard output can't be written.
    """
    parts = [text] if isinstance(text, str) else text
    if _is_standard(path):
        _print(parts)
        return
    target = Path(str(path)).resolve()
    try:
        with replacing(target) as binary:
            binary.writelines(part.encode("utf-8", "surrogateescape") for part in parts)
    except FileNotFoundError as error:
        raise InputError(
            f"expected a folder for {target.name}, found none at {target.parent}: make it first"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: can't be written: {error.strerror or error}") from error


def locale_is_utf8() -> bool:
    """Whether the environment says that the terminal has UTF-8.

    The encoding of a stream does not tell: in the C locale, which also is the one where nothing is set, Python writes
    UTF-8 all the same (PEP 538 and 540), and sets LC_CTYPE to say so. That LC_CTYPE is not the user's.
    """
    if os.name != "posix" or os.environ.get("PYTHONUTF8") == "1":
        return True
    by_python = sys.flags.utf8_mode and os.environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8")
    names = ("LC_ALL", "LANG") if by_python else ("LC_ALL", "LC_CTYPE", "LANG")
    first = next(filter(None, map(os.environ.get, names)), "C")
    return "utf8" in first.lower().replace("-", "")


def _print(parts: Iterable[str]) -> None:
    stream = sys.stdout
    if stream is None:  # closed by the caller
        return
    if isinstance(stream, io.TextIOWrapper):
        # Bytes that were no UTF-8 come out as they came in; what another encoding lacks is spelled out.
        stream.reconfigure(errors="surrogateescape" if _is_utf8(stream) else "backslashreplace")
    stream.writelines(parts)
    stream.flush()


def _is_utf8(stream: TextIO | None) -> bool:
    return stream is None or codecs.lookup(stream.encoding or "ascii").name == "utf-8"


def _is_standard(path: str | None) -> bool:
    return path in (None, STANDARD_STREAM)
