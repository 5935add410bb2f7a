"""ner-lime beside lime and eli5 themselves: the same CRF, the same sentence, the same process.

    python scripts/bench_peers.py [--quick] [--json OUT] [--markdown]

The CRF is trained on the jobs corpus; the sentence has 13 words, of which word 4 is explained, for the label that the
CRF gives it.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from benchmark import Bar, Report, Table, alternate, arguments, run
from crfs import JOBS, trained
from eli5.lime.samplers import MaskingTextSampler
from peers import (
    MASK,
    TEXT,
    TOKENS,
    WORD,
    WORDS,
    Local,
    Predict,
    Truth,
    by_eli5,
    by_lime,
    by_us,
    eli5_explainer,
    one_by_one,
    sampling,
    truths,
)

from ner_lime import CRFTagger, NERExplainer, read_iob
from ner_lime.eli5 import predict_function
from ner_lime.lime.law import shares
from ner_lime.lime.masks import all_masks

DEFAULT = 5000
"""lime's and eli5's own number of samples."""

TOP = 5


def quality(name: str, calls: int, truth: Truth, found: Sequence[Local]) -> dict[str, Any]:
    """How much the weights depend on the seed, how well they predict, and how far from the truth they are."""
    masks = all_masks(len(TOKENS))
    share = shares(truth.neighbourhood, masks)
    weights = np.array([local.weights for local in found])
    best = [set(np.argsort(-np.abs(row), kind="stable")[:TOP].tolist()) for row in weights]
    variance = share @ (truth.answers - share @ truth.answers) ** 2
    missed = [share @ (truth.answers - local.predict(masks)) ** 2 for local in found]
    distance = [np.linalg.norm(row - truth.weights) / np.linalg.norm(truth.weights) for row in weights]
    return {
        "tool": name,
        "calls": calls,
        "spread": float(np.linalg.norm(weights.std(axis=0)) / np.linalg.norm(weights.mean(axis=0))),
        "top-5 overlap": float(np.mean([len(a & b) / TOP for a, b in combinations(best, 2)])),
        "R²": float(np.median([1.0 - error / variance for error in missed])),
        "error": float(np.median(distance)),
    }


def qualities(tagger: CRFTagger, label: int, budgets: Sequence[int], seeds: int) -> Table:
    """All the tools at equal numbers of calls, and the exact engine, which needs no sample."""
    known, predict = truths(tagger, label), predict_function(tagger, WORD, str.split)
    rows = []
    for n in budgets:
        works = {
            "lime": partial(by_lime, predict, label, n),
            "eli5": partial(by_eli5, predict, label, n),
            "ner-lime": partial(by_us, tagger, label, n),
        }
        for name, explain in works.items():
            shown = f"{name}, sampling" if name == "ner-lime" else name
            rows.append(quality(shown, n, known[name], [explain(seed) for seed in range(seeds)]))
    calls = NERExplainer(tagger).explain(TEXT, positions=[WORD]).settings.n_calls
    exact = [by_us(tagger, label, None, seed) for seed in range(seeds)]
    rows.append(quality("ner-lime, exact", calls, known["ner-lime"], exact))
    return Table(
        f"Quality at equal calls: {TOKENS[WORD]!r}, {tagger.labels[label]}, {seeds} seeds",
        {"tool": "", "calls": ",d", "spread": ".3f", "top-5 overlap": ".2f", "R²": ".3f", "error": ".4f"},
        rows,
        "Spread: the standard deviation of the weights over the seeds, relative to the weights. Overlap: share of the "
        "five largest that two seeds have in common. R²: of the label's probability over all masks of the tool's own "
        "neighbourhood. Error: relative distance of the weights from the truth of the tool's own neighbourhood (for "
        "eli5 the optimum of its own penalised logistic regression, for the others the limit of the linear fit). "
        "R² and error are medians over the seeds. Calls: an eighth of ner-lime's, at most 128, measure its fidelity.",
    )


def speed(tagger: CRFTagger, label: int, runs: int, n: int) -> tuple[list[Table], list[Bar]]:
    """Milliseconds for word 4 and for the whole sentence, tool beside tool."""
    explainer = NERExplainer(tagger)
    functions = {"python-crfsuite, one by one": one_by_one, "batched": lambda *of: predict_function(*of, str.split)}
    words = {f"lime | {how}": partial(by_lime, make(tagger, WORD), label, n, 0) for how, make in functions.items()}
    words |= {f"eli5 | {how}": partial(by_eli5, make(tagger, WORD), label, n, 0) for how, make in functions.items()}
    words["ner-lime | exact"] = partial(explainer.explain, TEXT, positions=[WORD])
    words["ner-lime | sampling, 512"] = partial(sampling(tagger, 512, 0).explain, TEXT, positions=[WORD])
    by_word = alternate(words, runs)

    predicted = [tagger.labels.index(name) for name in tagger.predict([TOKENS])[0]]
    each = [one_by_one(tagger, word) for word in range(len(TOKENS))]

    def every_word(explain: Callable[..., object]) -> None:
        for function, of in zip(each, predicted, strict=True):
            explain(function, of, n, 0)

    whole = alternate(
        {
            "lime | python-crfsuite, one by one": partial(every_word, by_lime),
            "eli5 | python-crfsuite, one by one": partial(every_word, by_eli5),
            "ner-lime | exact": partial(explainer.explain, TEXT),
            "ner-lime | sampling, 512": partial(sampling(tagger, 512, 0).explain, TEXT),
        },
        runs,
    )
    word_us, all_us = by_word["ner-lime | exact"], whole["ner-lime | exact"]
    rows = []
    for name, timing in by_word.items():
        sentence = whole.get(name)
        rows.append(
            {
                "tool": name.split(" | ")[0],
                "asks the CRF": name.split(" | ")[1],
                "word ms": timing.wall_ms,
                "word, CPU ms": timing.cpu_ms,
                "word: times ours": timing.wall_over(word_us),
                "sentence ms": sentence and sentence.wall_ms,
                "sentence, CPU ms": sentence and sentence.cpu_ms,
                "sentence: times ours": sentence and sentence.wall_over(all_us),
            }
        )
    table = Table(
        f"Time: one word, and the sentence of {len(TOKENS)} words ({n:,} samples for lime and eli5, their default)",
        {"tool": "", "asks the CRF": "", **dict.fromkeys(list(rows[0])[2:], ",.1f")},
        rows,
        f"Medians of {runs} alternating runs, one thread. For a sentence lime and eli5 explain word after word (each "
        "for its own label); ner-lime explains all words and all labels in one pass. Batched: "
        "ner_lime.eli5.predict_function, which asks for equal texts once.",
    )
    clock = f"eli5 | {next(iter(functions))}"
    bars = [
        Bar(5, "one word: times faster than eli5", ">=", 100, by_word[clock].wall_over(word_us)),
        Bar(5, "whole sentence: times faster than eli5", ">=", 1000, whole[clock].wall_over(all_us)),
    ]
    return [table], bars


def faults(tagger: CRFTagger, n: int) -> Table:
    """Which of the known faults of eli5's route show on this sentence."""
    predict = predict_function(tagger, WORD, str.split)
    texts, hidden = sampled(TEXT, n, replacement=MASK)
    n_parts = sampled(TEXT, 1, replacement=MASK, token_pattern=None)[1].shape[1]
    lengths = np.array([len(text.split()) for text in sampled(TEXT, n, replacement="")[0]])
    cut, cut_short = (mask_seen(text) for text in (TEXT, "Web UI/UX"))
    explainer = eli5_explainer(n, 0)
    first, second = (explainer.fit(TEXT, predict).clf_.coef_ for _ in range(2))
    n_seen, n_labels = len(explainer.clf_.classes_), len(tagger.labels)
    crashed = [word for word in range(len(TOKENS)) if crashes(predict_function(tagger, word, str.split), n)]
    found = [
        ("its default pattern splits words", n_parts != len(TOKENS), f"{n_parts} features for {len(TOKENS)} words"),
        (
            "its default replacement deletes words",
            (lengths < len(TOKENS)).any(),
            f"{(lengths < len(TOKENS)).mean():.0%} of the texts; {(lengths <= WORD).mean():.0%} have no word {WORD}",
        ),
        (
            "the mask is cut to the longest word",
            cut != "UNKNOWN",
            f"UNKNOWN is {cut}; in 'Web UI/UX' it is {cut_short}",
        ),
        ("the explained word itself is hidden", hidden[:, WORD].any(), f"in {hidden[:, WORD].mean():.0%} of the texts"),
        ("the original is never sampled", TEXT not in texts, f"{texts.count(TEXT)} of {n:,} texts"),
        ("equal texts are asked for again", len(set(texts)) < n, f"{n - len(set(texts)):,} of {n:,} texts"),
        ("it fails where one label is certain", bool(crashed), f"at {len(crashed)} of the {len(TOKENS)} words"),
        (
            "a second fit differs from the first",
            (first != second).any(),
            f"by up to {np.abs(first - second).max():.2f}",
        ),
        ("labels that it never drew are missing", n_seen < n_labels, f"{n_seen} of {n_labels} labels have weights"),
    ]
    rows = [
        {"fault": fault, "shows here": "yes" if shows else "no", "measured": words} for fault, shows, words in found
    ]
    return Table("Known faults of eli5's route, on this sentence", dict.fromkeys(rows[0], ""), rows)


def sampled(text: str, n: int, **settings: Any) -> tuple[list[str], np.ndarray]:
    """eli5's masked texts, and which of its tokens are hidden (n, T)."""
    sampler = MaskingTextSampler(
        **{"max_replace": 0.7, "bow": False, "random_state": 0, "token_pattern": WORDS} | settings
    )
    texts, _, hidden, _ = sampler.sample_near_with_mask(text, n)
    return list(texts), hidden


def mask_seen(text: str) -> str:
    """What becomes of the mask UNKNOWN."""
    words = {word for masked in sampled(text, 50, replacement="UNKNOWN")[0] for word in masked.split()}
    return max(words & {"UNKNOWN"[:size] for size in range(1, 8)}, key=len)


def crashes(predict: Predict, n: int) -> bool:
    try:
        eli5_explainer(n, 0).fit(TEXT, predict)
    except ValueError:
        return True
    return False


def measure(asked: argparse.Namespace) -> Report:
    tagger = trained(read_iob(JOBS / "train.tsv"), quick=asked.quick)
    label = tagger.labels.index(tagger.predict([TOKENS])[0][WORD])
    runs, seeds, budgets = (1, 2, (64,)) if asked.quick else (5, 10, (512, DEFAULT))
    default = 100 if asked.quick else DEFAULT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own affair
        tables, bars = speed(tagger, label, runs, default)
        tables += [qualities(tagger, label, budgets, seeds), faults(tagger, default)]
    facts = {"sentence": TEXT, "word": WORD, "label": tagger.labels[label]}
    return Report(tables, bars, facts)


def main(argv: list[str] | None = None) -> None:
    run(measure, arguments(__doc__), argv)


if __name__ == "__main__":
    main()
