"""Explain a whole corpus: the front door."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

from ner_lime.batch.executors import Executor, as_executor
from ner_lime.batch.fingerprint import describe_folder, digest_of
from ner_lime.batch.model import ModelName
from ner_lime.batch.run import Run, RunListener
from ner_lime.batch.settings import RunKeywords, RunSettings
from ner_lime.batch.source import CorpusOrPaths, Source
from ner_lime.errors import InputError, RunError
from ner_lime.explainers.sentence.parameters import ExplanationParameters


def explain_corpus(
    corpus: CorpusOrPaths,
    *,
    tagger: Any,
    out: str | os.PathLike[str],
    executor: str | Executor = "local",
    parameters: ExplanationParameters | None = None,
    reading: Mapping[str, Any] | None = None,
    progress: RunListener | None = None,
    **settings: Unpack[RunKeywords],
) -> Run:
    """Explain every sentence of a corpus, and write two tidy tables to a folder.

    What is done is never done twice: called again with the same arguments, it goes on where it was.

    Parameters
    ----------
    corpus : path, sequence of paths, or iterable of sentences
        Files of any format that `read_corpus` knows, read sentence by sentence.
    tagger : str, path, `ModelName` or CRFTagger
        The *name* of a model, since it is the workers that load it: a folder, a file, an http(s) address, or
        ``"module:function"``, a function that makes one. A `CRFTagger` is saved in the folder first.
    out : path
        Folder of the run.
    executor : "local", "ray", `Local(workers=...)` or `Ray(workers=..., address=...)`
        Where the work is done; the results do not depend on it.
    parameters : ExplanationParameters or None
        How a sentence is explained; `NERExplainer`'s defaults.
    reading : mapping or None
        Options of `iter_corpus`, where `corpus` names files: ``{"format": "iob", "tag_column": 3}``, say.
    progress : callable or None
        Called with a `RunProgress` after each shard.
    **settings
        The fields of `RunSettings`: ``shard``, ``targets``, ``top``, ``positions``, ``format``.

    Returns
    -------
    Run

    Raises
    ------
    RunError
        The folder holds other files, or a run with another model, settings, input or version (says which); the disk is
        full; workers are lost again and again. What is done stands.
    InputError, CorpusError, ModelFileError, MissingExtraError
        An argument, a file, the model, or a library that is not installed.
    KeyboardInterrupt
        After Ctrl-C once the running shards are done; after a second one at once.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from ner_lime.batch import Local
    >>> tagger = nl.CRFTagger(max_iterations=5).fit([nl.Sentence(("Anna", "sings"), ("B-PER", "O"))])
    >>> run = explain_corpus([["Anna", "sings"], ["Ben"]], tagger=tagger, out=mkdtemp(), executor=Local(workers=1))
    >>> run.progress().sentences, [row["token"] for row in run.words()]
    (2, ['Anna', 'sings', 'Ben'])
    """
    parameters = ExplanationParameters() if parameters is None else parameters
    if parameters.groups is not None:
        raise InputError("a corpus is explained word by word: leave out groups=")
    chosen, where = RunSettings(**settings), as_executor(executor)
    source = Source(corpus, reading)
    run = Run.begin(source, _named(tagger, Path(out)), out, chosen, parameters)
    return run.resume(executor=where, progress=progress)


def _named(tagger: Any, out: Path) -> ModelName:
    if isinstance(tagger, ModelName):
        return tagger
    if isinstance(tagger, str | os.PathLike):
        return ModelName(os.fspath(tagger))
    from ner_lime.crf import CRFTagger

    if not isinstance(tagger, CRFTagger):
        raise InputError(
            f"expected the name of a model, since workers load it (a folder, an address, or 'module:function' that "
            f"makes one), found {type(tagger).__name__}"
        )
    return _saved(tagger, out / "model")


def _saved(tagger: Any, folder: Path) -> ModelName:
    """The model in the run's folder; one that is there already stays as it is where it is the same."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".model-") as temporary:
        fresh = Path(temporary) / "model"
        tagger.save(fresh)
        same = folder.exists() and digest_of(describe_folder(fresh)) == digest_of(describe_folder(folder))
        if not same and (folder.parent / "manifest.json").exists():
            raise RunError(
                f"{folder.parent}: expected the CRFTagger that the run was begun with, found another one: give that "
                "one, or begin a run in another folder"
            )
        if not same:
            shutil.rmtree(folder, ignore_errors=True)  # of a call that ended before the run began
            fresh.rename(folder)
    return ModelName(str(folder))
