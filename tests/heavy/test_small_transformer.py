"""The model that the other heavy tests explain is the same one every time, whatever the machine is busy with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from ner_lime import Corpus

NEEDS = "needs torch and transformers: scripts/test --all"
pytest.importorskip("torch", reason=NEEDS)
pytest.importorskip("transformers", reason=NEEDS)

pytestmark = pytest.mark.heavy


def test_a_second_training_gives_the_same_files(
    script: Callable[[str], ModuleType], train_part: Corpus, tmp_path: Path
) -> None:
    import torch

    torch.set_num_threads(1)
    for name in ("first", "second"):
        script("small_transformer").train(train_part[:200], tmp_path / name, layers=1, hidden=32, epochs=1)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("first", "second")
    )
    assert {"model.safetensors", "tokenizer.json"} <= set(first)
    assert first == second
