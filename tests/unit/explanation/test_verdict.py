"""Every rule of the verdict speaks when it should, with its figures, and only then."""

from __future__ import annotations

import math

import pytest

from ner_lime.explanation.verdict import CONSTANT, RULES, Evidence, judge

GOOD = Evidence(r2=0.95, spread=0.2, unsure=0.0)


def with_(**changes):
    figures = {"r2": GOOD.r2, "spread": GOOD.spread, "unsure": GOOD.unsure, "agreement": None}
    return Evidence(**(figures | changes))


@pytest.mark.parametrize(
    ("evidence", "level", "words"),
    [
        (GOOD, "trust", ["explains 95% of how the probability moves"]),
        (with_(agreement=0.9), "trust", ["explains 95%"]),
        (with_(r2=0.79), "with care", ["79% of how the probability moves: some words act together"]),
        (with_(r2=0.49), "do not trust", ["49% of how the probability moves: the words act together, not one by one"]),
        (with_(r2=-3.0), "do not trust", ["explains 0% of how"]),
        (with_(unsure=0.21), "with care", ["95%", "21% of the contributions can't be told from zero"]),
        (with_(unsure=0.51), "do not trust", ["95%", "51% of the contributions can't be told from zero: use more"]),
        (with_(agreement=0.69), "with care", ["95%", "ranks them otherwise (Kendall's tau 0.69)"]),
        (with_(agreement=-0.2), "with care", ["95%", "Kendall's tau -0.20"]),
        (with_(spread=0.0009), "do not trust", ["nothing to explain", "standard deviation 0.0009"]),
        (with_(alone=True), "trust", ["there is nothing else that could be hidden"]),
        (with_(r2=0.7, unsure=0.3, agreement=0.1), "with care", ["70%", "30%", "tau 0.10"]),
        (with_(r2=0.4, unsure=0.3), "do not trust", ["40%", "30%"]),
    ],
)
def test_levels_and_words(evidence, level, words):
    verdict = judge(evidence)
    assert verdict.level == level
    told = "; ".join(verdict.reasons)
    for expected in words:
        assert expected in told
    assert str(verdict) == f"{level}: {told}"


def test_one_reason_of_a_kind():
    assert len(judge(with_(r2=0.1, unsure=0.9, agreement=0.0)).reasons) == 3
    assert len(judge(GOOD).reasons) == 1


def test_a_constant_says_nothing_else():
    verdict = judge(Evidence(r2=0.0, spread=CONSTANT / 2, unsure=1.0, agreement=-1.0))
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith("nothing to explain")


def test_what_is_alone_and_never_hidden_has_nothing_to_explain():
    verdict = judge(with_(r2=0.0, spread=0.0, alone=True))
    assert verdict.level == "do not trust"
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith("nothing to explain")


@pytest.mark.parametrize(
    ("at", "level"),
    [
        (with_(r2=0.5), "with care"),
        (with_(r2=0.8), "trust"),
        (with_(unsure=0.2), "trust"),
        (with_(unsure=0.5), "with care"),
        (with_(agreement=0.7), "trust"),
        (with_(spread=CONSTANT), "trust"),
    ],
)
def test_the_borders_belong_to_the_better_side(at, level):
    assert judge(at).level == level


@pytest.mark.parametrize("field", ["r2", "spread"])
def test_a_figure_that_was_not_recorded_is_no_reason_to_trust(field):
    verdict = judge(with_(**{field: math.nan}))
    assert verdict.level == "with care"
    assert verdict.reasons == ("how well it fits is not known: too few masks, or not recorded",)


def test_every_rule_can_speak():
    cases = [with_(spread=0.0), with_(r2=0.1), with_(r2=0.6), GOOD, with_(unsure=0.9), with_(unsure=0.3)]
    cases += [with_(agreement=0.1), with_(r2=math.nan), with_(alone=True)]
    told = {reason.split("(")[0][-30:] for case in cases for reason in judge(case).reasons}
    assert len(RULES) == len(cases)
    assert len(told) == len(RULES)
