"""Batched marginals against python-crfsuite's Tagger, and the exact engine on whole sentences.

    python scripts/bench_marginals.py [--quick] [--json OUT] [--markdown]

The CRFs are trained on WNUT-17, which is read from the corpora beside the project. For the engine its six entity types
are merged to four, which makes nine labels, and sentences are joined and cut to the lengths that are timed.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from benchmark import Bar, Report, Table, Timing, alternate, arguments, exponent, peak_mb, run
from crfs import WNUT, CRFsuite, of_length, prepare, trained

from ner_lime import Bernoulli, NERExplainer, Sentence, read_iob
from ner_lime.explainers.sentence.masking import apply

KEEP = 0.7
TOLERANCE = 1e-3
LIMITS = {13: 10.0, 40: 40.0, 100: 150.0}
"""Length to milliseconds: the figures to reach for a whole sentence."""

MERGED = {"creative-work": "misc", "product": "misc", "group": "organisation", "corporation": "organisation"}


def batched(quick: bool) -> tuple[list[Table], list[Bar]]:
    """Every sentence both ways, in turn: the largest difference and the speeds."""
    n_sentences, n_masks = (8, 20) if quick else (500, 100)
    tagger = trained(read_iob(WNUT / "wnut17train.conll"), quick=quick)
    sentences = [sentence.tokens for sentence in read_iob(WNUT / "emerging.test.annotated") if len(sentence)]
    rng, crfsuite = np.random.default_rng(0), CRFsuite(tagger)
    times: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[..., Any], *inputs: object) -> Any:
        begun = time.perf_counter()
        result = work(*inputs)
        times.setdefault(name, []).append(1e3 * (time.perf_counter() - begun))
        return result

    worst, n_tokens = 0.0, 0
    for tokens in sentences[:n_sentences]:
        masks = Bernoulli(KEEP).draw(rng, n_masks, len(tokens))
        replacement = (tagger.mask_string(tokens),) * len(tokens)
        variants = apply(masks, tokens, replacement)
        described = timed("python-crfsuite: features", crfsuite.features, variants)
        expected = timed("python-crfsuite: marginals", crfsuite.marginals, described)
        prepared = timed("batched: features", prepare, tagger, tokens, replacement)
        found = timed("batched: marginals", prepared.marginals, masks)
        worst = max(worst, float(np.abs(found - expected).max()))
        n_tokens += len(tokens)
    rows = [
        {"step": name, "total s": sum(spent) / 1e3, "median ms a sentence": statistics.median(spent)}
        for name, spent in times.items()
    ]
    theirs, ours = _totals(times, "python-crfsuite"), _totals(times, "batched")
    facts = {
        "all steps": statistics.median(a / b for a, b in zip(theirs, ours, strict=True)),
        "marginals alone": statistics.median(
            a / b for a, b in zip(times["python-crfsuite: marginals"], times["batched: marginals"], strict=True)
        ),
    }
    return [
        Table(
            f"Batched marginals: {min(n_sentences, len(sentences))} WNUT-17 sentences x {n_masks} masks, "
            f"{len(tagger.labels)} labels",
            {"step": "", "total s": ".3f", "median ms a sentence": ".3f"},
            rows,
            f"Largest difference of any marginal: {worst:.1e}. Batched is faster by a factor of "
            f"{facts['all steps']:.0f} (marginals alone: {facts['marginals alone']:.0f}; medians over the sentences, "
            f"each done both ways in turn). Words: {n_tokens:,}.",
        )
    ], [Bar(1, "batched marginals against python-crfsuite: largest difference", "<=", 1e-12, worst)]


def engine(quick: bool) -> tuple[list[Table], list[Bar]]:
    """The exact engine and `explain` as a whole, for nine labels."""
    runs, n_sentences = (1, 1) if quick else (7, 10)
    tagger = trained([merged(sentence) for sentence in read_iob(WNUT / "wnut17train.conll")], quick=quick)
    n_labels = len(tagger.labels)
    assert n_labels == 9, tagger.labels
    explainer = NERExplainer(tagger)
    rows = []
    for length in LIMITS:
        timings, peaks, calls = [], [], []
        for tokens in list(of_length(read_iob(WNUT / "emerging.test.annotated"), length))[:n_sentences]:
            hidden = (tagger.mask_string(tokens),) * length
            prepared = prepare(tagger, tokens, hidden)
            works = {
                "prepare": partial(prepare, tagger, tokens, hidden),
                "engine": partial(
                    prepared.moments, lambda _level: [(KEEP, 1.0)], tolerance=TOLERANCE, positions=range(length)
                ),
                "explain": partial(explainer.explain, tokens),
            }
            timings.append(alternate(works, runs))
            peaks.append(peak_mb(works["engine"]))
            calls.append(peak_mb(works["explain"]))
        rows.append(
            {
                "T": length,
                "prepare ms": _median(timings, "prepare", "wall_ms"),
                "engine ms": _median(timings, "engine", "wall_ms"),
                "engine, CPU ms": _median(timings, "engine", "cpu_ms"),
                "slowest sentence ms": max(timing["engine"].wall_ms for timing in timings),
                "explain ms": _median(timings, "explain", "wall_ms"),
                "explain, CPU ms": _median(timings, "explain", "cpu_ms"),
                "engine peak MB": statistics.median(peaks),
                "explain peak MB": statistics.median(calls),
                "T² L numbers MB": 8e-6 * length**2 * n_labels,
            }
        )
    growth = exponent([row["T"] ** 2 * n_labels for row in rows], [row["engine peak MB"] for row in rows])
    table = Table(
        f"Whole sentence, all positions x labels, exact engine: {n_labels} labels, {n_sentences} sentences a length",
        {name: "d" if name == "T" else ".2f" if name.startswith("T²") else ".1f" for name in rows[0]},
        rows,
        f"Tolerance {TOLERANCE:g}. Medians over the sentences of medians of {runs} runs. The engine's memory grows as "
        f"(T² L)^{growth:.2f}.",
    )
    bars = [
        Bar(4, f"exact engine, T = {row['T']}: milliseconds", "<=", LIMITS[row["T"]], row["engine ms"]) for row in rows
    ]
    return [table], [*bars, Bar(4, "exact engine: exponent of the memory over T² L", "<=", 1.0, growth)]


def merged(sentence: Sentence) -> Sentence:
    """Four entity types instead of six."""
    tags = [tag if tag == "O" else f"{tag[:2]}{MERGED.get(tag[2:], tag[2:])}" for tag in sentence.tags or ()]
    return replace(sentence, tags=tuple(tags))


def _totals(times: dict[str, list[float]], whose: str) -> list[float]:
    steps = [spent for name, spent in times.items() if name.startswith(whose)]
    return [sum(parts) for parts in zip(*steps, strict=True)]


def _median(timings: Sequence[dict[str, Timing]], work: str, clock: str) -> float:
    return statistics.median(getattr(timing[work], clock) for timing in timings)


def measure(asked: argparse.Namespace) -> Report:
    parts = [batched(asked.quick), engine(asked.quick)]
    return Report([table for tables, _ in parts for table in tables], [bar for _, bars in parts for bar in bars])


def main(argv: list[str] | None = None) -> None:
    run(measure, arguments(__doc__), argv)


if __name__ == "__main__":
    main()
