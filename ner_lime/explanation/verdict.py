"""Whether an explanation can be trusted: a table of rules, in words, with the figures that led to it.

The first rule of each kind that applies speaks; the gravest level of those that spoke is the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
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
        Kendall's tau between the rankings of the contributions under two ways of masking; None where it was not
        measured.
    alone : bool
        Whether there is no other component that could be hidden.
    unit : str
        What is hidden, in the plural.
    """

    r2: float
    spread: float
    unsure: float
    agreement: float | None = None
    alone: bool = False
    unit: str = "words"


@dataclass(frozen=True, slots=True)
class Rule:
    """If `applies`, the level is at least `level`, and `words` (with the figures filled in) say why."""

    kind: str
    level: Level
    applies: Callable[[Evidence], bool]
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """*trust*, *with care* or *do not trust*, and the reasons with their figures."""

    level: Level
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.level}: {'; '.join(self.reasons)}"


CONSTANT = 0.001
"""A probability that moves by less than this (standard deviation) is constant in the neighbourhood."""

RULES: tuple[Rule, ...] = (
    Rule(
        "constant",
        "with care",
        lambda e: isnan(e.r2) or isnan(e.spread),
        "how well it fits is not known: too few masks, or not recorded",
    ),
    Rule(
        "constant",
        "do not trust",
        lambda e: e.spread < CONSTANT,
        "nothing to explain: the probability hardly moves when {unit} are hidden (standard deviation {spread:.4f})",
    ),
    Rule("alone", "trust", lambda e: e.alone, "there is nothing else that could be hidden"),
    Rule(
        "fit",
        "do not trust",
        lambda e: e.r2 < 0.5,
        "adding up {unit} explains {r2:.0%} of how the probability moves: the {unit} act together, not one by one",
    ),
    Rule(
        "fit",
        "with care",
        lambda e: e.r2 < 0.8,
        "adding up {unit} explains {r2:.0%} of how the probability moves: some {unit} act together",
    ),
    Rule("fit", "trust", lambda _: True, "adding up {unit} explains {r2:.0%} of how the probability moves"),
    Rule(
        "noise",
        "do not trust",
        lambda e: e.unsure > 0.5,
        "{unsure:.0%} of the contributions can't be told from zero: use more samples",
    ),
    Rule(
        "noise",
        "with care",
        lambda e: e.unsure > 0.2,
        "{unsure:.0%} of the contributions can't be told from zero",
    ),
    Rule(
        "masking",
        "with care",
        lambda e: e.agreement is not None and e.agreement < 0.7,
        "another way of hiding {unit} ranks them otherwise (Kendall's tau {agreement:.2f})",
    ),
)


def judge(evidence: Evidence) -> Verdict:
    """Apply the rules."""
    spoken: dict[str, Rule] = {}
    for rule in RULES:
        if rule.kind not in spoken and rule.applies(evidence):
            spoken[rule.kind] = rule
        if "constant" in spoken:
            break
    figures = {
        "r2": max(evidence.r2, 0.0),
        "spread": evidence.spread,
        "unsure": evidence.unsure,
        "agreement": evidence.agreement,
        "unit": evidence.unit,
    }
    level = max((rule.level for rule in spoken.values()), key=LEVELS.index)
    return Verdict(level, tuple(rule.words.format(**figures) for rule in spoken.values()))
