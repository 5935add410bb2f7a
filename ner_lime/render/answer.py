"""The answer in one sentence: what was predicted, how sure the model is, and which components did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ner_lime.explanation import Contribution, EntityExplanation
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType, Target
from ner_lime.render.scale import HARDLY, short

MAX_FOR, MAX_AGAINST = 3, 2
"""Maximum number of components that are named on the side that won, and on the other."""

SHARE = 0.25
"""A component is named if its weight is at least this share of the largest that is named."""

NEARLY = 0.2
"""A label that was not predicted has nearly won from this probability on."""

MAX_NAME = 40
"""Maximum number of characters of a name in a sentence."""

Kind: TypeAlias = Literal["plain", "part", "subject"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the sentence: words of ours, the name of a component, or of what is explained."""

    text: str
    kind: Kind = "plain"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sentence says of its subject: the name of the target, the model's figure, and whether it is so."""

    name: str
    figure: str
    holds: bool
    nearly: bool = False

    def __str__(self) -> str:
        if self.holds:
            return f"is {self.name} ({self.figure})"
        return f"is not {self.name}{', but nearly' if self.nearly else ''} ({self.figure})"


def claimed(target: Target) -> str:
    """The target as it stands behind "is": a label, ``in a SKILLS entity``, ``O rather than B-SKILLS``."""
    match target:
        case EntityType(name) if name:
            return f"in {_article(name)} {name} entity"
        case EntityType() | AnyEntity():
            return "in an entity"
        case _:
            return str(target)


def claim_of(attribution: Attribution, target: Target | None = None) -> Claim:
    """What the model says of a target: so, not so, or nearly; what is predicted is so whatever its probability."""
    value = attribution.value_of(target)
    name = claimed(attribution.predicted if target is None else target)
    if isinstance(target, Contrast):
        return Claim(name, _signed(value), holds=value >= 0)
    holds = target is None or target == attribution.predicted or value >= 0.5
    return Claim(name, f"{value:.3f}", holds=holds, nearly=value >= NEARLY)


def claim_of_entity(entity: EntityExplanation) -> Claim:
    """The same of a span of words as one entity; one that is predicted is so whatever its probability."""
    value = entity.probability
    predicted = {(span.start, span.end, span.type) for span in entity.explanation.predicted_spans}
    holds = (entity.start, entity.end, entity.kind) in predicted or value >= 0.5
    name = f"{_article(entity.kind)} {entity.kind} entity" if entity.kind else "an entity"
    return Claim(name, f"{value:.3f}", holds=holds, nearly=value >= NEARLY)


def answer(attribution: Attribution, subject: str, claim: Claim, target: Target | None = None) -> list[Piece]:
    """Say why a subject (a word, an entity) is, or is not, what is claimed of it.

    Only what is sure is named: weights of at least `HARDLY` whose 95 % interval excludes zero.

    Parameters
    ----------
    attribution : Attribution
    subject : str
        What is explained, as a reader calls it.
    claim : Claim
        Of `claim_of` or `claim_of_entity`.
    target : Target, optional
        The predicted one by default.
    """
    reasons = because(attribution, target, holds=claim.holds)
    return [Piece(_shortened(subject), "subject"), Piece(f" {claim}"), *reasons]


def because(attribution: Attribution, target: Target | None = None, *, holds: bool) -> list[Piece]:
    """The rest of the sentence: which components speak for the target, and which against it.

    Parameters
    ----------
    attribution : Attribution
    target : Target, optional
        The predicted one by default.
    holds : bool
        Whether the sentence began by saying that the target is so; else that it is not.
    """
    contributions = attribution.contributions(target)
    moving = [c for c in contributions if abs(c.weight) >= HARDLY]
    sure = [c for c in moving if abs(c.weight) > 1.96 * c.std_error]
    if not moving:
        return [Piece(f": hiding {attribution.unit} hardly moves this.")]
    if not sure:
        return [Piece(f", but no {attribution.unit[:-1]} stands out from the noise of sampling.")]
    positive, negative = [c for c in sure if c.weight > 0], [c for c in sure if c.weight < 0]
    won, lost = (positive, negative) if holds else (negative, positive)
    least = SHARE * abs(sure[0].weight)
    won, lost = _largest(won, MAX_FOR, least), _largest(lost, MAX_AGAINST, least)
    side, other = ("for", "against") if holds else ("against", "for")
    outweighed = sum(abs(c.weight) for c in won) < sum(abs(c.weight) for c in lost)
    if outweighed:  # the start of the sum decides, not the words
        pieces = [Piece(", although "), *_listed(lost, attribution), Piece(_speak(lost, other))]
        return [*pieces, *_then("; only ", won, side, attribution), Piece(".")]
    if holds:
        pieces = [Piece(", mainly because of "), *_listed(won, attribution)]
    else:
        pieces = [Piece(": "), *_listed(won, attribution), Piece(_speak(won, side))]
    return [*pieces, *_then("; ", lost, other, attribution), Piece(".")]


def plain_text(pieces: Sequence[Piece]) -> str:
    """The sentence as a string."""
    return "".join(piece.text for piece in pieces)


def _largest(contributions: Sequence[Contribution], n: int, least: float) -> list[Contribution]:
    return [c for c in contributions if abs(c.weight) >= least][:n]


def _listed(contributions: Sequence[Contribution], attribution: Attribution) -> list[Piece]:
    """A, B and C, each with its weight."""
    pieces: list[Piece] = []
    for rank, c in enumerate(contributions):
        if rank:
            pieces.append(Piece(" and " if rank == len(contributions) - 1 else ", "))
        pieces += [_named(c, attribution), Piece(f" ({short(c.weight)})")]
    return pieces


def _named(contribution: Contribution, attribution: Attribution) -> Piece:
    """The component's text; "itself" where it is what is explained; with its index where the text occurs twice."""
    own = [attribution.components[c] for c in attribution.own]
    if len(own) == 1 and tuple(contribution.indices) == tuple(own[0]) and len(own[0]) == 1:
        return Piece("itself")
    name = _shortened(contribution.name)
    if len(contribution.indices) == 1 and attribution.parts.count(contribution.name) > 1:
        name = f"{name} [{contribution.index}]"
    return Piece(name, "part")


def _then(joint: str, contributions: Sequence[Contribution], side: str, attribution: Attribution) -> list[Piece]:
    """One more clause, where there is somebody to name."""
    if not contributions:
        return []
    return [Piece(joint), *_listed(contributions, attribution), Piece(_speak(contributions, side))]


def _speak(contributions: Sequence[Contribution], side: str) -> str:
    return f" speak{'s' if len(contributions) == 1 else ''} {side} it"


def _article(name: str) -> str:
    return "an" if name[:1].upper() in "AEIOU" else "a"


def _signed(value: float) -> str:
    text = f"{abs(value):.3f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else '−'}{text}"


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 1]}…"
