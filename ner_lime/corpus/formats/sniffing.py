"""Recognising a format by its first lines, whatever the file is called."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_BRAT = re.compile(r"[TREAMN#*]\d*\t\S+ \S")
_BRAT_ENTITY = re.compile(r"T\d+\t\S+ \d+ \d+")
_PUBTATOR = re.compile(r"[^|\t ]+\|[ta]\|")
_WORD_ID = re.compile(r"\d+(?:[-.]\d+)?")
_CONLLU_COLUMNS = 10

NAMES = {
    "iob": "IOB",
    "jsonl": "JSON lines",
    "json": "JSON",
    "brat": "brat's annotations",
    "pubtator": "PubTator",
    "bioc": "BioC or other XML",
    "conll2012": "CoNLL-2012",
    "conllu": "CoNLL-U",
}
"""Format of a text file to the name that messages use."""

NO_ROWS = frozenset({"jsonl", "json", "brat", "pubtator", "bioc"})
"""Formats that are not rows of columns, so that no option makes IOB of them."""


def sniff(lines: Sequence[str]) -> str:
    """Recognise the format of a text file.

    Parameters
    ----------
    lines : sequence of str
        The first lines, without line ends. The last one may be incomplete.

    Returns
    -------
    str
        A key of `NAMES`; "iob" where the lines are of no other format.
    """
    filled = [line for line in lines if line.strip()]
    if not filled:
        return "iob"
    first = filled[0].lstrip("\ufeff \t")
    if first.startswith(("<?xml", "<!DOCTYPE", "<collection")):
        return "bioc"
    if first.startswith(("{", "[")) and (found := _json(filled)):
        return found
    if first.startswith("#begin document"):
        return "conll2012"
    if _PUBTATOR.match(first):
        return "pubtator"
    if all(_BRAT.match(line) for line in filled[:20]) and any(_BRAT_ENTITY.match(line) for line in filled[:20]):
        return "brat"
    rows = [line for line in filled if not line.startswith("#")]
    if rows and all(_is_conllu(line) for line in rows[:20]):
        return "conllu"
    return "iob"


def _json(filled: Sequence[str]) -> str | None:
    if _is_object(filled[0]):
        return "jsonl"
    opening = "".join(filled[:3]).replace(" ", "")
    return "json" if (opening[:1] == "[" and opening[1:2] in "{[]") or re.match(r'\{("|\})', opening) else None


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_conllu(line: str) -> bool:
    cells = line.split("\t")
    return len(cells) == _CONLLU_COLUMNS and _WORD_ID.fullmatch(cells[0]) is not None
