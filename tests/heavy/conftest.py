"""Small models of every kind, trained on the jobs corpus on the spot: nothing is downloaded."""

from __future__ import annotations

import importlib
import random
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ner_lime import Corpus, read_iob

if TYPE_CHECKING:
    from ner_lime.taggers.transformers import TransformersTagger

ROOT = Path(__file__).resolve().parents[2]

WIDTH = 64
TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": WIDTH,
    "depth": 2,
    "embed_size": 1000,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
}
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": WIDTH, "upstream": "*"}
PARSER = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": WIDTH,
    "maxout_pieces": 2,
    "use_upper": True,
}


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """The project's scripts as modules, by their names."""
    folder = str(ROOT / "scripts")
    if folder not in sys.path:
        sys.path.insert(0, folder)  # before installed packages, of which one is called benchmark too
    return importlib.import_module


@pytest.fixture(scope="session")
def sampling(script: Callable[[str], ModuleType]) -> ModuleType:
    """The benchmark of sampling on a transformer."""
    return script("bench_transformer_sampling")


@pytest.fixture(scope="session")
def train_part(jobs: Path) -> Corpus:
    return read_iob(jobs / "train.tsv")


@pytest.fixture(scope="session")
def test_part(jobs: Path) -> Corpus:
    return read_iob(jobs / "test.tsv")


@pytest.fixture(scope="session")
def transformer(
    tmp_path_factory: pytest.TempPathFactory, script: Callable[[str], ModuleType], train_part: Corpus
) -> Path:
    """The folder of a BERT-like classifier of two layers."""
    import torch

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("transformer")
    script("small_transformer").train(train_part, folder, layers=2, hidden=128, epochs=8)
    return folder


@pytest.fixture(scope="session")
def tagger(transformer: Path) -> TransformersTagger:
    from ner_lime.taggers.transformers import TransformersTagger

    return TransformersTagger.from_folder(transformer)


@pytest.fixture(scope="session")
def onnx_folder(tmp_path_factory: pytest.TempPathFactory, transformer: Path) -> Path:
    """The same classifier in the ONNX format."""
    from transformers import AutoModelForTokenClassification

    folder = tmp_path_factory.mktemp("onnx")
    export(AutoModelForTokenClassification.from_pretrained(transformer), folder)
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(transformer / name, folder)
    return folder


def export(model: Any, folder: Path, *, fixed: bool = False) -> None:
    """Write model.onnx, for sequences of any number and length or for two of eight subwords."""
    import torch

    class Logits(torch.nn.Module):
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            return self.model(input_ids, attention_mask, token_type_ids).logits

    ids = torch.ones((2, 8), dtype=torch.int64)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that takes 1 s instead of 30 is called an old one
        torch.onnx.export(
            Logits(model).eval(),
            (ids, ids, ids * 0),
            folder / "model.onnx",
            input_names=names,
            output_names=["logits"],
            dynamo=False,
            dynamic_axes=None if fixed else {name: {0: "sentence", 1: "subword"} for name in (*names, "logits")},
        )


@pytest.fixture(scope="session")
def export_onnx() -> Callable[..., None]:
    return export


@pytest.fixture(scope="session")
def pipeline(train_part: Corpus) -> Any:
    """A spaCy pipeline with a named entity recogniser and a tagger (of the IOB tags) over one tok2vec."""
    import spacy
    from spacy.tokens import Doc
    from spacy.training import Example, biluo_tags_to_spans, iob_to_biluo

    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": LISTENER}})
    nlp.add_pipe("ner", config={"model": {**PARSER, "tok2vec": LISTENER}})
    examples = []
    for sentence in train_part:
        gold = Doc(nlp.vocab, words=list(sentence.tokens), tags=list(sentence.tags or ()))
        gold.ents = biluo_tags_to_spans(gold, iob_to_biluo(list(sentence.tags or ())))
        examples.append(Example(Doc(nlp.vocab, words=list(sentence.tokens)), gold))
    optimizer = nlp.initialize(lambda: examples)
    order = random.Random(0)
    for _ in range(4):
        order.shuffle(examples)
        for first in range(0, len(examples), 32):
            nlp.update(examples[first : first + 32], sgd=optimizer, drop=0.1)
    return nlp
