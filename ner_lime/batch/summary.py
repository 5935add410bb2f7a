"""What a model has learned: the tables of a run, aggregated by DuckDB."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import Any

from ner_lime.batch import queries
from ner_lime.batch.duckdb import connected
from ner_lime.batch.run import Run
from ner_lime.checks import whole_number
from ner_lime.corpus.labels import OUTSIDE
from ner_lime.explanation.summary import (
    Change,
    ExplainedWord,
    Representative,
    Summary,
    Suspect,
    Trigger,
    TypeSummary,
    WrongTrigger,
)

N_REPRESENTATIVES = 6
"""Sentences that are picked to show much of what the model relies on."""

MAX_TYPES = 40
"""Maximum number of entity types that a summary lists, the most frequent."""

MAX_SENTENCE = 60
"""Maximum number of words that are kept of a picked sentence."""


def summarize(
    run: Run | str | os.PathLike[str],
    *,
    compare: Run | str | os.PathLike[str] | None = None,
    title: str | None = None,
    top: int = 12,
) -> Summary:
    """Tell what a model has learned, from all explanations of a run.

    Weights are those for the predicted labels, so ``targets`` of the run must include them.

    Parameters
    ----------
    run : Run or path
        It need not be finished: what is done counts.
    compare : Run, path or None
        An earlier run over the same corpus, before retraining, say.
    title : str or None
        By default the name of the model and of the corpus.
    top : int
        Maximum number of triggers in each list.

    Returns
    -------
    Summary

    Raises
    ------
    RunError
        No run in the folder, or no shard of it is done.
    MissingExtraError
        DuckDB is not installed.
    """
    whole_number(top, "top", least=1)
    this = _opened(run)
    other = None if compare is None else _opened(compare)
    with connected(this=this, **({} if other is None else {"other": other})) as connection:
        ask = _Questions(connection, top)
        for name in ("this", "other")[: 1 if other is None else 2]:
            connection.execute(queries.triggers(name))
        progress = this.progress()
        mistakes = dict(ask.rows(queries.MISTAKES))
        return Summary(
            title=title or _title(this),
            sentences=progress.sentences,
            failed=progress.failed,
            words=progress.words,
            contributions=progress.contributions,
            verdicts=progress.verdicts,
            types=ask.types(),
            suspects=ask.suspects(),
            mistakes=mistakes,
            wrong=ask.wrong() if mistakes else (),
            changes=() if other is None else tuple(_change(row) for row in ask.rows(queries.CHANGES, 3 * top)),
            compared="" if other is None else _title(other),
            representatives=ask.representatives(),
        )


class _Questions:
    """The queries of a summary, and their answers as plain data."""

    def __init__(self, connection: Any, top: int) -> None:
        self.connection = connection
        self.top = top

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(query, list(values)).fetchall())

    def types(self) -> tuple[TypeSummary, ...]:
        verdicts: dict[str, dict[str, int]] = {}
        for kind, level, count in self.rows(queries.VERDICTS):
            verdicts.setdefault(kind, {})[level] = count
        lists = {name: self._triggers(query) for name, query in queries.LISTS.items()}
        found = [
            TypeSummary(
                kind, words, probability, own, verdicts.get(kind, {}), *(lists[name].get(kind, ()) for name in lists)
            )
            for kind, words, probability, own in self.rows(queries.TYPES, MAX_TYPES)
        ]
        return tuple(sorted(found, key=lambda each: each.kind == OUTSIDE))

    def suspects(self) -> tuple[Suspect, ...]:
        return tuple(
            Suspect(feature, reason, strength, count, dict(zip(labels, weights, strict=True)))
            for feature, reason, strength, count, labels, weights in self.rows(queries.SUSPECTS, 2 * self.top)
        )

    def wrong(self) -> tuple[WrongTrigger, ...]:
        return tuple(WrongTrigger(*row) for row in self.rows(queries.WRONG, self.top))

    def representatives(self) -> tuple[Representative, ...]:
        """SP-LIME (Ribeiro et al. 2016, section 4): greedily the sentence that shows most that is not shown yet."""
        self.connection.execute(queries.SHOWN)
        picked: list[Representative] = []
        while len(picked) < N_REPRESENTATIVES and (best := self.rows(queries.PICK)):
            ((sentence,),) = best
            covered = tuple(feature for (feature,) in self.rows(queries.COVERED, sentence))
            self.connection.execute(queries.COVER, [sentence])
            picked.append(Representative(sentence, self._words_of(sentence), covered))
        return tuple(picked)

    def _words_of(self, sentence: int) -> tuple[ExplainedWord, ...]:
        shown: dict[int, list[tuple[str, int, float]]] = {}
        for word, feature, offset, weight in self.rows(queries.LARGEST_OF, sentence):
            shown.setdefault(word, []).append((feature, offset, weight))
        return tuple(
            ExplainedWord(token, predicted, tuple(shown.get(word, ())))
            for word, token, predicted in self.rows(queries.WORDS_OF, sentence, MAX_SENTENCE)
        )

    def _triggers(self, query: str) -> dict[str, tuple[Trigger, ...]]:
        found: dict[str, list[Trigger]] = {}
        for kind, feature, mean, count, offsets, shares in self.rows(query, self.top):
            where = {offset: round(share, 4) for offset, share in sorted(zip(offsets, shares, strict=True))}
            found.setdefault(kind, []).append(Trigger(feature, kind, mean, count, where))
        return {kind: tuple(triggers) for kind, triggers in found.items()}


def _change(row: tuple[Any, ...]) -> Change:
    feature, kind, before, n_before, after, n_after = row
    return Change(
        feature,
        kind,
        None if n_before is None else (before, n_before),
        None if n_after is None else (after, n_after),
    )


def _opened(run: Run | str | os.PathLike[str]) -> Run:
    return run if isinstance(run, Run) else Run(run)


def _title(run: Run) -> str:
    model = run.manifest["model"]["name"]
    name = model if "://" in model else PurePath(model).name
    files = run.manifest["input"]["order"]
    if not files:
        return f"{name}, {run.folder.name}"
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"{name} on {Path(files[0]).name}{more}"
