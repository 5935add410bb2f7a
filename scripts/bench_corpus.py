"""Corpora: explaining against tagging, where the time goes, workers, memory, bookkeeping and summaries.

    python scripts/bench_corpus.py [--quick] [--json OUT] [--markdown] [--only ratio,workers,memory,ledger,summary]

The ratio is that of the processor time in which every word of WNUT-17 sentences is explained exactly (13 labels) to
that in which python-crfsuite tags them, in one process, taking turns. Its parts are told by the profiler, which slows
small functions down: shares, not times.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pycrfsuite
from benchmark import ROOT, Bar, Report, Table, alternate, arguments, run
from crfs import WNUT, trained

from ner_lime import CRFTagger, NERExplainer, Sentence, explain_corpus, read_iob
from ner_lime.batch import ExplanationParameters, Local, ModelName, Run, RunSettings, summarize
from ner_lime.batch.ledger import COUNTED, Ledger, mark
from ner_lime.batch.manifest import read_manifest, write_manifest
from ner_lime.batch.shard import ShardWorker, WorkOrder
from ner_lime.batch.source import Source
from ner_lime.batch.store import commit
from ner_lime.batch.tables import empty
from ner_lime.testing import Trigger, TriggerTagger

PARTS = ("ratio", "workers", "memory", "ledger", "summary")
MB = 1e6
FIRST = 20
"""Sentences after which memory is first looked at: all libraries are loaded by then."""


def wnut(n: int) -> list[Sentence]:
    """Sentences of all parts, repeated up to n."""
    parts = [sentence for part in ("train", "dev", "test") for sentence in read_iob(find(part))]
    return list(islice(cycle(parts), n))


def find(part: str) -> Path:
    return next(path for path in sorted(WNUT.iterdir()) if part in path.name)


def ratio(tagger: CRFTagger, sentences: Sequence[Sentence], folder: Path, quick: bool) -> tuple[list[Table], list[Bar]]:
    """Explain and tag the same sentences in turns."""
    peer = pycrfsuite.Tagger()
    peer.open(str(folder / "model" / "model.crfsuite"))
    features = tagger.feature_function
    explain = NERExplainer(tagger).explain
    corpus = [sentence.tokens for sentence in sentences]
    order = WorkOrder(
        str(folder / "out"), ModelName(str(folder / "model")), RunSettings().resolved(), ExplanationParameters()
    )
    worker = ShardWorker(order)
    jobs = list(Source(list(sentences)).jobs(shard=256))
    shards = iter(range(10**9))

    def tag() -> None:
        for tokens in corpus:
            peer.tag([features(tokens, i) for i in range(len(tokens))])

    def single() -> None:
        for tokens in corpus:
            explain(tokens)

    def batch() -> None:
        for job in jobs:
            worker.work(next(shards), job.first, job.sentences, job.digest, ())

    timings = alternate({"tag": tag, "single": single, "run": batch}, 1 if quick else 5)
    n = len(corpus)
    rows = [
        {"work": name, "CPU ms a sentence": timing.cpu_ms / n, "over tagging": timing.cpu_over(timings["tag"])}
        for name, timing in (
            ("python-crfsuite tags, features and all", timings["tag"]),
            ("NERExplainer.explain, one by one", timings["single"]),
            ("a shard of a run: explained, judged, written", timings["run"]),
        )
    ]
    words = sum(map(len, corpus)) / n
    tables = [
        Table(
            f"Explaining against tagging: WNUT-17, {len(tagger.labels)} labels, {words:.1f} words a sentence",
            {"work": "", "CPU ms a sentence": ".2f", "over tagging": ".1f"},
            rows,
        ),
        Table(
            "Where the time of a shard goes",
            {"module": "", "share": ".1%"},
            where(batch),
            "By the profiler, own time of each module and of the C functions that it calls.",
        ),
    ]
    bars = [
        Bar(15, "explain over tag, single", "<=", 30.0, timings["single"].cpu_over(timings["tag"])),
        Bar(15, "explain over tag, in a run", "<=", 15.0, timings["run"].cpu_over(timings["tag"])),
    ]
    return tables, bars


def where(work: Callable[[], None], most: int = 12) -> list[dict[str, Any]]:
    """Own time by module of ner_lime; what it calls of others counts as its own."""
    profiler = cProfile.Profile()
    profiler.runcall(work)
    stats: Any = pstats.Stats(profiler)
    times: dict[str, float] = defaultdict(float)
    for (path, _, _), (_, _, own, _, callers) in stats.stats.items():
        if "ner_lime" in path:
            times[module(path)] += own
            continue
        for (caller, _, _), (*_, part, _) in callers.items():
            times[module(caller)] += part
    total = sum(times.values()) or 1.0
    largest = sorted(times.items(), key=lambda item: -item[1])
    rows = [{"module": name, "share": spent / total} for name, spent in largest[:most]]
    return [*rows, {"module": "all others", "share": sum(spent for _, spent in largest[most:]) / total}]


def module(path: str) -> str:
    _, mark_, rest = path.rpartition("/ner_lime/")
    return f"ner_lime/{rest}" if mark_ else "libraries, called by libraries"


def workers(folder: Path, quick: bool) -> tuple[list[Table], list[Bar]]:
    """A run by one worker and by two."""
    n = 60 if quick else 2_000
    rows = []
    for number in (1, 2):
        begun = time.perf_counter()
        explain_corpus(
            wnut(n), tagger=str(folder / "model"), out=folder / f"by-{number}", executor=Local(number), shard=64
        )
        rows.append({"workers": number, "seconds": time.perf_counter() - begun})
    for row in rows:
        row |= {"sentences/s": n / row["seconds"], "speed-up": rows[0]["seconds"] / row["seconds"]}
        row["10,000 sentences s"] = 10_000 / row["sentences/s"]
    columns = {"workers": "d", "seconds": ".1f", "sentences/s": ".0f", "speed-up": ".2f", "10,000 sentences s": ".0f"}
    table = Table(f"A run over {n:,} sentences of WNUT-17, start of the workers and all", columns, rows)
    return [table], [
        Bar(16, "10,000 sentences, two workers, s", "<=", 60.0, rows[1]["10,000 sentences s"]),
        Bar(16, "two workers over one", ">=", 1.8, rows[1]["speed-up"]),
    ]


def memory(quick: bool) -> tuple[list[Table], list[Bar]]:
    """Peak memory of the driver and of a worker against the number of sentences; and how long going on takes.

    Short sentences under a tagger that costs nothing: the bookkeeping is what may grow.
    """
    rows = []
    for n in (100, 1_000) if quick else (1_000, 10_000, 100_000):
        with tempfile.TemporaryDirectory() as temporary:
            script = [sys.executable, str(Path(__file__).resolve()), "--as-driver", temporary, str(n)]
            done = subprocess.run(script, capture_output=True, text=True, check=True, cwd=ROOT)
            rows.append({"sentences": n, **json.loads(done.stdout)})
    columns = {"sentences": ",d", "driver MB": ".0f", "worker MB": ".0f", "run s": ".1f", "resume s": ".3f"}
    table = Table("Memory of a run, and of going on where all is done (files of short sentences)", columns, rows)
    grown = max(rows[-1][name] / rows[0][name] for name in ("driver MB", "worker MB"))
    return [table], [
        Bar(16, "memory of driver and worker, most sentences over fewest", "<=", 1.1, grown),
        Bar(16, "resume of a finished run, s", "<=", 2.0, rows[-1]["resume s"]),
    ]


def as_driver(folder: Path, n: int) -> None:
    """What `memory` starts: one run from a file, in a process of its own."""
    corpus = folder / "corpus.tsv"
    with corpus.open("w", encoding="utf-8") as file:
        for number in range(n):
            file.write(f"Mrs\tO\nBell{number % 1000}\tB-PER\nsings\tO\n\n")
    begun = time.perf_counter()
    explain_corpus(corpus, tagger="bench_corpus:quick_tagger", out=folder / "run", executor=Local(1))
    middle = time.perf_counter()
    Run(folder / "run").resume()
    told = {
        "driver MB": own_peak_mb(),
        "worker MB": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000,
        "run s": middle - begun,
        "resume s": time.perf_counter() - middle,
    }
    print(json.dumps(told))


def own_peak_mb() -> float:
    """Peak resident memory of this program; getrusage would count that of the process it was forked from."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def quick_tagger() -> TriggerTagger:
    return TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs", at=1)])


def ledger(quick: bool) -> tuple[list[Table], list[Bar]]:
    """The bookkeeping of many shards whose work is empty: markers for real, gathered by thousands."""
    rows = []
    for n in (1_000, 3_000) if quick else (10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as temporary:
            script = [sys.executable, str(Path(__file__).resolve()), "--as-ledger", temporary, str(n)]
            done = subprocess.run(script, capture_output=True, text=True, check=True, cwd=ROOT)
            rows.append({"shards": n, **json.loads(done.stdout)})
    columns = {"shards": ",d", "ms a shard": ".3f", "driver MB": ".0f", "open s": ".2f", "files": ",d"}
    table = Table(
        "Bookkeeping of shards without work",
        columns,
        rows,
        "Each marker is written, synced, renamed, counted and gathered, by one process; the tables are left out.",
    )
    return [table], [Bar(16, "bookkeeping, ms a shard", "<=", 5.0, rows[-1]["ms a shard"])]


def as_ledger(folder: Path, n: int) -> None:
    """What `ledger` starts."""
    entry = dict.fromkeys(COUNTED, 256) | {
        "failed": 0,
        "digest": "0" * 24,
        "verdicts": {"trust": 3000, "with care": 800},
    }
    known = Ledger(folder)
    begun = time.perf_counter()
    for shard in range(n):
        mark(folder, shard, entry)
        known.record(shard, entry)
    middle = time.perf_counter()
    opened = Ledger(folder)
    assert opened.n_shards == n
    told = {
        "ms a shard": 1e3 * (middle - begun) / n,
        "driver MB": own_peak_mb(),
        "open s": time.perf_counter() - middle,
        "files": sum(1 for path in folder.rglob("*") if path.is_file()),
    }
    print(json.dumps(told))


def summary(folder: Path, quick: bool) -> tuple[list[Table], list[Bar]]:
    """A summary of many rows: those of real shards, copied under new numbers."""
    explain_corpus(
        wnut(60 if quick else 512), tagger=str(folder / "model"), out=folder / "few", executor=Local(2), shard=64
    )
    few = Run(folder / "few")
    per_copy = few.progress().contributions
    n_copies = 2 if quick else -(-1_000_000 // per_copy)
    many = folder / "many"
    many.mkdir()
    write_manifest(many, read_manifest(few.folder))
    shards = 0
    for copy in range(n_copies):
        for words, contributions in zip(rows_by_file(few, "words"), rows_by_file(few, "contributions"), strict=True):
            for table in (words, contributions):
                table["sentence"] = [sentence + 1000 * copy for sentence in table["sentence"]]
            counts = {"words": len(words["word"]), "contributions": len(contributions["word"])}
            commit(many, shards, {"words": words, "contributions": contributions}, counts, few.settings.format)
            shards += 1
    script = [sys.executable, str(Path(__file__).resolve()), "--as-summary", str(many)]
    told = json.loads(subprocess.run(script, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    row = {"contributions": n_copies * per_copy, "files": 2 * shards, **told}
    columns = {"contributions": ",d", "files": ",d", "s": ".1f", "MB": ".0f", "page kB": ".0f"}
    table = Table("A summary and its page", columns, [row])
    return [table], [
        Bar(16, "summary of 1,000,000 contributions, s", "<=", 10.0, told["s"]),
        Bar(16, "its memory, MB", "<=", 1000.0, told["MB"]),
    ]


def rows_by_file(found: Run, name: Any) -> list[dict[str, list[Any]]]:
    tables = []
    for shard in found._ledger:
        table = empty(name)
        reader = found.words() if name == "words" else found.contributions()
        reader.shards = [shard]
        for row in reader:
            for column, value in row.items():
                table[column].append(value)
        tables.append(table)
    return tables


def as_summary(folder: Path) -> None:
    """What `summary` starts."""
    from ner_lime.render.summary import summary_html

    begun = time.perf_counter()
    page = summary_html(summarize(folder))
    told = {
        "s": time.perf_counter() - begun,
        "MB": own_peak_mb(),
        "page kB": len(page.encode()) / 1000,
    }
    print(json.dumps(told))


def measure(asked: argparse.Namespace) -> Report:
    quick, wanted = asked.quick, asked.only.split(",")
    tables: list[Table] = []
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        parts: dict[str, Callable[[], tuple[list[Table], list[Bar]]]] = {
            "workers": lambda: workers(folder, quick),
            "memory": lambda: memory(quick),
            "ledger": lambda: ledger(quick),
            "summary": lambda: summary(folder, quick),
        }
        if {"ratio", "workers", "summary"} & set(wanted):
            tagger = trained(read_iob(find("train")), quick=quick)
            tagger.save(folder / "model")
            parts["ratio"] = lambda: ratio(tagger, read_iob(find("test"))[: 20 if quick else 200], folder, quick)
        for name in PARTS:
            if name in wanted:
                more_tables, more_bars = parts[name]()
                tables += more_tables
                bars += more_bars
    return Report(tables, bars)


def main(argv: list[str] | None = None) -> None:
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["--as-driver"]:
        as_driver(Path(given[1]), int(given[2]))
    elif given[:1] == ["--as-ledger"]:
        as_ledger(Path(given[1]), int(given[2]))
    elif given[:1] == ["--as-summary"]:
        as_summary(Path(given[1]))
    else:
        parser = arguments(__doc__)
        parser.add_argument("--only", default=",".join(PARTS), help="some of the parts, with commas between them")
        run(measure, parser, given)


if __name__ == "__main__":
    main()
