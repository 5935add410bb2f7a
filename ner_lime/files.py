"""Writing a file as a whole: it is replaced once everything is written, or left as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file beside `path` that takes its place at the end, or vanishes if anything goes wrong."""
    target = Path(path).resolve()  # a link stays a link
    if target.exists() and not target.is_file():  # a device or a pipe has no draft; a folder raises
        with target.open("wb") as binary:
            yield binary
        return
    draft = target.with_name(f".{uuid4().hex}.draft")
    try:
        with draft.open("xb") as binary:
            yield binary
            binary.flush()
            os.fsync(binary.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
