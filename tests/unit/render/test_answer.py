"""The sentence that answers: what it says, whom it names, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explanations import make
from hypothesis import given
from hypothesis import strategies as st

from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType
from ner_lime.render.answer import answer, claim_of, plain_text
from ner_lime.render.scale import HARDLY

WORDS = ("6+", "years", "of", "Web", "design", "design")


def attribution(weights: list[float], value: float = 0.9, *, errors: float = 0.0, own: int = 3) -> Attribution:
    """Two labels, O and B-SKILLS; the weights are for the second, which is predicted."""
    n = len(weights)
    second = np.array(weights, dtype=float)
    return Attribution(
        parts=WORDS[:n],
        components=tuple((i,) for i in range(n)),
        targets=("O", "B-SKILLS"),
        predicted="B-SKILLS",
        values=np.array([1 - value, value]),
        bias=np.zeros(2),
        weights=np.stack([-second, second]),
        std_errors=np.full((2, n), errors),
        variance=0.04 * np.eye(2),
        residual=0.004 * np.eye(2),
        own=(own,),
    )


def said(found: Attribution, target: object = None) -> str:
    return plain_text(answer(found, "Web", claim_of(found, target), target))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("weights", "value", "target", "sentence"),
    [
        (
            [0, 0, 0.1, 0.3, 0.4, -0.15],
            0.9,
            None,
            "Web is B-SKILLS (0.900), mainly because of design [4] (+.40), itself (+.30) and of (+.10); "
            "design [5] (−.15) speaks against it.",
        ),
        ([0, 0.5, 0, 0, 0, 0], 0.4, None, "Web is B-SKILLS (0.400), mainly because of years (+.50)."),
        ([0.01, 0.019, -0.019, 0, 0, 0], 0.9, None, "Web is B-SKILLS (0.900): hiding words hardly moves this."),
        (
            [0, -0.3, 0, 0.2, 0, 0],
            0.9,
            None,
            "Web is B-SKILLS (0.900), although years (−.30) speaks against it; only itself (+.20) speaks for it.",
        ),
        ([0, -0.3, 0, 0, 0, 0], 0.9, None, "Web is B-SKILLS (0.900), although years (−.30) speaks against it."),
        ([0, 0.4, 0, 0.1, 0, 0], 0.9, "O", "Web is not O (0.100): years (−.40) and itself (−.10) speak against it."),
        ([0, 0.4, 0, 0, 0, 0], 0.7, "O", "Web is not O, but nearly (0.300): years (−.40) speaks against it."),
        ([0, -0.4, 0, 0, 0, 0], 0.7, "O", "Web is not O, but nearly (0.300), although years (+.40) speaks for it."),
        (
            [0, 0.4, 0, 0, 0, 0],
            0.9,
            EntityType("SKILLS"),
            "Web is in a SKILLS entity (0.900), mainly because of years (+.40).",
        ),
        ([0, 0.4, 0, 0, 0, 0], 0.9, AnyEntity(), "Web is in an entity (0.900), mainly because of years (+.40)."),
        (
            [0, 0.4, 0, 0, 0, 0],
            0.9,
            Contrast("B-SKILLS", "O"),
            "Web is B-SKILLS rather than O (+0.800), mainly because of years (+.80).",
        ),
        (
            [0, 0.4, 0, 0, 0, 0],
            0.9,
            Contrast("O", "B-SKILLS"),
            "Web is not O rather than B-SKILLS (−0.800): years (−.80) speaks against it.",
        ),
    ],
)
def test_sentences(weights: list[float], value: float, target: object, sentence: str) -> None:
    assert said(attribution(weights, value), target) == sentence


def test_what_noise_may_have_made_is_not_named() -> None:
    noisy = attribution([0, 0.5, 0.1, 0, 0, 0], errors=0.06)  # half a 95 % interval: .12
    assert said(noisy) == "Web is B-SKILLS (0.900), mainly because of years (+.50)."
    assert said(attribution([0, 0.1, 0.1, 0, 0, 0], errors=0.06)) == (
        "Web is B-SKILLS (0.900), but no word stands out from the noise of sampling."
    )


def test_long_names_are_shortened_and_groups_are_named_by_their_words() -> None:
    found = replace(attribution([0.5, 0.3, 0, 0], own=1), components=((0, 1), (2, 3), (4,), (5,)), parts=WORDS)
    assert "because of 6+ years (+.50) and of Web (+.30)" in said(found)
    long = replace(attribution([0.5, 0.0], own=1), parts=("x" * 99, "y"))
    assert f"because of {'x' * 39}… (+.50)" in said(long)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=6), st.floats(0, 1))
def test_whoever_is_named_moves_something_and_the_largest_is_named(weights: list[float], value: float) -> None:
    found = attribution(weights, value, own=0)
    named = [piece.text for piece in answer(found, "Web", claim_of(found)) if piece.kind == "part"]
    moving = [w for w in weights if abs(w) >= HARDLY]
    assert len(named) <= len(moving)
    strongest = found.contributions()[0]
    assert (strongest.index == 0 and "itself" in said(found)) or not moving or named


def test_every_explanation_has_one() -> None:
    explanation = make(sampled=True)
    for word in explanation:
        for target in (None, "O", EntityType("SKILLS"), AnyEntity(), Contrast("O", "B-SKILLS")):
            text = plain_text(answer(word.attribution, word.token, claim_of(word.attribution, target), target))
            assert text.startswith(f"{word.token} is ")
            assert text.endswith(".")
