"""Options for reading IOB files: what the user states about columns, scheme and encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypedDict, get_args

from ner_lime.corpus.labels import SCHEMES, Scheme
from ner_lime.errors import InputError

OnError: TypeAlias = Literal["raise", "skip"]
AnyScheme: TypeAlias = Scheme | Literal["auto"]


class IobKeywords(TypedDict, total=False):
    """The keyword arguments of `read_iob` and `iter_iob`; the fields and defaults are those of `IobOptions`."""

    token_column: int
    tag_column: int | None
    postag_column: int | None
    separator: str
    scheme: AnyScheme
    comments: str | None
    encoding: str
    on_error: OnError


@dataclass(frozen=True, slots=True)
class IobOptions:
    """How an IOB file is to be read: see `read_iob`.

    Raises
    ------
    InputError
        An option has a value that it can't have.
    """

    token_column: int = 0
    tag_column: int | None = -1
    postag_column: int | None = None
    separator: str = "auto"
    scheme: AnyScheme = "auto"
    comments: str | None = "auto"
    encoding: str = "utf-8"
    on_error: OnError = "raise"

    def __post_init__(self) -> None:
        if self.separator != "auto" and (len(self.separator) != 1 or self.separator in "\r\n"):
            raise InputError(f"expected separator='auto', a tab, a space or a character, found {self.separator!r}")
        if self.comments == "":
            raise InputError("expected comments='auto', the string they begin with, or None, found an empty string")
        if self.scheme not in ("auto", *SCHEMES):
            raise InputError(f"expected scheme 'auto' or one of {', '.join(SCHEMES)}, found {self.scheme!r}")
        if self.on_error not in get_args(OnError):
            raise InputError(f"expected on_error 'raise' or 'skip', found {self.on_error!r}")
