"""The config.json of the transformers library: architecture, labels and length limit of a token classifier."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ner_lime.checks import whole_number
from ner_lime.errors import InputError, ModelFileError, UnsupportedTaggerError, in_one_line
from ner_lime.taggers.labels import checked_labels

DEFAULT_LENGTH = 512
"""Maximum number of subwords seen at once where neither the model nor the tokenizer names a limit."""

NO_LIMIT = 10**9
"""Limits from here on mean none: a tokenizer without a limit names 10^30."""

POSITIONS_AFTER_PADDING = frozenset(
    {
        *("camembert", "data2vec-text", "esm", "ibert", "layoutlmv3", "lilt", "longformer", "luke", "markuplm"),
        *("mpnet", "roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod"),
    }
)
"""The model types of RoBERTa's family: they number positions from pad_token_id + 1 on."""


def read_json(path: Path) -> SimpleNamespace:
    """The settings in one of a model's JSON files; nothing where there is no such file.

    Raises
    ------
    ModelFileError
        It is no JSON object.
    """
    try:
        return SimpleNamespace(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return SimpleNamespace()
    except (OSError, ValueError, TypeError) as error:
        raise ModelFileError(f"{path}: expected a JSON object: {in_one_line(error)}") from error


def check_architecture(config: object) -> None:
    """Refuse a model that was made for another task: its last layer may well have the same name.

    Raises
    ------
    UnsupportedTaggerError
        It names its architecture, which is none for token classification.
    """
    names = getattr(config, "architectures", None) or []
    own_code = getattr(config, "auto_map", None) or {}
    known = any("ForTokenClassification" in name for name in (*names, *own_code))
    if names and not known:
        raise UnsupportedTaggerError(f"expected a model for token classification, found {', '.join(names):.200}")


def check_head(config: object) -> None:
    """Refuse a model whose labels do not exclude each other: a sigmoid for each, and no softmax over all.

    Raises
    ------
    UnsupportedTaggerError
        It is trained for several labels a token.
    """
    if getattr(config, "problem_type", None) == "multi_label_classification":
        raise UnsupportedTaggerError(
            "expected labels of which each token has one (a softmax), found a model for several labels a token "
            "(problem_type multi_label_classification, sigmoids): give as_tagger a function that answers, for one of "
            "its labels, the probabilities of having it and not"
        )


def labels_of(config: object) -> tuple[str, ...]:
    """The labels in the order of the model's outputs.

    Raises
    ------
    UnsupportedTaggerError
        They are not numbered from 0 on.
    InputError
        One repeats.
    """
    names: Any = getattr(config, "id2label", None)
    try:
        numbered = {int(number): str(name) for number, name in names.items()}
        labels = [numbered[number] for number in range(len(numbered))]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnsupportedTaggerError(f"expected id2label with labels numbered from 0, found {names!r:.200}") from error
    return checked_labels(labels)


def limit_of(config: object, tokenizer: object, asked: int | None = None) -> int:
    """Maximum number of subwords at once that model and tokenizer both take, and that is asked for.

    Raises
    ------
    InputError
        More are asked for, or no whole number.
    """
    positions = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None) or 0
    if positions and getattr(config, "model_type", None) in POSITIONS_AFTER_PADDING:
        positions -= (getattr(config, "pad_token_id", None) or 0) + 1
    limits = (positions, getattr(tokenizer, "model_max_length", None) or 0)
    limit = min((int(limit) for limit in limits if 0 < limit < NO_LIMIT), default=DEFAULT_LENGTH)
    if asked is None:
        return limit
    whole_number(asked, "max_length", least=1)
    if asked > limit:
        raise InputError(f"expected max_length of at most {limit} (the model's limit), found {asked}")
    return asked
