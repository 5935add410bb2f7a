"""One shard, from its sentences to its tables: what every worker does, whoever started it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ner_lime.batch.ledger import Entry
from ner_lime.batch.model import ModelName
from ner_lime.batch.seeds import sentence_seed
from ner_lime.batch.settings import RunSettings
from ner_lime.batch.source import sentence_of
from ner_lime.batch.store import commit
from ner_lime.batch.tables import Columns, TableName, add_contributions, add_failure, add_words, empty
from ner_lime.corpus.labels import OUTSIDE
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import BudgetError, LabelError, NerLimeError, in_one_line
from ner_lime.explainers.sentence.parameters import ExplanationParameters
from ner_lime.explanation import Explanation
from ner_lime.taggers.decoding import decode
from ner_lime.taggers.text import tagger_tokens, tokenizer_of
from ner_lime.types import Tagger

LOST = "WorkerLost"
"""What stands in the column ``error`` of a sentence at which worker after worker ended."""


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """All that a worker must know before its first shard, ready for JSON and back.

    Attributes
    ----------
    folder : str
        Of the run.
    model : ModelName
    settings : RunSettings
    parameters : ExplanationParameters
    """

    folder: str
    model: ModelName
    settings: RunSettings
    parameters: ExplanationParameters

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON. It holds the headers for a service: it goes to workers, not to files."""
        model = {"name": self.model.name, "features": self.model.features, "options": dict(self.model.options)}
        parameters = {name: getattr(self.parameters, name) for name in ExplanationParameters.__dataclass_fields__}
        return {
            "folder": self.folder,
            "model": model,
            "settings": self.settings.to_dict(),
            "parameters": parameters,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WorkOrder:
        """Read back what `to_dict` made."""
        return cls(
            data["folder"],
            ModelName(**data["model"]),
            RunSettings(**data["settings"]),
            ExplanationParameters(**data["parameters"]),
        )


class ShardWorker:
    """Explains shards and writes them. It loads the model once.

    Raises
    ------
    NerLimeError
        The model can't be loaded, or does not have a label that is asked for.
    """

    def __init__(self, order: WorkOrder) -> None:
        self.order = order
        self.folder = Path(order.folder)
        self.tagger: Tagger = order.model.load()
        self.tokenizer = tokenizer_of(self.tagger)
        asked = order.settings.targets
        unknown = [] if isinstance(asked, str) else [label for label in asked if label not in self.tagger.labels]
        if unknown:
            raise LabelError(f"unknown label {unknown[0]!r}: the tagger knows {', '.join(self.tagger.labels)}")

    def work(
        self, shard: int, first: int, sentences: list[dict[str, Any]], digest: str, skip: Collection[int]
    ) -> Entry:
        """Explain the sentences of a shard, write its tables and its marker, and return what the marker says.

        Parameters
        ----------
        shard, first, sentences, digest
            As in `Job`.
        skip : collection of int
            Indices of sentences that ended workers before: they are written as failed.

        Raises
        ------
        OSError
            The tables can't be written.
        BudgetError
            A service may not be asked any more.
        """
        tables: dict[TableName, Columns] = {"words": empty("words"), "contributions": empty("contributions")}
        tables["failed"] = failed = empty("failed")
        with Whereabouts(self.folder, shard) as here:
            for number, data in enumerate(sentences, first):
                here.at(number)
                if "error" in data:
                    add_failure(failed, number, Sentence(()), data["error"], data["message"])
                    continue
                sentence = sentence_of(data, self.tokenizer)
                if number in skip:
                    add_failure(failed, number, sentence, LOST, "worker after worker ended at this sentence")
                    continue
                try:
                    self._explain(number, sentence, tables)
                except BudgetError:  # every later sentence would fail as well
                    raise
                except NerLimeError as error:
                    add_failure(failed, number, sentence, type(error).__name__, str(error))
                except Exception as error:  # noqa: BLE001 - one sentence never ends a run
                    add_failure(failed, number, sentence, type(error).__name__, in_one_line(error))
            here.at(None)
            entry: Entry = {
                "sentences": len(sentences),
                "words": len(tables["words"]["word"]),
                "contributions": len(tables["contributions"]["word"]),
                "failed": len(failed["sentence"]),
                "digest": digest,
                "verdicts": dict(Counter(tables["words"]["verdict"])),
            }
            commit(self.folder, shard, tables, entry, self.order.settings.format)
        return entry

    def explain(self, number: int, sentence: Sentence) -> Explanation | None:
        """The explanation of one sentence of the corpus; None where none of its words is asked for."""
        asked, positions = self.order.settings.positions, None
        if asked != "all" and sentence.tokens:
            predicted = decode(self.tagger, [tagger_tokens(self.tagger, sentence)])[0]
            gold = sentence.tags
            if asked == "entities":
                positions = [word for word, label in enumerate(predicted) if label != OUTSIDE]
            else:
                positions = [word for word, label in enumerate(predicted) if gold is not None and label != gold[word]]
            if not positions:
                return None
        parameters = replace(self.order.parameters, seed=sentence_seed(self.order.parameters.seed, number))
        return parameters.explain(self.tagger, sentence, positions=positions)

    def _explain(self, number: int, sentence: Sentence, tables: dict[TableName, Columns]) -> None:
        explanation = self.explain(number, sentence)
        if explanation is None:
            return
        settings, seed = self.order.settings, sentence_seed(self.order.parameters.seed, number)
        words, contributions = empty("words"), empty("contributions")  # of this sentence: all of its rows or none
        add_words(words, number, sentence, explanation, seed=seed)
        add_contributions(contributions, number, explanation, settings.targets, settings.top)
        for table, rows in ((tables["words"], words), (tables["contributions"], contributions)):
            for name, column in table.items():
                column += rows[name]


class Whereabouts:
    """A small file that says at which sentence of a shard a worker is: what is left of it if the worker is killed."""

    def __init__(self, folder: Path, shard: int) -> None:
        self.path = whereabouts_path(folder, shard)
        self._handle = -1

    def __enter__(self) -> Whereabouts:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
        self.path.unlink(missing_ok=True)

    def at(self, sentence: int | None) -> None:
        """Say at which sentence the work is; None: at none of them."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, f"{-1 if sentence is None else sentence:<20d}".encode())


def whereabouts_path(folder: Path, shard: int) -> Path:
    """The file of a shard that is being explained."""
    return folder / "at" / f"{shard:09d}"


def last_sentence(folder: Path, shard: int) -> int | None:
    """At which sentence the lost worker on a shard was; None where it was at none, or never began. Told once."""
    path = whereabouts_path(folder, shard)
    try:
        number = int(path.read_text())
    except (OSError, ValueError):
        return None
    path.unlink(missing_ok=True)
    return None if number < 0 else number
