"""The embedded model: a CRF for job advertisements, trained on first use from the corpus in the package."""

from __future__ import annotations

import json
import logging
import os
import shutil
from contextlib import suppress
from hashlib import sha256
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ner_lime import __version__
from ner_lime.errors import CorpusError, ModelFileError

if TYPE_CHECKING:
    from ner_lime.corpus import Corpus
    from ner_lime.crf import CRFTagger
    from ner_lime.types import Progress

SETTINGS: dict[str, Any] = {"window": 1, "c1": 0.1, "c2": 0.1, "max_iterations": 100}
"""Hyper-parameters of the embedded model, as `CRFTagger` takes them."""
CACHE_VARIABLE = "NER_LIME_CACHE"
"""Environment variable that names the folder in which the trained model is kept."""

_LOG = logging.getLogger("ner_lime")


def jobs_corpus(part: Literal["train", "test"] = "train") -> Corpus:
    """Read a part of the jobs corpus.

    Parameters
    ----------
    part : {"train", "test"}
        Which file.

    Raises
    ------
    CorpusError
        The installed package lacks its data.
    """
    from ner_lime.corpus import read_iob

    with as_file(_source(part)) as path:
        return read_iob(path)


def jobs_tagger(*, progress: Progress | None = None) -> CRFTagger:
    """Load the embedded model from the cache, or train it, which takes seconds.

    The cache is the folder that the environment variable ``NER_LIME_CACHE`` names, by default the user's cache folder.
    A damaged model is trained again. If the cache can't be written, a warning is logged.

    Parameters
    ----------
    progress : callable, optional
        Called as ``progress(iterations done, maximum)`` while the model is trained.
    """
    from ner_lime.crf import CRFTagger

    folder = _model_folder()
    try:
        return CRFTagger.load(folder)
    except (ModelFileError, OSError):
        _remove(folder)
    tagger = CRFTagger(**SETTINGS).fit(jobs_corpus("train"), progress=progress)
    _save(tagger, folder)
    return tagger


def _source(part: str) -> Traversable:
    """Find the data file in the installed package, or beside the package in a checkout."""
    folders: tuple[Traversable, ...] = (files("ner_lime") / "data", Path(__file__).resolve().parents[1] / "data")
    for folder in folders:
        path = folder / "jobs" / f"{part}.tsv"
        if path.is_file():
            return path
    raise CorpusError("expected the jobs corpus in the package, found none: install ner-lime again", path=f"{part}.tsv")


def _model_folder() -> Path:
    """The model's folder, named by a digest of version, hyper-parameters and data: no stale model is ever loaded."""
    ingredients = json.dumps([__version__, SETTINGS, sha256(_source("train").read_bytes()).hexdigest()])
    cache = os.environ.get(CACHE_VARIABLE)
    if not cache:
        from platformdirs import user_cache_dir

        cache = user_cache_dir("ner-lime", appauthor=False)
    return Path(cache) / f"jobs-{sha256(ingredients.encode()).hexdigest()[:16]}"


def _remove(folder: Path) -> None:
    """Delete a damaged model. A failure is reported by `_save`, which then can't write."""
    with suppress(OSError):
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink(missing_ok=True)


def _save(tagger: CRFTagger, folder: Path) -> None:
    """Write the model to the cache. Another process may write the same model at the same time."""
    try:
        tagger.save(folder)
    except (OSError, ModelFileError) as error:
        with suppress(OSError, ModelFileError):
            tagger.load(folder)
            return  # another process has just saved the same model
        _LOG.warning(
            "the jobs model can't be saved in %s (%s) and will be trained again each time; the environment variable %s "
            "names another folder",
            folder.parent,
            error.strerror if isinstance(error, OSError) else error,
            CACHE_VARIABLE,
        )
