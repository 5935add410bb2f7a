"""Atomic writing: a file is replaced once everything is written, or left as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path`; rename it to `path` on success, delete it on an exception.

    Parameters
    ----------
    path : path
        The file to write. A symbolic link stays a link: the file it points to is replaced.

    Yields
    ------
    binary file
        Open for writing.

    Raises
    ------
    OSError
        The folder is missing or may not be written to, or the disk is full.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():  # a device or a pipe is written directly; a folder raises here
        with target.open("wb") as binary:
            yield binary
        return
    temporary = target.with_name(f".{uuid4().hex}.temporary")
    try:
        with temporary.open("xb") as binary:
            yield binary
            binary.flush()
            os.fsync(binary.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
