"""What a run was begun with: version, model, settings and input, as JSON, and whether they are still the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ner_lime.errors import RunError
from ner_lime.files import replacing

Manifest: TypeAlias = dict[str, Any]

VERSION = 1
"""Of the layout of a run's folder."""

NAME = "manifest.json"
MAX_NAMED = 4
"""Maximum number of differences that an error names."""

_IGNORED = frozenset({"modified"})
"""A file that was touched and has the same content is the same file."""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, as a whole or not at all."""
    with replacing(folder / NAME) as file:
        file.write(json.dumps(manifest, indent=1).encode() + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """Read it.

    Raises
    ------
    RunError
        There is none, it is no JSON, or a newer version wrote it.
    """
    path = folder / NAME
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RunError(f"{folder}: expected the folder of a corpus run, found no {NAME} in it") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: expected the manifest of a corpus run, found {type(error).__name__}") from error
    if not isinstance(found, dict) or "layout" not in found:
        raise RunError(f"{path}: expected the manifest of a corpus run, found other JSON")
    if found["layout"] != VERSION:
        raise RunError(
            f"{path}: expected layout {VERSION}, found {found['layout']!r}: the run is of another version of ner-lime"
        )
    return found


def check_unchanged(before: Manifest, now: Manifest, folder: Path) -> None:
    """Refuse to go on with something else.

    Raises
    ------
    RunError
        Names what changed, from what to what.
    """
    changes = list(_differences(before, now, ""))
    if changes:
        listed = "; ".join(changes[:MAX_NAMED]) + ("; ..." if len(changes) > MAX_NAMED else "")
        raise RunError(
            f"{folder}: expected what the run was begun with, found changes: {listed}: put it back, or begin a run in "
            "another folder"
        )


def _differences(before: Any, now: Any, name: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*before, *now)):
            if key not in _IGNORED:
                yield from _differences(before.get(key), now.get(key), f"{name} {key}".strip())
    elif before != now:
        yield f"{name} was {_shown(before)}, is {_shown(now)}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['size']} bytes" if "size" in value else "there"
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
