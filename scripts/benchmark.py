"""How a benchmark times, counts memory and reports: shared by the ``bench_*.py`` beside this file.

A timing is a median of alternating runs in one process with one thread, on the clock and in processor time: only
ratios of timings that were taken side by side mean anything on a machine that does other things too.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import json
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rich.console import Console
from rich.table import Table as RichTable

ROOT = Path(__file__).resolve().parents[1]


LEAST_S = 0.1
"""A timed run lasts at least so long."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The runs of one work, in milliseconds: on the clock, and of the processor."""

    wall_runs: Sequence[float]
    cpu_runs: Sequence[float]

    @property
    def wall_ms(self) -> float:
        return statistics.median(self.wall_runs)

    @property
    def cpu_ms(self) -> float:
        return statistics.median(self.cpu_runs)

    def cpu_over(self, other: Timing) -> float:
        """Median ratio of runs that followed each other: a machine that slows down for a while slows down both."""
        return statistics.median(a / b for a, b in zip(self.cpu_runs, other.cpu_runs, strict=True))

    def wall_over(self, other: Timing) -> float:
        """As `cpu_over`, on the clock."""
        return statistics.median(a / b for a, b in zip(self.wall_runs, other.wall_runs, strict=True))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of raw figures, and how each column is printed (a format specification; "" for text)."""

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    note: str = ""

    def printed(self) -> list[list[str]]:
        return [
            [_printed(row.get(name), specification) for name, specification in self.columns.items()]
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure to reach; `number` is its place in the list of figures that the project promises."""

    number: int
    what: str
    sense: Literal["<=", ">="]
    reach: float
    found: float

    @property
    def met(self) -> bool:
        return self.found <= self.reach if self.sense == "<=" else self.found >= self.reach


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark found."""

    tables: Sequence[Table]
    bars: Sequence[Bar] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options that all benchmarks share."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run: small models, few runs, no figure to quote")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--into", type=Path, help="put the Markdown into this file, between the marks of the benchmark")
    return parser


def run(work: Callable[[argparse.Namespace], Report], parser: argparse.ArgumentParser, argv: list[str] | None) -> None:
    """Measure with one thread, print, and write the JSON."""
    from threadpoolctl import threadpool_limits

    asked = parser.parse_args(argv)
    with threadpool_limits(1):
        report = work(asked)
    if asked.markdown:
        print(markdown(report))
    else:
        _show(report)
    if asked.into:
        _put(asked.into, Path(inspect.getfile(work)).stem, markdown(report))
    if asked.json:
        asked.json.write_text(json.dumps(as_json(report, quick=asked.quick), indent=2) + "\n", encoding="utf-8")


def alternate(works: Mapping[str, Callable[[], object]], runs: int) -> dict[str, Timing]:
    """Time each work `runs` times in turn, after one run of each that does not count.

    What is short is repeated within a run until `LEAST_S` have passed: the first time after the others it pays for
    their having filled the caches.
    """
    wall: dict[str, list[float]] = {name: [] for name in works}
    cpu: dict[str, list[float]] = {name: [] for name in works}
    for number in range(runs + 1):
        for name, work in works.items():
            gc.collect()
            begun, spent, times = time.perf_counter(), time.process_time(), 0
            while not times or time.perf_counter() - begun < LEAST_S:
                work()
                times += 1
            if number:
                cpu[name].append(1e3 * (time.process_time() - spent) / times)
                wall[name].append(1e3 * (time.perf_counter() - begun) / times)
    return {name: Timing(wall[name], cpu[name]) for name in works}


def peak_mb(work: Callable[[], object]) -> float:
    """The most memory that is held at once while it works, beyond what was held before, as tracemalloc sees it."""
    work()
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def exponent(sizes: Iterable[float], figures: Iterable[float]) -> float:
    """The slope of log figure against log size (least squares): 2 where the figure grows with the square."""
    return float(np.polyfit(np.log(list(sizes)), np.log(list(figures)), 1)[0])


def as_json(report: Report, *, quick: bool) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "quick": quick,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "facts": dict(report.facts),
        "tables": [{"title": table.title, "rows": [dict(row) for row in table.rows]} for table in report.tables],
        "bars": [asdict(bar) | {"met": bar.met} for bar in report.bars],
    }


def markdown(report: Report) -> str:
    """The tables as Markdown."""
    parts = []
    for table in [*report.tables, *_bar_tables(report)]:
        rules = ["---:" if specification else "---" for specification in table.columns.values()]
        lines = [list(table.columns), rules, *table.printed()]
        body = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        parts.append("\n\n".join(part for part in (f"### {table.title}", body, table.note) if part))
    return "\n\n".join(parts)


def _show(report: Report) -> None:
    console = Console()
    console.width = max(console.width, 150)
    for table in [*report.tables, *_bar_tables(report)]:
        shown = RichTable(title=table.title, title_justify="left", caption=table.note or None, caption_justify="left")
        for name, specification in table.columns.items():
            shown.add_column(name, justify="right" if specification else "left")
        for cells in table.printed():
            shown.add_row(*cells)
        console.print(shown, markup=False)


def _put(path: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- end of name -->``."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise SystemExit(f"{path}: expected the marks {begin.strip()} and {end}, found none")
    path.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")


def _bar_tables(report: Report) -> list[Table]:
    if not report.bars:
        return []
    columns = {"bar": "d", "what": "", "to reach": "", "found": ".3g", "met": ""}
    rows = [
        {
            "bar": bar.number,
            "what": bar.what,
            "to reach": f"{bar.sense} {bar.reach:g}",
            "found": bar.found,
            "met": "yes" if bar.met else "no",
        }
        for bar in report.bars
    ]
    return [Table("Figures to reach", columns, rows)]


def _printed(value: object, specification: str) -> str:
    if value is None:
        return ""
    return format(value, specification) if specification else str(value)
