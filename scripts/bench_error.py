"""How near sampling comes to the truth on a CRF that is asked as a black box, and whether its intervals hold the truth.

    python scripts/bench_error.py [--quick] [--json OUT] [--markdown]

The CRF is trained on WNUT-17, which is read from the corpora beside the project. Sentences have 13 words: all 2^13
masks are asked once, for the truth and for the table that the sampled masks are looked up in. A target is a word and
the entity label whose probability moves most there. Two more tables have functions whose weights are known: few
components that act together among many that do nothing, and a function of many terms, asked for ever more masks under
every law.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from benchmark import Bar, Report, Table, arguments, run
from crfs import WNUT, of_length, prepare, trained
from planted import HIGH, LOW, PLANTED, Planted, many_terms

from ner_lime import Bernoulli, Cosine, CRFTagger, Sentence, Shapley, UniformCount, read_iob
from ner_lime.lime.law import Law, shares
from ner_lime.lime.linear import linear_map
from ner_lime.lime.masks import all_masks
from ner_lime.lime.question import Plan, Question
from ner_lime.lime.sampling import Budget, sample_masks
from ner_lime.types import FloatArray, Marginals, Masks

LENGTH = 13
LEAST_SPREAD = 0.01
"""Standard deviation over the neighbourhood below which there is nothing to explain."""

PER_SENTENCE = 2
NORMAL = 1.96
REACH = {128: 0.006, 512: 0.001}
"""Calls to relative error."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One word of a sentence, one label, and the answers (2^13, L) to all masks."""

    word: int
    label: int
    answers: FloatArray

    def question(self, neighbourhood: Law) -> Question:
        powers = 1 << np.arange(LENGTH)

        def look_up(masks: Masks) -> Marginals:
            return self.answers[masks @ powers][:, None]

        return Question(
            function=look_up,
            n_components=LENGTH,
            law=neighbourhood,
            distance=np.abs(np.arange(LENGTH) - self.word).astype(float)[None],
        )


@dataclass(frozen=True, slots=True)
class Estimator:
    """A way to estimate from n calls; `ridge` as in `Plan`."""

    name: str
    neighbourhood: Law
    ridge: float | None

    def fit(self, target: Target, n: int, seed: int) -> tuple[FloatArray, FloatArray]:
        """Weights and standard errors, (T,)."""
        budget = Budget.of(Plan(n_samples=n, half_width=0.0, ridge=self.ridge))
        found = sample_masks(target.question(self.neighbourhood), budget, np.random.default_rng(seed))
        return found.weights[0, target.label], found.std_errors[0, target.label]


KERNEL = Estimator("kernel surrogate", Bernoulli(), None)
ESTIMATORS = (
    KERNEL,
    Estimator("linear fit, the same neighbourhood", Bernoulli(), 0.0),
    Estimator("linear fit, lime's own: cosine kernel, ridge 1", Cosine(), 1.0),
)


def targets(tagger: CRFTagger) -> Iterator[Target]:
    """The words that move most, a few a sentence."""
    masks = all_masks(LENGTH)
    share = shares(Bernoulli(), masks)
    entity = np.array([label != "O" for label in tagger.labels])
    for tokens in of_length(of_test(), LENGTH):
        answers = prepare(tagger, tokens, (tagger.mask_string(tokens),) * LENGTH).marginals(masks)
        mean = np.tensordot(share, answers, 1)
        spread = np.sqrt(np.maximum(np.tensordot(share, answers**2, 1) - mean**2, 0.0)) * entity
        for word in np.argsort(-spread.max(axis=1), kind="stable")[:PER_SENTENCE].tolist():
            label = int(spread[word].argmax())
            if spread[word, label] >= LEAST_SPREAD:
                yield Target(word, label, np.ascontiguousarray(answers[:, word]))


def of_test() -> Iterator[Sentence]:
    """Sentences with an entity come first: pieces of the others hardly ever move."""
    known = read_iob(WNUT / "emerging.test.annotated")
    return iter(sorted(known, key=lambda sentence: set(sentence.tags or ()) <= {"O"}))


def truth(target: Target, neighbourhood: Law) -> FloatArray:
    """(T,): the limit of the linear fit, from all masks."""
    masks = all_masks(LENGTH)
    return linear_map(masks, shares(neighbourhood, masks)).fit(target.answers[:, [target.label]])[1][:, 0]


def errors(estimator: Estimator, known: list[Target], n: int, seeds: int) -> dict[str, Any]:
    """One row: an estimator at n calls."""
    distances, covered, largest, widths = [], [], [], []
    for number, target in enumerate(known):
        wanted = truth(target, estimator.neighbourhood)
        for seed in range(seeds):
            weights, std_errors = estimator.fit(target, n, 1000 * seed + number)
            distances.append(np.linalg.norm(weights - wanted) / np.linalg.norm(wanted))
            inside = np.abs(weights - wanted) <= NORMAL * std_errors
            covered.append(inside.mean())
            largest.append(inside[np.abs(wanted).argmax()])
            widths.append(NORMAL * std_errors.max())
    states = estimator.ridge != 1.0  # lime itself states no errors
    return {
        "calls": n,
        "estimator": estimator.name,
        "fits": len(distances),
        "error": float(np.median(distances)),
        "error, 90th percentile": float(np.quantile(distances, 0.9)),
        "coverage": float(np.mean(covered)) if states else None,
        "of the largest": float(np.mean(largest)) if states else None,
        "largest half-width": float(np.median(widths)) if states else None,
    }


def summary(distances: list[float], inside: list[FloatArray], truths: list[FloatArray]) -> dict[str, float]:
    """Median and 90th percentile of the error, coverage of all weights and of the largest."""
    top = [one[np.abs(wanted).argmax()] for one, wanted in zip(inside, truths, strict=True)]
    return {
        "fits": len(distances),
        "error": float(np.median(distances)),
        "error, 90th percentile": float(np.quantile(distances, 0.9)),
        "coverage": float(np.mean(inside)),
        "of the largest": float(np.mean(top)),
    }


def acting_together(planted: Planted, length: int, n: int, seeds: int) -> dict[str, Any]:
    """One row: a planted function among `length` components, at n calls."""
    distances, inside, truths = [], [], []
    for seed in range(seeds):
        question, truth = planted.question(length, Bernoulli(), np.random.default_rng([length, seed]))
        budget = Budget.of(Plan(n_samples=n, half_width=0.0))
        found = sample_masks(question, budget, np.random.default_rng(seed))
        wrong = found.weights[0, 0] - truth
        distances.append(float(np.linalg.norm(wrong) / np.linalg.norm(truth)))
        inside.append(np.abs(wrong) <= NORMAL * found.std_errors[0, 0])
        truths.append(truth)
    return {"function": planted.name, "words": length, "calls": n, **summary(distances, inside, truths)}


def many_calls(law: Law, answers: FloatArray, n: int, seeds: int) -> dict[str, Any]:
    """One row: a law, and the function of many terms at n calls."""
    length = int(np.log2(len(answers)))
    masks, powers = all_masks(length), 1 << np.arange(length)
    truth = (law.coefficients(masks, shares(law, masks)) @ answers)[1:]

    def look_up(asked: Masks) -> Marginals:
        value = answers[asked @ powers]
        return np.stack([value, 1.0 - value], axis=1)[:, None]

    question = Question(function=look_up, n_components=length, law=law)
    budget = Budget.of(Plan(n_samples=n, half_width=0.0))
    found = [sample_masks(question, budget, np.random.default_rng(seed)) for seed in range(seeds)]
    wrong = [one.weights[0, 0] - truth for one in found]
    distances = [float(np.linalg.norm(one) / np.linalg.norm(truth)) for one in wrong]
    inside = [np.abs(one) <= NORMAL * known.std_errors[0, 0] for one, known in zip(wrong, found, strict=True)]
    return {"law": repr(law), "calls": n, **summary(distances, inside, [truth] * seeds)}


def measure(asked: argparse.Namespace) -> Report:
    n_targets, seeds, budgets = (4, 2, (64, 128)) if asked.quick else (100, 10, (64, 128, 256, 512))
    tagger = trained(read_iob(WNUT / "wnut17train.conll"), quick=asked.quick)
    known = list(islice(targets(tagger), n_targets))
    rows = [errors(estimator, known, n, seeds) for n in budgets for estimator in ESTIMATORS]
    found = {row["calls"]: row for row in rows if row["estimator"] == KERNEL.name}
    bars = [
        Bar(6, f"kernel surrogate on a CRF, {n} calls: median relative error", "<=", REACH[n], found[n]["error"])
        for n in budgets
        if n in REACH
    ]
    for n in budgets:
        what = f"kernel surrogate on a CRF, {n} calls: coverage of 95 % intervals"
        bars += [Bar(8, what, ">=", 0.91, found[n]["coverage"]), Bar(8, what, "<=", 0.97, found[n]["coverage"])]
    table = Table(
        f"Error and coverage at equal calls: a CRF as a black box, {len(known)} targets x {seeds} seeds",
        {
            "calls": "d",
            "estimator": "",
            "fits": ",d",
            "error": ".5f",
            "error, 90th percentile": ".5f",
            "coverage": ".3f",
            "of the largest": ".3f",
            "largest half-width": ".5f",
        },
        rows,
        f"Sentences of {LENGTH} words. Error: relative L2 distance of the weights from the truth of the estimator's "
        "own neighbourhood, median over the fits. Coverage: share of the true weights within 1.96 standard errors. "
        "Half-width: 1.96 of the largest standard error, median over the fits.",
    )
    figures = {"fits": ",d", "error": ".5f", "error, 90th percentile": ".5f"}
    figures |= {"coverage": ".3f", "of the largest": ".3f"}
    lengths, calls = ((13,), (64,)) if asked.quick else ((13, 30, 60), (128, 512))
    together = Table(
        f"Functions of components that act together, {2 * seeds} seeds each",
        {"function": "", "words": "d", "calls": "d", **figures},
        [acting_together(one, length, n, 2 * seeds) for one in PLANTED for length in lengths for n in calls],
        f"Bernoulli(0.7); the value is {HIGH} where the condition holds, else {LOW}. Where it hardly ever changes "
        "under the law, few masks show it.",
    )
    laws = (Bernoulli(), Cosine(), UniformCount(), Shapley())
    calls = (64, 256) if asked.quick else tuple(2**k for k in range(6, 14))
    answers = many_terms(10 if asked.quick else 16)
    more = Table(
        f"Ever more calls: a function of 200 terms, {int(np.log2(len(answers)))} words, {seeds} seeds",
        {"law": "", "calls": "d", **figures},
        [many_calls(law, answers, n, seeds) for law in laws for n in calls],
    )
    return Report([table, together, more], bars, {"targets": len(known), "labels": len(tagger.labels)})


def main(argv: list[str] | None = None) -> None:
    run(measure, arguments(__doc__), argv)


if __name__ == "__main__":
    main()
