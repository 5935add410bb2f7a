"""Fingerprints: whether a model's files and a corpus's files are still those that a run began with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, TypeAlias

FileRecords: TypeAlias = dict[str, dict[str, Any]]
"""Name of a file to its size in bytes, its time of modification in nanoseconds and its SHA-256."""


def describe_files(
    paths: Iterable[Path], root: Path | None = None, known: Mapping[str, Mapping[str, Any]] | None = None
) -> FileRecords:
    """Describe files by size and SHA-256.

    Parameters
    ----------
    paths : iterable of Path
        The files.
    root : Path or None
        Names are relative to this folder; None: absolute.
    known : mapping or None
        An earlier description. A file that still has its size and time of modification is not read again.

    Raises
    ------
    OSError
        A file is missing or can't be read.
    """
    found: FileRecords = {}
    for path in paths:
        name = str(path.resolve()) if root is None else path.relative_to(root).as_posix()
        stat = path.stat()
        stamp = {"size": stat.st_size, "modified": stat.st_mtime_ns}
        before = (known or {}).get(name, {})
        if all(before.get(key) == value for key, value in stamp.items()) and "sha256" in before:
            digest = str(before["sha256"])
        else:
            with path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
        found[name] = stamp | {"sha256": digest}
    return found


def describe_folder(folder: Path, known: Mapping[str, Mapping[str, Any]] | None = None) -> FileRecords:
    """Describe all files below a folder, hidden ones left out."""
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    return describe_files(paths, folder, known)


def digest_of(files: Mapping[str, Mapping[str, Any]]) -> str:
    """One SHA-256 for the names and contents of files, whenever they were written."""
    lines = (f"{name}\0{record['sha256']}\n" for name, record in sorted(files.items()))
    return sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
