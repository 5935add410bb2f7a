"""What is explained of a corpus: refused where it makes no sense, the same after JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ner_lime.batch import RunSettings, sentence_seed
from ner_lime.errors import InputError


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"shard": 0}, "shard to be a whole number of at least 1"),
        ({"shard": 10**9}, "at most 100000 sentences"),
        ({"top": 0}, "top to be a whole number"),
        ({"positions": "some"}, "'all', 'entities' or 'mistakes', found 'some'"),
        ({"format": "csv"}, "found 'csv'"),
        ({"targets": "B-PER"}, r"write targets=\['B-PER'\]"),
        ({"targets": []}, "one at least"),
        ({"targets": [1]}, "to be labels"),
    ],
)
def test_what_makes_no_sense_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        RunSettings(**values)


def test_they_survive_json() -> None:
    settings = RunSettings(shard=7, targets=["B-PER", "O"], top=3, positions="mistakes", format="jsonl")
    assert RunSettings(**json.loads(json.dumps(settings.to_dict()))) == settings


def test_auto_becomes_a_format() -> None:
    assert RunSettings().resolved().format in ("parquet", "jsonl")
    assert RunSettings(format="jsonl").resolved() == RunSettings(format="jsonl")


def test_seeds_differ_and_fit_every_table() -> None:
    seeds = [sentence_seed(state, sentence) for state in (0, 1) for sentence in range(2000)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
