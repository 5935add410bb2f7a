"""Token classifiers in the ONNX format as taggers: onnxruntime and tokenizers, without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from ner_lime.errors import MissingExtraError, ModelFileError, UnsupportedTaggerError, in_one_line
from ner_lime.taggers.subword.aggregation import Aggregation
from ner_lime.taggers.subword.config import (
    DEFAULT_LENGTH,
    check_architecture,
    check_head,
    labels_of,
    limit_of,
    read_json,
)
from ner_lime.taggers.subword.fast_tokenizer import fast_vocabulary
from ner_lime.taggers.subword.fast_tokenizer import special_tokens as read_special_tokens
from ner_lime.taggers.subword.tagger import Forward, SubwordTagger, logger
from ner_lime.types import FloatArray, IntArray

KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
PROBE_ROWS, PROBE_LENGTH = 8, 6
"""Shape of the sequences that show whether answers depend on the batch."""
MAX_DIFFERENCE = 1e-3
"""Maximum relative difference of logits that other sequences of a batch may make; rounding makes 1e-6."""


class OnnxTagger(SubwordTagger):
    """An ONNX token classifier with its tokenizer.

    Follows `Tagger`, `SupportsText`, `SupportsMasks`, `SupportsMaskToken`.

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
        Sequences per run; None: found by trying, from 1,024 subwords on. Fewer when memory runs out; one where the
        answers depend on the other sequences of a run (dynamic quantisation).
    max_length : int
        Subwords that the model sees at once. Longer sentences go through overlapping windows.
    special_tokens : mapping, optional
        ``mask_token``, ``unk_token`` and ``pad_token`` of this tokenizer, where they are not BERT's or RoBERTa's.

    Raises
    ------
    UnsupportedTaggerError
        The session wants other inputs or gives other outputs; the tokenizer knows no words.
    InputError
        An option out of range.

    Examples
    --------
    >>> tagger = OnnxTagger.from_model("my-bert-onnx")
    >>> tagger.predict_proba([["Web", "design"]])[0].shape == (2, len(tagger.labels))
    True
    """

    def __init__(
        self,
        session: Any,
        tokenizer: Any,
        labels: Sequence[str],
        *,
        aggregation: Aggregation = "first",
        batch_size: int | None = None,
        max_length: int = DEFAULT_LENGTH,
        special_tokens: Mapping[str, str] | None = None,
    ) -> None:
        forward = _forward(session, len(labels))
        if batch_size != 1 and depends_on_batch(forward, int(tokenizer.get_vocab_size())):
            logger.warning(
                "the ONNX model's answers depend on the other sequences of a batch, as those of a dynamically "
                "quantised model do: it is asked one sequence at a time"
            )
            batch_size = 1
        super().__init__(
            labels,
            fast_vocabulary(tokenizer, special_tokens or {}),
            forward,
            aggregation=aggregation,
            capacity=max_length,
            batch_size=batch_size,
        )

    @classmethod
    def from_model(cls, source: str | Path, *, providers: Sequence[str] | None = None, **options: Any) -> Self:
        """A tagger of a local folder with ``model.onnx``, ``tokenizer.json`` and ``config.json``, or of its model file.

        The model may also be in the folder's subfolder ``onnx``, and have another name where it is the only one.
        ``tokenizer_config.json`` is read where it is there.

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
        model = _model_file(Path(source))
        folder = model.parents[1 if model.parent.name == "onnx" and not _has_config(model.parent) else 0]
        for file in (model, folder / "tokenizer.json", folder / "config.json"):
            if not file.is_file():
                raise ModelFileError(
                    f"{source}: expected {model.name}, tokenizer.json and config.json, found no {file}"
                )
        try:
            from onnxruntime import InferenceSession
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError("onnxruntime", "onnx") from error
        config, settings = (read_json(folder / name) for name in ("config.json", "tokenizer_config.json"))
        try:
            check_architecture(config)
            check_head(config)
            labels = labels_of(config)
        except UnsupportedTaggerError as error:
            raise ModelFileError(f"{folder / 'config.json'}: {error}") from error
        options["max_length"] = limit_of(config, settings, options.get("max_length"))
        options.setdefault("special_tokens", read_special_tokens(settings))
        try:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            session = InferenceSession(str(model), providers=list(providers or ("CPUExecutionProvider",)))
        except Exception as error:
            raise ModelFileError(
                f"{source}: the model or its tokenizer could not be read: {in_one_line(error)}"
            ) from error
        return cls(session, tokenizer, labels, **options)


def _model_file(source: Path) -> Path:
    """The file itself, or the folder's model.onnx, else its only .onnx file."""
    if source.suffix == ".onnx":
        return source
    for folder in (source, source / "onnx"):
        found = sorted(folder.glob("*.onnx"))
        if folder / "model.onnx" in found:
            return folder / "model.onnx"
        if len(found) > 1:
            names = ", ".join(file.name for file in found)
            raise ModelFileError(
                f"{folder}: expected a single .onnx file or model.onnx, found {names}: name one of them"
            )
        if found:
            return found[0]
    return source / "model.onnx"


def _has_config(folder: Path) -> bool:
    return (folder / "config.json").is_file()


def depends_on_batch(forward: Forward, n_ids: int) -> bool:
    """Whether a sequence is answered otherwise beside others of its length than alone.

    Dynamic quantisation scales a layer's inputs by their range over the whole batch.
    """
    ids = np.linspace(0, max(n_ids - 1, 0), PROBE_ROWS * PROBE_LENGTH).astype(np.int64)
    rows = np.random.default_rng(0).permutation(ids).reshape(PROBE_ROWS, PROBE_LENGTH)
    attention = np.ones_like(rows)
    together, alone = forward(rows, attention)[:1], forward(rows[:1], attention[:1])
    return bool(np.abs(together - alone).max(initial=0.0) > MAX_DIFFERENCE * (1.0 + np.abs(alone).max(initial=0.0)))


def _forward(session: Any, n_labels: int) -> Forward:
    inputs = [node.name for node in session.get_inputs()]
    if "input_ids" not in inputs or not set(inputs) <= set(KNOWN_INPUTS):
        raise UnsupportedTaggerError(f"expected a model with inputs among {', '.join(KNOWN_INPUTS)}, found {inputs}")
    for node in session.get_inputs():
        if any(isinstance(size, int) for size in node.shape or ()):
            raise UnsupportedTaggerError(
                f"expected inputs of any batch size and length, found {node.name} of the shape {node.shape}: "
                "export the model with dynamic axes"
            )
    narrow = [node.name for node in session.get_inputs() if node.type == "tensor(int32)"]
    outputs = [node.name for node in session.get_outputs()]
    wanted = "logits" if "logits" in outputs else outputs[0]
    shape = session.get_outputs()[outputs.index(wanted)].shape
    # Sizes that the model leaves open have names, or none.
    if shape and (len(shape) != 3 or (isinstance(shape[2], int) and shape[2] != n_labels)):
        raise UnsupportedTaggerError(
            f"expected the output {wanted} of the shape (sequences, subwords, {n_labels} labels), found {shape}: "
            "is this a model for token classification?"
        )

    def forward(ids: IntArray, attention: IntArray) -> FloatArray:
        arrays = dict(zip(KNOWN_INPUTS, (ids, attention, np.zeros_like(ids)), strict=True))
        feed = {name: arrays[name].astype(np.int32) if name in narrow else arrays[name] for name in inputs}
        return np.asarray(session.run([wanted], feed)[0])

    return forward
