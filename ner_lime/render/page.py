"""What a page holds: data for its script, and the same figures for the page without it.

Both are made from the same rounded numbers, so nothing on the page changes when its script starts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ner_lime.corpus.labels import entity_type
from ner_lime.explanation import Explanation, TokenExplanation
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType, Target, coefficients
from ner_lime.explanation.verdict import Verdict, judge
from ner_lime.render.direction import direction
from ner_lime.render.visible import visible
from ner_lime.render.vlq import vlq
from ner_lime.types import FloatArray

SHADES = 10
"""Steps of shading, from nothing to the largest weight."""

MAX_LABELS = 10
"""Maximum number of labels whose probability is listed; the others are summed."""

WEIGHT_STEPS, ERROR_STEPS = np.iinfo(np.int16).max, np.iinfo(np.uint8).max
"""Steps of the largest weight and of the largest standard error, to which a page rounds."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of the page's list of targets."""

    target: Target
    group: str
    name: str


def choices(labels: Sequence[str]) -> list[Choice]:
    """List every target that is no contrast: the labels first, then entity types and any entity."""
    types = sorted({kind for label in labels if (kind := entity_type(label)) is not None})
    return [
        *(Choice(label, "Labels", label) for label in labels),
        *(Choice(EntityType(kind), "Entity types", kind or "entity") for kind in types),
        *([Choice(AnyEntity(), "Entity types", str(AnyEntity()))] if types else []),
    ]


def rounded(explanation: Explanation) -> Explanation:
    """Round to what the page knows: weights to 1/32767 of the largest, errors to 1/255, the rest to 6 decimals."""
    e = explanation
    return replace(
        e,
        weights=_steps(e.weights, WEIGHT_STEPS) * _unit(e.weights, WEIGHT_STEPS),
        std_errors=_steps(e.std_errors, ERROR_STEPS) * _unit(e.std_errors, ERROR_STEPS),
        probabilities=np.nan_to_num(e.probabilities).round(6),
        bias=np.nan_to_num(e.bias).round(6),
    )


def script_data(explanation: Explanation, word_index: int, target: Target | None) -> Json:
    """What the script needs, ready for JSON.

    R2 and verdicts are there for every choice and for every contrast with the word's predicted label; a contrast and
    its reverse have the same. Other contrasts, of which there are L^2 a word, have none.
    """
    e, listed = explanation, choices(explanation.labels)
    evidence = [word.evidence_of([*(choice.target for choice in listed), *_contrasts(word)]) for word in e]
    verdicts: dict[Verdict, int] = {}
    judged = [[verdicts.setdefault(judge(found), len(verdicts)) for found in each] for each in evidence]
    reasons = list(dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons))
    errors = _steps(e.std_errors, ERROR_STEPS)
    choice, other = _chosen(target, e.labels)
    return {
        "word": word_index,
        "choice": choice,
        "other": other,
        "positions": list(e.positions),
        "components": [list(words) for words in e.components],
        "labels": list(e.labels),
        "choices": [[c.name, np.flatnonzero(coefficients(c.target, e.labels)).tolist()] for c in listed],
        "predicted": [e.labels.index(label) for label in e.predicted],
        "gold": None if e.gold is None else list(e.gold),
        "probabilities": _millionths(e.probabilities),
        "bias": _millionths(e.bias),
        "unit": _unit(e.weights, WEIGHT_STEPS),
        "weights": vlq(_steps(e.weights, WEIGHT_STEPS)),
        "error_unit": _unit(e.std_errors, ERROR_STEPS),
        "errors": vlq(np.diff(errors.ravel(), prepend=0)) if e.std_errors.any() else None,  # neighbours have the same
        "kl": [figure(kl, 4) for kl in e.fidelity.kl],
        "top1": [figure(share, 2) for share in e.fidelity.top1],
        "r2": [[round(1000 * found.r2) if math.isfinite(found.r2) else None for found in each] for each in evidence],
        "judged": judged,
        "verdicts": [[verdict.level, *map(reasons.index, verdict.reasons)] for verdict in verdicts],
        "reasons": reasons,
    }


def first_view(explanation: Explanation, word_index: int, target: Target | None) -> Json:
    """One word's figures as the template shows them; the script would show the same."""
    exact, word = explanation[word_index], rounded(explanation)[word_index]
    contributions = word.contributions(target)
    largest = max(abs(c.weight) for c in contributions)
    scale = largest if round(largest, 3) else 1.0  # what is told as 0.000 is not shaded
    ends = [c.weight + 1.96 * sign * c.std_error for c in contributions for sign in (-1, 1)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    known = not isinstance(target, Contrast) or word.label in (target.label, target.other)
    likely = list(word.probabilities.items())
    value = word.probability_of(target)
    runs = direction(visible(explanation.text)) or "ltr"
    return {
        "word": word,
        "name": word.label if target is None else str(target) or "entity",
        "value": signed(value) if isinstance(target, Contrast) else f"{value:.3f}",
        "note": _note(exact),
        "verdict": exact.verdict_of(target) if known else None,
        "r2": figure(exact.r2(target), 3) if known else None,
        "kl": figure(exact.explanation.fidelity.kl[exact.row], 4),
        "top1": figure(exact.explanation.fidelity.top1[exact.row], 2),
        "contributions": contributions,
        "view_box": f"{low:.4f} 0 {high - low or 1:.4f} 1",
        "bias": word.bias(target),
        "prediction": word.prediction(target),
        "likely": likely[:MAX_LABELS],
        "unlikely": likely[MAX_LABELS:],
        "own_share": word.own_share(target),
        "direction": runs,
        "pieces": _pieces(word, {w: c.weight / scale for c in contributions for w in c.word_indices}, runs),
        "tail": explanation.text[explanation.offsets[-1][1] :],
    }


def shade(share: float) -> str:
    """Class names of a weight, given its share of the largest: sign and strength, nothing where it is negligible."""
    strength = math.floor(abs(share) * SHADES + 0.5) if math.isfinite(share) else 0
    return f"{'pos' if share > 0 else 'neg'} s{strength}" if strength else ""


def signed(value: float, digits: int = 3) -> str:
    """Decimals with their sign, a true minus; no sign where they are zero."""
    text = f"{abs(value):.{digits}f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else '−'}{text}"


def figure(value: float, digits: int) -> float | None:
    """Round; None where there is no number."""
    return round(float(value), digits) if math.isfinite(value) else None


def _pieces(word: TokenExplanation, shares: dict[int, float], runs: str) -> list[Json]:
    """The raw text word by word: what stands before it, whether an entity opens or closes, how it is drawn.

    `runs` is the direction of the text; a word that runs the other way says so.
    """
    e = word.explanation
    opens = {span.start: span.type or "entity" for span in e.predicted_spans}
    closes = {span.end - 1 for span in e.predicted_spans}
    pieces, end = [], 0
    for index, (token, (start, stop)) in enumerate(zip(e.tokens, e.offsets, strict=True)):
        own = direction(visible(token)) or runs
        names = ("word", shade(shares.get(index, 0.0)), "chosen" if index == word.word_index else "")
        pieces.append(
            {
                "gap": e.text[end:start],
                "opens": opens.get(index),
                "token": token,
                "classes": " ".join(filter(None, names)),
                "direction": None if own == runs else own,
                "closes": index in closes,
            }
        )
        end = stop
    return pieces


def _note(word: TokenExplanation) -> str:
    notes = []
    if word.label != word.marginal_label:
        notes.append(
            f"The tagger’s best sequence has {word.label} here; "
            f"by itself {word.marginal_label} is the most probable label."
        )
    gold = word.explanation.gold
    if gold is not None and gold[word.word_index] != word.label:
        notes.append(f"The gold label is {gold[word.word_index]}.")
    return " ".join(notes)


def _contrasts(word: TokenExplanation) -> list[Target]:
    return [Contrast(word.label, other) for other in word.explanation.labels]


def _chosen(target: Target | None, labels: Sequence[str]) -> tuple[int, int]:
    """Which choice, and which label it is contrasted with; -1 for the predicted label, and for no contrast."""
    if target is None:
        return -1, -1
    if isinstance(target, Contrast):
        return labels.index(target.label), labels.index(target.other)
    return next(i for i, choice in enumerate(choices(labels)) if choice.target == target), -1


def _unit(array: FloatArray, n_steps: int) -> float:
    return float(np.abs(np.nan_to_num(array)).max(initial=0.0)) / n_steps or 1.0


def _steps(array: FloatArray, n_steps: int) -> FloatArray:
    """Whole numbers of a unit."""
    return np.asarray(np.round(np.nan_to_num(array) / _unit(array, n_steps)))


def _millionths(array: FloatArray) -> list[list[int]]:
    return [[round(1e6 * value) for value in row] for row in np.nan_to_num(array).tolist()]
