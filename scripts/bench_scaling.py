"""Time and memory of `explain` against the words T, the labels L, the window w of the features, and the samples n.

    python scripts/bench_scaling.py [--quick] [--json OUT] [--markdown]

All CRFs are trained on the jobs corpus; for other numbers of labels its entity types are merged, or split by the first
letter of a word. Sentences are joined and cut to the length. A table ends with the exponents of the growth, fitted by
least squares to the logarithms.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from benchmark import Report, Table, alternate, arguments, exponent, peak_mb, run
from crfs import JOBS, of_length, trained

from ner_lime import CRFTagger, NERExplainer, Options, Sentence, read_iob

TYPES = ("EXPERIENCE", "SKILLS", "DIPLOMA", "DIPLOMA_MAJOR")
FIGURES = ("ms", "CPU ms", "peak MB")


class BlackBox:
    """A tagger that answers sentences and nothing else."""

    def __init__(self, tagger: CRFTagger) -> None:
        self.labels = tagger.labels
        self.predict_proba = tagger.predict_proba


def with_types(sentence: Sentence, n_types: int) -> Sentence:
    """`n_types` entity types (a power of two) instead of four: merged, or split by the first letter of the entity."""
    tags, kind = [], 0
    for token, tag in zip(sentence.tokens, sentence.tags or (), strict=True):
        if tag.startswith("B-"):
            kind = (TYPES.index(tag[2:]) + len(TYPES) * ord(token[0])) % n_types
        tags.append(tag if tag == "O" else f"{tag[:2]}{kind}")
    return replace(sentence, tags=tuple(tags))


def grown(
    title: str, name: str, works: Mapping[int, Sequence[Callable[[], object]]], runs: int, note: str = ""
) -> Table:
    """One row a size, with medians over its sentences, and one with the exponents."""
    rows: list[dict[str, Any]] = []
    for size, explains in works.items():
        timings = [alternate({"explain": explain}, runs)["explain"] for explain in explains]
        figures = (
            statistics.median(timing.wall_ms for timing in timings),
            statistics.median(timing.cpu_ms for timing in timings),
            statistics.median(peak_mb(explain) for explain in explains),
        )
        rows.append({name: size, **dict(zip(FIGURES, figures, strict=True))})
    if min(works) > 0:
        sizes = [row[name] for row in rows]
        growth = {figure: exponent(sizes, [row[figure] for row in rows]) for figure in FIGURES}
        note = f"Grows as {name} to the power {growth['CPU ms']:.2f} (CPU) and {growth['peak MB']:.2f} (memory). {note}"
    return Table(title, {name: "d", **dict.fromkeys(FIGURES, ".1f")}, rows, note.strip())


def measure(asked: argparse.Namespace) -> Report:
    quick = asked.quick
    runs, n_sentences = (1, 1) if quick else (5, 5)
    train, test = read_iob(JOBS / "train.tsv"), read_iob(JOBS / "test.tsv")
    tagger = trained(train, quick=quick)

    def sentences(length: int) -> list[tuple[str, ...]]:
        return list(of_length(test, length))[:n_sentences]

    def exact(known: CRFTagger, length: int, middle: bool = False) -> list[Callable[[], object]]:
        explain = NERExplainer(known).explain
        positions = [length // 2] if middle else None
        return [partial(explain, tokens, positions=positions) for tokens in sentences(length)]

    def sampled(n: int, length: int, middle: bool) -> list[Callable[[], object]]:
        explain = NERExplainer(BlackBox(tagger), n_samples=n, options=Options(half_width=0.0)).explain
        positions = [length // 2] if middle else None
        return [partial(explain, tokens, positions=positions) for tokens in sentences(length)]

    lengths, few = ((11, 16), (6, 9)) if quick else ((12, 25, 50, 100, 200), (12, 25, 50))
    n_types, windows = ((1, 2), (0, 1)) if quick else ((1, 2, 4, 8, 16), (0, 1, 2, 3))
    budgets = (32, 64) if quick else (64, 128, 256, 512, 1024)
    by_types = {n: trained([with_types(sentence, n) for sentence in train], quick=quick) for n in n_types}
    by_window = {w: trained(train, quick=quick, window=w) for w in windows}
    n_labels, n_samples, length = len(tagger.labels), budgets[1], 16 if quick else 40
    return Report(
        [
            grown(
                f"Exact engine: T words, all explained (L = {n_labels}, w = 1)",
                "T",
                {size: exact(tagger, size) for size in lengths},
                runs,
            ),
            grown(
                f"Exact engine: T words, one explained (L = {n_labels}, w = 1)",
                "T",
                {size: exact(tagger, size, middle=True) for size in lengths},
                runs,
            ),
            grown(
                f"Exact engine: L labels (T = {length}, w = 1)",
                "L",
                {len(known.labels): exact(known, length) for known in by_types.values()},
                runs,
            ),
            grown(
                f"Exact engine: window w of the features (T = {length // 2}, L = {n_labels})",
                "w",
                {w: exact(known, length // 2) for w, known in by_window.items()},
                runs,
                "A token has 2^(2w+1) patterns.",
            ),
            grown(
                f"Sampling, a black box: T words, all explained (n = {n_samples}, L = {n_labels})",
                "T",
                {size: sampled(n_samples, size, middle=False) for size in few},
                1 if quick else 3,
            ),
            grown(
                f"Sampling, a black box: n samples, one word of {length} explained (L = {n_labels})",
                "n",
                {n: sampled(n, length, middle=True) for n in budgets},
                runs,
            ),
        ]
    )


def main(argv: list[str] | None = None) -> None:
    run(measure, arguments(__doc__), argv)


if __name__ == "__main__":
    main()
