"""Precision, recall and F1 of predicted tags: for each label over tokens, for each entity type over whole entities.

The table over labels is the one of scikit-learn's `classification_report` without ``O``; the one over entities counts
an entity as found if its borders and its type are right, as the CoNLL evaluation does (Tjong Kim Sang and De Meulder
2003, section 2.4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ner_lime.corpus.labels import OUTSIDE, AnyScheme, LabelScheme, Span, label_key, reading_scheme
from ner_lime.errors import InputError


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1, in [0, 1] and 0 where undefined, and the number of gold cases.

    Examples
    --------
    >>> score_tags([["B-PER", "O"]], [["B-PER", "O"]]).entities["PER"]
    Score(precision=1.0, recall=1.0, f1=1.0, support=1)
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Agreement of predicted tags with gold tags, over tokens and over whole entities.

    Attributes
    ----------
    tokens : dict of str to Score
        One score for each label but ``O``, in order of entity type and prefix.
    token_averages : dict of str to Score
        "micro", "macro" and "weighted" (by support) over those labels.
    entities : dict of str to Score
        One score for each entity type, in alphabetical order.
    entity_averages : dict of str to Score
        "micro", "macro" and "weighted" over the types.
    accuracy : float
        Share of the tokens whose predicted label is the gold one, ``O`` included.

    Examples
    --------
    >>> scores = score_tags([["B-PER", "I-PER"], ["O"]], [["B-PER", "O"], ["O"]])
    >>> scores.f1, round(scores.accuracy, 3)
    (0.0, 0.667)
    """

    tokens: Mapping[str, Score]
    token_averages: Mapping[str, Score]
    entities: Mapping[str, Score]
    entity_averages: Mapping[str, Score]
    accuracy: float

    @property
    def precision(self) -> float:
        """The precision over all entities (micro)."""
        return self.entity_averages["micro"].precision

    @property
    def recall(self) -> float:
        """The recall over all entities (micro)."""
        return self.entity_averages["micro"].recall

    @property
    def f1(self) -> float:
        """The F1 over all entities (micro): the figure that papers give."""
        return self.entity_averages["micro"].f1

    @property
    def weighted_token_f1(self) -> float:
        """The mean F1 of the labels, weighted by their support."""
        return self.token_averages["weighted"].f1

    def to_dict(self) -> dict[str, Any]:
        """Give the scores as plain data, ready for JSON."""
        return asdict(self)

    def to_text(self, *, digits: int = 3) -> str:
        """Give the two tables as text."""
        blocks = [
            _table("tokens", self.tokens, self.token_averages, digits),
            _table("entities", self.entities, self.entity_averages, digits),
        ]
        return "\n\n".join([*blocks, f"token accuracy {self.accuracy:.{digits}f}"])


def score_tags(
    gold: Iterable[Sequence[str]],
    predicted: Iterable[Sequence[str]],
    labels: Sequence[str] | None = None,
    *,
    scheme: AnyScheme = None,
    strict: bool = False,
) -> Scores:
    """Compare predicted tags with gold ones.

    Parameters
    ----------
    gold, predicted : iterables of sequences of str
        The tags of the same sentences, in the same order.
    labels : sequence of str, optional
        The labels to report, and whose entity types to report; by default all that occur. ``O`` never is.
    scheme : str, LabelScheme or None
        The scheme of the tags, which says how labels are split; by default from the labels that occur.
    strict : bool
        Count only predicted entities whose every tag obeys the scheme, which for IOB2 leaves out those that begin with
        ``I-``; `scheme` must be stated. Gold entities are always counted, whether they obey it or not.

    Raises
    ------
    InputError
        Another number of sentences, or of tags in a sentence; a flat list of tags; `strict` without a scheme.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    true, found, hit = Counter[str](), Counter[str](), Counter[str]()
    if strict and scheme in (None, "auto"):
        raise InputError(f"strict=True: expected the scheme that tags must obey, found {scheme!r}")
    gold, predicted = list(gold), list(predicted)
    read = reading_scheme(scheme, [*gold, *predicted])
    for right, guess in _aligned(gold, predicted):
        pairs.update(zip(right, guess, strict=True))
        right_spans = set(read.spans(right))
        guess_spans = _obeying(guess, read) if strict else set(read.spans(guess))
        true.update(span.type for span in right_spans)
        found.update(span.type for span in guess_spans)
        hit.update(span.type for span in right_spans & guess_spans)

    occurring = {label for pair in pairs for label in pair}
    shown = (occurring if labels is None else set(labels)) - {OUTSIDE, read.outside}
    reported = sorted(shown, key=lambda label: label_key(label, read))
    types = sorted(
        true | found if labels is None else {kind for label in labels if (kind := read.entity_type(label)) is not None}
    )
    of_gold, of_predicted, right_tokens = Counter[str](), Counter[str](), Counter[str]()
    for (right_label, guess_label), count in pairs.items():
        of_gold[right_label] += count
        of_predicted[guess_label] += count
        right_tokens[right_label] += count * (right_label == guess_label)
    tokens, token_averages = _summary(reported, right_tokens, of_predicted, of_gold)
    entities, entity_averages = _summary(types, hit, found, true)
    return Scores(tokens, token_averages, entities, entity_averages, _ratio(right_tokens.total(), pairs.total()))


def _aligned(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> Iterable[tuple[Sequence[str], Sequence[str]]]:
    if len(gold) != len(predicted):
        raise InputError(f"expected predictions for {len(gold)} sentences, found {len(predicted)}")
    for index, (right, guess) in enumerate(zip(gold, predicted, strict=True)):
        if len(right) != len(guess):
            raise InputError(f"sentence {index}: expected {len(right)} predicted tags, found {len(guess)}")
    return zip(gold, predicted, strict=True)


def _obeying(tags: Sequence[str], scheme: LabelScheme) -> set[Span]:
    """The entities whose every tag obeys the scheme."""
    wrong = {fault.position for fault in scheme.faults(tags)}
    return {span for span in scheme.spans(tags) if wrong.isdisjoint(range(span.start, span.end))}


def _summary(
    names: Sequence[str], hit: Counter[str], found: Counter[str], true: Counter[str]
) -> tuple[dict[str, Score], dict[str, Score]]:
    """Score each name, and average: scikit-learn's `precision_recall_fscore_support` with ``zero_division=0``."""
    rows = {name: _score(hit[name], found[name], true[name]) for name in names}
    support = sum(row.support for row in rows.values())
    scores = list(rows.values())
    averages = {
        "micro": _score(*(sum(counts[name] for name in names) for counts in (hit, found, true))),
        "macro": _mean(scores, [1] * len(scores), support),
        "weighted": _mean(scores, [score.support for score in scores], support),
    }
    return rows, averages


def _score(hit: int, found: int, true: int) -> Score:
    return Score(_ratio(hit, found), _ratio(hit, true), _ratio(2 * hit, found + true), true)


def _mean(rows: Sequence[Score], weights: Sequence[int], support: int) -> Score:
    def mean(values: Iterable[float]) -> float:
        return _ratio(sum(weight * value for weight, value in zip(weights, values, strict=True)), sum(weights))

    return Score(
        mean(row.precision for row in rows), mean(row.recall for row in rows), mean(row.f1 for row in rows), support
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _table(title: str, rows: Mapping[str, Score], averages: Mapping[str, Score], digits: int) -> str:
    named = [*rows.items(), *((f"{name} avg", score) for name, score in averages.items())]
    width = max(len(title), *(len(name) for name, _ in named))
    lines = [f"{title:<{width}}  precision     recall   f1-score    support"]
    for name, score in named:
        cells = [f"{value:>9.{digits}f}" for value in (score.precision, score.recall, score.f1)]
        lines.append("  ".join([f"{name:<{width}}", *cells, f"{score.support:>9}"]))
    lines.insert(1 + len(rows), "")
    return "\n".join(lines)
