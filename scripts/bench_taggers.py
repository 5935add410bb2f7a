"""What explaining a sentence costs beside the transformer's own forward passes, and what lime and shap take for it.

    python scripts/bench_taggers.py [--quick] [--json OUT] [--markdown] [--layers N] [--hidden N]

A BERT token classifier of 6 layers and a hidden size of 256, with weights as they are before training (they make no
difference to the time), and 30 words of text. The forward passes alone are timed at several batch sizes, on
sequences that are encoded already; the best size counts. Everything runs in one thread, torch too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from benchmark import ROOT, Bar, Report, Table, Timing, alternate, arguments, run

from ner_lime import NERExplainer, Options, predict_function, read_iob
from ner_lime.taggers.transformers import TransformersTagger
from ner_lime.types import FloatArray, Masks

JOBS = ROOT / "data" / "jobs"
BATCHES = (8, 16, 32, 64, 128)
WORD = 4


@dataclass(frozen=True, slots=True)
class Bench:
    """The tagger, the words, and how many masks everybody may ask for."""

    tagger: TransformersTagger
    model: Any
    tokens: tuple[str, ...]
    n: int

    @property
    def text(self) -> str:
        return " ".join(self.tokens)

    @property
    def subwords(self) -> int:
        """In the sentence, special ones included."""
        found = self.tagger.under_masks(self.tokens, ["[MASK]"] * len(self.tokens))
        assert found is not None
        return len(found.shown) + 2

    def forward(self, n: int, size: int) -> None:
        """n sequences through the model, and nothing else."""
        import torch

        ids = torch.full((n, self.subwords), 7)
        attention = torch.ones_like(ids)
        with torch.inference_mode():
            for first in range(0, n, size):
                batch = slice(first, first + size)
                self.model(input_ids=ids[batch], attention_mask=attention[batch])

    def ours(self, n: int) -> Any:
        """The whole sentence, from n masks, an eighth of them to measure the fidelity on."""
        options = Options(half_width=0.0)
        return NERExplainer(self.tagger, engine="sample", n_samples=n, options=options).explain(self.tokens)

    def lime(self) -> None:
        """One word."""
        from lime.lime_text import LimeTextExplainer

        predict = predict_function(self.tagger, WORD, str.split)
        explainer = LimeTextExplainer(bow=False, mask_string="[MASK]", split_expression=str.split, random_state=0)
        labels = range(len(self.tagger.labels))
        explainer.explain_instance(self.text, predict, labels=labels, num_features=len(self.tokens), num_samples=self.n)

    def shap(self, words: Sequence[int]) -> None:
        """Kernel SHAP of one word or of all at once, all labels."""
        import shap

        def predict(masks: Masks) -> FloatArray:
            rows = [
                [word if kept else "[MASK]" for word, kept in zip(self.tokens, mask, strict=True)] for mask in masks
            ]
            answers = np.stack(self.tagger.predict_proba(rows))
            return np.asarray(answers[:, list(words)].reshape(len(rows), -1))

        explainer = shap.KernelExplainer(predict, np.zeros((1, len(self.tokens))))
        explainer.shap_values(np.ones((1, len(self.tokens))), nsamples=self.n, l1_reg=0, silent=True)


def prepare(asked: argparse.Namespace) -> Bench:
    """So many words of the test part, and a model that knows their subwords."""
    import torch
    from small_transformer import make_model, make_tokenizer

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layers, hidden, length, n = (1, 64, 10, 32) if asked.quick else (asked.layers, asked.hidden, 30, 512)
    sentences = read_iob(JOBS / "train.tsv")
    labels = ["O", *sorted({tag for sentence in sentences for tag in sentence.tags or ()} - {"O"})]
    tokenizer = make_tokenizer(sentences)
    model = make_model(tokenizer, labels, layers=layers, hidden=hidden).eval()
    running = [token for sentence in read_iob(JOBS / "test.tsv") for token in sentence.tokens]
    return Bench(TransformersTagger(model, tokenizer), model, tuple(running[:length]), n)


def measure(asked: argparse.Namespace) -> Report:
    """The best batch size, then everybody in turn."""
    bench = prepare(asked)
    runs = 1 if asked.quick else 11
    sizes = alternate({str(size): partial(bench.forward, bench.n, size) for size in BATCHES}, 1 if asked.quick else 3)
    best = min(BATCHES, key=lambda size: sizes[str(size)].cpu_ms)
    calls = bench.ours(bench.n).settings.n_calls
    works: dict[str, Callable[[], object]] = {
        "forward passes alone": partial(bench.forward, bench.n, best),
        "ner-lime, whole sentence": partial(bench.ours, bench.n),
        "lime, one word": bench.lime,
        "shap, one word": partial(bench.shap, [WORD]),
        "shap, all words at once": partial(bench.shap, range(len(bench.tokens))),
    }
    found = alternate(works, runs)
    asked_for = dict.fromkeys(works, bench.n) | {"ner-lime, whole sentence": calls}
    words = dict.fromkeys(works, len(bench.tokens)) | {"lime, one word": 1, "shap, one word": 1}
    rows = [
        _row(name, found[name], asked_for[name], words[name], len(bench.tokens))
        | {"of the passes": found[name].cpu_over(found["forward passes alone"])}
        for name in works
    ]
    ratio = found["ner-lime, whole sentence"].cpu_over(found["forward passes alone"])
    columns = {"what": "", "masks": "d", "wall s": ".2f", "CPU s": ".2f", "of the passes": ".3f"}
    columns |= {"CPU s a word": ".3f", "CPU s a sentence": ".1f"}
    parameters = sum(weights.numel() for weights in bench.model.parameters()) / 1e6
    title = (
        f"{len(bench.tokens)} words, {bench.subwords} subwords, {len(bench.tagger.labels)} labels; "
        f"BERT of {bench.model.config.num_hidden_layers} layers, hidden size {bench.model.config.hidden_size}, "
        f"{parameters:.1f} M parameters"
    )
    note = (
        f"One thread for torch and BLAS; medians of {runs} alternating runs. 'Of the passes': CPU time over that of "
        f"{bench.n} forward passes alone, median over the runs (batches of {best}, the best of "
        f"{', '.join(map(str, BATCHES))}). Explainers of one word are counted once a word for a sentence. lime and "
        "shap hide a word by one mask token, ner-lime by one for each of its subwords: their sequences are shorter."
    )
    facts = {"batch size": best, "by batch size, CPU ms": {name: timing.cpu_ms for name, timing in sizes.items()}}
    bar = Bar(
        12, f"whole sentence from {bench.n} masks: CPU time over that of as many forward passes", "<=", 1.15, ratio
    )
    return Report([Table(title, columns, rows, note)], [bar], facts)


def _row(name: str, timing: Timing, masks: int, words: int, n_tokens: int) -> dict[str, Any]:
    seconds = timing.cpu_ms / 1e3
    return {
        "what": name,
        "masks": masks,
        "wall s": timing.wall_ms / 1e3,
        "CPU s": seconds,
        "CPU s a word": seconds / words,
        "CPU s a sentence": seconds * n_tokens / words,
    }


def main(argv: list[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--hidden", type=int, default=256)
    run(measure, parser, argv)


if __name__ == "__main__":
    main()
