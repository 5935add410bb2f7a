"""How long the command line takes to start, and which heavy libraries it loads for that.

    python scripts/bench_startup.py [--quick] [--json OUT] [--markdown]

Each run is a process of its own; the runs of the commands alternate. An empty Python program stands for what the
machine can do. The time of the processor is the child's, user and system.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from benchmark import ROOT, Bar, Report, Table, arguments, run

TEXT = "6+ years of Web UI/UX design experience"
HEAVY = ("eli5", "matplotlib", "nltk", "numpy", "pandas", "rich", "scipy", "sklearn", "torch", "transformers")
LIMIT = 400.0  # milliseconds

COMMANDS = {
    "an empty program": None,
    "--help": ["--help"],
    "explain --help": ["explain", "--help"],
    "explain --tokens, kept model": ["explain", "--tokens", "--word-index", "4", TEXT],
    "explain, kept model": ["explain", "--word-index", "4", TEXT],
}
SCRIPT = "import sys; from ner_lime.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"


def call(command: Sequence[str] | None) -> list[str]:
    """Run one command; returns the heavy libraries that it loaded."""
    arguments = ["-c", "pass"] if command is None else ["-c", SCRIPT, *command]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, cwd=ROOT)
    return sorted(set(HEAVY) & set(done.stderr.split()))


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(asked: argparse.Namespace) -> Report:
    runs = 2 if asked.quick else 11
    wall: dict[str, list[float]] = {name: [] for name in COMMANDS}
    cpu: dict[str, list[float]] = {name: [] for name in COMMANDS}
    loaded: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NER_LIME_CACHE"] = cache  # the first explanation trains the model, and does not count
        for number in range(runs + 1):
            for name, command in COMMANDS.items():
                begun, spent = time.perf_counter(), children_cpu()
                loaded[name] = call(command)
                if number:
                    wall[name].append(1e3 * (time.perf_counter() - begun))
                    cpu[name].append(1e3 * (children_cpu() - spent))
    rows: list[dict[str, Any]] = [
        {
            "command": name,
            "median ms": statistics.median(wall[name]),
            "best ms": min(wall[name]),
            "CPU ms": statistics.median(cpu[name]),
            "heavy libraries": ", ".join(loaded[name]) or "none",
        }
        for name in COMMANDS
    ]
    columns = {"command": "", "median ms": ".0f", "best ms": ".0f", "CPU ms": ".0f", "heavy libraries": ""}
    bars = [
        Bar(11, "ner-lime --help, ms", "<=", LIMIT, rows[1]["median ms"]),
        Bar(11, "heavy libraries that it loads", "<=", 0, len(loaded["--help"])),
    ]
    return Report([Table(f"Start-up, {runs} runs", columns, rows)], bars)


def main(argv: list[str] | None = None) -> None:
    run(measure, arguments(__doc__), argv)


if __name__ == "__main__":
    main()
