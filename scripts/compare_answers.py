"""Whether a change of the code changed any number: the arrays of 200 sentences, written before and compared after.

    python scripts/compare_answers.py write BEFORE.npz       # with the code as it was
    python scripts/compare_answers.py compare BEFORE.npz     # with the code as it is

Sentences are those of the jobs corpus and of WNUT-17 (read beside the project); each is explained in every way that has
an engine or a law of its own. All arrays must be equal to 1e-12.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from crfs import JOBS, WNUT

import ner_lime as nl

N_SENTENCES = 100
"""Of each corpus."""

SAMPLED = 20
"""One sentence in this number also goes through the sampling engine, which takes seconds a sentence."""

TOLERANCE = 1e-12


def answers() -> Iterator[tuple[str, np.ndarray]]:
    """Name and array of everything that is compared."""
    corpora = {
        "jobs": (JOBS / "train.tsv", JOBS / "test.tsv"),
        "wnut17": (WNUT / "wnut17train.conll", WNUT / "emerging.test.annotated"),
    }
    for name, (train, test) in corpora.items():
        tagger = nl.CRFTagger(max_iterations=60).fit(nl.read_iob(train)[:1200])
        sentences = [sentence for sentence in nl.read_iob(test) if 2 <= len(sentence) <= 30][:N_SENTENCES]
        for number, sentence in enumerate(sentences):
            for way, array in of_sentence(tagger, sentence, sampled=number % SAMPLED == 0):
                yield f"{name}/{number}/{way}", array


def of_sentence(tagger: nl.CRFTagger, sentence: nl.Sentence, *, sampled: bool) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of one sentence."""

    def black_box(sentences):
        return tagger.predict_proba(sentences)

    exact = nl.NERExplainer(tagger)
    explanation = exact.explain(sentence)
    yield from of_explanation("exact", explanation)
    yield from of_explanation("positions", exact.explain(sentence, positions=[len(sentence) - 1, 0]))
    yield from of_explanation("context", exact.explain(sentence, context_only=True))
    yield from of_explanation("groups", exact.explain(sentence, groups="phrases"))
    yield from of_explanation("shapley", nl.NERExplainer(tagger, method="shapley").explain(sentence))
    yield from of_explanation("masking", exact.explain(sentence, check_masking=nl.MaskString("UNK")))
    if not sampled:
        return
    function = nl.as_tagger(black_box, labels=tagger.labels)
    for way, options in {
        "kernel": {},
        "kernel-shapley": {"method": "shapley"},
        "cosine": {"neighbourhood": nl.Cosine()},
        "count": {"neighbourhood": nl.UniformCount(), "engine": "sample"},
        "linear": {"options": nl.Options(ridge=1.0)},
        "resample": {"masking": nl.Resample([sentence, ["Two", "more", "words", ",", "3", "IBM"]], draws=2)},
    }.items():
        for kept in (False, True):
            explainer = nl.NERExplainer(function, n_samples=160, random_state=3, **options)
            found = explainer.explain(sentence, context_only=kept)
            yield from of_explanation(f"{way}/{kept}", found)


def of_explanation(way: str, explanation: nl.Explanation) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of an explanation, and of what is asked of it afterwards."""
    e = explanation
    for name in ("probabilities", "weights", "bias", "std_errors"):
        yield f"{way}/{name}", getattr(e, name)
    for name in ("r2", "kl", "top1", "variance", "residual"):
        yield f"{way}/fidelity/{name}", getattr(e.fidelity, name)
    if e.agreement is not None:
        yield f"{way}/agreement", e.agreement
    yield f"{way}/diagnostics", np.array(list(e.diagnostics.values()))
    yield f"{way}/calls", np.array([e.settings.n_calls])
    position = e.positions[0]
    word = e[position]
    yield f"{way}/selected", numbers(word.contributions(num_features=3, selection="auto"))
    yield f"{way}/lasso", numbers(word.contributions(num_features=3, selection="lasso_path"))
    yield f"{way}/evidence", np.array([word.r2(), word.spread(), word.own_share()])
    pairs = e.interactions(position)[:5]
    yield f"{way}/pairs", np.array([[p.first, p.second, p.weight, p.std_error] for p in pairs])
    if len(e.positions) == len(e.tokens):
        for entity in [*e.entities[:2], e.entity(0, min(2, len(e.tokens)))]:
            at = f"{way}/entity/{entity.start}-{entity.end}-{entity.kind}"
            yield f"{at}/weights", entity.weights
            yield f"{at}/errors", entity.std_errors
            yield f"{at}/figures", np.array([entity.bias, entity.r2, entity.spread, entity.probability])


def numbers(contributions: list[nl.Contribution]) -> np.ndarray:
    """(n, 3)."""
    return np.array([[c.word_index, c.weight, c.std_error] for c in contributions])


def compare(before: Path) -> int:
    """Print the largest difference of each kind of array; 1 where one is too large."""
    kept = np.load(before)
    worst: dict[str, float] = {}
    missing = set(kept.files)
    for name, array in answers():
        if name not in kept or kept[name].shape != array.shape:
            print(f"{name}: not there before, or of another shape")
            return 1
        missing.discard(name)
        same = np.isnan(kept[name]) & np.isnan(array)
        difference = float(np.abs(np.where(same, 0.0, kept[name] - array)).max(initial=0.0))
        difference = np.inf if np.isnan(difference) else difference
        kind = "/".join(part for k, part in enumerate(name.split("/")) if k != 1 and "-" not in part[1:3])
        worst[kind] = max(worst.get(kind, 0.0), difference)
        if difference > TOLERANCE:
            print(f"{name}: differs by {difference:.3g}")
    for kind, difference in sorted(worst.items()):
        print(f"{difference:9.1e}  {kind}")
    print(
        f"{len(kept.files)} arrays before, {len(missing)} of them missing now, largest difference {max(worst.values())}"
    )
    return int(bool(missing) or max(worst.values()) > TOLERANCE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["write", "compare"])
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    if asked.verb == "compare":
        return compare(asked.file)
    np.savez_compressed(asked.file, **dict(answers()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
