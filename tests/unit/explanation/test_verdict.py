"""Every rule of the verdict speaks when it should, with its figures, and only then."""

from __future__ import annotations

import math

import numpy as np
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
        (with_(agreement=0.84), "with care", ["95%", "ranks them otherwise (weighted Kendall's tau 0.84)"]),
        (with_(agreement=-0.2), "with care", ["95%", "Kendall's tau -0.20"]),
        (with_(spread=0.0009), "do not trust", ["nothing to explain", "standard deviation 0.0009"]),
        (with_(alone=True), "trust", ["there is nothing else that could be hidden"]),
        (with_(r2=0.7, unsure=0.3, agreement=0.1), "with care", ["70%", "30%", "tau 0.10"]),
        (with_(r2=0.4, unsure=0.3), "do not trust", ["40%", "30%"]),
        (with_(n_masks=8), "with care", ["8 masks are too few to tell", "95% on these", "allow more calls"]),
        (with_(r2=0.34, n_masks=16), "with care", ["16 masks are too few to tell"]),
        (with_(r2=0.1, n_masks=128), "do not trust", ["10% of how the probability moves on 128 masks: the words act"]),
        (with_(r2=0.76, n_masks=64), "with care", ["on 64 masks: some words may act together"]),
        (with_(r2=0.7, n_masks=1000), "with care", ["on 1000 masks: some words act together"]),
        (with_(gap=0.16), "with care", ["together the words come to about 0.2 more or less than the model says"]),
        (with_(gap=0.1, hidden=0.5, half_width=0.05), "trust", ["95%"]),
        (with_(hidden=0.99), "with care", ["the model says 0.99 even where all words are hidden"]),
        (with_(half_width=0.055), "with care", ["known to within 0.06 only: allow more calls"]),
        (with_(value=0.003, spread=0.006), "with care", ["the probability stays small whatever is hidden"]),
        (with_(value=0.003, spread=0.05), "trust", ["95%"]),
        (with_(value=-0.9, spread=0.01), "trust", ["95%"]),
        (with_(n_masks=64), "trust", ["95% of how the probability moves on 64 masks"]),
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
        (with_(agreement=0.85), "trust"),
        (with_(spread=CONSTANT), "trust"),
    ],
)
def test_the_borders_belong_to_the_better_side(at, level):
    assert judge(at).level == level


@pytest.mark.parametrize("field", ["r2", "spread"])
def test_a_figure_that_was_not_recorded_is_no_reason_to_trust(field):
    verdict = judge(with_(**{field: math.nan}))
    assert verdict.level == "with care"
    assert verdict.reasons == ("how well it fits is not known: too few masks to tell, or not recorded",)
    assert verdict.brief == "with care: too few masks"


def test_every_rule_can_speak():
    cases = [with_(spread=0.0), with_(r2=0.1), with_(r2=0.6), GOOD, with_(unsure=0.9), with_(unsure=0.3)]
    cases += [with_(agreement=0.1), with_(r2=math.nan), with_(alone=True), with_(n_masks=8)]
    cases += [with_(gap=0.11), with_(hidden=0.51), with_(half_width=0.06), with_(value=0.003, spread=0.006)]
    told = {reason.split("(")[0][-30:] for case in cases for reason in judge(case).reasons}
    assert len(RULES) == len(cases)
    assert len(told) == len(RULES)


@pytest.mark.parametrize(
    ("evidence", "brief"),
    [
        (GOOD, "trust"),
        (with_(r2=0.7), "with care: some words act together"),
        (with_(r2=0.7, agreement=0.1), "with care: some words act together, hangs on the mask"),
        (with_(r2=0.1, unsure=0.3), "do not trust: words act together"),
        (with_(r2=0.1, unsure=0.9), "do not trust: words act together, noisy"),
        (with_(spread=0.001), "hardly moves"),
        (with_(n_masks=4), "with care: too few masks"),
    ],
)
def test_in_a_list_the_gravest_reasons_stand_in_a_few_words(evidence, brief):
    assert judge(evidence).brief == brief


def test_what_few_masks_say_is_an_interval():
    """Against R2 measured again and again on fresh masks of a made-up model, whose true R2 is 0.76."""
    rng, n, inside = np.random.default_rng(0), 32, 0
    for _ in range(400):
        explained, rest = rng.normal(size=n), rng.normal(scale=np.sqrt(0.24 / 0.76), size=n)
        r2 = 1.0 - rest.var() / (explained + rest).var()
        low, high = with_(r2=r2, n_masks=n).r2_interval
        inside += low <= 0.76 <= high
    assert inside / 400 > 0.93
    assert with_(r2=0.3).r2_interval == (0.3, 0.3)
