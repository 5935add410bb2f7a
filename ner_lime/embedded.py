"""The embedded model: a CRF for job advertisements, trained once from the corpus that comes with the package."""

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
CACHE_VARIABLE = "NER_LIME_CACHE"

_LOG = logging.getLogger("ner_lime")


def jobs_corpus(part: Literal["train", "test"] = "train") -> Corpus:
    """Read a part of the jobs corpus.

    Raises
    ------
    CorpusError
        The package came without its data.
    """
    from ner_lime.corpus import read_iob

    with as_file(_source(part)) as path:
        return read_iob(path)


def jobs_tagger(*, progress: Progress | None = None) -> CRFTagger:
    """Load the embedded model, or train it where there is none yet, which takes seconds.

    It is kept in the folder that the environment variable ``NER_LIME_CACHE`` names, by default in the user's cache. A
    kept model that is damaged is trained again; where none can be kept a warning is logged.

    Parameters
    ----------
    progress : callable, optional
        Called with the iterations done and the most there can be, while it is trained.
    """
    from ner_lime.crf import CRFTagger

    place = _place()
    try:
        return CRFTagger.load(place)
    except (ModelFileError, OSError):
        _discard(place)
    tagger = CRFTagger(**SETTINGS).fit(jobs_corpus("train"), progress=progress)
    _keep(tagger, place)
    return tagger


def _source(part: str) -> Traversable:
    """Find the file in the installed package, or beside it in a checkout."""
    folders: tuple[Traversable, ...] = (files("ner_lime") / "data", Path(__file__).resolve().parents[1] / "data")
    for folder in folders:
        path = folder / "jobs" / f"{part}.tsv"
        if path.is_file():
            return path
    raise CorpusError("expected the jobs corpus in the package, found none: install ner-lime again", path=f"{part}.tsv")


def _place() -> Path:
    """Name the model's folder after all that it is made of, so that an old model is never taken for a new one."""
    made_of = json.dumps([__version__, SETTINGS, sha256(_source("train").read_bytes()).hexdigest()])
    cache = os.environ.get(CACHE_VARIABLE)
    if not cache:
        from platformdirs import user_cache_dir

        cache = user_cache_dir("ner-lime", appauthor=False)
    return Path(cache) / f"jobs-{sha256(made_of.encode()).hexdigest()[:16]}"


def _discard(place: Path) -> None:
    """Clear the place of a damaged model; where that is not possible, `_keep` will tell."""
    with suppress(OSError):
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)


def _keep(tagger: CRFTagger, place: Path) -> None:
    """Save the model as a whole or not at all; another process may do the same at any moment."""
    try:
        tagger.save(place)
    except (OSError, ModelFileError) as error:
        with suppress(OSError, ModelFileError):
            tagger.load(place)
            return  # another process was faster
        _LOG.warning(
            "the jobs model can't be kept in %s (%s) and is trained anew each time; the environment variable %s "
            "names another folder",
            place.parent,
            error.strerror if isinstance(error, OSError) else error,
            CACHE_VARIABLE,
        )
