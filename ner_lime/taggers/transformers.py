"""Token classifiers of the transformers library as taggers."""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, Self

import numpy as np

from ner_lime.errors import InputError, MissingExtraError, ModelFileError, UnsupportedTaggerError, in_one_line
from ner_lime.taggers.subword.aggregation import Aggregation
from ner_lime.taggers.subword.config import check_architecture, check_head, labels_of, limit_of, read_json
from ner_lime.taggers.subword.tagger import SubwordTagger
from ner_lime.taggers.subword.text_encoding import TextEncoding
from ner_lime.taggers.subword.vocabulary import Vocabulary, probe_tokenizer
from ner_lime.types import FloatArray, IntArray

WEIGHTS = ("*.safetensors", "*.bin")
VOCABULARIES = ("tokenizer.json", "vocab*", "*.model")
OTHER_INPUTS = ("bbox", "pixel_values", "image", "xpath_tags_seq", "input_features")
"""Parameters of models that read boxes, pictures, markup or sound beside or instead of a text."""
AGGREGATIONS: dict[str, Aggregation] = {"first": "first", "average": "mean", "max": "max"}
"""The aggregation strategies of ``transformers.pipeline`` that concern words, and ours."""


class TransformersTagger(SubwordTagger):
    """A token classification model with its tokenizer.

    Follows `Tagger`, `SupportsText`, `SupportsMasks`, `SupportsMaskToken`.

    Whole words are masked: the mask token stands for every subword of a hidden word.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        With ``config.id2label``. It is put into evaluation mode, and moved where `device` or `dtype` ask for it.
    tokenizer : transformers.PreTrainedTokenizerBase
    aggregation : "first", "mean" or "max"
        A word's probabilities from its subwords: its first one; their mean; the one that is surest of its label (the
        "first", "average" and "max" of ``transformers.pipeline``).
    device : str or None
        None: where the model is, the CPU unless it was moved. "auto": CUDA or MPS where there is one.
    dtype : str or None
        "float32", "bfloat16" or "float16"; None: as the model is.
    batch_size : int or None
        Sequences per forward pass; None: found by trying, from 1,024 subwords on. Fewer when memory runs out.
    max_length : int or None
        Subwords seen at once; None: the model's own limit. Longer sentences go through overlapping windows.

    Raises
    ------
    UnsupportedTaggerError
        No model with labels, or no tokenizer; a model that reads more than text (boxes, pictures), or whose labels do
        not exclude each other.
    InputError
        An option out of range.

    Examples
    --------
    >>> tagger = TransformersTagger.from_folder("my-bert", aggregation="max")
    >>> tagger.predict_proba([["Web", "design"]])[0].shape == (2, len(tagger.labels))
    True
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        aggregation: Aggregation = "first",
        device: str | None = None,
        dtype: str | None = None,
        batch_size: int | None = None,
        max_length: int | None = None,
    ) -> None:
        config = getattr(model, "config", None)
        if not getattr(config, "id2label", None) or not callable(tokenizer):
            raise UnsupportedTaggerError(
                "expected a token classification model with config.id2label and its tokenizer, found "
                f"{type(model).__name__} and {type(tokenizer).__name__}"
            )
        check_head(config)
        _check_inputs(model)
        model.train(False)  # no dropout
        if device is not None:
            _move(model, _best_device() if device == "auto" else device)
        if dtype is not None:
            model.to(_dtype(dtype))
        super().__init__(
            labels_of(config),
            _vocabulary(tokenizer),
            _forward(model),
            aggregation=aggregation,
            capacity=limit_of(config, tokenizer, max_length),
            batch_size=batch_size,
        )

    @classmethod
    def from_model(cls, source: Any, *, allow_code: bool = False, allow_pickle: bool = False, **options: Any) -> Self:
        """A tagger of a (model, tokenizer) pair, a ``transformers.pipeline``, or a local folder.

        Parameters
        ----------
        source
            The model.
        allow_code, allow_pickle : bool
            For a folder: see `from_folder`.
        options
            As for the class; the aggregation of a pipeline is its own ``aggregation_strategy`` by default ("first"
            where that says nothing of words).

        Raises
        ------
        UnsupportedTaggerError
            None of these.
        ModelFileError, MissingExtraError
            See `from_folder`.
        """
        if isinstance(source, str | Path):
            return cls.from_folder(source, allow_code=allow_code, allow_pickle=allow_pickle, **options)
        if isinstance(source, tuple) and len(source) == 2:
            return cls(*source, **options)
        model, tokenizer = getattr(source, "model", None), getattr(source, "tokenizer", None)
        if model is None or tokenizer is None:
            raise UnsupportedTaggerError(
                "expected a (model, tokenizer) pair, a token-classification pipeline or a folder, found "
                f"{type(source).__name__}"
            )
        options.setdefault("aggregation", _aggregation_of(source))
        return cls(model, tokenizer, **options)

    @classmethod
    def from_folder(
        cls, folder: str | Path, *, allow_code: bool = False, allow_pickle: bool = False, **options: Any
    ) -> Self:
        """A tagger of what ``save_pretrained`` wrote; nothing is downloaded.

        Parameters
        ----------
        folder : path
        allow_code : bool
            Run the Python files of a folder whose model needs them. They can do anything: only for folders you trust.
        allow_pickle : bool
            Read weights that are not in the safetensors format. Only for folders you trust.
        options
            As for the class.

        Raises
        ------
        ModelFileError
            No such folder, no token classifier in it, or one that needs what was not allowed.
        MissingExtraError
            transformers or torch is not installed.
        """
        _check_files(Path(folder))
        try:
            import_module("torch")  # transformers itself says only much later that it is missing
            from transformers import AutoModelForTokenClassification, AutoTokenizer
            from transformers.utils import logging
        except ImportError as error:
            raise MissingExtraError("transformers", "transformers") from error
        local = {"local_files_only": True, "trust_remote_code": allow_code}
        shows_progress = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()  # a second is no time to watch
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(folder), **local)
            model, loaded = AutoModelForTokenClassification.from_pretrained(
                str(folder), use_safetensors=None if allow_pickle else True, output_loading_info=True, **local
            )
        except Exception as error:  # whatever a broken file does to the library
            mend = _mend(Path(folder), allow_code=allow_code, allow_pickle=allow_pickle)
            raise ModelFileError(f"{folder}: no token classifier could be read: {in_one_line(error)}{mend}") from error
        finally:
            if shows_progress:
                logging.enable_progress_bar()
        if loaded["missing_keys"]:
            missing = ", ".join(sorted(loaded["missing_keys"])[:3])
            raise ModelFileError(f"{folder}: expected a trained token classifier, found no weights for {missing}")
        try:
            return cls(model, tokenizer, **options)
        except UnsupportedTaggerError as error:
            raise ModelFileError(f"{folder}: {error}") from error


def _check_inputs(model: Any) -> None:
    """Refuse a model that reads more than a text: without its boxes or pictures it would answer something else."""
    parameters = signature(getattr(model, "forward", model)).parameters
    found = [name for name in OTHER_INPUTS if name in parameters]
    if found:
        raise UnsupportedTaggerError(
            f"expected a model that reads text alone, found {type(model).__name__}, which also reads "
            f"{', '.join(found)}: give as_tagger a function from token lists to probabilities that adds them, and "
            "labels=[...]"
        )


def _aggregation_of(pipeline: Any) -> Aggregation:
    """The aggregation of a ``transformers.pipeline``; "none" and "simple" label subwords and say nothing of words."""
    strategy = getattr(pipeline, "_postprocess_params", {}).get("aggregation_strategy")
    return AGGREGATIONS.get(str(getattr(strategy, "value", strategy)), "first")


def _check_files(folder: Path) -> None:
    """Refuse half a folder: the library fills in what is missing without a word, even a tokenizer's settings."""
    wanted = "config.json, tokenizer.json, tokenizer_config.json and model.safetensors"
    if not folder.is_dir():
        raise ModelFileError(f"{folder}: expected a folder with {wanted}, found none")
    for patterns in (("config.json",), ("tokenizer_config.json",), WEIGHTS):
        if not any(path for pattern in patterns for path in folder.glob(pattern)):
            missing = "model.safetensors" if patterns == WEIGHTS else patterns[0]
            raise ModelFileError(
                f"{folder}: expected {wanted}, found no {missing}: write it with save_pretrained of the "
                f"{'tokenizer' if 'tokenizer' in missing else 'model'}"
            )
    try:
        check_architecture(read_json(folder / "config.json"))
    except UnsupportedTaggerError as error:
        raise ModelFileError(f"{folder}: {error}") from error


def _mend(folder: Path, *, allow_code: bool, allow_pickle: bool) -> str:
    """What would help, if it is a matter of trust or of a missing file."""
    if not allow_code and any(folder.glob("*.py")):
        return ". It holds Python files: if you trust them, allow_code=True"
    if not allow_pickle and any(folder.glob("*.bin")) and not any(folder.glob("*.safetensors")):
        return ". Its weights are pickled: save them as safetensors, or if you trust them, allow_pickle=True"
    if not any(path for pattern in VOCABULARIES for path in folder.glob(pattern)):
        return ". It holds no tokenizer.json: write it with save_pretrained of the tokenizer"
    return ""


def _vocabulary(tokenizer: Any) -> Vocabulary:
    def encode(texts: list[str]) -> list[list[int]]:
        found: list[list[int]] = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
        return found

    def encode_text(texts: list[str]) -> list[TextEncoding]:
        found = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return [TextEncoding(one.ids, one.offsets, one.word_ids) for one in found.encodings]

    mask, padding = tokenizer.mask_token, tokenizer.pad_token_id or 0
    candidates = (tokenizer.unk_token_id, tokenizer.mask_token_id, padding)
    before, after, spaced = probe_tokenizer(
        encode, lambda text: tokenizer([text])["input_ids"][0], tokenizer.get_vocab, tokenizer.all_special_ids
    )
    return Vocabulary(
        encode=encode,
        prefix=before,
        suffix=after,
        unknown=next(number for number in candidates if number is not None),
        padding=padding,
        mask=None if mask is None else (str(mask), int(tokenizer.mask_token_id)),
        spaced=spaced,
        encode_text=encode_text if getattr(tokenizer, "is_fast", False) else None,
    )


def _forward(model: Any) -> Any:
    import torch

    def forward(ids: IntArray, attention: IntArray) -> FloatArray:
        with torch.inference_mode():
            logits = model(
                input_ids=torch.from_numpy(ids).to(model.device),
                attention_mask=torch.from_numpy(attention).to(model.device),
            ).logits
        return np.asarray(logits.float().cpu().numpy())

    return forward


def _move(model: Any, device: str) -> None:
    try:
        model.to(device)
    except (RuntimeError, AssertionError, ValueError, TypeError) as error:  # torch has one for each reason
        raise InputError(
            f'expected a device of this machine, such as "cpu" or "auto", found {device!r}: {in_one_line(error)}'
        ) from error


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(name: str) -> Any:
    import torch

    if name not in ("float32", "bfloat16", "float16"):
        raise InputError(f'expected dtype "float32", "bfloat16" or "float16", found {name!r}')
    return getattr(torch, name)
