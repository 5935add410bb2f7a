"""Sequence classifiers in the ONNX format: onnxruntime and tokenizers, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ner_lime.classifiers.classifier import Classifier, class_names, softmax
from ner_lime.errors import ClassifierError, MissingExtraError, ModelFileError, in_one_line
from ner_lime.taggers.subword.config import labels_of, limit_of, read_json
from ner_lime.types import FloatArray

KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MASK_TOKENS = ("[MASK]", "<mask>")


def from_onnx(
    source: str | Path,
    *,
    classes: Sequence[str] | None = None,
    batch_size: int = 32,
    providers: Sequence[str] | None = None,
) -> Classifier:
    """A classifier of a local folder with ``model.onnx``, ``tokenizer.json`` and ``config.json``, or of its model file.

    Parameters
    ----------
    source : path
        The folder, or an .onnx file in it.
    classes : sequence of str, optional
        By default those of ``id2label`` in config.json.
    batch_size : int
        Texts per run.
    providers : sequence of str, optional
        onnxruntime's execution providers; the CPU by default.

    Raises
    ------
    ModelFileError
        A file is missing, or is not what its name says, or the model is none for whole texts.
    MissingExtraError
        onnxruntime or tokenizers is not installed.
    """
    source = Path(source)
    file = source if source.suffix == ".onnx" else source / "model.onnx"
    folder = file.parent
    for needed in (file, folder / "tokenizer.json", folder / "config.json"):
        if not needed.is_file():
            raise ModelFileError(f"{source}: expected {file.name}, tokenizer.json and config.json, found no {needed}")
    try:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("onnxruntime", "onnx") from error
    config, settings = read_json(folder / "config.json"), read_json(folder / "tokenizer_config.json")
    names = class_names(classes, labels_of(config))
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        session = InferenceSession(str(file), providers=list(providers or ("CPUExecutionProvider",)))
    except Exception as error:
        raise ModelFileError(f"{source}: the model or its tokenizer could not be read: {in_one_line(error)}") from error
    inputs = [node.name for node in session.get_inputs()]
    if "input_ids" not in inputs or not set(inputs) <= set(KNOWN_INPUTS):
        raise ModelFileError(f"{source}: expected a model with inputs among {', '.join(KNOWN_INPUTS)}, found {inputs}")
    tokenizer.enable_truncation(limit_of(config, settings))
    tokenizer.no_padding()
    mask = next((token for token in MASK_TOKENS if tokenizer.token_to_id(token) is not None), None)
    run = _forward(session, tokenizer, inputs, len(names), batch_size)
    return Classifier(
        lambda texts: softmax(run(texts)), names, mask_token=mask, batch_size=128, name=f"ONNX {file.name}"
    )


def _forward(session: Any, tokenizer: Any, inputs: list[str], n: int, batch_size: int) -> Any:
    narrow = [node.name for node in session.get_inputs() if node.type == "tensor(int32)"]
    outputs = [node.name for node in session.get_outputs()]
    wanted = "logits" if "logits" in outputs else outputs[0]

    def forward(texts: Sequence[str]) -> FloatArray:
        encoded = [found.ids for found in tokenizer.encode_batch(list(texts))]
        order = np.argsort([-len(ids) for ids in encoded], kind="stable")
        logits = np.empty((len(texts), n))
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size].tolist()
            width = len(encoded[rows[0]])
            ids = np.zeros((len(rows), width), dtype=np.int64)
            attention = np.zeros_like(ids)
            for line, row in enumerate(rows):
                ids[line, : len(encoded[row])] = encoded[row]
                attention[line, : len(encoded[row])] = 1
            arrays = dict(zip(KNOWN_INPUTS, (ids, attention, np.zeros_like(ids)), strict=True))
            feed = {name: arrays[name].astype(np.int32) if name in narrow else arrays[name] for name in inputs}
            answer = np.asarray(session.run([wanted], feed)[0])
            if answer.shape != (len(rows), n):
                raise ClassifierError(
                    f"expected the output {wanted} of the shape ({len(rows)} texts, {n} classes), found "
                    f"{answer.shape}: is this a model for whole texts?"
                )
            logits[rows] = answer
        return logits

    return forward
