"""Markers: each shard counted once, whatever is gathered, forgotten, left half done."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_lime.batch import ledger as module
from ner_lime.batch.ledger import Ledger, is_marked, mark
from ner_lime.errors import RunError


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 5)


def entry(shard: int) -> dict[str, Any]:
    verdicts = {"trust": shard, "with care": 1}
    counts = {"sentences": 10, "words": shard, "contributions": 3 * shard, "failed": int(shard % 4 == 3)}
    return counts | {"digest": f"d{shard}", "verdicts": verdicts}


def check(ledger: Ledger, shards: set[int]) -> None:
    assert set(ledger) == shards
    assert ledger.n_shards == len(shards)
    expected = Counter({name: sum(entry(s)[name] for s in shards) for name in module.COUNTED})
    assert {k: v for k, v in ledger.totals.items() if v} == {k: v for k, v in expected.items() if v}
    assert ledger.verdicts["trust"] == sum(shards)
    assert dict(ledger.entries(sorted(shards))) == {shard: entry(shard) for shard in shards}
    assert list(ledger.failed()) == sorted(s for s in shards if s % 4 == 3)


@given(st.integers(0, 2**32), st.integers(1, 23))
def test_any_order_and_any_reopening_comes_to_the_same(seed: int, n: int) -> None:
    import tempfile

    chance = random.Random(seed)
    order = chance.sample(range(23), n)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = Ledger(folder)
        for number, shard in enumerate(order):
            mark(folder, shard, entry(shard))
            if chance.random() < 0.7:  # else the driver is killed before it hears of it
                ledger.record(shard, entry(shard))
                ledger.record(shard, entry(shard))
            if chance.random() < 0.3:
                ledger = Ledger(folder)
                ledger.tidy()
                check(ledger, set(order[: number + 1]))
        ledger = Ledger(folder)
        ledger.tidy()
        check(ledger, set(order))
        gone = chance.sample(order, n // 2)
        ledger.forget(gone)
        check(ledger, set(order) - set(gone))
        check(Ledger(folder), set(order) - set(gone))
        for shard in gone:
            mark(folder, shard, entry(shard))
            ledger.record(shard, entry(shard))
        check(ledger, set(order))
        check(Ledger(folder), set(order))


def test_a_full_block_is_one_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for shard in range(5):
        mark(tmp_path, shard, entry(shard))
        ledger.record(shard, entry(shard))
    assert [path.name for path in (tmp_path / "done").rglob("*")] == ["000000.json"]
    assert all(is_marked(tmp_path, shard) for shard in range(5))
    assert not is_marked(tmp_path, 5)


def test_a_late_marker_of_a_gathered_block_counts_no_second_time(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for shard in range(5):
        mark(tmp_path, shard, entry(shard))
        ledger.record(shard, entry(shard))
    mark(tmp_path, 2, entry(2))
    check(Ledger(tmp_path), set(range(5)))
    Ledger(tmp_path).tidy()
    assert not (tmp_path / "done" / "000000").exists()


def test_a_damaged_marker_is_named(tmp_path: Path) -> None:
    mark(tmp_path, 1, entry(1))
    path = next((tmp_path / "done").rglob("*.json"))
    path.write_text("{")
    with pytest.raises(RunError, match=r"000000001\.json: expected the marker"):
        Ledger(tmp_path)


def test_a_block_has_its_sums_on_the_first_line(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for shard in range(5):
        mark(tmp_path, shard, entry(shard))
        ledger.record(shard, entry(shard))
    sums = json.loads((tmp_path / "done" / "000000.json").read_text().splitlines()[0])
    counts = {"sentences": 50, "words": 10, "contributions": 30, "failed": 1}
    assert sums == counts | {"verdicts": {"trust": 10, "with care": 5}}
