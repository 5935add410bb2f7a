"""Options for reading IOB files: what the user states about columns, scheme and encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypedDict, get_args

from ner_lime.corpus.labels import AnyScheme, LabelScheme, label_scheme
from ner_lime.errors import InputError, TagError

OnError: TypeAlias = Literal["raise", "skip"]

Column: TypeAlias = int | str
"""A column by its index from 0, or from the last with negative numbers, or by its name in the header row."""


class IobKeywords(TypedDict, total=False):
    """The keyword arguments of `read_iob` and `iter_iob`; the fields and defaults are those of `IobOptions`."""

    token_column: Column
    tag_column: Column | None
    postag_column: Column | None
    sentence_column: Column | None
    separator: str
    quote: str | None
    header: bool | Literal["auto"]
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

    token_column: Column = 0
    tag_column: Column | None = -1
    postag_column: Column | None = None
    sentence_column: Column | None = None
    separator: str = "auto"
    quote: str | None = "auto"
    header: bool | Literal["auto"] = "auto"
    scheme: AnyScheme = "auto"
    comments: str | None = "auto"
    encoding: str = "utf-8"
    on_error: OnError = "raise"

    def __post_init__(self) -> None:
        if self.separator != "auto" and (len(self.separator) != 1 or self.separator in "\r\n"):
            raise InputError(f"expected separator='auto', a tab, a space or a character, found {self.separator!r}")
        if self.quote not in ("auto", None) and (len(self.quote) != 1 or self.quote in (*"\r\n\t ", self.separator)):
            raise InputError(f"expected quote='auto', None or a character such as '\"', found {self.quote!r}")
        if self.header not in (True, False, "auto"):
            raise InputError(f"expected header='auto', True or False, found {self.header!r}")
        if self.comments == "":
            raise InputError("expected comments='auto', the string they begin with, or None, found an empty string")
        if self.on_error not in get_args(OnError):
            raise InputError(f"expected on_error 'raise' or 'skip', found {self.on_error!r}")
        try:
            label_scheme(self.scheme)
        except TagError as error:
            raise InputError(str(error)) from error

    @property
    def stated(self) -> LabelScheme | None:
        """The scheme that was stated; None under "auto"."""
        return None if self.scheme in (None, "auto") else label_scheme(self.scheme)
