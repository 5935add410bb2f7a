"""Token classifiers in the ONNX format as taggers: onnxruntime and tokenizers, without torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from ner_lime.errors import InputError, MissingExtraError, ModelFileError, UnsupportedTaggerError
from ner_lime.taggers.subword_tagger import Forward, SubwordTagger
from ner_lime.taggers.subwords import Aggregation, Vocabulary, frame, is_spaced
from ner_lime.types import FloatArray, IntArray

USUAL_LENGTH = 512
"""Subwords seen at once where config.json names no limit."""

KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MASKS = ("[MASK]", "<mask>")
UNKNOWNS = ("[UNK]", "<unk>")
PADDINGS = ("[PAD]", "<pad>")


class OnnxTagger(SubwordTagger):
    """An ONNX token classifier with its tokenizer.

    Whole words are masked: the mask token stands for every subword of a hidden word.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Inputs ``input_ids``, ``attention_mask`` and perhaps ``token_type_ids``, of any batch size and length; the
        output named ``logits``, or the first one.
    tokenizer : tokenizers.Tokenizer
    labels : sequence of str
        In the order of the outputs.
    aggregation : "first", "mean" or "max"
        A word's probabilities from its subwords: its first one; their mean; the one that is surest of its label.
    batch_size : int or None
        Sequences per run; None: as many as make 2,048 subwords. Halved, for good, when memory runs out.
    max_length : int
        Subwords that the model sees at once. Longer sentences go through overlapping windows.

    Raises
    ------
    UnsupportedTaggerError
        The session wants other inputs.
    InputError
        An option out of range.
    """

    def __init__(
        self,
        session: Any,
        tokenizer: Any,
        labels: Sequence[str],
        *,
        aggregation: Aggregation = "first",
        batch_size: int | None = None,
        max_length: int = USUAL_LENGTH,
    ) -> None:
        super().__init__(
            labels,
            _vocabulary(tokenizer),
            _forward(session),
            aggregation=aggregation,
            capacity=max_length,
            batch_size=batch_size,
        )

    @classmethod
    def from_model(cls, source: str | Path, *, providers: Sequence[str] | None = None, **options: Any) -> Self:
        """A tagger of a local folder with ``model.onnx``, ``tokenizer.json`` and ``config.json``, or of its model file.

        Parameters
        ----------
        source : path
            The folder, or an .onnx file in it.
        providers : sequence of str or None
            onnxruntime's execution providers; None: the CPU.
        options
            As for the class; `max_length` is the model's own limit by default.

        Raises
        ------
        ModelFileError
            A file is missing, or is not what its name says.
        MissingExtraError
            onnxruntime or tokenizers is not installed.
        """
        model = Path(source)
        if model.suffix != ".onnx":
            model = model / "model.onnx"
        for file in (model, model.with_name("tokenizer.json"), model.with_name("config.json")):
            if not file.is_file():
                raise ModelFileError(
                    f"{source}: expected {model.name}, tokenizer.json and config.json, found no {file}"
                )
        try:
            from onnxruntime import InferenceSession
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError("onnxruntime", "onnx") from error
        labels, limit = _read_config(model.with_name("config.json"))
        asked = options.setdefault("max_length", limit)
        if asked > limit:
            raise InputError(f"expected max_length of at most {limit} (the model's limit), found {asked}")
        try:
            tokenizer = Tokenizer.from_file(str(model.with_name("tokenizer.json")))
            session = InferenceSession(str(model), providers=list(providers or ("CPUExecutionProvider",)))
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            raise ModelFileError(f"{source}: the model or its tokenizer could not be read: {reason}") from error
        return cls(session, tokenizer, labels, **options)


def _read_config(path: Path) -> tuple[list[str], int]:
    """Labels and the most subwords at once, from the config.json of the transformers library."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        names = {int(number): str(name) for number, name in config["id2label"].items()}
        labels = [names[number] for number in range(len(names))]
        positions = int(config.get("max_position_embeddings") or USUAL_LENGTH)
        # Models of the RoBERTa family number positions from pad_token_id + 1 on: a round number of them is of use.
        usable = positions - int(config.get("pad_token_id") or 0) - 1
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path}: expected id2label with labels numbered from 0: {error!r}") from error
    return labels, usable if usable > 0 and usable % 64 == 0 else positions


def _vocabulary(tokenizer: Any) -> Vocabulary:
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def encode(texts: list[str]) -> list[list[int]]:
        return [found.ids for found in tokenizer.encode_batch(texts, add_special_tokens=False)]

    def special(names: Sequence[str]) -> tuple[str, int] | None:
        numbers = [(name, tokenizer.token_to_id(name)) for name in names]
        return next(((name, number) for name, number in numbers if number is not None), None)

    mask, padding = special(MASKS), special(PADDINGS)
    unknown = special(UNKNOWNS) or mask or padding
    before, after = frame(encode(["a"])[0], tokenizer.encode("a").ids)
    return Vocabulary(
        encode=encode,
        prefix=before,
        suffix=after,
        unknown=unknown[1] if unknown else 0,
        padding=padding[1] if padding else 0,
        mask=mask,
        spaced=is_spaced(encode),
    )


def _forward(session: Any) -> Forward:
    inputs = [node.name for node in session.get_inputs()]
    if "input_ids" not in inputs or not set(inputs) <= set(KNOWN_INPUTS):
        raise UnsupportedTaggerError(f"expected a model with inputs among {', '.join(KNOWN_INPUTS)}, found {inputs}")
    narrow = [node.name for node in session.get_inputs() if node.type == "tensor(int32)"]
    outputs = [node.name for node in session.get_outputs()]
    wanted = "logits" if "logits" in outputs else outputs[0]

    def forward(ids: IntArray, attention: IntArray) -> FloatArray:
        arrays = dict(zip(KNOWN_INPUTS, (ids, attention, np.zeros_like(ids)), strict=True))
        feed = {name: arrays[name].astype(np.int32) if name in narrow else arrays[name] for name in inputs}
        return np.asarray(session.run([wanted], feed)[0])

    return forward
