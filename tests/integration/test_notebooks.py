"""The notebooks run from a clean kernel, and the figures that they show are the ones that come out.

A cell with the tag "exact" has an answer without randomness: what is kept in the file must be what it prints today, its
numbers up to what another processor may round otherwise.
"""

from __future__ import annotations

import os
import re
import resource
from pathlib import Path
from typing import Any

import pytest

from ..conftest import ROOT

NEEDS = "needs nbclient and ipykernel: scripts/test --all"
nbformat = pytest.importorskip("nbformat", reason=NEEDS)
nbclient = pytest.importorskip("nbclient", reason=NEEDS)
pytest.importorskip("ipykernel", reason=NEEDS)

pytestmark = pytest.mark.extras

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 200_000
LONGEST = 60
"""Seconds of a processor that a notebook takes: unlike those of a clock they hang on no other work of the machine."""
HANGS = 300
"""Seconds after which a cell is given up."""
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?%?")
BARS = re.compile(r"[\u2500-\u259f]")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def processor_seconds() -> float:
    """What the processes that have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def printed(cell: Any) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def differences(shown: str, fresh: str) -> list[str]:
    """What differs between two printed texts, apart from bars and white space: in words, else number by number."""
    texts = [" ".join(BARS.sub("", text).split()) for text in (shown, fresh)]
    words = [NUMBER.sub("#", text) for text in texts]
    if words[0] != words[1]:
        return [f"{shown}\n--- is now ---\n{fresh}"]
    pairs = zip(*(NUMBER.findall(text) for text in texts), strict=True)
    return [f"{old} is now {new}" for old, new in pairs if not close(old, new)]


def close(old: str, new: str) -> bool:
    """Counts and indices are equal, percentages to 1 %, others to 0.005."""
    if "%" in old + new:
        return old[-1] == new[-1] == "%" and abs(int(old[:-1]) - int(new[:-1])) <= 1
    if "." in old + new or "e" in old + new:
        return abs(float(old) - float(new)) <= 0.005
    return old == new


def test_there_are_eight() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number}-" for number in range(1, 9)]


@each_notebook
def test_it_is_kept_as_one_clean_run(path: Path) -> None:
    assert path.stat().st_size < LARGEST
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = code(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"stream", "execute_result"}
    assert {output.name for output in outputs if output.output_type == "stream"} <= {"stdout"}
    assert sum("<iframe" in output.get("data", {}).get("text/html", "") for output in outputs) <= 1
    assert not re.search(r"/(home|root|tmp|Users|var|work)/", str(outputs)), "names a path of the machine it ran on"
    exact = [cell for cell in cells if "exact" in cell.metadata.get("tags", [])]
    assert exact, "nothing in it can be checked"


@each_notebook
def test_it_runs_and_its_exact_figures_are_still_true(
    path: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if "HttpTagger" in path.read_text(encoding="utf-8"):
        pytest.importorskip("httpx")
        pytest.importorskip("tenacity")
    kept = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    for cell in code(fresh):
        cell.outputs = []
    shared = tmp_path_factory.getbasetemp() / "notebooks"  # the embedded model is trained once for all of them
    shared.mkdir(exist_ok=True)
    places = {
        "NER_LIME_CACHE": str(shared / "cache"),
        "IPYTHONDIR": str(shared / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(shared / "jupyter"),
    }
    client = nbclient.NotebookClient(
        fresh, timeout=HANGS, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    begun = processor_seconds()
    client.execute(env={**os.environ, **places})
    assert 1 < processor_seconds() - begun < LONGEST, "a reader waits for it"
    assert not list(tmp_path.iterdir()), "it leaves files behind"
    for old, new in zip(code(kept), code(fresh), strict=True):
        if "exact" in old.metadata.get("tags", []):
            assert printed(old), f"nothing is shown by\n{old.source}"
            assert differences(printed(old), printed(new)) == [], old.source


@pytest.mark.parametrize(
    ("shown", "fresh", "same"),
    [
        ("design  +0.369 ████", "design +0.371 ███▌", True),
        ("design +0.369", "design +0.379", False),
        ("design +0.003", "design -0.001", True),
        ("design [5] 0.1", "design [6] 0.1", False),
        ("explains 76% of it", "explains 77% of it", True),
        ("explains 76% of it", "explains 78% of it", False),
        ("tolerance 9e-07", "tolerance 0.0001", True),
        ("with care", "trust", False),
    ],
)
def test_changed_figures_are_noticed(shown: str, fresh: str, same: bool) -> None:
    assert (differences(shown, fresh) == []) is same
