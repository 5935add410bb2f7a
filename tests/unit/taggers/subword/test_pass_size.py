"""How many sequences go through a model at once, on devices whose passes take a time that is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ner_lime.taggers.subword.pass_size import CALL, FIRST, MOST, PassSize

WIDTH = 32


def subwords_after(size: PassSize, seconds: Callable[[int], float], passes: int = 40) -> int:
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
        (lambda subwords: 0.001 * subwords, FIRST),
        (lambda subwords: 0.001 * subwords**1.2, FIRST),
        (lambda subwords: max(8192, subwords), 8192),
        (lambda subwords: 20_000 + subwords, MOST),
        (lambda _: 1.0, MOST),
    ],
    ids=["one thread", "small caches", "saturated", "slow to start", "always idle"],
)
def test_the_size_grows_for_as_long_as_subwords_get_cheaper(seconds: Callable[[int], float], found: int) -> None:
    assert subwords_after(PassSize(), seconds) == found


def test_passes_that_are_not_full_tell_nothing() -> None:
    size = PassSize()
    for _ in range(10):
        size.took(size.rows(WIDTH) - 1, WIDTH, 1.0)
    assert size.rows(WIDTH) * WIDTH == FIRST


def test_a_size_that_was_asked_for_is_kept() -> None:
    size = PassSize(5)
    assert subwords_after(size, lambda _: 1.0) == 5 * WIDTH
    assert size.welcome == 5


def test_so_much_is_welcome_that_short_sequences_fill_the_next_pass() -> None:
    size = PassSize()
    assert size.welcome == CALL
    subwords_after(size, lambda _: 1.0)
    assert size.rows(16) <= size.welcome


@pytest.mark.parametrize("asked", [None, 16])
def test_memory_lowers_the_size_for_long_sequences_only(asked: int | None) -> None:
    size = PassSize(asked)
    assert size.failed(2, 500) == 1
    assert size.rows(500) == 1
    assert size.rows(10) == (asked or 50)
    assert subwords_after(size, lambda _: 1.0) <= 500
