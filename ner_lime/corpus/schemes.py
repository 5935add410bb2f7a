"""Label schemes: how labels spell entities, and how the labels themselves are spelled.

========  =========================================================================================
IOB1      every token of an entity has ``I-``; ``B-`` only separates it from one of its type right before
IOB2      the first token has ``B-``, the others ``I-``
IOBES     as IOB2, but the last token has ``E-`` and a single one ``S-``
BILOU     as IOBES, with ``L-`` for last and ``U-`` for single
BMES      as IOBES, with ``M-`` (middle) for inside
BMEWO     as BMES, with ``W-`` (whole) for single; BMEWO+ has several labels for outside, such as ``BB_O_PER``
plain     the entity type alone; adjacent entities of one type can't be told apart
========  =========================================================================================

A label such as ``B-PER`` may be spelled ``B_PER``, ``PER-B`` or ``b-per``: the scheme's string then says so, as in
``"IOB2:B_PER"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias, get_args

from ner_lime.errors import TagError

SchemeName: TypeAlias = Literal["IOB1", "IOB2", "IOBES", "BILOU", "BMES", "BMEWO", "plain"]
SCHEMES: tuple[SchemeName, ...] = get_args(SchemeName)

Scheme: TypeAlias = str
"""One of `SCHEMES`, with the spelling of ``B-PER`` after a colon where it is another: ``"IOB2:B_PER"``."""

OUTSIDE = "O"
"""The label of a token that is in no entity."""

FIRST_INSIDE_LAST_SINGLE: dict[str, tuple[str, str, str, str]] = {
    "IOB1": ("I", "I", "I", "I"),
    "IOB2": ("B", "I", "I", "B"),
    "IOBES": ("B", "I", "E", "S"),
    "BILOU": ("B", "I", "L", "U"),
    "BMES": ("B", "M", "E", "S"),
    "BMEWO": ("B", "M", "E", "W"),
    "plain": ("", "", "", ""),
}
"""The prefixes of a scheme, by the token's position in its entity."""

_OPENING = frozenset("BSUW")
_CLOSING = frozenset("ESLUW")
_SPELLING = re.compile(r"([Bb])(\W|_)(?:PER|per)|(?:PER|per)(\W|_)([Bb])")
OUTSIDE_PLUS = re.compile(r"(?:BB|EE|WW)[-_]O(?:[-_].+)?|(?:BOS|EOS)[-_]O")
"""The labels of BMEWO+ for tokens that are outside, beside an entity or at the end of a sentence."""
_MAX_CACHED = 4096


class Span(NamedTuple):
    """An entity: the tokens start..end-1 and its type.

    Examples
    --------
    >>> LabelScheme("IOB2").spans(["B-PER", "I-PER", "O"])
    [Span(start=0, end=2, type='PER')]
    """

    start: int
    end: int
    type: str


class Fault(NamedTuple):
    """A tag that breaks its scheme: its position in the sentence, and the tag that the scheme requires there."""

    position: int
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class LabelScheme:
    """A label scheme: splits a label into prefix and entity type, reads spans from tags, and writes spans as tags.

    Attributes
    ----------
    name : str
        One of `SCHEMES`; or "auto", which reads every prefix but those of BMES, and labels without prefix as types.
    separator : str
        The character between prefix and type.
    suffixed : bool
        ``PER-B`` instead of ``B-PER``.
    lowercase : bool
        ``b-per`` and ``o`` instead of ``B-PER`` and ``O``: the prefix is lower-case, the type may be anything.

    Raises
    ------
    TagError
        No such scheme.

    Examples
    --------
    >>> scheme = LabelScheme.parse("IOB2:B_PER")
    >>> scheme.split("I_LOC"), scheme.entity_type("O"), str(scheme)
    (('I', 'LOC'), None, 'IOB2:B_PER')
    """

    name: str
    separator: str = "-"
    suffixed: bool = False
    lowercase: bool = False

    def __post_init__(self) -> None:
        check_name(self.name, "auto")

    @classmethod
    def parse(cls, scheme: Scheme) -> LabelScheme:
        """Read the string that ``str(label_scheme)`` gives.

        Raises
        ------
        TagError
            No such scheme, or a spelling that is not of the forms ``B_PER``, ``PER_B`` or ``b_per``.
        """
        return _parse(scheme)

    def __str__(self) -> str:
        letter, kind = ("b", "per") if self.lowercase else ("B", "PER")
        spelling = f"{kind}{self.separator}{letter}" if self.suffixed else f"{letter}{self.separator}{kind}"
        return self.name if spelling == "B-PER" or self.name == "plain" else f"{self.name}:{spelling}"

    @property
    def outside(self) -> str:
        """The label of a token that is in no entity."""
        return OUTSIDE.lower() if self.lowercase else OUTSIDE

    def split(self, label: str) -> tuple[str, str | None]:
        """Split a label into prefix and entity type.

        Returns
        -------
        prefix : str
            One of the letters B, I, E, S, L, U, M, W, in upper case; empty where the label has none.
        type : str or None
            None if the label is outside; empty if it is a prefix alone.
        """
        return _parts(self)[label]

    def entity_type(self, label: str) -> str | None:
        """``PER`` of ``B-PER``; None of ``O``."""
        return _parts(self)[label][1]

    def is_outside(self, label: str) -> bool:
        """Whether the label says that a token is in no entity."""
        return _parts(self)[label][1] is None

    def opens(self, label: str) -> bool:
        """Whether an entity begins at this label, whatever stands before it."""
        return _parts(self)[label][0] in _OPENING

    def closes(self, label: str) -> bool:
        """Whether an entity ends with this label, whatever comes after it."""
        return _parts(self)[label][0] in _CLOSING

    def join(self, prefix: str, kind: str) -> str:
        """Spell the label of a prefix (B, I, E, S, L, U, M, W or none) and an entity type."""
        if not prefix:
            return kind
        letter = prefix.lower() if self.lowercase else prefix
        if not kind:
            return letter
        return f"{kind}{self.separator}{letter}" if self.suffixed else f"{letter}{self.separator}{kind}"

    def spans(self, tags: Sequence[str]) -> list[Span]:
        """Read the entities that T tags spell, even where they break the scheme: see `labels.spans`."""
        parts = _parts(self)
        found: list[Span] = []
        start, kind, letter = 0, None, ""
        for index, tag in enumerate(tags):
            next_letter, next_kind = parts[tag]
            if next_kind != kind or next_letter in _OPENING or letter in _CLOSING:
                if kind is not None:
                    found.append(Span(start, index, kind))
                start = index
            kind, letter = next_kind, next_letter
        if kind is not None:
            found.append(Span(start, len(tags), kind))
        return found

    def tags(self, entities: Iterable[Span], length: int) -> tuple[str, ...]:
        """Write spans as `length` tags: see `labels.tags_from_spans`."""
        first, inside, last, single = FIRST_INSIDE_LAST_SINGLE[self.name]
        tags = [self.outside] * length
        before = Span(0, 0, "")
        for entity in entities:
            start, end, kind = entity
            if not before.end <= start < end <= length:
                raise TagError(f"expected spans in order within {length} tokens, found {entity} after {before}")
            if self.name == "plain" and kind in ("", OUTSIDE):
                raise TagError(f"expected a span with a type for the plain scheme, found {entity}")
            letters = [first, *[inside] * (end - start - 2), last] if end - start > 1 else [single]
            if self.name == "IOB1" and (start, kind) == (before.end, before.type):
                letters[0] = "B"
            tags[start:end] = [self.join(letter, kind) for letter in letters]
            before = entity
        return tuple(tags)

    def faults(self, tags: Sequence[str]) -> list[Fault]:
        """Every tag that breaks the scheme, with the tag that it requires; empty if the tags obey it."""
        if self.name == "plain" or tags.count(self.outside) == len(tags):
            return []
        proper = self.tags(self.spans(tags), len(tags))
        return [
            Fault(position, found, expected)
            for position, (found, expected) in enumerate(zip(tags, proper, strict=True))
            if found != expected and not (expected == self.outside and self.is_outside(found))
        ]


AnyScheme: TypeAlias = Scheme | LabelScheme | None
"""What functions take as a scheme; None and "auto" mean that it is detected."""


class _Parts(dict[str, tuple[str, str | None]]):
    """Label to (prefix, type), filled when a label is first seen."""

    def __init__(self, scheme: LabelScheme) -> None:
        self.scheme = scheme
        self.letters = "BIESLUMW" if scheme.name in ("BMES", "BMEWO") else "BIESLU"
        if scheme.lowercase:
            self.letters = self.letters.lower()

    def __missing__(self, label: str) -> tuple[str, str | None]:
        if len(self) >= _MAX_CACHED:
            self.clear()
        self[label] = parts = self.split(label)
        return parts

    def split(self, label: str) -> tuple[str, str | None]:
        scheme = self.scheme
        if label == OUTSIDE or label == scheme.outside:
            return "", None
        if scheme.name == "plain":
            return "", label
        if scheme.name == "BMEWO" and OUTSIDE_PLUS.fullmatch(label.upper()):
            return "", None
        if len(label) == 1:
            return (label.upper(), "") if label in self.letters else ("", label)
        letter, separator = (label[-1], label[-2]) if scheme.suffixed else (label[0], label[1])
        if letter in self.letters and separator == scheme.separator:
            return letter.upper(), label[:-2] if scheme.suffixed else label[2:]
        return "", label


def check_name(name: str, *others: str) -> None:
    """Raise TagError unless `name` is one of `SCHEMES` or of `others`."""
    if name not in SCHEMES and name not in others:
        raise TagError(f"expected a scheme out of {', '.join((*others, *SCHEMES))}, found {name!r}")


@lru_cache(maxsize=64)
def _parts(scheme: LabelScheme) -> _Parts:
    return _Parts(scheme)


@lru_cache(maxsize=64)
def _parse(scheme: Scheme) -> LabelScheme:
    name, colon, spelling = scheme.partition(":")
    if not colon:
        return LabelScheme(name)
    match = _SPELLING.fullmatch(spelling)
    if not match or name == "plain":
        raise TagError(
            f"expected a scheme such as 'IOB2', 'IOB2:B_PER', 'IOB2:PER-B' or 'IOB2:b-per', found {scheme!r}"
        )
    letter = match[1] or match[4]
    return LabelScheme(name, match[2] or match[3], suffixed=match[1] is None, lowercase=letter == "b")


TOLERANT = LabelScheme("auto")
"""Reads the labels of most schemes in their usual spelling."""
