"""How long the page of ``ner-lime serve`` waits for an answer, and how long a report takes.

    python scripts/bench_pages.py [--quick] [--json OUT] [--markdown]

The real server in a process of its own, on loopback, with the model that comes with the package; the text is 40 words
of the jobs corpus. Each answer is what the page asks for when its text or a setting changes: labels, the explanation of
every word, and the view as HTML. The report is the command's own, with at most so many mistakes of each kind, on
WNUT-17's test part, which is read from the corpora beside the project; those that were explained are counted.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from benchmark import ROOT, Bar, Report, Table, arguments, run
from crfs import WNUT, trained

from ner_lime import read_iob

WORDS = 40
ASKED: dict[str, dict[str, Any]] = {
    "as the page opens": {},
    "another keep-rate": {"keep": 0.5},
    "the mask string UNK": {"mask_string": "UNK"},
    "Shapley values": {"method": "shapley"},
}
PAGE_MS, REPORT_S, EXPLAINED = 200.0, 30.0, 200


@contextmanager
def server() -> Iterator[httpx.Client]:
    """`ner-lime serve` on a free port, and a client that has its token."""
    command = [sys.executable, "-m", "ner_lime", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            base, _, token = process.stdout.readline().strip().partition("/?token=")
            with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
                yield client
        finally:
            process.terminate()


def pages(runs: int) -> tuple[Table, Bar]:
    """All kinds of requests in turn."""
    words = [token for sentence in read_iob(ROOT / "data" / "jobs" / "test.tsv") for token in sentence.tokens]
    texts = [" ".join(words[first : first + WORDS]) for first in range(0, WORDS * (runs + 1), WORDS)]
    spent: dict[str, list[float]] = {name: [] for name in ASKED}
    with server() as client:
        for number, text in enumerate(texts):
            for name, settings in ASKED.items():
                begun = time.perf_counter()
                client.post("/view", json={"text": text, **settings}).raise_for_status()
                if number:
                    spent[name].append(1e3 * (time.perf_counter() - begun))
    rows: list[dict[str, Any]] = [
        {"asked for": name, "median ms": statistics.median(times), "best ms": min(times), "slowest ms": max(times)}
        for name, times in spent.items()
    ]
    columns = {"asked for": "", "median ms": ".0f", "best ms": ".0f", "slowest ms": ".0f"}
    table = Table(f"The page: from request to answer, {WORDS} words, {runs} texts", columns, rows)
    return table, Bar(13, f"the page's answer for {WORDS} words, median ms", "<=", PAGE_MS, rows[0]["median ms"])


def report(*, quick: bool) -> tuple[Table, Bar]:
    """The command, from start to end."""
    tagger = trained(read_iob(WNUT / "wnut17train.conll"), quick=quick)
    with tempfile.TemporaryDirectory() as folder:
        model, page = Path(folder) / "model", Path(folder) / "report.html"
        tagger.save(model)
        command = ["report", "--model", str(model), str(WNUT / "emerging.test.annotated"), "-o", str(page)]
        per_kind = ["--per-kind", "2" if quick else "70"]
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "ner_lime", *command, *per_kind], check=True, capture_output=True)
        seconds = time.perf_counter() - begun
        size, explained = page.stat().st_size / 1e6, page.read_text(encoding="utf-8").count('class="mistake"')
    row = {"explained mistakes": explained, "seconds": seconds, "MB": size}
    columns = {"explained mistakes": "d", "seconds": ".1f", "MB": ".2f"}
    per_200 = seconds * EXPLAINED / max(explained, 1)
    table = Table(
        "The report: the mistakes on WNUT-17's test part, explained", columns, [row], "The command from start to end."
    )
    return table, Bar(14, f"a report, seconds for {EXPLAINED} explained mistakes", "<=", REPORT_S, per_200)


def measure(asked: argparse.Namespace) -> Report:
    page_table, page_bar = pages(2 if asked.quick else 15)
    report_table, report_bar = report(quick=asked.quick)
    return Report([page_table, report_table], [page_bar, report_bar])


def main(argv: list[str] | None = None) -> None:
    run(measure, arguments(__doc__), argv)


if __name__ == "__main__":
    main()
