"""A trained CRF as a folder: CRFsuite's own file, and JSON that says how to read it.

``model.json`` carries the digests of both files, so a model that is truncated or altered is refused. A folder appears
whole or not at all: it is written beside its place and renamed into it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from uuid import uuid4

from ner_lime.corpus.labels import Scheme, label_scheme
from ner_lime.crf.features import FeatureFunction, Features, WindowFeatures
from ner_lime.crf.foreign import as_feature_function, fingerprint
from ner_lime.errors import InputError, ModelFileError, TagError

MODEL = "model.crfsuite"
DESCRIPTION = "model.json"
_FORMAT = "ner-lime crf"
_FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """What a model folder holds.

    Attributes
    ----------
    model : bytes
        CRFsuite's model file.
    labels : list of str
        The labels in the model's order.
    parameters : dict
        Hyper-parameters it was trained with: numbers and booleans.
    features : dict
        What `describe_features` says of the feature function.
    scheme : str or None
        The label scheme of the corpus it was trained on, where that is known.
    """

    model: bytes
    labels: list[str]
    parameters: dict[str, Any]
    features: dict[str, Any]
    scheme: Scheme | None = None


def describe_features(function: FeatureFunction) -> dict[str, Any]:
    """Describe `WindowFeatures` by their settings, any other function by the digest of what it says of a sentence."""
    if isinstance(function, WindowFeatures):
        return {"name": "window", **function.to_dict()}
    return {"name": "own", "fingerprint": fingerprint(function)}


def restore_features(
    description: Mapping[str, Any], features: Callable[..., Features] | None, *, where: str | Path
) -> FeatureFunction:
    """Make or check the feature function of a stored model.

    Parameters
    ----------
    description : mapping
        What `describe_features` said.
    features : callable or None
        What the user gave: needed exactly where the function is not one of this package.
    where : path
        The model's folder, for messages.

    Raises
    ------
    ModelFileError
        `features` is missing, not wanted, or not the function that the model was trained with.
    """
    if description.get("name") == "window":
        if features is not None:
            raise ModelFileError(f"{where}: it was trained with WindowFeatures: load it without features=")
        try:
            return WindowFeatures.from_dict({key: description[key] for key in description if key != "name"})
        except InputError as error:
            raise ModelFileError(f"{where}: {error}") from error
    if features is None:
        raise ModelFileError(
            f"{where}: its feature function is not stored: give it again, as in CRFTagger.load(path, features=...)"
        )
    function = as_feature_function(features)
    if fingerprint(function) != description.get("fingerprint"):
        raise ModelFileError(f"{where}: the given feature function is not the one that it was trained with")
    return function


def write_model(path: str | Path, content: ModelFolder) -> None:
    """Write a model folder, in place of an older one if there is one.

    Parameters
    ----------
    path : path
        The folder; folders above it are made.
    content : ModelFolder
        What it shall hold.

    Raises
    ------
    ModelFileError
        Something stands there that is no model folder.
    OSError
        The disk refused.
    """
    target = Path(path).resolve()
    _refuse_to_replace(target)
    description: dict[str, Any] = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "ner_lime_version": _package_version(),
        "labels": content.labels,
        "parameters": content.parameters,
        "features": content.features,
    }
    if content.scheme is not None:
        description["scheme"] = content.scheme
    description["sha256"] = {MODEL: sha256(content.model).hexdigest(), DESCRIPTION: _digest(description)}
    text = json.dumps(description, ensure_ascii=False, indent=2) + "\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{uuid4().hex}.new")
    old = fresh.with_suffix(".old")
    try:
        fresh.mkdir()
        _write(fresh / MODEL, content.model)
        _write(fresh / DESCRIPTION, text.encode())
        _sync_folder(fresh)
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except BaseException:
            if old.exists():
                old.rename(target)
            raise
        _sync_folder(target.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def read_model(path: str | Path) -> ModelFolder:
    """Read a model folder and check all of it.

    Raises
    ------
    ModelFileError
        No such folder, a file is missing, or the model is truncated, altered or made by a newer version.
    """
    folder = Path(path)
    if not folder.exists():
        raise ModelFileError(f"{folder}: expected a model folder, found nothing there")
    if not folder.is_dir():
        raise ModelFileError(
            f"{folder}: expected a model folder, found a file; CRFTagger.from_crfsuite reads CRFsuite's own files"
        )
    description = _describe(folder)
    model = _read(folder / MODEL)
    if sha256(model).hexdigest() != description["sha256"].get(MODEL):
        raise ModelFileError(f"{folder / MODEL}: its digest is not the one in {DESCRIPTION}: truncated or altered")
    scheme = description.get("scheme")
    return ModelFolder(model, description["labels"], description["parameters"], description["features"], scheme)


def _describe(folder: Path) -> dict[str, Any]:
    """Read and check the JSON of a model folder."""
    path = folder / DESCRIPTION
    try:
        found = json.loads(_read(path))
    except ModelFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path}: expected JSON: {error}") from error
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise ModelFileError(f"{path}: expected the format {_FORMAT!r}: this is no model of ner-lime")
    if found.get("format_version") != _FORMAT_VERSION:
        raise ModelFileError(
            f"{path}: expected format version {_FORMAT_VERSION}, found {found.get('format_version')!r} of ner-lime "
            f"{found.get('ner_lime_version')!r}: update ner-lime"
        )
    digests = found.pop("sha256", None)
    if not isinstance(digests, dict) or digests.get(DESCRIPTION) != _digest(found):
        raise ModelFileError(f"{path}: its digest is not the one it carries: truncated or altered")
    expected = {"labels": list, "parameters": dict, "features": dict}
    for key, kind in expected.items():
        if not isinstance(found.get(key), kind):
            raise ModelFileError(f"{path}: expected {key!r} to be a {kind.__name__}, found {found.get(key)!r}")
    try:
        label_scheme(found.get("scheme"))
    except (TagError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path}: expected 'scheme' to be a label scheme: {error}") from error
    return {**found, "sha256": digests}


def _digest(description: Mapping[str, Any]) -> str:
    return sha256(json.dumps(description, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path}: expected a file of the model: {error.strerror or error}") from error


def _refuse_to_replace(target: Path) -> None:
    """Raise unless `target` is free, an empty folder or a model folder with nothing else in it."""
    if not target.exists():
        return
    if not target.is_dir():
        raise ModelFileError(f"{target}: expected a folder to save the model in, found a file")
    present = {entry.name for entry in target.iterdir()}
    if strange := sorted(present - {MODEL, DESCRIPTION}):
        raise ModelFileError(f"{target}: holds {strange[0]!r}, which is no part of a model; save to another folder")
    if present:
        _describe(target)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    with suppress(OSError):  # not every system opens folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _package_version() -> str:
    try:
        return version("ner-lime")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0+unknown"
