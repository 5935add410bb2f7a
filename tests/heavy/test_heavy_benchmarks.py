"""The benchmarks that need torch run, and their figures are complete; speed is not a matter of tests."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NEEDS = "needs torch, transformers and shap: scripts/test --all"
pytest.importorskip("torch", reason=NEEDS)
pytest.importorskip("transformers", reason=NEEDS)

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore:::shap"),
    pytest.mark.filterwarnings("ignore:::lime"),
]


def run(module: ModuleType, tmp_path: Path, *options: str) -> dict[str, Any]:
    path = tmp_path / "found.json"
    module.main(["--quick", "--json", str(path), *options])
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_sampling(sampling: ModuleType, transformer: Path, tmp_path: Path) -> None:
    (table,) = run(sampling, tmp_path, "--model", str(transformer))["tables"]
    assert [row["estimator"] for row in table["rows"]] == ["kernel surrogate", "linear fit"]
    assert all(0.0 < row["error"] < 1.0 and 0.5 < row["coverage"] <= 1.0 for row in table["rows"])


def test_cost_of_an_explanation(script: Any, tmp_path: Path) -> None:
    pytest.importorskip("shap", reason=NEEDS)
    found = run(script("bench_taggers"), tmp_path)
    (table,), (bar,) = found["tables"], found["bars"]
    assert [row["masks"] for row in table["rows"]] == [32, 34, 32, 32, 32]
    assert all(row["CPU s"] > 0.0 for row in table["rows"])
    assert bar["found"] == table["rows"][1]["of the passes"] > 1.0
