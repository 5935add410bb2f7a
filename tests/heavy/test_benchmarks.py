"""The benchmarks run, and their figures are complete; how fast anything is, is not a matter of tests."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

# They need nothing heavy, but take most of a minute: they run where torch shows that there is time.
pytest.importorskip("torch", reason="takes long: scripts/test --all")

pytestmark = pytest.mark.heavy

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Call a benchmark's main as the command line does, in a smoke run, and read its JSON."""
    monkeypatch.syspath_prepend(str(SCRIPTS))

    def called(name: str, *options: str) -> dict[str, Any]:
        spec = spec_from_file_location(name, SCRIPTS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        module.main(["--quick", "--json", str(tmp_path / "found.json"), *options])
        found: dict[str, Any] = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
        check(found)
        return found

    return called


def check(found: dict[str, Any]) -> None:
    """What every benchmark's JSON has."""
    assert found["quick"] is True
    assert found["tables"]
    for table in found["tables"]:
        assert table["title"]
        assert table["rows"]
        assert len({tuple(row) for row in table["rows"]}) == 1  # every row has the same columns
        figures = [value for row in table["rows"] for value in row.values() if isinstance(value, float)]
        assert all(math.isfinite(figure) for figure in figures)
    for bar in found["bars"]:
        assert set(bar) == {"number", "what", "sense", "reach", "found", "met"}
        assert bar["met"] == (bar["found"] <= bar["reach"] if bar["sense"] == "<=" else bar["found"] >= bar["reach"])


def column(table: dict[str, Any], name: str) -> list[Any]:
    return [row[name] for row in table["rows"]]


def test_peers(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    found = run("bench_peers", "--markdown")
    speed, quality, faults = found["tables"]
    assert {"lime", "eli5", "ner-lime"} == set(column(speed, "tool"))
    assert all(time > 0 for time in column(speed, "word ms"))
    by_tool = {row["tool"]: row for row in quality["rows"]}
    assert by_tool["ner-lime, exact"]["spread"] == 0.0  # no seed takes part
    assert by_tool["ner-lime, exact"]["error"] < 0.01
    assert by_tool["lime"]["error"] > by_tool["ner-lime, sampling"]["error"] > 0.0
    assert set(column(faults, "shows here")) == {"yes", "no"}
    assert [bar["number"] for bar in found["bars"]] == [5, 5]
    printed = capsys.readouterr().out
    assert f"### {speed['title']}\n\n| tool | asks the CRF | word ms |" in printed
    assert "\n| ner-lime, exact |" in printed


def test_marginals(run: Run, corpora: Path) -> None:
    found = run("bench_marginals")
    (step, engine), bars = found["tables"], found["bars"]
    assert len(step["rows"]) == 4
    assert column(engine, "T") == [13, 40, 100]
    assert [bar["number"] for bar in bars] == [1, 4, 4, 4, 4]
    assert bars[0]["met"]  # this one is not about time


def test_tolerance(run: Run, corpora: Path) -> None:
    found = run("bench_tolerance")
    (table,) = found["tables"]
    assert table["rows"][-1]["family"] == "all"
    assert sum(column(table, "cases")) == 2 * table["rows"][-1]["cases"]
    assert all(bar["met"] for bar in found["bars"])  # neither is about time


def test_error(run: Run, corpora: Path) -> None:
    found = run("bench_error")
    table, functions, laws = found["tables"]
    assert sorted(set(column(table, "calls"))) == [64, 128]
    assert len(set(column(table, "estimator"))) == 3
    assert len(column(functions, "function")) == 5
    assert len(set(column(laws, "law"))) == 4
    for one in found["tables"]:
        assert all(0.0 <= share <= 1.0 for share in column(one, "coverage") if share is not None)
    assert {bar["number"] for bar in found["bars"]} == {6, 8}


def test_scaling(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    found = run("bench_scaling")
    assert [next(iter(table["rows"][0])) for table in found["tables"]] == ["T", "T", "L", "w", "T", "n"]
    assert all(figure > 0 for table in found["tables"] for figure in column(table, "peak MB"))
    assert "Grows as T to the power" in capsys.readouterr().out


def test_pages(run: Run, corpora: Path) -> None:
    pytest.importorskip("starlette", reason="needs the extra web")
    found = run("bench_pages")
    page, report = found["tables"]
    assert len(page["rows"]) == 4
    assert all(0 < row["best ms"] <= row["median ms"] <= row["slowest ms"] for row in page["rows"])
    assert 1 <= report["rows"][0]["explained mistakes"] <= 8
    assert [bar["number"] for bar in found["bars"]] == [13, 14]


def test_iob(run: Run, jobs: Path) -> None:
    speed, memory = run("bench_iob", str(jobs / "test.tsv"))["tables"]
    assert column(speed, "reader")[1::2] == ["iter_iob", "read_iob"]
    assert all(0 < row["tokens/s"] <= row["best"] for row in speed["rows"])
    assert column(memory, "tokens")[1:] == [4 * column(memory, "tokens")[0], 16 * column(memory, "tokens")[0]]


def test_documents(run: Run) -> None:
    found = run("bench_documents")
    errors, rows = (table for table in found["tables"] if "relative L2 error" in table["title"])
    assert column(errors, "estimator")[:4] == ["ner-lime", "linear fit", "lime", "eli5"]
    assert len(rows["rows"]) == 5
    (pick,) = (table for table in found["tables"] if "the pick" in table["title"])
    assert column(pick, "first feature") == ["Pigeon"]
