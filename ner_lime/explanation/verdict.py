"""Whether an explanation can be trusted: a table of rules, in words, with the figures that led to it.

The first rule of each kind that applies speaks; the gravest level of those that spoke is the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, isnan, sqrt
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["trust", "with care", "do not trust"]

LEVELS: tuple[Level, ...] = ("trust", "with care", "do not trust")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The figures that the rules look at, for one target.

    Attributes
    ----------
    r2 : float
        Share of the variance of the probability over the neighbourhood that the contributions explain, on masks that
        were not fitted (or over all masks).
    spread : float
        Standard deviation of the probability over the neighbourhood.
    unsure : float
        Share of the sum of absolute contributions that belongs to those whose 95 % interval spans zero.
    agreement : float or None
        Weighted Kendall's tau between the sizes of the contributions under two ways of masking; None where it was not
        measured.
    alone : bool
        Whether there is no other component that could be hidden.
    unit : str
        What is hidden, in the plural.
    n_masks : int or None
        Number of sampled masks that `r2` was measured on; None where all masks were summed up.
    value : float or None
        The model's own probability on the input as it is.
    gap : float
        Distance between it and what bias and contributions add up to.
    half_width : float
        Of the widest 95 % interval of a contribution.
    hidden : float or None
        The model's own probability of an entity where everything is hidden; None where the target is no entity, or not
        asked.
    """

    r2: float
    spread: float
    unsure: float
    agreement: float | None = None
    alone: bool = False
    unit: str = "words"
    n_masks: int | None = None
    value: float | None = None
    gap: float = 0.0
    half_width: float = 0.0
    hidden: float | None = None

    @property
    def r2_interval(self) -> tuple[float, float]:
        """Where R2 may lie, given the number of masks it was measured on: about 95 %.

        The ratio of two second moments over n masks has a relative standard error of about sqrt(4 / n).
        """
        if self.n_masks is None:
            return self.r2, self.r2
        factor = exp(1.96 * sqrt(4.0 / max(self.n_masks, 1)))
        return 1.0 - (1.0 - self.r2) * factor, 1.0 - (1.0 - self.r2) / factor

    @property
    def too_few(self) -> bool:
        """Whether the masks are too few to tell a good fit from a bad one."""
        low, high = self.r2_interval
        return self.n_masks is not None and (self.n_masks < MIN_MASKS or low < BAD_FIT <= high)


@dataclass(frozen=True, slots=True)
class Rule:
    """If `applies`, the level is at least `level`; `words` say why, with the figures filled in, `brief` in a list."""

    kind: str
    level: Level
    applies: Callable[[Evidence], bool]
    words: str
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """*trust*, *with care* or *do not trust*, and the reasons with their figures: it speaks of the explanation.

    Attributes
    ----------
    level : str
    reasons : tuple of str
        In a sentence each, with their figures.
    briefs : tuple of str
        The reasons that led to the level in two or three words, for a list; none for *trust*.

    Examples
    --------
    >>> judge(Evidence(r2=0.7, spread=0.2, unsure=0.0)).brief
    'with care: some words act together'
    """

    level: Level
    reasons: tuple[str, ...]
    briefs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.level}: {'; '.join(self.reasons)}"

    @property
    def brief(self) -> str:
        """The level, and in two or three words why; what hardly moves is no matter of trust."""
        if self.briefs == (HARDLY_MOVES,):
            return HARDLY_MOVES
        return f"{self.level}: {', '.join(self.briefs)}" if self.briefs else self.level


CONSTANT = 0.005
"""A probability that moves by less than this (standard deviation) is constant in the neighbourhood."""

BAD_FIT, GOOD_FIT = 0.5, 0.8
"""R2 below which adding up is a bad picture of the model, and from which on it is a good one."""

LARGE_GAP = 0.1
"""Distance between the probability and what the parts add up to from which on the sum is no picture of it."""

WIDE = 0.05
"""Half-width of a 95 % interval beyond which a sampled contribution is called rough."""

IMPROBABLE = 0.05
"""A probability that stays below this, whatever is hidden, is that of nothing."""

LIKELY = 0.5
"""Probability of an entity where everything is hidden from which on the words do not explain it."""

SAME_RANKING = 0.85
"""Weighted Kendall's tau under two ways of hiding from which on they rank alike: below, another word is on top in 87 %
of a CRF's entity words; else in 25 %."""

MIN_MASKS = 12
"""Sampled masks below which nothing is said about the fit."""

HARDLY_MOVES = "hardly moves"

RULES: tuple[Rule, ...] = (
    Rule(
        "constant",
        "with care",
        lambda e: isnan(e.r2) or isnan(e.spread),
        "how well it fits is not known: too few masks to tell, or not recorded",
        "too few masks",
    ),
    Rule(
        "constant",
        "do not trust",
        lambda e: e.spread < CONSTANT,
        "nothing to explain: hiding {unit} hardly moves the probability (standard deviation {spread:.4f})",
        HARDLY_MOVES,
    ),
    Rule(
        "improbable",
        "with care",
        lambda e: e.value is not None and 0.0 <= e.value < IMPROBABLE and e.value + 2.0 * e.spread < IMPROBABLE,
        "the probability stays small whatever is hidden",
        "improbable throughout",
    ),
    Rule("alone", "trust", lambda e: e.alone, "there is nothing else that could be hidden"),
    Rule(
        "fit",
        "with care",
        lambda e: e.too_few,
        "{n_masks} masks are too few to tell how well adding up {unit} fits ({r2:.0%} on these): allow more calls",
        "too few masks",
    ),
    Rule(
        "fit",
        "do not trust",
        lambda e: e.r2 < BAD_FIT,
        "adding up {unit} explains {r2:.0%} of how the probability moves{on}: the {unit} act together, not one by one",
        "{unit} act together",
    ),
    Rule(
        "fit",
        "with care",
        lambda e: e.r2 < GOOD_FIT,
        "adding up {unit} explains {r2:.0%} of how the probability moves{on}: some {unit} {act} together",
        "some {unit} {act} together",
    ),
    Rule("fit", "trust", lambda _: True, "adding up {unit} explains {r2:.0%} of how the probability moves{on}"),
    Rule(
        "gap",
        "with care",
        lambda e: e.gap > LARGE_GAP,
        "together the {unit} come to about {gap:.1f} more or less than the model says",
        "sum is off",
    ),
    Rule(
        "hidden",
        "with care",
        lambda e: e.hidden is not None and e.hidden > LIKELY,
        "the model says {hidden:.2f} even where all {unit} are hidden: they do not explain it",
        "there without {unit}",
    ),
    Rule(
        "noise",
        "do not trust",
        lambda e: e.unsure > 0.5,
        "{unsure:.0%} of the contributions can't be told from zero: use more samples",
        "noisy",
    ),
    Rule(
        "noise",
        "with care",
        lambda e: e.unsure > 0.2,
        "{unsure:.0%} of the contributions can't be told from zero",
        "noisy",
    ),
    Rule(
        "noise",
        "with care",
        lambda e: e.half_width > WIDE,
        "the contributions are known to within {half_width:.2f} only: allow more calls",
        "rough",
    ),
    Rule(
        "masking",
        "with care",
        lambda e: e.agreement is not None and e.agreement < SAME_RANKING,
        "another way of hiding {unit} ranks them otherwise (weighted Kendall's tau {agreement:.2f})",
        "hangs on the mask",
    ),
)


def judge(evidence: Evidence) -> Verdict:
    """Apply the rules."""
    spoken: dict[str, Rule] = {}
    for rule in RULES:
        if rule.kind not in spoken and rule.applies(evidence):
            spoken[rule.kind] = rule
        if "constant" in spoken or "improbable" in spoken:  # how well it fits is of no interest then
            break
    figures = {
        "r2": max(evidence.r2, 0.0),
        "spread": evidence.spread,
        "unsure": evidence.unsure,
        "agreement": evidence.agreement,
        "unit": evidence.unit,
        "n_masks": evidence.n_masks,
        "value": evidence.value,
        "gap": evidence.gap,
        "half_width": evidence.half_width,
        "hidden": evidence.hidden,
        "on": "" if evidence.n_masks is None else f" on {evidence.n_masks} masks",
        "act": "act" if evidence.r2_interval[1] < GOOD_FIT else "may act",
    }
    level = max((rule.level for rule in spoken.values()), key=LEVELS.index)
    grave = [rule for rule in spoken.values() if rule.level == level and level != "trust"]
    return Verdict(
        level,
        tuple(rule.words.format(**figures) for rule in spoken.values()),
        tuple(rule.brief.format(**figures) for rule in grave),
    )
