"""How fast IOB is read, and whether streaming holds its memory flat as the file grows.

    python scripts/bench_iob.py [FILE] [--quick] [--json OUT] [--markdown]

FILE is by default the training part of the Turku NER corpus beside the project. A bare loop over ``line.split`` stands
for what the machine can do. Memory is the peak while a file of 1, 4 and 16 times the corpus is streamed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmark import ROOT, Bar, Report, Table, alternate, arguments, peak_mb, run

from ner_lime.corpus import iter_iob, read_iob

TURKU = ROOT.parent / "shared" / "corpora" / "turku-ner-fi" / "train.tsv"
REACH = 500_000
"""Tokens per second."""

FLAT_MB = 1.0
"""The peak of 16 times the file may be so much higher than that of 4 times the file."""


def bare_loop(path: Path) -> int:
    count = 0
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line != "\n":
                line.rstrip("\n").split("\t")
                count += 1
    return count


def streamed(path: Path) -> int:
    return sum(map(len, iter_iob(path)))


def speed(path: Path, n_tokens: int, runs: int) -> tuple[Table, list[Bar]]:
    readers: dict[str, Callable[[], object]] = {
        "bare loop over line.split": lambda: bare_loop(path),
        "iter_iob": lambda: streamed(path),
        "iter_iob, scheme stated": lambda: sum(map(len, iter_iob(path, scheme="IOB2"))),
        "read_iob": lambda: read_iob(path),
        "read_iob, scheme stated": lambda: read_iob(path, scheme="IOB2"),
    }
    timings = alternate(readers, runs)
    rows = [
        {
            "reader": name,
            "tokens/s": 1e3 * n_tokens / timing.wall_ms,
            "best": 1e3 * n_tokens / min(timing.wall_runs),
            "tokens per CPU s": 1e3 * n_tokens / timing.cpu_ms,
        }
        for name, timing in timings.items()
    ]
    table = Table(
        f"Reading {path.name}: {n_tokens:,} tokens, {runs} runs",
        {"reader": "", **dict.fromkeys(list(rows[0])[1:], ",.0f")},
        rows,
    )
    bars = [Bar(10, f"{row['reader']}: tokens per second", ">=", REACH, row["tokens/s"]) for row in rows[1::2]]
    return table, bars


def memory(path: Path, n_tokens: int) -> tuple[Table, Bar]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        longer = Path(folder) / "longer.tsv"
        for times in (1, 4, 16):
            longer.write_bytes(path.read_bytes() * times)
            size = longer.stat().st_size / 1e6
            rows.append({"tokens": n_tokens * times, "file MB": size, "peak MB": peak_mb(lambda: streamed(longer))})
    table = Table("Streaming", {"tokens": ",d", "file MB": ".1f", "peak MB": ".2f"}, rows)
    growth = rows[2]["peak MB"] - rows[1]["peak MB"]
    return table, Bar(10, "iter_iob: more MB for 16 times the file than for 4 times", "<=", FLAT_MB, growth)


def measure(asked: argparse.Namespace) -> Report:
    n_tokens = streamed(asked.file)
    by_time, bars = speed(asked.file, n_tokens, 1 if asked.quick else 9)
    by_size, flat = memory(asked.file, n_tokens)
    return Report([by_time, by_size], [*bars, flat])


def main(argv: list[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=TURKU)
    run(measure, parser, argv)


if __name__ == "__main__":
    main()
