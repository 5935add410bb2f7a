"""Texts and rows: error and coverage at equal calls beside lime, eli5 and the linear fit; time; the pick.

    python scripts/bench_documents.py [--quick] [--json OUT] [--markdown] [--into FILE]

Mails of `data/mail` under an SVM on LSA, rows of scikit-learn's breast cancer table under gradient-boosted trees, and
random forests that lean on a word of the mail header. With torch, also what an explanation of a transformer costs
beside its forward passes (random weights: only time is measured).
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from benchmark import ROOT, Bar, Report, Table, alternate, arguments, run
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import ner_lime as nl
from ner_lime.explainers.row import RowOptions

BUDGETS = (128, 512, 2048)
TRUTH = 20_000
"""Masks of the reference: the law's own, with the kernel surrogate as control variate, so that its error is a small
part of what 2,048 calls leave."""

PLANTED = "Pigeon"
"""A mailer: 96 % of the mails on astronomy are written with it, 1.5 % of the others."""

Found = tuple[np.ndarray, np.ndarray]
"""Weights and standard errors."""


def mails(part: str) -> list[dict[str, str]]:
    lines = (ROOT / "data" / "mail" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def whole(mail: dict[str, str]) -> str:
    return f"{mail['headers']}\n\n{mail['body']}"


def svm_on_lsa(train: Sequence[dict[str, str]]) -> Any:
    made = make_pipeline(
        TfidfVectorizer(min_df=2), TruncatedSVD(50, random_state=0), SVC(C=50.0, probability=True, random_state=0)
    )
    return made.fit([mail["body"] for mail in train], [mail["topic"] for mail in train])


def relative(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))


def between_seeds(first: np.ndarray, second: np.ndarray) -> float:
    """A peer's own error, its bias left out: the difference of two seeds is that of two independent errors."""
    return float(np.linalg.norm(first - second) / np.sqrt(2.0) / np.linalg.norm(0.5 * (first + second)))


def explained(explainer: Any, case: Any, k: int) -> Found:
    e = explainer.explain(case)
    return e.weights[k], e.std_errors[k]


def errors(
    kind: str,
    cases: Sequence[Any],
    ours: dict[str, Callable[[int, int], Any]],
    peers: dict[str, Callable[[Any, int, int, int], np.ndarray]],
    predicted: Callable[[Any], int],
    sizes: tuple[Sequence[int], int, int],
) -> tuple[Table, dict[tuple[str, int], float], dict[int, float]]:
    """Median relative L2 errors over cases and seeds; `sizes` is (budgets, seeds, masks of the reference).

    An estimator whose name begins with "linear fit" estimates what the one before it does, and shares its reference.
    """
    budgets, seeds, n_truth = sizes
    rows, medians, coverage = [], {}, {}
    covered: dict[int, list[np.ndarray]] = {n: [] for n in budgets}
    distances: dict[tuple[str, int], list[float]] = {}
    for case in cases:
        k = predicted(case)
        first = next(iter(ours))
        truth = np.empty(0)
        for name, made in ours.items():
            if not name.startswith("linear fit"):
                truth = explained(made(n_truth, 99), case, k)[0]
            for n in budgets:
                for seed in range(seeds):
                    weights, std_errors = explained(made(n, seed), case, k)
                    distances.setdefault((name, n), []).append(relative(weights, truth))
                    if name == first:
                        covered[n].append(np.abs(weights - truth) <= 1.96 * std_errors + 1e-9)
        for name, peer in peers.items():
            for n in budgets:
                found = [peer(case, k, n, seed) for seed in range(2)]
                distances.setdefault((name, n), []).append(between_seeds(*found))
    for name in [*ours, *peers]:
        row: dict[str, Any] = {"estimator": name}
        for n in budgets:
            medians[name, n] = float(np.median(distances[name, n]))
            row[f"{n} calls"] = medians[name, n]
        rows.append(row)
    for n in budgets:
        coverage[n] = float(np.concatenate(covered[n]).mean())
    rows.append({"estimator": f"coverage of {next(iter(ours))}", **{f"{n} calls": coverage[n] for n in budgets}})
    columns = {"estimator": ""} | {f"{n} calls": ".3f" for n in budgets}
    note = "lime, eli5: against themselves with another seed, over the root of 2; the others: against the reference."
    return Table(f"{kind}: relative L2 error of the weights, medians", columns, rows, note), medians, coverage


def documents(asked: argparse.Namespace) -> tuple[list[Table], list[Bar]]:
    model = svm_on_lsa(mails("train"))
    classifier = nl.as_classifier(model)

    def count(text: str) -> int:
        return len(text.split())

    texts = sorted((mail["body"] for mail in mails("test") if 15 <= count(mail["body"]) <= 200), key=count)
    texts = texts[:: max(1, len(texts) // 20)][:20]
    budgets, seeds, n_truth = ((128,), 1, 2000) if asked.quick else (BUDGETS, 3, TRUTH)
    texts = texts[:2] if asked.quick else texts
    linear = nl.SolverOptions("sample", 0.0, 0.0)
    ours = {
        "ner-lime": lambda n, seed: nl.TextExplainer(
            classifier, n_samples=n, random_state=seed, options=nl.SolverOptions("sample", 0.0)
        ),
        "linear fit": lambda n, seed: nl.TextExplainer(classifier, n_samples=n, random_state=seed, options=linear),
    }
    peers = {
        "lime": lambda text, k, n, seed: by_lime(model, text, k, n, seed),
        "eli5": lambda text, k, n, seed: by_eli5(model, text, k, n, seed),
    }
    predicted = lambda text: int(model.predict_proba([text])[0].argmax())  # noqa: E731
    table, medians, coverage = errors(
        f"{len(texts)} mails of {count(texts[0])} to {count(texts[-1])} words, SVM on LSA",
        texts,
        ours,
        peers,
        predicted,
        (budgets, seeds, n_truth),
    )
    bars = error_bars("mails", medians, budgets, "ner-lime", ("linear fit", "lime", "eli5"))
    bars += coverage_bars("mails", coverage)
    return [table, *(times(model, texts[len(texts) // 2], asked))], bars


def error_bars(
    kind: str, medians: dict[tuple[str, int], float], budgets: Sequence[int], name: str, others: Sequence[str]
) -> list[Bar]:
    return [
        Bar(10, f"{kind}: error at {n} calls over {other}'s", "<=", 0.5, medians[name, n] / medians[other, n])
        for n in budgets
        for other in others
    ]


def coverage_bars(kind: str, coverage: dict[int, float]) -> list[Bar]:
    return [
        bar
        for n, found in coverage.items()
        for bar in (
            Bar(10, f"{kind}: coverage of 95 % intervals, {n} calls", ">=", 0.93, found),
            Bar(10, f"{kind}: coverage of 95 % intervals, {n} calls", "<=", 0.97, found),
        )
    ]


def by_lime(model: Any, text: str, k: int, n: int, seed: int) -> np.ndarray:
    from lime.lime_text import LimeTextExplainer

    explainer = LimeTextExplainer(random_state=seed)
    found = explainer.explain_instance(text, model.predict_proba, labels=(k,), num_features=10_000, num_samples=n)
    weights = dict(found.local_exp[k])
    return np.array([weights[j] for j in sorted(weights)])


def by_eli5(model: Any, text: str, k: int, n: int, seed: int) -> np.ndarray:
    from eli5.lime import TextExplainer

    explainer = TextExplainer(n_samples=n, random_state=seed, vec=CountVectorizer(token_pattern=r"(?u)\b\w+\b"))
    explainer.fit(text, model.predict_proba)
    return np.asarray(explainer.clf_.coef_[k])


def times(model: Any, text: str, asked: argparse.Namespace) -> list[Table]:
    """An explanation of one mail at equal calls, each tool as one calls it."""
    rows = []
    for n in (64,) if asked.quick else (512, 2048):
        works = {
            "ner-lime": lambda n=n: nl.TextExplainer(
                model, n_samples=n, options=nl.SolverOptions("sample", 0.0)
            ).explain(text),
            "lime": lambda n=n: by_lime(model, text, 0, n, 0),
            "eli5": lambda n=n: by_eli5(model, text, 0, n, 0),
        }
        found = alternate(works, 1 if asked.quick else 5)
        rows += [
            {
                "tool": name,
                "calls": n,
                "wall ms": t.wall_ms,
                "CPU ms": t.cpu_ms,
                "times ours": t.cpu_over(found["ner-lime"]),
            }
            for name, t in found.items()
        ]
    columns = {"tool": "", "calls": ",d", "wall ms": ",.0f", "CPU ms": ",.0f", "times ours": ".2f"}
    return [Table(f"Time of one mail of {len(text.split())} words, SVM on LSA", columns, rows)]


def time_bars(table: Table) -> list[Bar]:
    return [
        Bar(10, f"SVM on LSA, {row['calls']} calls: {row['tool']}'s time over ours", ">=", 1.0, row["times ours"])
        for row in table.rows
        if row["tool"] != "ner-lime"
    ]


def table_rows(asked: argparse.Namespace) -> tuple[list[Table], list[Bar]]:
    from lime.lime_tabular import LimeTabularExplainer

    data = load_breast_cancer()
    model = GradientBoostingClassifier(random_state=0).fit(data.data[:400], data.target[:400])
    classifier = nl.as_classifier(model, input="row", classes=list(map(str, data.target_names)))
    names = list(map(str, data.feature_names))
    cases = list(data.data[400 : 402 if asked.quick else 420])
    budgets, seeds, n_truth = ((128,), 1, 2000) if asked.quick else (BUDGETS, 3, TRUTH)

    def made(hide: str, ridge: float | None) -> Callable[[int, int], Any]:
        def explainer(n: int, seed: int) -> Any:
            n_rows = 16 if hide == "rows" else 1
            masks = max(2, n // n_rows)
            options = nl.SolverOptions("sample", 0.0, ridge)
            chosen = RowOptions(hide=hide, n_rows=n_rows, solver=options)
            if hide == "rows" and n >= n_truth:
                chosen = RowOptions(hide="rows", n_rows=None, solver=options)
                masks = 64 if asked.quick else 2048
            return nl.TabularExplainer(
                classifier, data.data[:400], feature_names=names, n_samples=masks, random_state=seed, options=chosen
            )

        return explainer

    ours = {
        "ner-lime, typical cells": made("typical", None),
        "linear fit, typical cells": made("typical", 0.0),
        "ner-lime, cells of 16 training rows": made("rows", None),
    }
    lime = LimeTabularExplainer(data.data[:400], feature_names=names)

    def by_lime_rows(row: np.ndarray, k: int, n: int, seed: int) -> np.ndarray:
        lime.random_state = lime.base.random_state = lime.discretizer.random_state = np.random.RandomState(seed)
        found = lime.explain_instance(row, model.predict_proba, labels=(k,), num_features=30, num_samples=n)
        weights = dict(found.local_exp[k])
        return np.array([weights[j] for j in sorted(weights)])

    predicted = lambda row: int(model.predict_proba(row[None])[0].argmax())  # noqa: E731
    table, medians, coverage = errors(
        f"{len(cases)} breast cancer rows, 30 columns, gradient-boosted trees",
        cases,
        ours,
        {"lime": by_lime_rows},
        predicted,
        (budgets, seeds, n_truth),
    )
    bars = error_bars("rows", medians, budgets, "ner-lime, typical cells", ("linear fit, typical cells", "lime"))
    return [table], bars + coverage_bars("rows", coverage)


def picks(asked: argparse.Namespace) -> tuple[list[Table], list[Bar]]:
    train, test = mails("train"), mails("test")
    rows, firsts = [], 0
    n_forests, n_cases = (1, 6) if asked.quick else (20, 40)
    without = lambda mail: whole(mail).replace(PLANTED, "")  # noqa: E731
    for seed in range(n_forests):
        forest = make_pipeline(CountVectorizer(min_df=2, binary=True), RandomForestClassifier(100, random_state=seed))
        forest.fit([whole(mail) for mail in train], [mail["topic"] for mail in train])
        explainer = nl.TextExplainer(forest, words="together", n_samples=256, random_state=seed)
        found = nl.pick(explainer.explain_many([whole(mail) for mail in test[:n_cases]]), budget=5)
        firsts += found.features[0] == PLANTED
        bodies, topics = [mail["body"] for mail in test], [mail["topic"] for mail in test]
        before = forest.score(bodies, topics)
        forest.fit([without(mail) for mail in train], [mail["topic"] for mail in train])
        rows.append(
            {
                "seed": seed,
                "first feature": found.features[0],
                "second": found.features[1],
                "importance": float(found.importance[0]),
                "of the second": float(found.importance[1]),
                "covered by 5": float(found.coverage[-1]),
                "accuracy on bodies": before,
                "without the word": forest.score(bodies, topics),
            }
        )
    columns = {
        "seed": "d",
        "first feature": "",
        "second": "",
        "importance": ".2f",
        "of the second": ".2f",
        "covered by 5": ".2f",
        "accuracy on bodies": ".2f",
        "without the word": ".2f",
    }
    table = Table(f"Random forests that lean on a header word: the pick over {n_cases} mails", columns, rows)
    return [table], [Bar(10, f"forests of {n_forests} in which the planted word is first", ">=", n_forests, firsts)]


def transformer(asked: argparse.Namespace) -> tuple[list[Table], list[Bar]]:
    """Time of an explanation over the time inside of the model's calls."""
    from small_transformer import make_model, make_tokenizer
    from transformers import BertForSequenceClassification

    text = max((mail["body"] for mail in mails("test")), key=lambda body: -abs(len(body.split()) - 60))
    sentences = [nl.Sentence(mail["body"].split(), None, 0) for mail in mails("train")]
    tokenizer = make_tokenizer(sentences)
    topics = ["astronomy", "baking", "cycling", "gardening"]
    config = make_model(tokenizer, topics, layers=4, hidden=256).config
    classifier = nl.as_classifier((BertForSequenceClassification(config), tokenizer))
    spent = [0.0]

    def timed(texts: Any) -> Any:
        begun = time.perf_counter()
        found = classifier.function(texts)
        spent[0] += time.perf_counter() - begun
        return found

    explainer = nl.TextExplainer(
        replace(classifier, function=timed),
        n_samples=64 if asked.quick else 512,
        options=nl.SolverOptions("sample", 0.0),
    )
    ratios = []
    for _ in range(1 if asked.quick else 5):
        spent[0], begun = 0.0, time.perf_counter()
        explainer.explain(text)
        ratios.append((time.perf_counter() - begun) / spent[0])
    ratio = float(np.median(ratios))
    row = {"words": len(text.split()), "masks": explainer.n_samples, "model s": spent[0], "total / model": ratio}
    table = Table(
        "A transformer of 4 layers, hidden size 256: an explanation over its model calls",
        {"words": "d", "masks": "d", "model s": ".2f", "total / model": ".3f"},
        [row],
    )
    return [table], [Bar(10, "transformer, 512 masks: total time over the model's", "<=", 1.15, ratio)]


def measure(asked: argparse.Namespace) -> Report:
    tables: list[Table] = []
    bars: list[Bar] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own affair
        parts = [documents, table_rows, picks]
        if find_spec("torch") and find_spec("transformers"):
            parts.append(transformer)
        for part in parts:
            found, reached = part(asked)
            tables += found
            bars += reached
    bars += [bar for table in tables if table.title.startswith("Time of one mail") for bar in time_bars(table)]
    return Report(tables, bars, {"planted": PLANTED})


def main(argv: list[str] | None = None) -> None:
    run(measure, arguments(__doc__), argv)


if __name__ == "__main__":
    main()
