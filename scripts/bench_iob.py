"""How fast IOB is read, and whether streaming holds its memory flat as the file grows.

    python scripts/bench_iob.py [FILE] [--json OUT]

FILE is by default the training part of the Turku NER corpus beside the project. Speeds are medians of alternating runs
in one process, by the clock and by the processor's time, which other programs disturb less; a bare loop over
``line.split`` stands for what the machine can do. Memory is the peak that tracemalloc sees while a file of 1, 4 and 16
times the corpus is streamed.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from ner_lime.corpus import iter_iob, read_iob

ROOT = Path(__file__).resolve().parents[1]
TURKU = ROOT.parent / "shared" / "corpora" / "turku-ner-fi" / "train.tsv"
RUNS = 9
TARGET = 500_000  # tokens per second


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


def speeds(path: Path, n_tokens: int) -> list[dict[str, object]]:
    readers: dict[str, Callable[[], object]] = {
        "bare loop over line.split": lambda: bare_loop(path),
        "iter_iob": lambda: streamed(path),
        "iter_iob, scheme stated": lambda: sum(map(len, iter_iob(path, scheme="IOB2"))),
        "read_iob": lambda: read_iob(path),
        "read_iob, scheme stated": lambda: read_iob(path, scheme="IOB2"),
    }
    clock: dict[str, list[float]] = {name: [] for name in readers}
    processor: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(RUNS):
        for name, reader in readers.items():
            gc.collect()
            started, used = time.perf_counter(), time.process_time()
            result = reader()
            processor[name].append(time.process_time() - used)
            clock[name].append(time.perf_counter() - started)
            del result
    return [
        {
            "reader": name,
            "tokens_per_s": n_tokens / statistics.median(clock[name]),
            "best_tokens_per_s": n_tokens / min(clock[name]),
            "tokens_per_processor_s": n_tokens / statistics.median(processor[name]),
        }
        for name in readers
    ]


def peak(work: Callable[[], object]) -> float:
    """Megabytes."""
    gc.collect()
    tracemalloc.start()
    work()
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak_bytes / 1e6


def memory(path: Path, n_tokens: int) -> list[dict[str, float]]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        longer = Path(folder) / "longer.tsv"
        for times in (1, 4, 16):
            longer.write_bytes(path.read_bytes() * times)
            size = longer.stat().st_size / 1e6
            rows.append(
                {"tokens": n_tokens * times, "file_mb": size, "iter_iob_peak_mb": peak(lambda: streamed(longer))}
            )
    rows[0]["read_iob_peak_mb"] = peak(lambda: read_iob(path))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path, nargs="?", default=TURKU)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    n_tokens = streamed(options.file)
    result = {
        "file": options.file.name,
        "tokens": n_tokens,
        "target_tokens_per_s": TARGET,
        "speed": speeds(options.file, n_tokens),
        "memory": memory(options.file, n_tokens),
    }
    print(f"{options.file.name}: {n_tokens:,} tokens, {RUNS} runs")
    print(f"\n{'tokens per second':<28}{'median':>12}{'best':>12}{'processor':>12}")
    for row in result["speed"]:
        figures = (row["tokens_per_s"], row["best_tokens_per_s"], row["tokens_per_processor_s"])
        print(f"{row['reader']:<28}" + "".join(f"{figure:>12,.0f}" for figure in figures))
    print(f"\n{'tokens':>10}{'file MB':>10}{'iter_iob peak MB':>18}{'read_iob peak MB':>18}")
    for row in result["memory"]:
        whole = f"{row['read_iob_peak_mb']:.1f}" if "read_iob_peak_mb" in row else ""
        print(f"{row['tokens']:>10,}{row['file_mb']:>10.1f}{row['iter_iob_peak_mb']:>18.2f}{whole:>18}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
