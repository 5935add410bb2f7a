"""Tags, the schemes in which they spell entities, and the spans that they spell.

========  =========================================================================================
IOB1      every token of an entity has ``I-``; ``B-`` only parts it from one of its type right before
IOB2      the first token has ``B-``, the others ``I-``
IOBES     as IOB2, but the last token has ``E-`` and a single one ``S-``
BILOU     as IOBES, with ``L-`` for last and ``U-`` for single
plain     the entity type alone; neighbours of one type can't be told apart
========  =========================================================================================

Everything rests on two functions. `spans` reads any tags, however dirty, as the CoNLL evaluation does;
`tags_from_spans` writes spans in a scheme. Tags obey a scheme exactly if writing what was read gives them back;
converting is writing in another scheme, repairing is writing in the same one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Literal, NamedTuple, TypeAlias, get_args

from ner_lime.errors import LabelError, TagError

Scheme: TypeAlias = Literal["IOB1", "IOB2", "IOBES", "BILOU", "plain"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
OUTSIDE = "O"

_PREFIXED = re.compile(r"([BIESLU])(?:-(.*))?", re.DOTALL)
_OPENING = frozenset("BSU")
_CLOSING = frozenset("ESLU")
_LETTERS: dict[Scheme, tuple[str, str, str, str]] = {  # first, inside, last, single
    "IOB1": ("I", "I", "I", "I"),
    "IOB2": ("B", "I", "I", "B"),
    "IOBES": ("B", "I", "E", "S"),
    "BILOU": ("B", "I", "L", "U"),
    "plain": ("", "", "", ""),
}


class Span(NamedTuple):
    """An entity: the tokens start..end-1 and its type.

    Examples
    --------
    >>> spans(["B-PER", "I-PER", "O"])
    [Span(start=0, end=2, type='PER')]
    """

    start: int
    end: int
    type: str


class Fault(NamedTuple):
    """A tag that breaks its scheme: where it stands in the sentence, and what the scheme would have there."""

    position: int
    found: str
    expected: str


def entity_type(label: str) -> str | None:
    """``SKILLS`` of ``B-SKILLS`` or of a plain ``SKILLS``; empty of a bare ``B``; None of ``O``."""
    return _split(label)[1]


def prefix(label: str) -> str:
    """``B`` of ``B-SKILLS``; empty where there is none, as of ``O``."""
    return _split(label)[0]


def label_key(label: str) -> tuple[str, str]:
    """Sort key that puts ``O`` first and the others in order of entity type, then prefix."""
    letter, kind = _split(label)
    return kind or "", letter


def spans(tags: Sequence[str], scheme: Scheme | Literal["auto"] = "auto") -> list[Span]:
    """Read the entities that tags spell, however dirty the tags are.

    The rules of the CoNLL evaluation (Tjong Kim Sang and Buchholz 2000, `conlleval`): an entity begins where the type
    changes, at ``B-``, ``S-`` or ``U-``, and after ``E-``, ``L-``, ``S-`` or ``U-``. So an ``I-`` that follows nothing
    begins an entity, and one rule reads every scheme.

    Parameters
    ----------
    tags : sequence of str
        T tags of one sentence.
    scheme : str, default "auto"
        Only "plain" makes a difference: there ``E-MAIL`` is a type and no prefix.

    Returns
    -------
    list of Span
        In order; ends are exclusive.
    """
    _check_scheme(scheme, "auto")
    found: list[Span] = []
    start, kind, letter = 0, None, ""
    for index, tag in enumerate(tags):
        next_letter, next_kind = _split(tag) if scheme != "plain" else _split_plain(tag)
        if next_kind != kind or next_letter in _OPENING or letter in _CLOSING:
            if kind is not None:
                found.append(Span(start, index, kind))
            start = index
        kind, letter = next_kind, next_letter
    if kind is not None:
        found.append(Span(start, len(tags), kind))
    return found


def tags_from_spans(entities: Iterable[Span], length: int, scheme: Scheme = "IOB2") -> tuple[str, ...]:
    """Write spans as tags.

    Parameters
    ----------
    entities : iterable of Span
        In order, without overlap.
    length : int
        T, the number of tokens.
    scheme : str, default "IOB2"
        One of `SCHEMES`.

    Returns
    -------
    tuple of str
        T tags.

    Raises
    ------
    TagError
        Spans that overlap, are out of order or outside of the sentence; a span without a type in the plain scheme.
    """
    _check_scheme(scheme)
    first, inside, last, single = _LETTERS[scheme]
    tags = [OUTSIDE] * length
    before = Span(0, 0, "")
    for entity in entities:
        start, end, kind = entity
        if not before.end <= start < end <= length:
            raise TagError(f"expected spans in order within {length} tokens, found {entity} after {before}")
        if scheme == "plain" and kind in ("", OUTSIDE):
            raise TagError(f"expected a span with a type for the plain scheme, found {entity}")
        letters = [first, *[inside] * (end - start - 2), last] if end - start > 1 else [single]
        if scheme == "IOB1" and (start, kind) == (before.end, before.type):
            letters[0] = "B"
        tags[start:end] = [_join(letter, kind) for letter in letters]
        before = entity
    return tuple(tags)


def faults(tags: Sequence[str], scheme: Scheme) -> list[Fault]:
    """Every tag that breaks the scheme, with what it would have to be; empty if the tags obey it."""
    _check_scheme(scheme)
    if scheme == "plain" or tags.count(OUTSIDE) == len(tags):
        return []
    proper = tags_from_spans(spans(tags), len(tags), scheme)
    return [
        Fault(position, found, expected)
        for position, (found, expected) in enumerate(zip(tags, proper, strict=True))
        if found != expected
    ]


def validate(tags: Sequence[str], scheme: Scheme) -> None:
    """Raise TagError at the first tag that breaks the scheme; its message names the token's index."""
    for position, found, expected in faults(tags, scheme):
        raise TagError(f"tag {position}: expected {expected!r} in {scheme}, found {found!r}; repair() mends it")


def repair(tags: Sequence[str], scheme: Scheme) -> tuple[tuple[str, ...], int]:
    """Make tags obey a scheme while they keep the spans that they spell, and count how many had to change."""
    wrong = {fault.position: fault.expected for fault in faults(tags, scheme)}
    return tuple(wrong.get(index, tag) for index, tag in enumerate(tags)), len(wrong)


def convert(tags: Sequence[str], *, source: Scheme, target: Scheme) -> tuple[str, ...]:
    """Write tags of one scheme in another.

    Lossless between the four schemes with prefixes. The plain scheme loses the border between neighbours of one type.

    Raises
    ------
    TagError
        The tags break their scheme (`repair` mends them).
    """
    validate(tags, source)
    return tags_from_spans(spans(tags, source), len(tags), target)


def detect(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Tell the scheme of a corpus by a vote, so that a few wrong tags don't sway it.

    A tag that only one scheme has where it stands votes for that scheme: ``E-`` and ``S-``; ``L-`` and ``U-``; ``B-``
    or ``I-`` at the start of an entity for IOB2 or IOB1; a tag without prefix for plain. Without any vote it is IOB2.

    Parameters
    ----------
    sentences : iterable of sequences of str
        The tags of each sentence.
    """
    tagged = (tags for tags in sentences if tags.count(OUTSIDE) < len(tags))
    pairs = Counter(chain.from_iterable(zip((OUTSIDE, *tags), tags, strict=False) for tags in tagged))
    # the order settles ties: in IOBES without single-token entities the numbers of B- and E- are equal
    votes: dict[Scheme, int] = {"IOBES": 0, "BILOU": 0, "IOB2": 0, "IOB1": 0, "plain": 0}
    letters: dict[str, Scheme] = {
        "E": "IOBES",
        "S": "IOBES",
        "L": "BILOU",
        "U": "BILOU",
        "B": "IOB2",
        "I": "IOB1",
        "": "plain",
    }
    for (previous, tag), count in pairs.items():
        letter, kind = _split(tag)
        if kind is not None and (letter in "ESLU" or entity_type(previous) != kind):
            votes[letters[letter]] += count
    best = max(votes, key=lambda scheme: votes[scheme])
    return best if votes[best] else "IOB2"


@lru_cache(maxsize=4096)
def _split(label: str) -> tuple[str, str | None]:
    match = _PREFIXED.fullmatch(label)
    if match:
        return match[1], match[2] or ""
    return _split_plain(label)


def _split_plain(label: str) -> tuple[str, str | None]:
    return "", None if label == OUTSIDE else label


def _join(letter: str, kind: str) -> str:
    return f"{letter}-{kind}" if letter and kind else letter or kind


def _check_scheme(scheme: str, *others: str) -> None:
    if scheme not in SCHEMES and scheme not in others:
        raise TagError(f"expected a scheme out of {', '.join((*others, *SCHEMES))}, found {scheme!r}")


def label_index(label: str, labels: Sequence[str]) -> int:
    """The column of a label; `LabelError` lists the known ones."""
    try:
        return list(labels).index(label)
    except ValueError:
        raise LabelError(f"unknown label {label!r}: the tagger knows {', '.join(labels)}") from None
