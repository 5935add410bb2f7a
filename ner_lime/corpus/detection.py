"""Detection of the label scheme: by the labels' spelling, then by a vote of the tags.

A label is evidence of a prefix only if its type is seen with the other prefixes that the scheme requires: ``E-MAIL``
without any ``B-MAIL`` is a type, and the ``S`` of an Italian part-of-speech tag set is no single-token entity.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import chain

from ner_lime.corpus.schemes import OUTSIDE, OUTSIDE_PLUS, TOLERANT, LabelScheme, Scheme

_SPELLED = (  # (pattern, suffixed, lower-case): prefix, separator and type of a label
    (re.compile(r"(?P<letter>[BIESLUMW])(?P<separator>[^\w\s]|_)(?P<type>.+)", re.DOTALL), False, False),
    (re.compile(r"(?P<type>.+)(?P<separator>[^\w\s]|_)(?P<letter>[BIESLUMW])", re.DOTALL), True, False),
    (re.compile(r"(?P<letter>[bieslumw])(?P<separator>[^\w\s]|_)(?P<type>.+)", re.DOTALL), False, True),
    (re.compile(r"(?P<type>.+)(?P<separator>[^\w\s]|_)(?P<letter>[bieslumw])", re.DOTALL), True, True),
)
_FAMILIES = tuple(frozenset(letters) for letters in ("BI", "BIES", "BILU", "BMES", "BMEW"))
_PARTNERS = {"E": "BIM", "L": "BI", "M": "BE", "W": "BME"}
_VOTES = {"E": "IOBES", "S": "IOBES", "L": "BILOU", "U": "BILOU", "B": "IOB2", "I": "IOB1", "": "plain"}
"""The scheme that a prefix speaks for; the order of the keys settles ties."""


def detect(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Detect the label scheme of a corpus by a vote, so that a few wrong tags do not decide.

    A tag that only one scheme has at its position votes for that scheme: ``E-`` and ``S-``; ``L-`` and ``U-``; ``B-``
    or ``I-`` at the start of an entity for IOB2 or IOB1; a tag without prefix for plain. Without any vote it is IOB2.

    Parameters
    ----------
    sentences : iterable of sequences of str
        The tags of each sentence.

    Returns
    -------
    str
        As `LabelScheme.parse` reads it: ``"IOB2"``, or ``"IOB2:B_PER"`` where the spelling is another.
    """
    tagged = (tags for tags in sentences if tags.count(OUTSIDE) < len(tags))
    pairs = Counter(chain.from_iterable(zip((OUTSIDE, *tags), tags, strict=False) for tags in tagged))
    labels = Counter[str]()
    for (_, tag), count in pairs.items():
        labels[tag] += count
    return str(_scheme(pairs, labels))


def scheme_of_labels(labels: Iterable[str]) -> LabelScheme:
    """Detect the label scheme of a label set, such as that of a tagger that states none.

    The label set can't tell IOB1 from IOB2; the spans that are read are the same in both.

    Examples
    --------
    >>> str(scheme_of_labels(["O", "B_PER", "I_PER"])), str(scheme_of_labels(["E-MAIL", "NAME", "O"]))
    ('IOB2:B_PER', 'plain')
    """
    return _of_labels(frozenset(labels))


@lru_cache(maxsize=256)
def _of_labels(labels: frozenset[str]) -> LabelScheme:
    found = _scheme(Counter((OUTSIDE, label) for label in labels), Counter(labels))
    return LabelScheme("IOB2", found.separator, found.suffixed, found.lowercase) if found.name == "IOB1" else found


@lru_cache(maxsize=1024)
def reader_of(labels: frozenset[str]) -> LabelScheme:
    """The scheme by which tags of unknown scheme are read: `TOLERANT`, unless all are spelled in another way."""
    if all(TOLERANT.split(label)[0] or label == OUTSIDE for label in labels):
        return TOLERANT
    found = _spelling(labels)
    if found == LabelScheme("IOB2") and not _middle(labels, found):
        return TOLERANT
    scheme = _of_labels(labels)
    return TOLERANT if scheme.name == "plain" else scheme


def _scheme(pairs: Counter[tuple[str, str]], labels: Counter[str]) -> LabelScheme:
    spelling = _spelling(labels)
    letters = _genuine(labels, spelling)
    votes = dict.fromkeys(("IOBES", "BILOU", "IOB2", "IOB1", "plain"), 0)
    used = {letter for letter, _ in letters.values()}
    read = LabelScheme("BMEWO" if used & {*"MW"} else "IOB2", *_form(spelling))
    parts = {
        label: letters.get(label, ("", None if read.is_outside(label) else label))
        for label in {*labels, *chain.from_iterable(pairs)}
    }
    for (previous, tag), count in pairs.items():
        letter, kind = parts[tag]
        if kind is not None and (letter in "ESLUMW" or parts[previous][1] != kind):
            votes[_VOTES.get(letter, "IOBES")] += count
    best = max(votes, key=lambda name: votes[name])
    name = best if votes[best] else "IOB2"
    if name == "IOBES" and "W" in used:
        name = "BMEWO"
    elif name == "IOBES" and "M" in used and "I" not in used:
        name = "BMES"
    return LabelScheme(name) if name == "plain" else LabelScheme(name, *_form(spelling))


def _form(spelling: LabelScheme) -> tuple[str, bool, bool]:
    return spelling.separator, spelling.suffixed, spelling.lowercase


def _spelling(labels: Collection[str]) -> LabelScheme:
    """The spelling in which most labels have a prefix; the usual one unless another is certain.

    Another one is certain if three quarters of the labels have it (of the tokens, where they are counted), and its
    prefixes are those of a scheme: B, and for suffixes and lower case, which words have too, a second one.
    """
    weights = labels if isinstance(labels, Counter) else Counter(dict.fromkeys(labels, 1))
    inside = {
        label: weight
        for label, weight in weights.items()
        if label not in (OUTSIDE, OUTSIDE.lower()) and not OUTSIDE_PLUS.fullmatch(label.upper())
    }
    total = sum(inside.values())
    if inside and {"b", OUTSIDE.lower()} <= {*weights} and {*inside} <= {*"bieslumw"}:
        return LabelScheme("IOB2", lowercase=True)
    for pattern, suffixed, lowercase in _SPELLED:
        counts = Counter[str]()
        letters: defaultdict[str, set[str]] = defaultdict(set)
        for label, weight in inside.items():
            if match := pattern.fullmatch(label):
                counts[match["separator"]] += weight
                letters[match["separator"]].add(match["letter"].upper())
        if not counts:
            continue
        (separator, count), *_ = counts.most_common(1)
        if (separator, suffixed, lowercase) == ("-", False, False):
            if 2 * count > total:
                break
            continue
        used = letters[separator]
        plausible = any(used <= family for family in _FAMILIES) and "B" in used
        if plausible and (len(used) > 1 or not (suffixed or lowercase)) and 4 * count >= 3 * total:
            return LabelScheme("IOB2", separator, suffixed, lowercase)
    return LabelScheme("IOB2")


def _genuine(labels: Collection[str], spelling: LabelScheme) -> dict[str, tuple[str, str]]:
    """The labels that have a prefix, with their parts, by the rules at the top of this module."""
    full = LabelScheme("BMEWO", *_form(spelling))
    letters_of: defaultdict[str, set[str]] = defaultdict(set)
    split = {label: (letter, kind or "") for label in labels if (kind := full.split(label)[1]) is not None
             for letter in full.split(label)[0]}  # fmt: skip
    for letter, kind in split.values():
        letters_of[kind].add(letter)
    bare = [label for label, (_, kind) in split.items() if not kind]
    words = [label for label in labels if label not in split and not full.is_outside(label)]
    genuine = {
        label: (letter, kind)
        for label, (letter, kind) in split.items()
        if letter not in _PARTNERS or letters_of[kind] & {*_PARTNERS[letter]}
    }
    if "M" in {letter for letter, _ in genuine.values()}:  # then a type may occur in single tokens only
        genuine |= {label: parts for label, parts in split.items() if parts[0] == "W"}
    if bare and words:  # single letters among other labels without prefix are part-of-speech tags
        genuine = {label: parts for label, parts in genuine.items() if label not in bare}
    return genuine


def _middle(labels: Iterable[str], spelling: LabelScheme) -> bool:
    """Whether a label has a prefix of BMES that `TOLERANT` does not read."""
    return any(letter in "MW" for letter, _ in _genuine(list(labels), spelling).values())
