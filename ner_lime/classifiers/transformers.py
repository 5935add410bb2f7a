"""Hugging Face's sequence classification and image classification models as classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ner_lime.classifiers.classifier import Classifier, class_names, softmax
from ner_lime.errors import MissingExtraError, ModelFileError, UnsupportedClassifierError, in_one_line
from ner_lime.taggers.subword.config import limit_of, read_json
from ner_lime.types import FloatArray

TASKS = {"ForSequenceClassification": "text", "ForImageClassification": "image"}
DEFAULT_BATCH = 32


def from_transformers(
    source: Any,
    *,
    classes: Sequence[str] | None = None,
    batch_size: int = DEFAULT_BATCH,
    allow_pickle: bool = False,
) -> Classifier:
    """A classifier of a (model, tokenizer) or (model, image processor) pair, a pipeline, or a local folder.

    Texts longer than the model's limit are cut there, as its pipeline cuts them. A model with one output is a
    regressor; one for several labels at once ("multi_label_classification") gives a sigmoid each.

    Parameters
    ----------
    source
        The model.
    classes : sequence of str, optional
        By default those of ``config.id2label``.
    batch_size : int
        Inputs per forward pass; texts are sorted by length.
    allow_pickle : bool
        For a folder: read weights that are not in the safetensors format. Only for folders you trust.

    Raises
    ------
    UnsupportedClassifierError, ModelFileError, MissingExtraError
        None of these; a folder that can't be read; transformers or torch is not installed.
    """
    if isinstance(source, str | Path):
        source = _load(Path(source), allow_pickle=allow_pickle)
    if isinstance(source, tuple) and len(source) == 2:
        model, processor = source
    else:
        model = getattr(source, "model", None)
        processor = getattr(source, "tokenizer", None) or getattr(source, "image_processor", None)
    config = getattr(model, "config", None)
    if config is None or processor is None or not getattr(config, "id2label", None):
        raise UnsupportedClassifierError(
            "expected a model with config.id2label and its tokenizer or image processor, found "
            f"{type(source).__name__}: give (model, tokenizer)"
        )
    kind = next((kind for task, kind in TASKS.items() if task in type(model).__name__), None)
    if kind is None:
        raise UnsupportedClassifierError(
            f"expected a model for sequence or image classification, found {type(model).__name__}: "
            "token classifiers are for as_tagger and NERExplainer"
        )
    model.train(False)  # no dropout
    n = int(config.num_labels)
    names = class_names(classes, [config.id2label[k] for k in range(n)], n)
    problem = getattr(config, "problem_type", None)
    forward = _of_texts(model, processor, batch_size) if kind == "text" else _of_images(model, processor, batch_size)
    single = problem not in ("multi_label_classification", "regression") and n > 1

    def values(inputs: Any) -> FloatArray:
        logits = forward(inputs)
        if single:
            return softmax(logits)
        return np.asarray(1.0 / (1.0 + np.exp(-logits)) if problem == "multi_label_classification" else logits)

    return Classifier(
        values,
        names,
        is_distribution=single,
        mask_token=getattr(processor, "mask_token", None) if kind == "text" else None,
        batch_size=max(batch_size, 128),
        name=type(model).__name__,
    )


def _of_texts(model: Any, tokenizer: Any, batch_size: int) -> Any:
    import torch

    limit = limit_of(model.config, tokenizer)

    def forward(texts: Sequence[str]) -> FloatArray:
        encoded = tokenizer(list(texts), truncation=True, max_length=limit, verbose=False)
        n_subwords = np.array([len(ids) for ids in encoded["input_ids"]])
        order = np.argsort(-n_subwords, kind="stable")
        logits = np.empty((len(texts), int(model.config.num_labels)))
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size].tolist()
            batch = {name: [column[row] for row in rows] for name, column in encoded.items()}
            padded = tokenizer.pad(batch, return_tensors="pt").to(model.device)
            with torch.inference_mode():
                logits[rows] = model(**padded).logits.float().cpu().numpy()
        return logits

    return forward


def _of_images(model: Any, processor: Any, batch_size: int) -> Any:
    import torch

    def forward(images: Sequence[Any]) -> FloatArray:
        found = []
        for first in range(0, len(images), batch_size):
            batch = [_as_bytes(image) for image in images[first : first + batch_size]]
            pixels = processor(images=batch, return_tensors="pt").to(model.device)
            with torch.inference_mode():
                found.append(model(**pixels).logits.float().cpu().numpy())
        return np.concatenate(found)

    return forward


def _as_bytes(image: Any) -> Any:
    """What image processors expect: (H, W, 3) of 0 to 255."""
    array = np.asarray(image)
    if array.ndim == 2:
        array = np.repeat(array[:, :, None], 3, axis=2)
    if array.dtype.kind == "f" and array.max(initial=0.0) <= 1.0:
        array = array * 255.0
    return np.clip(np.round(array), 0, 255).astype(np.uint8)


def _load(folder: Path, *, allow_pickle: bool) -> tuple[Any, Any]:
    """Model and processor of what ``save_pretrained`` wrote; nothing is downloaded, no code of the folder is run."""
    config = read_json(folder / "config.json")
    architectures = getattr(config, "architectures", None) or []
    kind = next((kind for task, kind in TASKS.items() if any(task in name for name in architectures)), None)
    if kind is None:
        raise ModelFileError(
            f"{folder}: expected a model for sequence or image classification, found "
            f"{', '.join(architectures) or 'no architecture'}"
        )
    try:
        import_module("torch")
        transformers = import_module("transformers")
    except ImportError as error:
        raise MissingExtraError("transformers", "transformers") from error
    if kind == "text":
        auto, processor = transformers.AutoModelForSequenceClassification, transformers.AutoTokenizer
    else:
        auto, processor = transformers.AutoModelForImageClassification, transformers.AutoImageProcessor
    local = {"local_files_only": True, "trust_remote_code": False}
    shows_progress = transformers.utils.logging.is_progress_bar_enabled()
    transformers.utils.logging.disable_progress_bar()  # a second is no time to watch
    try:
        model, loaded = auto.from_pretrained(
            str(folder), use_safetensors=None if allow_pickle else True, output_loading_info=True, **local
        )
        reader = processor.from_pretrained(str(folder), **local)
    except Exception as error:  # whatever a broken file does to the library
        raise ModelFileError(f"{folder}: no classifier could be read: {in_one_line(error)}") from error
    finally:
        if shows_progress:
            transformers.utils.logging.enable_progress_bar()
    if loaded["missing_keys"]:
        missing = ", ".join(sorted(loaded["missing_keys"])[:3])
        raise ModelFileError(f"{folder}: expected a trained classifier, found no weights for {missing}")
    return model, reader
