"""The README can't lie: its Python is executed, its commands are run, its figures are measured."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from ner_lime import CRFTagger, read_iob

from ..conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"(?<!-->\n)```python\n(.*?)```", README, flags=re.DOTALL)
"""What needs no extra; what does is executed where the models are, in tests/heavy."""

COMMANDS = re.findall(r"^\$ (ner-lime .*)$", README, flags=re.MULTILINE)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder in which the README's paths lead somewhere and nothing of the checkout is written."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NER_LIME_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_every_python_snippet_runs_in_order(checkout):
    assert len(PYTHON) >= 6
    names: dict[str, object] = {}
    for snippet in PYTHON:
        exec(compile(snippet, "README.md", "exec"), names)
    assert names["word"].label == "I-SKILLS"
    assert names["entity"].how == "joint"


def test_every_command_runs(checkout):
    assert len(COMMANDS) >= 6
    for command in COMMANDS:
        words = shlex.split(command)[1:]
        done = subprocess.run(
            [sys.executable, "-m", "ner_lime", *words], capture_output=True, text=True, cwd=checkout, timeout=300
        )
        assert (done.returncode, done.stderr) == (0, ""), command


def test_the_stated_figures_are_the_measured_ones(jobs):
    scores = CRFTagger().fit(read_iob(jobs / "train.tsv")).evaluate(read_iob(jobs / "test.tsv"))
    kinds = {kind: f"{score.f1:.2f}" for kind, score in scores.entities.items()}
    stated = (
        f"strict\nentity F1 of **{scores.f1:.2f}** (precision {scores.precision:.2f}, recall {scores.recall:.2f}; "
        f"EXPERIENCE {kinds['EXPERIENCE']}, DIPLOMA_MAJOR {kinds['DIPLOMA_MAJOR']}, DIPLOMA {kinds['DIPLOMA']}, "
        f"SKILLS {kinds['SKILLS']}) and a\nweighted token F1 of {scores.token_averages['weighted'].f1:.2f}"
    )
    assert " ".join(stated.split()) in " ".join(README.split())
