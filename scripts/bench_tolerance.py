"""The stated error of exact answers against the true one, by brute force over all masks.

    python scripts/bench_tolerance.py [--cases N] [--seed S] [--quick] [--json OUT] [--markdown]

Half of the cases are short sentences of four corpora under CRFs that were trained on them, with windows 0 to 3; half
are random chains of two to five labels, from nearly uniform to next to deterministic ones. Keep-rates reach from .05 to
.97, a fifth are Shapley values, and in a third the explained word is always kept. The corpora are read beside the
project.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from benchmark import ROOT, Bar, Report, Table, arguments, run
from crfs import trained

from ner_lime import read_iob
from ner_lime.crf.entries import Emissions
from ner_lime.crf.masked import MaskedLattice, masked_sentence
from ner_lime.errors import IntractableError
from ner_lime.lime.shapley import Shapley, keep_rates
from ner_lime.types import FloatArray, KeepRates

TOLERANCE = 1e-3
CORPORA = {
    "wnut17": ("wnut17/wnut17train.conll", "wnut17/emerging.test.annotated"),
    "skillspan": ("skillspan/skillspan_house_train.conll", "skillspan/skillspan_house_test.conll"),
    "bc5cdr": ("bc5cdr/train.tsv", "bc5cdr/test.tsv"),
    "turku-ner-fi": ("turku-ner-fi/train.tsv", "turku-ner-fi/test.tsv"),
}
TRAINING_SENTENCES = 2_000
KEEPS = (0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
SCALES = (0.5, 1.0, 2.0, 4.0, 8.0, 12.0)
"""Standard deviations of the scores of random chains (natural logarithms)."""

LENGTHS = (8, 11)
"""Shortest and longest sentence (words): all 2^T masks are asked."""


@dataclass(frozen=True, slots=True)
class Case:
    family: str
    sentence: MaskedLattice
    keep: float | None
    """None: Shapley values."""
    target_kept: bool

    @property
    def rates(self) -> KeepRates:
        if self.keep is not None:
            return lambda _level: [(self.keep, 1.0)]
        return partial(keep_rates, len(self.sentence.emissions.table))


def cases(rng: np.random.Generator, *, quick: bool) -> Iterator[Case]:
    """Trained and random ones in turn, without an end."""
    shared = ROOT.parent / "shared" / "corpora"
    windows = (1,) if quick else (0, 1, 2, 3)
    models, sentences = {}, {}
    for name, (train, test) in itertools.islice(CORPORA.items(), 1 if quick else None):
        known = read_iob(shared / train)[:TRAINING_SENTENCES]
        models.update({(name, w): trained(known, quick=quick, window=w) for w in windows})
        sentences[name] = [s.tokens for s in read_iob(shared / test) if LENGTHS[0] <= len(s) <= LENGTHS[1]]
    while True:
        law = {
            "keep": None if rng.random() < 0.2 else float(rng.choice(KEEPS)),
            "target_kept": bool(rng.random() < 1 / 3),
        }
        name, window = list(models)[rng.integers(len(models))]
        tokens = sentences[name][rng.integers(len(sentences[name]))]
        tagger = models[name, window]
        prepared = masked_sentence(tagger, tokens, [tagger.mask_string(tokens)] * len(tokens))
        assert prepared is not None
        yield Case(name, prepared, **law)
        window, n_labels, length = int(rng.integers(3)), int(rng.integers(2, 6)), int(rng.integers(*LENGTHS))
        scale = float(rng.choice(SCALES))
        chain = Emissions(
            scale * rng.normal(size=(length, 2 ** (2 * window + 1), n_labels)),
            scale * rng.normal(size=(n_labels, n_labels)),
            window,
        )
        yield Case(f"random, scale {scale:g}", MaskedLattice(tuple(map(str, range(n_labels))), chain), **law)


def truth(case: Case) -> tuple[FloatArray, FloatArray]:
    """Means (T, L) and effects (T, L, T), summed over all masks."""
    length = len(case.sentence.emissions.table)
    masks = ((np.arange(2**length)[:, None] >> np.arange(length)) & 1).astype(bool)
    answers, z = case.sentence.marginals(masks), masks.astype(float)
    if case.keep is None:
        return _shapley(answers, masks, target_kept=case.target_kept)
    chance = np.where(masks, case.keep, 1.0 - case.keep).prod(axis=1)
    mean = np.empty(answers.shape[1:])
    effects = np.empty((*mean.shape, length))
    for t in range(length):
        share = chance * z[:, t] / case.keep if case.target_kept else chance
        weighted = share[:, None] * answers[:, t]
        mean[t] = weighted.sum(axis=0)
        joint = weighted.T @ z
        effects[t] = joint / case.keep - (mean[t][:, None] - joint) / (1.0 - case.keep)
        if case.target_kept:
            effects[t, :, t] = 0.0
    return mean, effects


def _shapley(answers: FloatArray, masks: FloatArray, *, target_kept: bool) -> tuple[FloatArray, FloatArray]:
    """Shapley values from the differences that a component makes; means under the law of uniform sizes."""
    length = masks.shape[1]
    number = masks @ (1 << np.arange(length))
    mean = np.empty(answers.shape[1:])
    effects = np.zeros((*mean.shape, length))
    for t in range(length):
        players = [j for j in range(length) if not (target_kept and j == t)]
        chosen = masks[:, t] if target_kept else np.ones(len(masks), dtype=bool)
        share = np.where(chosen, Shapley().probability(masks[:, players]), 0.0)
        mean[t] = share @ answers[:, t]
        for j in players:
            with_j = np.flatnonzero(masks[:, j] & chosen)
            others = [k for k in players if k != j]
            weight = Shapley().probability(masks[with_j][:, others])
            effects[t, :, j] = weight @ (answers[with_j, t] - answers[number[with_j] - (1 << j), t])
    return mean, effects


def measure(asked: argparse.Namespace) -> Report:
    n_cases = 20 if asked.quick else asked.cases
    rows: dict[str, list[tuple[float, float]]] = {}
    refused = 0
    for case in itertools.islice(cases(np.random.default_rng(asked.seed), quick=asked.quick), n_cases):
        length = len(case.sentence.emissions.table)
        try:
            found = case.sentence.moments(
                case.rates, tolerance=TOLERANCE, positions=range(length), target_kept=case.target_kept
            )
        except IntractableError:
            refused += 1
            continue
        mean, effects = truth(case)
        error = max(float(np.abs(found.mean - mean).max()), float(np.abs(found.effects - effects).max()))
        rows.setdefault(case.family, []).append((error, found.tolerance))
    every = np.array([pair for pairs in rows.values() for pair in pairs])
    table = Table(
        f"Stated error of exact answers against the true one: {n_cases:,} cases, {TOLERANCE:g} asked for",
        {
            "family": "",
            "cases": ",d",
            "true > stated": "d",
            "stated > asked": "d",
            "largest true": ".1e",
            "median true": ".1e",
            "median stated": ".1e",
            "largest true / stated": ".2f",
        },
        [_row(family, np.array(rows[family])) for family in sorted(rows)] + [_row("all", every)],
        f"Refused, as not within reach: {refused}.",
    )
    claimed = every[every[:, 1] <= TOLERANCE]
    bars = [
        Bar(
            2,
            "exact answers whose true error exceeds the stated one",
            "<=",
            0,
            float((every[:, 0] > every[:, 1]).sum()),
        ),
        Bar(2, "largest true error where 1e-3 is stated", "<=", TOLERANCE, float(claimed[:, 0].max())),
    ]
    return Report([table], bars)


def _row(family: str, pairs: FloatArray) -> dict[str, object]:
    error, stated = pairs.T
    return {
        "family": family,
        "cases": len(pairs),
        "true > stated": int((error > stated).sum()),
        "stated > asked": int((stated > TOLERANCE).sum()),
        "largest true": error.max(),
        "median true": np.median(error),
        "median stated": np.median(stated),
        "largest true / stated": (error / stated).max(),
    }


def main(argv: list[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="number of cases")
    parser.add_argument("--seed", type=int, default=0, help="seed of the cases")
    run(measure, parser, argv)


if __name__ == "__main__":
    main()
