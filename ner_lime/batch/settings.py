"""What is explained of a corpus, and in which pieces it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias, TypedDict, get_args

from ner_lime.checks import whole_number
from ner_lime.errors import InputError

Positions: TypeAlias = Literal["all", "entities", "mistakes"]
TableFormat: TypeAlias = Literal["auto", "parquet", "jsonl"]

MAX_SHARD = 100_000
"""Maximum number of sentences in a shard: all rows of one are in memory at once."""


class RunKeywords(TypedDict, total=False):
    """The keyword arguments of `explain_corpus` that are fields of `RunSettings`."""

    shard: int
    targets: str | Sequence[str]
    top: int | None
    positions: Positions
    format: TableFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What is explained of a corpus, and in which pieces it is written.

    Attributes
    ----------
    shard : int
        Sentences in a shard, the unit of work and of commit.
    targets : "predicted", "all" or sequence of str
        Labels whose contributions are written: each word's predicted one, all, or these.
    top : int or None
        Maximum number of contributions written for a word and label, the largest; None: all.
    positions : "all", "entities" or "mistakes"
        Words that are explained: all; those whose predicted label is not ``O``; those whose gold tag is known and
        differs from the predicted label.
    format : "auto", "parquet" or "jsonl"
        Of the tables; "auto" is Parquet where pyarrow is installed, JSON lines elsewhere.

    Raises
    ------
    InputError
        A value that is none of these.

    Examples
    --------
    >>> RunSettings(targets=["B-PER"], top=5, format="jsonl").targets
    ('B-PER',)
    """

    shard: int = 256
    targets: str | Sequence[str] = "predicted"
    top: int | None = None
    positions: Positions = "all"
    format: TableFormat = "auto"

    def __post_init__(self) -> None:
        if whole_number(self.shard, "shard", least=1) > MAX_SHARD:
            raise InputError(f"expected shard to be at most {MAX_SHARD} sentences, found {self.shard}")
        if self.top is not None:
            whole_number(self.top, "top", least=1)
        if self.positions not in get_args(Positions):
            raise InputError(f"expected positions 'all', 'entities' or 'mistakes', found {self.positions!r}")
        if self.format not in get_args(TableFormat):
            raise InputError(f"expected format 'auto', 'parquet' or 'jsonl', found {self.format!r}")
        if isinstance(self.targets, str):
            if self.targets not in ("predicted", "all"):
                raise InputError(
                    f"expected targets 'predicted', 'all' or a list of labels, found {self.targets!r}: write "
                    f"targets=[{self.targets!r}] for one label"
                )
            return
        labels = tuple(self.targets)
        if not labels or not all(isinstance(label, str) for label in labels):
            raise InputError(f"expected targets to be labels, one at least, found {labels!r:.80}")
        object.__setattr__(self, "targets", labels)

    def resolved(self) -> RunSettings:
        """The same with a format that is no longer "auto"."""
        if self.format != "auto":
            return self
        values = asdict(self) | {"format": "parquet" if find_spec("pyarrow") else "jsonl"}
        return RunSettings(**values)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; `RunSettings(**data)` reads it back."""
        found = asdict(self)
        return found | {"targets": self.targets if isinstance(self.targets, str) else list(self.targets)}
