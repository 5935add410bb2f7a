"""Words that are hidden and shown together: given by hand, or found as entities, phrases or clauses of the sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby
from typing import Any, Literal, TypeAlias, get_args
from unicodedata import category

from ner_lime.checks import whole_number
from ner_lime.corpus.labels import TOLERANT, LabelScheme, Span
from ner_lime.errors import InputError
from ner_lime.types import Tokens

GroupKind: TypeAlias = Literal["entities", "phrases", "clauses"]
Groups: TypeAlias = GroupKind | Sequence[Sequence[int]] | Callable[[Tokens], Sequence[Sequence[int]]]
"""A kind, lists of word indices, or a function from the tokens to such lists (a chunker for another language, say)."""

_ENGLISH = """
a an the this that these those such each every either neither some any no all both another other
i me my mine you your yours he him his she her hers it its we us our ours they them their theirs
who whom whose which what where when why how one oneself myself yourself himself herself itself ourselves themselves
and or but nor so yet if unless because although though while whereas since until whether than as
of in on at by for with without within about against between among into onto through throughout during before after
above below to toward towards from up down out off over under near per via upon across along around behind beside
besides beyond despite except like
is am are was were be been being has have had having do does did doing done will would shall should can could may
might must not n't 's 're 've 'll 'd 'm there here also only just very too then
"""
FUNCTION_WORDS = frozenset(_ENGLISH.split())
"""The closed classes of English: what stands between phrases."""

JOINING = frozenset("&/-'\\%#@*_")
"""Punctuation that stands within phrases and clauses."""


def components(
    groups: Groups | None, tokens: Tokens, predicted: Sequence[str], scheme: LabelScheme = TOLERANT
) -> tuple[tuple[int, ...], ...]:
    """Groups of word indices, and every other word by itself, in the order of their first word.

    Parameters
    ----------
    groups : Groups or None
        "entities": those that the tagger predicts. "phrases": runs of words between English function words and
        punctuation, the candidate keywords of RAKE (Rose, Engel, Cramer, Cowley, Text Mining 2010, section 1.2.1).
        "clauses": what stands between punctuation marks; a mark belongs to what it ends.
    tokens : T words
    predicted : T tags
    scheme : how entities are read from them

    Raises
    ------
    InputError
        An unknown kind, or a group that is empty, overlaps another, or leaves the sentence.
    """
    if groups is None:
        found: Sequence[Sequence[int]] = ()
    elif isinstance(groups, str):
        found = _of_kind(groups, tokens, scheme.spans(predicted))
    else:
        found = groups(tokens) if callable(groups) else groups
    return _checked(found, len(tokens))


def _of_kind(kind: str, tokens: Tokens, predicted: Sequence[Span]) -> list[list[int]]:
    if kind == "entities":
        return [list(range(span.start, span.end)) for span in predicted]
    if kind == "phrases":
        return list(_phrases(tokens))
    if kind == "clauses":
        return list(_clauses(tokens))
    known = ", ".join(f'"{name}"' for name in get_args(GroupKind))
    raise InputError(f"expected groups {known}, lists of word indices or a function, found {kind!r}")


def _phrases(tokens: Tokens) -> Iterator[list[int]]:
    def inside(word: int) -> bool:
        return not _is_mark(tokens[word]) and tokens[word].lower() not in FUNCTION_WORDS

    for is_phrase, run in groupby(range(len(tokens)), inside):
        if is_phrase:
            yield list(run)


def _clauses(tokens: Tokens) -> Iterator[list[int]]:
    clause: list[int] = []
    for word, token in enumerate(tokens):
        last = tokens[word - 1]
        if clause and ((_opens(token) and not _opens(last)) or (_closes(last) and not _closes(token))):
            yield clause
            clause = []
        clause.append(word)
    if clause:
        yield clause


def _is_mark(token: str) -> bool:
    return bool(token) and all(category(sign).startswith("P") and sign not in JOINING for sign in token)


def _opens(token: str) -> bool:
    """Whether it is a bracket or quotation mark that belongs to what follows."""
    return _is_mark(token) and category(token[-1]) in ("Ps", "Pi")


def _closes(token: str) -> bool:
    return _is_mark(token) and not _opens(token)


def _checked(groups: Sequence[Sequence[int]], n_tokens: int) -> tuple[tuple[int, ...], ...]:
    seen: dict[int, int] = {}
    found = []
    for number, group in enumerate(_listed(groups, "groups to be lists of word indices")):
        listed = _listed(group, f"group {number} to be a list of word indices")
        found.append(tuple(sorted(whole_number(word, f"a word of group {number}") for word in listed)))
        if not found[-1]:
            raise InputError(f"expected at least one word in every group, found group {number} empty")
        for word in found[-1]:
            if not 0 <= word < n_tokens:
                raise InputError(f"group {number} names word {word}, expected 0 to {n_tokens - 1}")
            if word in seen:
                raise InputError(f"groups overlap: word {word} is in group {seen[word]} and in group {number}")
            seen[word] = number
    return tuple(sorted(found + [(word,) for word in range(n_tokens) if word not in seen]))


def _listed(value: object, expected: str) -> Collection[Any]:
    if isinstance(value, str) or not isinstance(value, Collection):
        raise InputError(f"expected {expected}, found {value!r}")
    return value
