"""Summaries against sums in plain Python, and over planted triggers that must come out on top."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from ner_lime.batch import Run, queries, summarize
from ner_lime.batch.ledger import mark
from ner_lime.batch.manifest import write_manifest
from ner_lime.batch.store import commit
from ner_lime.batch.tables import Columns, empty
from ner_lime.corpus.labels import entity_type
from ner_lime.errors import RunError
from ner_lime.explanation.summary import Summary

pytest.importorskip("duckdb", reason="needs DuckDB: the extra batch")
pytestmark = pytest.mark.extras

LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def made(folder: Path, sentences: list[list[dict[str, Any]]], *, form: str, shard: int = 10) -> Run:
    """A run of given words, each with its contributions as (feature, offset, weight) for its predicted label."""
    folder.mkdir()
    settings = {"shard": shard, "targets": "predicted", "top": None, "positions": "all", "format": form}
    model = {"name": "/models/<b>", "features": None, "options": {}, "fingerprint": {}}
    source = {"files": {}, "order": ["/data/test.tsv"], "reading": {}}
    manifest = {"layout": 1, "version": "0", "model": model, "settings": settings, "parameters": {}, "input": source}
    write_manifest(folder, manifest)
    for number in range(0, len(sentences), shard):
        words, contributions = empty("words"), empty("contributions")
        for sentence, row in enumerate(sentences[number : number + shard], number):
            for index, word in enumerate(row):
                add(words, sentence, index, word["token"], None, word.get("gold"), word["label"], word["p"], 0.9, 0.1)
                for column, value in zip(list(words)[-4:], (word["verdict"], word["own"], 9, 0), strict=True):
                    words[column].append(value)
                for feature, offset, weight in word["contributions"]:
                    add(contributions, sentence, index, word["label"], feature, offset, weight, 0.0)
        tables = {"words": words, "contributions": contributions}
        commit(folder, number // shard, tables, {"sentences": len(sentences[number : number + shard])}, form)
    return Run(folder)


def add(table: Columns, *values: Any) -> None:
    for column, value in zip(table.values(), values, strict=False):
        column.append(value)


def drawn(seed: int, n: int) -> list[list[dict[str, Any]]]:
    chance = random.Random(seed)
    vocabulary = [*(f"w{i}" for i in range(25)), "Ärzte", "日本", "A-1", ",", "<br>", "'quoted'"]
    found = []
    for _ in range(n):
        tokens = [chance.choice(vocabulary) for _ in range(chance.randrange(1, 9))]
        found.append(
            [
                {
                    "token": token,
                    "gold": chance.choice([None, *LABELS]),
                    "label": chance.choice(LABELS),
                    "p": chance.random(),
                    "own": chance.random(),
                    "verdict": chance.choice(["trust", "with care"]),
                    "contributions": [(tokens[j], j - i, chance.uniform(-0.5, 0.5)) for j in range(len(tokens))],
                }
                for i, token in enumerate(tokens)
            ]
        )
    return found


def kind_of(label: str) -> str:
    return "O" if label == "O" else entity_type(label) or ""


@pytest.fixture(scope="module", params=["parquet", "jsonl"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Summary, Any]:
    sentences = drawn(4, 300)
    run = made(tmp_path_factory.mktemp("summary") / "run", sentences, form=request.param)
    return summarize(run, top=1000), sentences


def test_triggers_are_the_sums_of_their_rows(both: tuple[Summary, Any]) -> None:
    summary, sentences = both
    sums: dict[Any, list[Any]] = defaultdict(list)
    for sentence in sentences:
        for word in sentence:
            for feature, offset, weight in word["contributions"]:
                sums[kind_of(word["label"]), feature].append((offset, weight))
    seen = 0
    for found in summary.types:
        for trigger in (*found.speaking_for, *found.against):
            rows = sums[found.kind, trigger.feature]
            weights = [weight for _, weight in rows]
            assert trigger.count == len(rows) >= queries.MIN_COUNT
            assert trigger.mean == pytest.approx(sum(weights) / len(weights), abs=1e-6)
            by_place: dict[int, float] = defaultdict(float)
            for offset, weight in rows:
                by_place[max(-3, min(3, offset))] += abs(weight) / sum(map(abs, weights))
            assert dict(trigger.offsets) == pytest.approx(by_place, abs=1e-4)
            seen += 1
        assert {t.feature for t in found.speaking_for}.isdisjoint(t.feature for t in found.against)
        scores = [abs(t.mean) * t.count**0.5 for t in found.speaking_for]
        assert scores == sorted(scores, reverse=True)
    frequent = [rows for rows in sums.values() if len(rows) >= queries.MIN_COUNT]
    assert 0.95 * len(frequent) <= seen <= len(frequent)  # those whose mean is 0.000 are not listed


def test_types_have_their_words(both: tuple[Summary, Any]) -> None:
    summary, sentences = both
    words = [word for sentence in sentences for word in sentence]
    assert summary.types[-1].kind == "O"
    for found in summary.types:
        own = [word for word in words if kind_of(word["label"]) == found.kind]
        assert found.words == len(own)
        assert found.probability == pytest.approx(sum(word["p"] for word in own) / len(own), abs=1e-5)
        assert found.own_share == pytest.approx(sum(word["own"] for word in own) / len(own), abs=1e-5)
        assert found.verdicts == {
            level: sum(word["verdict"] == level for word in own) for level in ("trust", "with care")
        }


def test_mistakes_and_their_triggers(both: tuple[Summary, Any]) -> None:
    summary, sentences = both

    def kind(gold: str | None, label: str) -> str | None:
        if gold is None or gold == label:
            return None
        if "O" in (gold, label):
            return "missed" if label == "O" else "spurious"
        return "wrong boundary" if kind_of(gold) == kind_of(label) else "wrong type"

    words = [word | {"mistake": kind(word["gold"], word["label"])} for sentence in sentences for word in sentence]
    wrong = [word for word in words if word["mistake"]]
    assert summary.mistakes == {
        name: sum(word["mistake"] == name for word in wrong)
        for name in ("missed", "spurious", "wrong type", "wrong boundary")
    }
    for trigger in summary.wrong:
        weights = [
            weight
            for word in wrong
            if word["mistake"] == trigger.mistake
            for feature, _, weight in word["contributions"]
            if feature == trigger.feature
        ]
        assert trigger.count == len(weights)
        assert trigger.mean == pytest.approx(sum(weights) / len(weights), abs=1e-6)
        assert kind(trigger.gold, trigger.predicted) == trigger.mistake


def word(token: str, label: str, *contributions: tuple[str, int, float], gold: str | None = None) -> dict[str, Any]:
    told = {"p": 0.9, "own": 0.5, "verdict": "trust", "contributions": list(contributions)}
    return {"token": token, "label": label, "gold": gold, **told}


def planted(header: str, n: int) -> list[list[dict[str, Any]]]:
    """A header that begins every sentence and acts on every type; a title before names; a comma."""
    found = []
    for number in range(n):
        label = ("B-PER", "B-LOC", "B-ORG", "O")[number % 4]
        told = [(header, -2, 0.2), (",", -1, 0.1), (f"name{number % 7}", 0, 0.4)]
        if label == "B-PER":
            told.append(("Mrs", 1, 0.3))
        found.append([word(header, "O"), word(",", "O"), word(f"name{number % 7}", label, *told)])
    return found


def test_planted_suspects_are_found(tmp_path: Path) -> None:
    summary = summarize(made(tmp_path / "run", planted("REPORT", 200), form="jsonl"))
    reasons = {suspect.feature: suspect.reason for suspect in summary.suspects}
    assert list(reasons)[:2] == ["REPORT", ","]
    assert reasons["REPORT"] == "stands first in its sentences, acts on 4 of 4 types"
    assert reasons[","].startswith("punctuation")
    assert not any(name.startswith("name") or name == "Mrs" for name in reasons)


def test_two_runs_are_compared(tmp_path: Path) -> None:
    before = made(tmp_path / "before", planted("REPORT", 80), form="jsonl")
    after = made(tmp_path / "after", planted("NOTE", 80), form="jsonl")
    summary = summarize(after, compare=before)
    changed = {(change.feature, change.kind): (change.before, change.after) for change in summary.changes}
    assert changed["REPORT", "PER"] == ((0.2, 20), None)
    assert changed["NOTE", "PER"] == (None, (0.2, 20))
    assert ("Mrs", "PER") not in changed
    assert summarize(after, compare=after).changes == ()


def test_the_picked_sentences_show_something_new_each(both: tuple[Summary, Any]) -> None:
    summary, sentences = both
    assert len({pick.sentence for pick in summary.representatives}) == len(summary.representatives) > 1
    for pick in summary.representatives:
        assert [(w.token, w.predicted) for w in pick.words] == [
            (w["token"], w["label"]) for w in sentences[pick.sentence]
        ]
        assert pick.covered
        for told, known in zip(pick.words, sentences[pick.sentence], strict=True):
            largest = sorted(known["contributions"], key=lambda row: -abs(row[2]))[:4] if known["label"] != "O" else []
            assert [round(row[2], 6) for row in largest] == [row[2] for row in told.contributions]


def test_a_run_of_which_nothing_is_done(tmp_path: Path) -> None:
    run = made(tmp_path / "run", [], form="jsonl")
    with pytest.raises(RunError, match="at least one shard that is done"):
        summarize(run)


def test_only_shards_that_are_done_count(tmp_path: Path) -> None:
    run = made(tmp_path / "run", planted("REPORT", 40), form="jsonl", shard=10)
    run._ledger.forget([1])
    assert sum(found.words for found in summarize(tmp_path / "run").types) == 90
    mark(tmp_path / "run", 1, {"sentences": 10})
    assert sum(found.words for found in summarize(tmp_path / "run").types) == 120
