"""How many sequences go through a model at once, on devices whose passes take a time that is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ner_lime.taggers.subword.batch_size import FIRST_SUBWORDS, MAX_SUBWORDS, MIN_SENTENCES, BatchSize

WIDTH = 32


def subwords_after(size: BatchSize, seconds: Callable[[int], float], passes: int = 40) -> int:
    """Full passes, of which the first one of each size takes ten times as long; what one takes in the end."""
    seen = set()
    for _ in range(passes):
        rows = size.rows(WIDTH)
        slow = 1 if rows in seen else 10
        seen.add(rows)
        size.took(rows, WIDTH, slow * seconds(rows * WIDTH))
    return size.rows(WIDTH) * WIDTH


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (lambda subwords: 0.001 * subwords, FIRST_SUBWORDS),
        (lambda subwords: 0.001 * subwords**1.2, FIRST_SUBWORDS),
        (lambda subwords: max(8192, subwords), 8192),
        (lambda subwords: 20_000 + subwords, MAX_SUBWORDS),
        (lambda _: 1.0, MAX_SUBWORDS),
    ],
    ids=["one thread", "small caches", "saturated", "slow to start", "always idle"],
)
def test_the_size_grows_for_as_long_as_subwords_get_cheaper(seconds: Callable[[int], float], found: int) -> None:
    assert subwords_after(BatchSize(), seconds) == found


def test_passes_that_are_not_full_tell_nothing() -> None:
    size = BatchSize()
    for _ in range(10):
        size.took(size.rows(WIDTH) - 1, WIDTH, 1.0)
    assert size.rows(WIDTH) * WIDTH == FIRST_SUBWORDS


def test_a_size_that_was_asked_for_is_kept() -> None:
    size = BatchSize(5)
    assert subwords_after(size, lambda _: 1.0) == 5 * WIDTH
    assert size.sentences == 5


def test_a_call_has_enough_sentences_to_fill_a_pass_with_short_ones() -> None:
    size = BatchSize()
    assert size.sentences == MIN_SENTENCES
    subwords_after(size, lambda _: 1.0)
    assert size.rows(16) <= size.sentences


@pytest.mark.parametrize("asked", [None, 16])
def test_memory_lowers_the_size_for_long_sequences_only(asked: int | None) -> None:
    size = BatchSize(asked)
    assert size.failed(2, 500) == 1
    assert size.rows(500) == 1
    assert size.rows(10) == (asked or 50)
    assert subwords_after(size, lambda _: 1.0) <= 500
