"""Train a small BERT-like token classifier on the jobs corpus and save it as a folder, for tests and benchmarks.

It is made from nothing (vocabulary, weights) on the spot, since nothing here is downloaded.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

from ner_lime import Sentence, read_iob

JOBS = Path(__file__).resolve().parents[1] / "data" / "jobs"
SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
MASKED = 0.15
"""Share of training words that are hidden: the mask token then means "some word" to the model."""

IGNORED = -100
"""Targets with this number don't count (the default of torch's cross entropy)."""


def make_tokenizer(sentences: Sequence[Sentence], *, size: int = 2500) -> PreTrainedTokenizerFast:
    """A WordPiece vocabulary of these sentences, the same one every time.

    The trainer numbers the characters within words in the order of a randomly seeded hash table, and pairs that are
    equally frequent are merged in the order of these numbers. So it is told the characters, sorted, as special tokens
    of a tokenizer that is thrown away.
    """
    text = [" ".join(sentence.tokens) for sentence in sentences]
    learner = _like_bert(models.WordPiece(unk_token="[UNK]"))
    inner = [f"##{character}" for character in sorted(set("".join(text)) - {" "})]
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=[*SPECIAL.values(), *inner], min_frequency=2, show_progress=False
    )
    learner.train_from_iterator(text, trainer)
    tokenizer = _like_bert(models.WordPiece(learner.get_vocab(), unk_token="[UNK]"))
    tokenizer.decoder = decoders.WordPiece()
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=128, **SPECIAL)


def _like_bert(model: models.WordPiece) -> Tokenizer:
    """This model behind BERT's own cleaning and splitting of a text."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def make_model(
    tokenizer: PreTrainedTokenizerFast, labels: Sequence[str], *, layers: int, hidden: int, positions: int = 128
) -> BertForTokenClassification:
    """BERT's architecture, with the given number of layers."""
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 32,
        intermediate_size=4 * hidden,
        max_position_embeddings=positions,
        pad_token_id=tokenizer.pad_token_id,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    return BertForTokenClassification(config)


def train(
    sentences: Sequence[Sentence], folder: Path, *, layers: int = 2, hidden: int = 128, epochs: int = 8, seed: int = 0
) -> None:
    """Train on these sentences, first subwords only, and save model and tokenizer."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    labels = ["O", *sorted({tag for sentence in sentences for tag in sentence.tags} - {"O"})]
    tokenizer = make_tokenizer(sentences)
    model = make_model(tokenizer, labels, layers=layers, hidden=hidden).train()
    encoded = [_encode(sentence, tokenizer, labels) for sentence in sentences if len(sentence.tokens) < 60]
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    steps = epochs * -(-len(encoded) // 32)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=steps)
    for _ in range(epochs):
        order = rng.permutation(len(encoded))
        # Batches of sentences of about the same length, in random order.
        blocks = [sorted(order[k : k + 512], key=lambda k: len(encoded[k][0])) for k in range(0, len(order), 512)]
        batches = [block[k : k + 32] for block in blocks for k in range(0, len(block), 32)]
        for number in rng.permutation(len(batches)):
            ids, attention, targets = _collate([encoded[k] for k in batches[number]], tokenizer, rng)
            loss = model(input_ids=ids, attention_mask=attention, labels=targets).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            if schedule.last_epoch < steps - 1:
                schedule.step()
            optimiser.zero_grad()
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _encode(
    sentence: Sentence, tokenizer: PreTrainedTokenizerFast, labels: Sequence[str]
) -> tuple[list[int], list[int], list[int]]:
    """Subword ids, the word that each belongs to, and its target."""
    ids, owners, targets = [tokenizer.cls_token_id], [-1], [IGNORED]
    for word, (token, tag) in enumerate(zip(sentence.tokens, sentence.tags or (), strict=True)):
        pieces = tokenizer(token, add_special_tokens=False)["input_ids"] or [tokenizer.unk_token_id]
        ids += pieces
        owners += [word] * len(pieces)
        targets += [labels.index(tag)] + [IGNORED] * (len(pieces) - 1)
    return [*ids, tokenizer.sep_token_id], [*owners, -1], [*targets, IGNORED]


def _collate(
    batch: Sequence[tuple[list[int], list[int], list[int]]],
    tokenizer: PreTrainedTokenizerFast,
    rng: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    width = max(len(ids) for ids, _, _ in batch)
    ids = np.full((len(batch), width), tokenizer.pad_token_id, dtype=np.int64)
    attention, targets = np.zeros_like(ids), np.full_like(ids, IGNORED)
    for row, (pieces, owners, wanted) in enumerate(batch):
        hidden = rng.random(max(owners) + 2) < MASKED
        hidden[-1] = False  # the special ones, whose owner is -1
        ids[row, : len(pieces)] = np.where(hidden[owners], tokenizer.mask_token_id, pieces)
        attention[row, : len(pieces)] = 1
        targets[row, : len(wanted)] = wanted
    return torch.from_numpy(ids), torch.from_numpy(attention), torch.from_numpy(targets)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=88)
    parser.add_argument("--epochs", type=int, default=8)
    asked = parser.parse_args()
    began = time.perf_counter()
    train(read_iob(JOBS / "train.tsv"), asked.folder, layers=asked.layers, hidden=asked.hidden, epochs=asked.epochs)
    print(json.dumps({"folder": str(asked.folder), "seconds": round(time.perf_counter() - began, 1)}))


if __name__ == "__main__":
    main()
