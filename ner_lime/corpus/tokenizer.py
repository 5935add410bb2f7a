"""Tokenizing: text to tokens with character offsets, such that ``text[start:end] == token``.

A text is cut at white space, and each chunk is split by NLTK's ``NLTKWordTokenizer`` (the Penn Treebank's rules), save
for the pieces that `_WHOLE` holds together. So the tokens of a chunk never depend on what stands around it: the full
stop of "years." is split off wherever it stands, "etc." stays "etc.", and tokenizing two texts joined by a space is
the same as tokenizing each. Languages written without spaces need a tokenizer of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any, TypeAlias

from ner_lime.errors import InputError

Offsets: TypeAlias = tuple[tuple[int, int], ...]
"""(start, end) of each token in the text, in characters, end exclusive."""

Tokenizer: TypeAlias = Callable[[str], Any]
"""A text in; a list of tokens out, or a pair (tokens, offsets) as `tokenize` returns."""

_CHUNK = re.compile(r"\S+")
_ABBREVIATIONS = "mrs?|ms|dr|prof|sr|jr|st|inc|ltd|corp|co|bros|dept|univ|assoc|etc|vs|approx|incl|excl"
# Pieces that NLTK would split, or would split differently depending on their neighbours, one alternative a line.
# Possessive quantifiers and the look-behinds keep the search linear in words of any length.
_WHOLE = re.compile(
    rf"""
      (?:https?://|ftp://|www\.) [^\s<>"]* [^\s<>"'.,;:!?)\]}}»”’…]           # an address, without what follows it
    | (?<![\w.-]) [\w-]++ (?:\.[\w-]++)+ / [^\s<>"]* [^\s<>"'.,;:!?)\]}}»”’…]  # the same without its protocol
    | (?<![\w.+-]) [\w.+-]++ @ [\w-]++ (?:\.[\w-]++)+                          # a@b.com
    | (?<![\w./+-]) [\w./+-]* [A-Za-z]\#(?!\w) (?:/[\w.+\#-]*[\w+\#])*         # C#, ASP.NET/C#, C#/C++
    | (?<!\w) [@\#]\w++                                                        # @handle, #hashtag, #1
    | (?<!\w) \w++ (?:&\w++)+                                                  # R&D
    | (?<![\w.,]) \d++ (?:[.,]\d++)*+ [\u2012-\u2015] \d++ (?:[.,]\d++)*+ \+?  # 3–5: as 3-5
    | (?<![\w.]) [A-Za-z]{{1,2}}\. (?:[A-Za-z]{{1,4}}\.)+ (?!\w)               # e.g., U.S., Ph.D., B.Tech.
    | (?<!\w) (?i:{_ABBREVIATIONS})\. (?!\w)                                   # etc., Inc.
    | "                                                                        # NLTK rewrites it, and loses count
    | \.{{2,}}                                                                 # an ellipsis, else its last stop is cut
    | [£€¥•▪◦‣●○…]                                                             # as NLTK does with $ and *
    | (?<=\w) - (?=[$£€¥])                                                     # $45,000-$60,000
    | ^ [-–—] (?=[^\W\d_]{{2}})                                                # the dash of a list item
    """,
    re.VERBOSE,
)
_CURLY_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)")


def tokenize(text: str) -> tuple[tuple[str, ...], Offsets]:
    """Split a text into tokens.

    Parameters
    ----------
    text : str
        Any text, of one sentence or several. White space is the only thing that belongs to no token.

    Returns
    -------
    tokens : tuple of str
        T tokens, as they stand in the text.
    offsets : tuple of (int, int)
        T pairs (start, end) in characters, such that ``text[start:end] == token``.

    Examples
    --------
    >>> tokenize("6+ years of C# (e.g. ASP.NET).")[0]
    ('6+', 'years', 'of', 'C#', '(', 'e.g.', 'ASP.NET', ')', '.')
    """
    offsets: list[tuple[int, int]] = []
    for chunk in _CHUNK.finditer(text):
        base = chunk.start()
        offsets.extend((base + start, base + end) for start, end in _chunk_offsets(chunk.group()))
    return tuple(text[start:end] for start, end in offsets), tuple(offsets)


def tokenize_whitespace(text: str) -> tuple[tuple[str, ...], Offsets]:
    """Split a text that is already tokenized at its white space.

    Parameters
    ----------
    text : str
        Tokens with white space between them.

    Returns
    -------
    tokens : tuple of str
        T tokens.
    offsets : tuple of (int, int)
        T pairs (start, end) in characters, such that ``text[start:end] == token``.
    """
    chunks = list(_CHUNK.finditer(text))
    return tuple(chunk.group() for chunk in chunks), tuple(chunk.span() for chunk in chunks)


def cut(text: str, tokenizer: Tokenizer) -> tuple[tuple[str, ...], Offsets | None]:
    """Tokenize a text with a tokenizer of the user's, and find the offsets of its tokens.

    Returns
    -------
    tokens : tuple of str
        T tokens.
    offsets : tuple of (int, int) or None
        None if the tokens do not occur in the text in this order: some tokenizers rewrite quotes, for instance.

    Raises
    ------
    InputError
        The tokenizer returned something else than strings.
    """
    found = tokenizer(text)
    if isinstance(found, tuple) and len(found) == 2 and not isinstance(found[0], str):
        found = found[0]
    if isinstance(found, str) or not all(isinstance(token, str) for token in found):
        raise InputError(f"expected a tokenizer that returns a list of strings, found {found!r:.80}")
    offsets, end = [], 0
    for token in found:
        start = text.find(token, end)
        if start < 0:
            return tuple(found), None
        end = start + len(token)
        offsets.append((start, end))
    return tuple(found), tuple(offsets)


@lru_cache(maxsize=10_000)  # words repeat; NLTK takes some 40 regular expressions for each
def _chunk_offsets(chunk: str) -> Offsets:
    """Split a chunk of text without white space."""
    offsets: list[tuple[int, int]] = []
    end = 0
    for whole in _WHOLE.finditer(chunk):
        offsets.extend(_treebank_offsets(chunk, end, whole.start()))
        offsets.append(whole.span())
        end = whole.end()
    offsets.extend(_treebank_offsets(chunk, end, len(chunk)))
    return tuple(offsets)


def _treebank_offsets(chunk: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """NLTK's split of ``chunk[start:end]``, with "don’t" split as "don't"."""
    if start == end:
        return
    piece = _CURLY_APOSTROPHE.sub("'", chunk)[start:end]  # one character for one: the offsets stay
    for first, last in _treebank().span_tokenize(piece):
        yield start + first, start + last


@cache
def _treebank() -> Any:
    from nltk.tokenize import NLTKWordTokenizer  # late: it costs more than the whole command line

    return NLTKWordTokenizer()
