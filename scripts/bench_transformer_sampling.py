"""How near sampling comes to the truth on a small transformer, and whether its intervals hold the truth.

    python scripts/bench_transformer_sampling.py [--quick] [--json OUT] [--markdown] [--model FOLDER]

The transformer is trained on the jobs corpus on the spot, unless a folder is named. All masks of short sentences of the
test part are asked once, for the truth and for the table that sampled masks are looked up in, so that many fits are
cheap. A target is a word and a label whose coefficients are not all tiny; the plain linear fit (lime's, without ridge)
is the one to beat.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from benchmark import ROOT, Bar, Report, Table, arguments, run

from ner_lime import NERExplainer, Options, read_iob
from ner_lime.lime.masks import all_masks
from ner_lime.taggers.transformers import TransformersTagger
from ner_lime.types import FloatArray, Tokens

JOBS = ROOT / "data" / "jobs"
HIDDEN = "[MASK]"
LEAST_NORM = 0.01
"""Targets whose coefficients are smaller than this, all together, have no relative error worth the name."""

RIDGES = {"kernel surrogate": None, "linear fit": 0.0}


@dataclass(frozen=True, slots=True, eq=False)
class Enumerated:
    """A tagger that knows one sentence under all masks: answers (2^T, T, L), in the order of `all_masks`."""

    tokens: tuple[str, ...]
    labels: tuple[str, ...]
    answers: FloatArray

    def mask_string(self, _tokens: Tokens, /) -> str:
        return HIDDEN

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        bits = 1 << np.arange(len(self.tokens))
        return [self.answers[bits[[word != HIDDEN for word in words]].sum()] for words in sentences]


@dataclass(frozen=True, slots=True)
class Figures:
    """One estimator at one number of calls: medians of the relative L2 errors, coverage of the 95 % intervals."""

    error: float
    error_predicted: float
    coverage: float
    fits: int


def enumerate_masks(tagger: TransformersTagger, tokens: Sequence[str]) -> Enumerated:
    """Ask a transformer for every mask of a sentence."""
    prepared = tagger.under_masks(tokens, [HIDDEN] * len(tokens))
    assert prepared is not None
    return Enumerated(tuple(tokens), tagger.labels, prepared.marginals(all_masks(len(tokens))))


def with_entities(tagger: TransformersTagger, *, shortest: int, longest: int) -> Iterator[tuple[str, ...]]:
    """Sentences of the test part in which the tagger finds something."""
    for sentence in read_iob(JOBS / "test.tsv"):
        if shortest <= len(sentence.tokens) <= longest:
            best = tagger.predict_proba([sentence.tokens])[0].argmax(axis=1)
            if any(tagger.labels[column] != "O" for column in best):
                yield sentence.tokens


def compare(tables: Sequence[Enumerated], *, calls: int, seeds: int) -> dict[str, Figures]:
    """Explain every sentence with every seed, both ways, and compare with the truth."""
    figures = {}
    truths = [NERExplainer(table, engine="exact").explain(list(table.tokens)) for table in tables]
    for name, ridge in RIDGES.items():
        errors, predicted, covered, fits = [], [], [], 0
        for table, truth in zip(tables, truths, strict=True):
            norm = np.linalg.norm(truth.weights, axis=2)
            best = truth.probabilities.argmax(axis=1)[:, None] == np.arange(len(table.labels))
            for seed in range(seeds):
                explainer = NERExplainer(
                    table,
                    engine="sample",
                    n_samples=calls,
                    random_state=seed,
                    options=Options(half_width=0, ridge=ridge),
                )
                found = explainer.explain(list(table.tokens))
                wrong = found.weights - truth.weights
                relative = np.linalg.norm(wrong, axis=2) / np.maximum(norm, LEAST_NORM)
                errors.append(relative[norm > LEAST_NORM])
                predicted.append(relative[best & (norm > LEAST_NORM)])
                covered.append((np.abs(wrong) <= 1.96 * found.std_errors)[norm > LEAST_NORM].ravel())
                fits += len(table.tokens)
        figures[name] = Figures(
            error=float(np.median(np.concatenate(errors))),
            error_predicted=float(np.median(np.concatenate(predicted))),
            coverage=float(np.concatenate(covered).mean()),
            fits=fits,
        )
    return figures


def measure(asked: argparse.Namespace) -> Report:
    """The truth once, then both estimators at each number of calls."""
    import torch
    from small_transformer import train

    torch.set_num_threads(1)
    n_sentences, seeds, layers, epochs = (2, 2, 1, 4) if asked.quick else (10, 10, 2, 8)
    shortest, longest = (7, 8) if asked.quick else (12, 13)
    with tempfile.TemporaryDirectory() as folder:
        if asked.model is None:
            train(read_iob(JOBS / "train.tsv"), Path(folder), layers=layers, epochs=epochs)
        tagger = TransformersTagger.from_folder(asked.model or folder)
        chosen = islice(with_entities(tagger, shortest=shortest, longest=longest), n_sentences)
        tables = [enumerate_masks(tagger, tokens) for tokens in chosen]
    rows: list[dict[str, Any]] = []
    bars = []
    for calls in (32,) if asked.quick else (64, 128, 256, 512):
        figures = compare(tables, calls=calls, seeds=seeds)
        kernel, linear = figures["kernel surrogate"], figures["linear fit"]
        rows += [
            {
                "calls": calls,
                "estimator": name,
                "error": found.error,
                "of the linear fit's": found.error / linear.error,
                "error, predicted labels": found.error_predicted,
                "coverage": found.coverage,
                "fits": found.fits,
            }
            for name, found in figures.items()
        ]
        if calls in (128, 512):
            ratio = kernel.error / linear.error
            bars += [
                Bar(6, f"transformer, {calls} calls: error over the linear fit's", "<=", 0.5, ratio),
                Bar(8, f"transformer, {calls} calls: coverage", ">=", 0.91, kernel.coverage),
                Bar(8, f"transformer, {calls} calls: coverage", "<=", 0.97, kernel.coverage),
            ]
    columns = {"calls": "d", "estimator": "", "error": ".4f", "of the linear fit's": ".2f"}
    columns |= {"error, predicted labels": ".4f", "coverage": ".3f", "fits": "d"}
    title = f"{len(tables)} sentences of {shortest} to {longest} words, {seeds} seeds: relative L2 error, medians"
    return Report([Table(title, columns, rows)], bars)


def main(argv: list[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--model", type=Path, help="folder of a token classifier with the mask token [MASK]")
    run(measure, parser, argv)


if __name__ == "__main__":
    main()
