"""A run: every sentence of a corpus explained, in a folder that can be left and come back to."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ner_lime.batch.executors import Executor, as_executor
from ner_lime.batch.ledger import Entry, Ledger
from ner_lime.batch.manifest import Manifest, check_unchanged, read_manifest, write_manifest
from ner_lime.batch.model import ModelName
from ner_lime.batch.schedule import Schedule
from ner_lime.batch.settings import RunSettings
from ner_lime.batch.shard import WorkOrder
from ner_lime.batch.source import CorpusOrPaths, Job, Source
from ner_lime.batch.store import RunTable, tidy
from ner_lime.errors import NerLimeError, RunError
from ner_lime.explainers.sentence.parameters import ExplanationParameters
from ner_lime.files import replacing


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes
    ----------
    sentences : int
        That are done: explained, failed, or without a word that is asked for.
    total : int or None
        Sentences of the corpus; None where that is not known yet.
    words, contributions : int
        Rows of the two tables.
    failed : int
        Sentences that could not be explained.
    verdicts : mapping
        Level of a verdict to the number of words that have it.
    shards : int
        That are done.
    finished : bool
        Whether all are.
    rate : float or None
        Sentences in a second since the work began; None while nothing works.

    Examples
    --------
    >>> progress = RunProgress(500, 1000, 7000, 99000, 0, {"trust": 7000}, 2, False, rate=50.0)
    >>> progress.seconds_left
    10.0
    """

    sentences: int
    total: int | None
    words: int
    contributions: int
    failed: int
    verdicts: Mapping[str, int]
    shards: int
    finished: bool
    rate: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """Estimated from the rate; None where rate or total are not known."""
        if not self.rate or self.total is None:
            return None
        return (self.total - self.sentences) / self.rate


RunListener: TypeAlias = Callable[[RunProgress], None]
"""Called after each shard."""


class Run:
    """A folder of explained sentences: read it, look how far it is, go on with it.

    `ner_lime.explain_corpus` makes one; ``Run(folder)`` opens it again.

    Parameters
    ----------
    folder : path

    Raises
    ------
    RunError
        The folder holds no run.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> Run(mkdtemp())
    Traceback (most recent call last):
    ner_lime.errors.RunError: ...: expected the folder of a corpus run, found no manifest.json in it
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).resolve()
        self.manifest: Manifest = read_manifest(self.folder)
        self.settings = RunSettings(**self.manifest["settings"])
        self.parameters = ExplanationParameters(**self.manifest["parameters"])
        self._ledger = Ledger(self.folder)
        self._source: Source | None = None
        self._model: ModelName | None = None
        self._executor: Executor = as_executor("local")
        self._began: tuple[float, int] | None = None

    @classmethod
    def begin(
        cls,
        source: Source,
        model: ModelName,
        folder: str | os.PathLike[str],
        settings: RunSettings,
        parameters: ExplanationParameters,
    ) -> Run:
        """Open the run in a folder, or begin one there; nothing is explained yet.

        Raises
        ------
        RunError
            The folder holds a run of something else, or other files.
        """
        path = Path(folder).resolve()
        known = read_manifest(path) if (path / "manifest.json").exists() else None
        if known is not None and settings.format == "auto":
            settings = RunSettings(**settings.to_dict() | {"format": known["settings"]["format"]})
        manifest = _manifest(source, model.absolute(), settings.resolved(), parameters, known)
        if known is not None:
            check_unchanged(known, manifest, path)
        else:
            if path.exists() and (not path.is_dir() or any(item.name != "model" for item in path.iterdir())):
                raise RunError(f"{path}: expected a folder that is new or empty, or that of a run, found other files")
            path.mkdir(parents=True, exist_ok=True)
            write_manifest(path, manifest)
        run = cls(path)
        run._source, run._model = source, model.absolute()
        return run

    def __repr__(self) -> str:
        now = self.progress()
        total = "" if now.total is None else f" of {now.total}"
        return f"<Run {self.folder}: {now.sentences}{total} sentences, {now.failed} failed>"

    @property
    def finished(self) -> bool:
        """Whether every shard of the corpus is done."""
        total = self._total()
        return total.get("shards") == self._ledger.n_shards

    def progress(self) -> RunProgress:
        """How far it is: of this object's own work, else as the folder said when it was opened."""
        ledger, total = self._ledger, self._total()
        rate = None
        if self._began is not None:
            began, before = self._began
            rate = (ledger.totals["sentences"] - before) / max(time.monotonic() - began, 1e-9)
        return RunProgress(
            sentences=ledger.totals["sentences"],
            total=total.get("sentences"),
            words=ledger.totals["words"],
            contributions=ledger.totals["contributions"],
            failed=ledger.totals["failed"],
            verdicts={level: count for level, count in sorted(ledger.verdicts.items()) if count},
            shards=ledger.n_shards,
            finished=self.finished,
            rate=rate,
        )

    def words(self) -> RunTable:
        """The table with a row for each explained word."""
        return RunTable(self.folder, "words", self.settings.format, self._ledger)

    def contributions(self) -> RunTable:
        """The table with a row for each explained word, label and word of its sentence."""
        return RunTable(self.folder, "contributions", self.settings.format, self._ledger)

    @property
    def failed(self) -> RunTable:
        """The table of sentences that could not be explained, and why."""
        return RunTable(self.folder, "failed", self.settings.format, self._ledger)

    def resume(
        self,
        corpus: CorpusOrPaths | None = None,
        *,
        tagger: str | ModelName | None = None,
        executor: str | Executor | None = None,
        retry_failed: bool = False,
        progress: RunListener | None = None,
    ) -> Run:
        """Explain what is not done yet; nothing is asked where all is.

        Parameters
        ----------
        corpus : sentences or None
            What the run was begun with, where those were no files and this object did not begin it.
        tagger : str, ModelName or None
            The model again, where its address or options hold a key: keys are not written.
        executor : "local", "ray", `Local` or `Ray`; None: as before
        retry_failed : bool
            Explain the shards with failed sentences again, as a whole; the rows of the others come out the same.
        progress : callable or None
            Called with a `RunProgress` after each shard.

        Returns
        -------
        Run
            This one.

        Raises
        ------
        RunError
            Model, settings, input or version are no longer those that the run was begun with (says which); another
            process works on the run; the folder can't be written; workers are lost again and again.
        KeyboardInterrupt
            After Ctrl-C once the running shards are done; after a second one at once.
        """
        source, model = self._checked(corpus, tagger)
        if executor is not None:
            self._executor = as_executor(executor)
        with _alone(self.folder):
            self._ledger = Ledger(self.folder)
            self._ledger.tidy()
            if retry_failed:
                self._ledger.forget(list(self._ledger.failed()))
            if not self.finished or source.paths is None:  # sentences in memory are compared one by one
                tidy(self.folder)
                try:
                    self._work(source, model, progress)
                finally:
                    tidy(self.folder)  # after workers that were lost
        return self

    def _work(self, source: Source, model: ModelName, progress: RunListener | None) -> None:
        if "sentences" not in self._total() and (number := source.n_sentences) is not None:
            self._write_total(sentences=number)
        order = WorkOrder(str(self.folder), model, self.settings, self.parameters)
        jobs = self._jobs(source)
        try:
            first = next(jobs, None)
            if first is None:
                return
            self._began = (time.monotonic(), self._ledger.totals["sentences"])
            pool = self._executor.pool(order)

            def done(job: Job, entry: Entry) -> None:
                self._ledger.record(job.shard, entry)
                if progress is not None:
                    progress(self.progress())

            try:
                Schedule(pool, self.folder, done).work(_chained(first, jobs))
            finally:
                pool.close()
        finally:
            self._began = None

    def _jobs(self, source: Source) -> Iterator[Job]:
        """The shards that are not done. Those that are must be made of the same sentences."""
        shards = sentences = 0
        for job in source.jobs(shard=self.settings.shard):
            shards, sentences = shards + 1, job.first + len(job.sentences)
            if job.shard not in self._ledger:
                yield job
                continue
            if source.paths is None:
                ((_, entry),) = self._ledger.entries([job.shard])
                if entry.get("digest") != job.digest:
                    raise RunError(
                        f"{self.folder}: expected the sentences that the run was begun with, found others from "
                        f"sentence {job.first} on: give the same corpus, or begin a run in another folder"
                    )
        self._write_total(sentences=sentences, shards=shards)

    def _checked(self, corpus: CorpusOrPaths | None, tagger: str | ModelName | None) -> tuple[Source, ModelName]:
        """Input and model, as they are now; refuses what changed."""
        begun = self.manifest["input"]
        if corpus is not None:
            self._source = Source(corpus, begun["reading"] if begun["files"] is not None else None)
        elif self._source is None and begun["files"] is not None:
            self._source = Source(begun["order"], begun["reading"])
        if self._source is None:
            raise RunError(
                f"{self.folder}: the run was begun with sentences from memory: give them again, as the first argument"
            )
        if tagger is not None:
            self._model = tagger if isinstance(tagger, ModelName) else ModelName(tagger)
        elif self._model is None:
            known = self.manifest["model"]
            if known.get("secrets"):
                raise RunError(
                    f"{self.folder}: the model's address or options held a key, which is not written: give it again, "
                    "with tagger=ModelName(...), or --model and the headers of the environment"
                )
            self._model = ModelName(known["name"], known["features"], known["options"])
        self._model = self._model.absolute()
        try:
            now = _manifest(self._source, self._model, self.settings, self.parameters, self.manifest)
        except OSError as error:
            raise RunError(f"{error.filename}: {error.strerror}: the run was begun with it") from error
        check_unchanged(self.manifest, now, self.folder)
        return self._source, self._model

    def _total(self) -> dict[str, int]:
        try:
            return dict(json.loads((self.folder / "total.json").read_bytes()))
        except (OSError, ValueError):
            return {}

    def _write_total(self, **numbers: int) -> None:
        total = self._total()
        if total != total | numbers:
            with replacing(self.folder / "total.json") as file:
                file.write(json.dumps(total | numbers).encode())


def _manifest(
    source: Source,
    model: ModelName,
    settings: RunSettings,
    parameters: ExplanationParameters,
    known: Manifest | None,
) -> Manifest:
    from ner_lime import __version__

    before = known or {}
    return {
        "layout": 1,
        "version": __version__,
        "model": model.public() | {"fingerprint": model.fingerprint(before.get("model", {}).get("fingerprint"))},
        "settings": settings.to_dict(),
        "parameters": {name: getattr(parameters, name) for name in ExplanationParameters.__dataclass_fields__},
        "input": source.describe(before.get("input")),
    }


def _chained(first: Job, rest: Iterator[Job]) -> Iterator[Job]:
    yield first
    yield from rest


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the run's lock, which the system gives back however this process ends."""
    try:
        import fcntl
    except ImportError:  # not on this system: two drivers would do the same work twice, and write the same
        yield
        return
    try:
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise RunError(f"{folder}: can't be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(f"{folder}: another process works on this run: wait for it, or end it") from None
        except OSError:  # a file system without locks
            pass
        yield
    except OSError as error:
        if isinstance(error, NerLimeError):
            raise
        raise RunError(f"{error.filename or folder}: can't be written: {error.strerror or error}") from error
    finally:
        os.close(handle)
