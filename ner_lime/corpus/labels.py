"""Labels and tags: the entities that tags spell, and tags that obey a scheme.

The schemes are in `schemes`, their detection in `detection`. Everything rests on two operations of a `LabelScheme`:
reading any tags, valid or not, as spans, by the rules of the CoNLL evaluation; and writing spans as tags. Tags obey a
scheme exactly if writing what was read gives the same tags; converting is writing in another scheme, repairing is
writing in the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ner_lime.corpus.detection import detect, reader_of, scheme_of_labels
from ner_lime.corpus.schemes import (
    OUTSIDE,
    SCHEMES,
    TOLERANT,
    AnyScheme,
    Fault,
    LabelScheme,
    Scheme,
    Span,
    check_name,
)
from ner_lime.errors import InputError, LabelError, TagError

__all__ = [
    "OUTSIDE",
    "SCHEMES",
    "TOLERANT",
    "AnyScheme",
    "Fault",
    "LabelScheme",
    "Scheme",
    "Span",
    "convert",
    "detect",
    "entity_type",
    "faults",
    "label_index",
    "label_key",
    "label_scheme",
    "prefix",
    "reading_scheme",
    "repair",
    "scheme_of_labels",
    "spans",
    "tags_from_spans",
    "validate",
]


def label_scheme(scheme: AnyScheme, labels: Iterable[str] | None = None) -> LabelScheme:
    """Make a `LabelScheme` of what a user states; where nothing is stated, of a label set.

    Parameters
    ----------
    scheme : str, LabelScheme or None
        None and "auto" mean that nothing is stated.
    labels : iterable of str, optional
        A label set from which to detect what is not stated; without it, `TOLERANT`.

    Examples
    --------
    >>> str(label_scheme(None, ["O", "B_PER", "I_PER"]))
    'IOB2:B_PER'
    """
    if isinstance(scheme, LabelScheme):
        return scheme
    if scheme is None or scheme == "auto":
        return TOLERANT if labels is None else scheme_of_labels(labels)
    return LabelScheme.parse(scheme)


def entity_type(label: str, scheme: AnyScheme = None) -> str | None:
    """``SKILLS`` of ``B-SKILLS`` or of a plain ``SKILLS``; empty of a bare ``B``; None of ``O``."""
    return label_scheme(scheme).entity_type(label)


def prefix(label: str, scheme: AnyScheme = None) -> str:
    """``B`` of ``B-SKILLS``; empty where there is none, as of ``O``."""
    return label_scheme(scheme).split(label)[0]


def label_key(label: str, scheme: AnyScheme = None) -> tuple[str, str]:
    """Sort key that puts ``O`` first and the others in order of entity type, then prefix."""
    letter, kind = label_scheme(scheme).split(label)
    return kind or "", letter


def spans(tags: Sequence[str], scheme: AnyScheme = None) -> list[Span]:
    """Read the entities that tags spell, even where they break the scheme.

    The rules of the CoNLL evaluation (Tjong Kim Sang and Buchholz 2000, `conlleval`): an entity begins where the type
    changes, at ``B-``, ``S-``, ``U-`` or ``W-``, and after ``E-``, ``L-``, ``S-``, ``U-`` or ``W-``. So an ``I-`` that
    follows nothing begins an entity, and one rule reads every scheme.

    Parameters
    ----------
    tags : sequence of str
        T tags of one sentence.
    scheme : str, LabelScheme or None
        How a label is split; by default from the labels among the tags. In the plain scheme ``E-MAIL`` is a type.

    Returns
    -------
    list of Span
        In order; ends are exclusive.

    Examples
    --------
    >>> spans(["B_PER", "I_PER", "O"])
    [Span(start=0, end=2, type='PER')]
    """
    if scheme is None or scheme == "auto":
        return reader_of(frozenset(tags)).spans(tags)
    return label_scheme(scheme).spans(tags)


def reading_scheme(scheme: AnyScheme, sentences: Iterable[Sequence[str]]) -> LabelScheme:
    """One `LabelScheme` by which to read the tags of several sentences: as stated, else by all their labels.

    Raises
    ------
    InputError
        A flat list of tags where a list of tags for each sentence is expected.
    """
    labels: set[str] = set()
    for index, tags in enumerate(sentences):
        if isinstance(tags, str):
            raise InputError(
                f"sentence {index}: expected a list of tags for each sentence, found the string {tags!r:.60}"
            )
        labels.update(tags)
    return reader_of(frozenset(labels)) if scheme in (None, "auto") else label_scheme(scheme)


def tags_from_spans(entities: Iterable[Span], length: int, scheme: Scheme | LabelScheme = "IOB2") -> tuple[str, ...]:
    """Write spans as tags.

    Parameters
    ----------
    entities : iterable of Span
        In order, without overlap.
    length : int
        T, the number of tokens.
    scheme : str or LabelScheme, default "IOB2"
        The scheme to write.

    Returns
    -------
    tuple of str
        T tags.

    Raises
    ------
    TagError
        Spans that overlap, are out of order or outside of the sentence; a span without a type in the plain scheme.
    """
    return _stated(scheme).tags(entities, length)


def faults(tags: Sequence[str], scheme: Scheme | LabelScheme) -> list[Fault]:
    """Every tag that breaks the scheme, with the tag that it requires; empty if the tags obey it."""
    return _stated(scheme).faults(tags)


def validate(tags: Sequence[str], scheme: Scheme | LabelScheme) -> None:
    """Raise TagError at the first tag that breaks the scheme; its message names the token's index."""
    for position, found, expected in faults(tags, scheme):
        raise TagError(f"tag {position}: expected {expected!r} in {scheme}, found {found!r}; repair() mends it")


def repair(tags: Sequence[str], scheme: Scheme | LabelScheme) -> tuple[tuple[str, ...], int]:
    """Make tags obey a scheme while they keep the spans that they spell; return them and the number of changes."""
    wrong = {fault.position: fault.expected for fault in faults(tags, scheme)}
    return tuple(wrong.get(index, tag) for index, tag in enumerate(tags)), len(wrong)


def convert(tags: Sequence[str], *, source: Scheme | LabelScheme, target: Scheme | LabelScheme) -> tuple[str, ...]:
    """Write tags of one scheme in another.

    Lossless between the schemes with prefixes. The plain scheme loses the border between adjacent entities of a type.

    Raises
    ------
    TagError
        The tags break their scheme (`repair` mends them).

    Examples
    --------
    >>> convert(["B_PER", "I_PER", "O"], source="IOB2:B_PER", target="BMES")
    ('B-PER', 'E-PER', 'O')
    """
    validate(tags, source)
    return tags_from_spans(spans(tags, source), len(tags), target)


def label_index(label: str, labels: Sequence[str]) -> int:
    """The column of a label; `LabelError` lists the known ones."""
    try:
        return list(labels).index(label)
    except ValueError:
        raise LabelError(f"unknown label {label!r}: the tagger knows {', '.join(labels)}") from None


def _stated(scheme: Scheme | LabelScheme) -> LabelScheme:
    if isinstance(scheme, LabelScheme):
        return scheme
    check_name(scheme.partition(":")[0])
    return LabelScheme.parse(scheme)
