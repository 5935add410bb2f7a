"""What a page holds: data for its script, and the same figures for the page without it.

Both are made from the same rounded numbers, so nothing on the page changes when its script starts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ner_lime.corpus.labels import AnyScheme, label_scheme
from ner_lime.explanation import EntityExplanation, Explanation, TokenExplanation
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.contributions import Interaction
from ner_lime.explanation.joint import Joint
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType, Target, coefficients
from ner_lime.explanation.verdict import Verdict, judge
from ner_lime.render.answer import Claim, answer, claim_of, claim_of_entity, claimed
from ner_lime.render.direction import direction
from ner_lime.render.scale import HARDLY, clipped, strength
from ner_lime.render.visible import visible
from ner_lime.render.vlq import vlq
from ner_lime.types import FloatArray

MAX_LABELS = 10
"""Maximum number of labels whose probability is listed; the others are summed."""

WEIGHT_STEPS, ERROR_STEPS = np.iinfo(np.int16).max, np.iinfo(np.uint8).max
"""Steps of the largest weight and of the largest standard error, to which a page rounds."""

HUES = 6
"""Number of colours, and of kinds of line under an entity, that tell entity types apart; then they begin again."""

NO_VERDICT = "not judged on this page: it holds the verdicts on contrasts with the predicted label only"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of the page's list of targets."""

    target: Target
    group: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A contribution as the table draws it: where its bar begins and how long it is, within the ends of the axis."""

    indices: str
    name: str
    weight: float
    error: float
    sign: str
    start: float
    length: float
    low: float
    high: float


def choices(labels: Sequence[str], scheme: AnyScheme = None) -> list[Choice]:
    """List every target that is no contrast: the labels first, then entity types and any entity."""
    types = entity_types(labels, scheme)
    return [
        *(Choice(label, "Labels", label) for label in labels),
        *(Choice(EntityType(kind), "Entity types", kind or "entity") for kind in types),
        *([Choice(AnyEntity(), "Entity types", str(AnyEntity()))] if types else []),
    ]


def entity_types(labels: Sequence[str], scheme: AnyScheme = None) -> list[str]:
    """The entity types of a label set, sorted."""
    read = label_scheme(scheme, labels)
    return sorted({kind for label in labels if (kind := read.entity_type(label)) is not None})


def hue(kind: str, labels: Sequence[str], scheme: AnyScheme = None) -> str:
    """Class name of an entity type's colour and line."""
    types = entity_types(labels, scheme)
    return f"t{types.index(kind) % HUES}" if kind in types else "t0"


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


def rounded_entity(entity: EntityExplanation) -> EntityExplanation:
    """Round an entity's figures to 6 decimals, as the page has them."""
    a = entity.attribution
    return replace(
        entity,
        attribution=replace(
            a,
            values=np.nan_to_num(a.values).round(6),
            bias=np.nan_to_num(a.bias).round(6),
            weights=np.nan_to_num(a.weights).round(6),
            std_errors=np.nan_to_num(a.std_errors).round(6),
        ),
    )


def seen(attribution: Attribution) -> Attribution:
    """The parts as the page shows them, and its script reads them off it: what is hidden in them is spelled out."""
    return replace(attribution, parts=tuple(visible(part, keep="\n\t") for part in attribution.parts))


def script_data(
    explanation: Explanation, word_index: int, target: Target | None, beside: Joint, entity: int | None
) -> Json:
    """What the script needs, ready for JSON.

    R2 and verdicts are there for every choice and for every contrast with the word's predicted label; a contrast and
    its reverse have the same. Other contrasts, of which there are L^2 a word, have none.
    """
    e, listed = explanation, choices(explanation.labels, explanation.scheme)
    evidence = [word.attribution.evidence_of([*(choice.target for choice in listed), *_contrasts(word)]) for word in e]
    verdicts: dict[Verdict, int] = {}
    judged = [[verdicts.setdefault(judge(found), len(verdicts)) for found in each] for each in evidence]
    reasons = list(dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons))
    errors = _steps(e.std_errors, ERROR_STEPS)
    choice, other = _chosen(target, e.labels, e.scheme)
    return {
        "listed": MAX_LABELS,
        "word": word_index,
        "choice": choice,
        "other": other,
        "entity": -1 if entity is None else entity,
        "positions": list(e.positions),
        "components": [list(words) for words in e.components],
        "labels": list(e.labels),
        "choices": [
            [c.name, np.flatnonzero(coefficients(c.target, e.labels, e.scheme)).tolist(), *_own_claim(c)]
            for c in listed
        ],
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
        **_shared(reasons),
        "pairs": {word: told for word, pair in beside.pairs.items() if (told := _pair_data(pair, e)) is not None},
        "entities": [_entity_data(found, e) for found in beside.entities],
    }


def word_view(explanation: Explanation, word_index: int, target: Target | None, pair: Interaction | None) -> Json:
    """One word's figures as the template shows them; the script would show the same."""
    exact, word = explanation[word_index], rounded(explanation)[word_index]
    known = not isinstance(target, Contrast) or word.label in (target.label, target.other)
    a = seen(word.attribution)
    current = set(np.flatnonzero(a.combination(target)).tolist())
    likely = [(label, p, a.targets.index(label) in current) for label, p in word.probabilities.items()]
    n_listed = max(1, sum(f"{p:.3f}" != "0.000" for _, p, _ in likely[:MAX_LABELS]))
    claim = claim_of(a, target)
    return {
        **_view(a, visible(word.token), claim, target),
        "name": word.label if target is None else str(target) or "entity",
        "note": _note(exact),
        "verdict": exact.attribution.verdict_of(target) if known else None,
        "r2": figure(exact.attribution.r2(target), 3) if known else None,
        "kl": figure(exact.explanation.fidelity.kl[exact.row], 4),
        "top1": figure(exact.explanation.fidelity.top1[exact.row], 2),
        "likely_title": "What else it could be",
        "likely": likely[:n_listed],
        "unlikely": likely[n_listed:],
        "pair": None if target is not None or pair is None or abs(pair.weight) < HARDLY else pair,
        **_text(explanation, a, target, range(word_index, word_index + 1)),
    }


def entity_view(explanation: Explanation, entity: EntityExplanation) -> Json:
    """The figures of an entity as the template shows them."""
    found = rounded_entity(entity)
    span = range(entity.start, entity.end)
    labels = [(explanation.predicted[word], word) for word in span]
    p = np.nan_to_num(explanation.probabilities).round(6)
    listed = [
        (f"{explanation.tokens[word]} {label}", float(p[word, explanation.labels.index(label)]), True)
        for label, word in labels
    ]
    a = seen(found.attribution)
    return {
        **_view(a, visible(entity.text), claim_of_entity(found), None),
        "name": f"{entity.kind} entity" if entity.kind else "entity",
        "note": _how(entity),
        "verdict": entity.verdict,
        "r2": figure(entity.r2, 3),
        "kl": None,
        "top1": None,
        "likely_title": "Its words, each by itself",
        "likely": listed[:MAX_LABELS],
        "unlikely": [],
        "pair": None,
        **_text(explanation, a, None, span),
    }


def chips(explanation: Explanation, beside: Joint) -> list[Json]:
    """The entities that can be asked about: their words, types, classes and joint probabilities."""
    return [
        {
            "text": entity.text,
            "kind": entity.kind or "entity",
            "hue": hue(entity.kind, explanation.labels, explanation.scheme),
            "value": f"{entity.probability:.3f}",
        }
        for entity in beside.entities
    ]


def shade(weight: float) -> str:
    """Class names of a weight: sign and strength, nothing where it hardly moves anything."""
    step = strength(weight)
    return f"{'pos' if weight > 0 else 'neg'} s{step}" if step else ""


def signed(value: float, digits: int = 3) -> str:
    """Decimals with their sign, a true minus; no sign where they are zero."""
    text = f"{abs(value):.{digits}f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else '−'}{text}"


def figure(value: float, digits: int) -> float | None:
    """Round; None where there is no number."""
    return round(float(value), digits) if math.isfinite(value) else None


def rows(attribution: Attribution, target: Target | None = None) -> list[Row]:
    """The contributions as the table draws them, largest first."""
    return [
        Row(
            indices=", ".join(map(str, c.indices)),
            name=c.name,
            weight=c.weight,
            error=1.96 * c.std_error,
            sign="pos" if c.weight > 0 else "neg",
            start=min(clipped(c.weight), 0.0),
            length=abs(clipped(c.weight)),
            low=clipped(c.weight - 1.96 * c.std_error),
            high=clipped(c.weight + 1.96 * c.std_error),
        )
        for c in attribution.contributions(target)
    ]


def _view(attribution: Attribution, subject: str, claim: Claim, target: Target | None) -> Json:
    """What words and entities have in common."""
    return {
        "sentence": answer(attribution, subject, claim, target),
        "value": claim.figure,
        "rows": rows(attribution, target),
        "sampled": bool(attribution.std_errors.any()),
        "bias": attribution.bias_of(target),
        "prediction": attribution.prediction(target),
        "own_share": attribution.own_share(target),
        "alone": len(attribution.components) == 1,
    }


def _text(explanation: Explanation, attribution: Attribution, target: Target | None, chosen: range) -> Json:
    """The raw text as the template draws it."""
    runs = direction(visible(explanation.text)) or "ltr"
    weights = {word: c.weight for c in attribution.contributions(target) for word in c.indices}
    return {
        "direction": runs,
        "pieces": _pieces(explanation, chosen, weights, runs),
        "tail": explanation.text[explanation.offsets[-1][1] :],
    }


def _pieces(explanation: Explanation, chosen: range, weights: dict[int, float], runs: str) -> list[Json]:
    """The raw text word by word: what stands before it, whether an entity opens or closes, how it is drawn.

    `runs` is the direction of the text; a word that runs the other way says so.
    """
    e = explanation
    opens = {span.start: span.type for span in e.predicted_spans}
    closes = {span.end - 1 for span in e.predicted_spans}
    pieces, end = [], 0
    for index, (token, (start, stop)) in enumerate(zip(e.tokens, e.offsets, strict=True)):
        own = direction(visible(token)) or runs
        names = ("word", shade(weights.get(index, 0.0)), "chosen" if index in chosen else "")
        pieces.append(
            {
                "gap": e.text[end:start],
                "opens": (opens[index] or "entity", hue(opens[index], e.labels, e.scheme)) if index in opens else None,
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


def _how(entity: EntityExplanation) -> str:
    if entity.how == "joint":
        return "The probability is that of the whole span, which the model gives itself."
    return "The probability is the product of the words’ own, as if they were independent."


def _shared(reasons: Sequence[str]) -> Json:
    """Reasons as indices of their parts: hundreds of them differ in a figure only."""
    split = [re.split(r"(\d+%|0\.\d+)", reason) for reason in reasons]
    numbers = {part: number for number, part in enumerate(dict.fromkeys(part for parts in split for part in parts))}
    return {"reasons": [[numbers[part] for part in parts] for parts in split], "parts": list(numbers)}


def _own_claim(choice: Choice) -> list[str]:
    """What is claimed of a word, where it is not the choice's name."""
    claim = claimed(choice.target)
    return [] if claim == choice.name else [claim]


def _pair_data(pair: Interaction, explanation: Explanation) -> list[int] | None:
    """The components' numbers and their interaction in millionths; None where it hardly matters."""
    if abs(pair.weight) < HARDLY:
        return None
    first = {words[0]: c for c, words in enumerate(explanation.components)}
    return [first[pair.first], first[pair.second], round(1e6 * pair.weight)]


def _entity_data(entity: EntityExplanation, explanation: Explanation) -> Json:
    found = rounded_entity(entity)
    verdict = entity.verdict
    by_words = {tuple(words): c for c, words in enumerate(found.components)}
    order = [by_words.get(tuple(words)) for words in explanation.components]
    claim = claim_of_entity(found)
    return {
        "start": entity.start,
        "end": entity.end,
        "name": f"{entity.kind} entity" if entity.kind else "entity",
        "claim": [claim.name, claim.holds, claim.nearly],
        "value": found.probability,
        "bias": found.bias,
        "weights": [0.0 if c is None else float(found.weights[c]) for c in order],
        "errors": [0.0 if c is None else float(found.std_errors[c]) for c in order] if found.std_errors.any() else None,
        "r2": figure(entity.r2, 3),
        "verdict": [verdict.level, *verdict.reasons],
        "note": _how(entity),
    }


def _contrasts(word: TokenExplanation) -> list[Target]:
    return [Contrast(word.label, other) for other in word.explanation.labels]


def _chosen(target: Target | None, labels: Sequence[str], scheme: AnyScheme) -> tuple[int, int]:
    """Which choice, and which label it is contrasted with; -1 for the predicted label, and for no contrast."""
    if target is None:
        return -1, -1
    if isinstance(target, Contrast):
        return labels.index(target.label), labels.index(target.other)
    return next(i for i, choice in enumerate(choices(labels, scheme)) if choice.target == target), -1


def _unit(array: FloatArray, n_steps: int) -> float:
    return float(np.abs(np.nan_to_num(array)).max(initial=0.0)) / n_steps or 1.0


def _steps(array: FloatArray, n_steps: int) -> FloatArray:
    """Whole numbers of a unit."""
    return np.asarray(np.round(np.nan_to_num(array) / _unit(array, n_steps)))


def _millionths(array: FloatArray) -> list[list[int]]:
    return [[round(1e6 * value) for value in row] for row in np.nan_to_num(array).tolist()]
