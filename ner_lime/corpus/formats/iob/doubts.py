"""Doubts: signs that a column does not hold tags, or does not hold tokens, though every row can be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain

from ner_lime.corpus.labels import OUTSIDE, LabelScheme
from ner_lime.corpus.sentence import Sentence

PLACEHOLDERS = frozenset({"-", "_"})
"""Cells that say that a token is not annotated."""

_TAG = re.compile(r"O|(?:B|I|E|S|L|U|M|W)-\w[^\s]*")
_NO_TAG = re.compile(r"[{}\[\]<>=\"*\\]|.[()]|[()].")  # a bracket alone may be the part of speech of a bracket
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_MIN_DISTINCT = 10
_SHOWN = 3


def doubt(sentences: Sequence[Sentence], scheme: LabelScheme, cells: Collection[str]) -> str | None:
    """Say why tags whose scheme was detected are probably no tags, or the tokens no tokens; None without a doubt.

    Parameters
    ----------
    sentences : sequence of Sentence
        All of a file, or its beginning.
    scheme : LabelScheme
        The scheme that was detected.
    cells : collection of str
        The distinct cells of the tag column, as they are in the file.

    Returns
    -------
    str or None
        What was seen, and which option the user has to state.
    """
    if _running(sentences):
        return "the tokens are running numbers; state token_column=, which counts columns from 0"
    if scheme.name != "plain":
        return None
    tags = Counter(chain.from_iterable(sentence.tags or () for sentence in sentences))
    types = Counter({tag: count for tag, count in tags.items() if not scheme.is_outside(tag)})
    if not types:
        return None
    tokens = list(chain.from_iterable(sentence.tokens for sentence in sentences))
    like_tags = [token for token in tokens if _TAG.fullmatch(token)]
    if 3 * len(like_tags) >= 2 * len(tokens):
        return f"the tokens look like tags ({_some(like_tags)}); state token_column= and tag_column="
    reason = _reason(types, has_outside=OUTSIDE in cells)
    if reason is None:
        return None
    return f"{reason} ({_some(types)}); state tag_column=, or scheme='plain' if these are tags"


def _reason(types: Counter[str], *, has_outside: bool) -> str | None:
    odd = [tag for tag in types if _NO_TAG.search(tag)]
    if 2 * len(odd) >= len(types):
        if all("=" in tag for tag in odd):
            return "the tags are names with values, as in the MISC column of CoNLL-U, which read_corpus reads"
        if any("*" in tag for tag in odd):
            return "the tags are brackets, as in CoNLL-2012, which read_corpus reads"
        return "the tags have characters that tags do not have"
    if all(_NUMBER.fullmatch(tag) for tag in types):
        return "the tags are numbers"
    if not has_outside:
        return f"no tag is {OUTSIDE}, and most have no prefix such as B-"
    if types.total() >= _MIN_DISTINCT and 2 * len(types) > types.total():
        return f"{len(types)} of {types.total()} tags are distinct"
    return None


def _running(sentences: Sequence[Sentence]) -> bool:
    if sum(map(len, sentences)) < 2:
        return False
    first = {sentence.tokens[:1] for sentence in sentences}
    if first not in ({("0",)}, {("1",)}):
        return False
    start = int(next(iter(first))[0])
    return all(sentence.tokens == tuple(map(str, range(start, start + len(sentence)))) for sentence in sentences)


def _some(values: Sequence[str] | Counter[str]) -> str:
    distinct = list(dict.fromkeys(values))
    shown = ", ".join(f"{value!r:.30}" for value in distinct[:_SHOWN])
    return f"{shown}, ..." if len(distinct) > _SHOWN else shown
