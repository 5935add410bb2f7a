"""Scores against scikit-learn for labels and seqeval for entities."""

from __future__ import annotations

import json
from itertools import chain

import numpy as np
import pytest
from seqeval.metrics import classification_report as seqeval_report
from seqeval.scheme import BILOU, IOB2, IOBES
from sklearn.metrics import accuracy_score, classification_report

from ner_lime.corpus import Score, repair, score_tags
from ner_lime.corpus.mistakes import confusion, find_mistakes
from ner_lime.corpus.scores import Scores
from ner_lime.errors import InputError

GOLD = [["B-X", "I-X", "O", "B-Y"], ["O", "B-Y"]]
GUESS = [["B-X", "O", "O", "B-Y"], ["I-Y", "B-Y"]]


def random_tags(letters: str, seed: int) -> tuple[list[list[str]], list[list[str]]]:
    generator = np.random.default_rng(seed)
    labels = ["O", *(f"{letter}-{kind}" for letter in letters for kind in ("LOC", "PER", "A B"))]
    lengths = generator.integers(1, 12, size=60)
    gold = [[labels[i] for i in generator.integers(len(labels), size=length)] for length in lengths]
    guess = [[tag if generator.random() < 0.8 else str(generator.choice(labels)) for tag in tags] for tags in gold]
    return gold, guess


def assert_equal(ours: dict[str, Score], report: dict[str, dict[str, float]]) -> None:
    for name, score in ours.items():
        expected = report[name]
        assert (score.precision, score.recall, score.f1) == pytest.approx(
            (expected["precision"], expected["recall"], expected["f1-score"]), abs=1e-12
        ), name
        assert score.support == expected["support"]


def assert_entities_equal(ours: Scores, report: dict[str, dict[str, float]]) -> None:
    averages = {f"{name} avg": score for name, score in ours.entity_averages.items()}
    assert {*ours.entities, *averages} == set(report)
    assert_equal({**ours.entities, **averages}, report)


def test_by_hand() -> None:
    scores = score_tags(GOLD, GUESS)
    assert list(scores.tokens) == ["B-X", "I-X", "B-Y", "I-Y"]
    assert scores.tokens["B-Y"] == Score(1.0, 1.0, 1.0, 2)
    assert scores.tokens["I-X"] == Score(0.0, 0.0, 0.0, 1)
    assert scores.weighted_token_f1 == pytest.approx(3 / 4)
    assert scores.accuracy == pytest.approx(4 / 6)
    assert scores.entities == {"X": Score(0.0, 0.0, 0.0, 1), "Y": Score(2 / 3, 1.0, 0.8, 2)}
    assert (scores.precision, scores.recall, scores.f1) == pytest.approx((2 / 4, 2 / 3, 4 / 7))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("letters", ["BI", "BIES", "BILU"])
def test_tokens_as_scikit_learn(letters: str, seed: int) -> None:
    gold, guess = random_tags(letters, seed)
    ours = score_tags(gold, guess)
    flat_gold, flat_guess = list(chain(*gold)), list(chain(*guess))
    report = classification_report(flat_gold, flat_guess, labels=list(ours.tokens), output_dict=True, zero_division=0)
    averages = {f"{name} avg": score for name, score in ours.token_averages.items()}
    assert_equal({**ours.tokens, **averages}, report)
    assert ours.accuracy == pytest.approx(accuracy_score(flat_gold, flat_guess))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("letters", ["BI", "BIES"])
def test_entities_as_seqeval(letters: str, seed: int) -> None:
    gold, guess = random_tags(letters, seed)
    assert_entities_equal(score_tags(gold, guess), seqeval_report(gold, guess, output_dict=True, zero_division=0))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("scheme", "letters", "theirs"), [("IOB2", "BI", IOB2), ("IOBES", "BIES", IOBES), ("BILOU", "BILU", BILOU)]
)
def test_entities_of_a_scheme_as_seqeval_in_strict_mode(scheme: str, letters: str, theirs: type, seed: int) -> None:
    rough, guess = random_tags(letters, seed)
    gold = [list(repair(tags, scheme)[0]) for tags in rough]  # seqeval drops gold entities that break the scheme
    report = seqeval_report(gold, guess, output_dict=True, zero_division=0, mode="strict", scheme=theirs)
    ours = score_tags(gold, guess, scheme=scheme, strict=True)
    assert_entities_equal(ours, report)
    assert ours != score_tags(gold, guess)


def test_labels_choose_what_is_reported() -> None:
    scores = score_tags(GOLD, GUESS, labels=["O", "B-Z", "B-X"])
    assert list(scores.tokens) == ["B-X", "B-Z"]
    assert list(scores.entities) == ["X", "Z"]
    assert scores.tokens["B-Z"] == Score(0.0, 0.0, 0.0, 0)
    assert scores.token_averages["macro"].f1 == 0.5
    assert scores.token_averages["weighted"].f1 == 1.0


def test_plain_types_that_look_like_prefixes() -> None:
    gold, guess = [["E-MAIL", "E-MAIL", "S-BAHN"]], [["E-MAIL", "E-MAIL", "O"]]
    assert score_tags(gold, guess, scheme="plain").entities == {
        "E-MAIL": Score(1.0, 1.0, 1.0, 1),
        "S-BAHN": Score(0.0, 0.0, 0.0, 1),
    }


def test_nothing_to_score_is_zero() -> None:
    assert score_tags([["O"]], [["O"]]).f1 == 0.0
    empty = score_tags([], [])
    assert (empty.accuracy, empty.tokens, empty.entity_averages["macro"]) == (0.0, {}, Score(0.0, 0.0, 0.0, 0))


def test_rows_must_match() -> None:
    with pytest.raises(InputError, match="predictions for 2 sentences, found 1"):
        score_tags(GOLD, GUESS[:1])
    with pytest.raises(InputError, match="sentence 1: expected 2 predicted tags, found 1"):
        score_tags(GOLD, [GUESS[0], ["O"]])


def test_as_text_and_as_data() -> None:
    scores = score_tags(GOLD, GUESS)
    assert scores.to_text(digits=2) == (
        "tokens        precision     recall   f1-score    support\n"
        "B-X                1.00       1.00       1.00          1\n"
        "I-X                0.00       0.00       0.00          1\n"
        "B-Y                1.00       1.00       1.00          2\n"
        "I-Y                0.00       0.00       0.00          0\n"
        "\n"
        "micro avg          0.75       0.75       0.75          4\n"
        "macro avg          0.50       0.50       0.50          4\n"
        "weighted avg       0.75       0.75       0.75          4\n"
        "\n"
        "entities      precision     recall   f1-score    support\n"
        "X                  0.00       0.00       0.00          1\n"
        "Y                  0.67       1.00       0.80          2\n"
        "\n"
        "micro avg          0.50       0.67       0.57          3\n"
        "macro avg          0.33       0.50       0.40          3\n"
        "weighted avg       0.44       0.67       0.53          3\n"
        "\n"
        "token accuracy 0.67"
    )
    data = json.loads(json.dumps(scores.to_dict()))
    assert data["entities"]["Y"] == {"precision": 2 / 3, "recall": 1.0, "f1": 0.8, "support": 2}
    assert data["accuracy"] == scores.accuracy


def test_strict_scores_keep_gold_entities_that_break_the_scheme() -> None:
    gold, guess = [["B-PER", "L-PER", "O", "B-MISC"]] * 2, [["I-PER", "L-PER", "O", "B-MISC"]] * 2
    strict = score_tags(gold, guess, scheme="BILOU", strict=True)
    assert strict.entities == {"MISC": Score(0.0, 0.0, 0.0, 2), "PER": Score(0.0, 0.0, 0.0, 2)}
    tolerant = score_tags(gold, guess, scheme="BILOU")
    assert tolerant.entities == {"MISC": Score(1.0, 1.0, 1.0, 2), "PER": Score(1.0, 1.0, 1.0, 2)}
    with pytest.raises(InputError, match="strict=True: expected the scheme"):
        score_tags(gold, guess, strict=True)


def test_a_flat_list_of_tags_is_refused() -> None:
    with pytest.raises(InputError, match="a list of tags for each sentence, found the string 'O'"):
        score_tags(["O", "B-A"], ["O", "B-A"])
    with pytest.raises(InputError, match="a list of tags for each sentence"):
        find_mistakes(["O", "B-A"], ["O", "B-A"])


@pytest.mark.parametrize(
    ("scheme", "gold", "guess", "expected"),
    [
        ("plain", "E-MAIL E-MAIL NAME O", "E-MAIL O NAME O", {"E-MAIL": 1, "NAME": 1}),
        ("plain", "S E B R", "S E B R", {"S": 1, "E": 1, "B": 1, "R": 1}),
        ("IOB2:B_PER", "B_A I_A O B_B", "B_A I_A O O", {"A": 1, "B": 1}),
        (None, "PER-B PER-I O PER-B", "PER-B PER-I O O", {"PER": 2}),
        (None, "b-per i-per o b-loc", "b-per i-per o o", {"per": 1, "loc": 1}),
        ("BMEWO", "B-A E-A W-B O", "B-A E-A W-B O", {"A": 1, "B": 1}),
    ],
)
def test_the_scheme_says_how_labels_are_split(
    scheme: str | None, gold: str, guess: str, expected: dict[str, int]
) -> None:
    rows = [gold.split()], [guess.split()]
    scores = score_tags(*rows, scheme=scheme)
    assert {kind: score.support for kind, score in scores.entities.items()} == expected
    assert not {"O", "o"} & set(scores.tokens)
    found = confusion(*rows, scheme=scheme)
    assert sum(found.values()) == sum(expected.values())
    assert {kind for pair in found for kind in pair} <= {*expected, None}
    for mistake in find_mistakes(*rows, scheme=scheme):
        assert mistake.gold is not None
        assert mistake.gold.type in expected
