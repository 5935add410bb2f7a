"""How a long text falls into blocks."""

from __future__ import annotations

import pytest

from ner_lime.errors import InputError
from ner_lime.explainers.sentence.blocks import MAX_WHOLE, split


def single(n):
    return tuple((i,) for i in range(n))


class TestBlocks:
    def test_a_sentence_is_one(self):
        (block,) = split((7, 2), single(20), 20, 5)
        assert (block.rows, block.positions) == ((0, 1), (7, 2))
        assert (block.columns, block.components) == (tuple(range(20)), single(20))
        assert (block.start, block.end) == (0, 20)

    def test_a_long_text_falls_into_several(self):
        positions = (700, 3, 702, 790, 0)
        blocks = list(split(positions, single(1000), 1000, 10))
        assert [block.positions for block in blocks] == [(0, 3), (700, 702), (790,)]
        assert [block.rows for block in blocks] == [(4, 1), (0, 2), (3,)]
        assert [(block.start, block.end) for block in blocks] == [(0, 14), (690, 713), (780, 801)]
        for block in blocks:
            assert block.components == tuple((i,) for i in range(block.start, block.end))
            assert block.columns == tuple(range(block.start, block.end))

    def test_every_position_and_its_reach_are_there_once(self):
        n = MAX_WHOLE + 50
        blocks = list(split(tuple(range(n)), single(n), n, 30))
        assert sorted(row for block in blocks for row in block.rows) == list(range(n))
        for block in blocks:
            assert block.start == max(min(block.positions) - 30, 0)
            assert block.end == min(max(block.positions) + 31, n)

    def test_groups_within_reach(self):
        components = tuple(sorted([(40, 41, 42), *((i,) for i in range(400) if i not in (40, 41, 42))]))
        (block,) = split((45,), components, 400, 8)
        assert (40, 41, 42) in block.components
        assert (block.start, block.end) == (37, 54)

    def test_a_group_that_leaves_the_reach(self):
        components = tuple(sorted([(38, 60), *((i,) for i in range(400) if i not in (38, 60))]))
        with pytest.raises(InputError, match="group leaves the 8 words around word 45"):
            list(split((45,), components, 400, 8))
