"""A service that classifies texts: `HttpTagger`'s client, limits, retries, cache and budget.

To the client a text is a sentence of one word, and its class that word's label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ner_lime.classifiers.classifier import Classifier
from ner_lime.errors import InputError, TaggerError
from ner_lime.taggers.http.formats import HttpFormat
from ner_lime.taggers.http.policy import HttpPolicy
from ner_lime.taggers.http.tagger import HttpTagger
from ner_lime.types import FloatArray, Tokens


def _texts(sentences: Sequence[Tokens]) -> list[str]:
    return [sentence[0] for sentence in sentences]


def _request(sentences: Sequence[Tokens]) -> Any:
    return {"texts": _texts(sentences)}


def _answer(answer: Any, _sentences: Sequence[Tokens], _classes: tuple[str, ...] | None) -> Any:
    return answer["classes"], [[row] for row in answer["probabilities"]]


def _hugging_face_request(sentences: Sequence[Tokens]) -> Any:
    return {"inputs": _texts(sentences), "parameters": {"top_k": None}}


def _hugging_face_answer(answer: Any, sentences: Sequence[Tokens], classes: tuple[str, ...] | None) -> Any:
    """For each text a list of ``{"label", "score"}`` with all classes."""
    flat = len(sentences) == 1 and isinstance(answer, list) and answer and isinstance(answer[0], dict)
    texts = [answer] if flat else answer
    names = classes or tuple(sorted(found["label"] for found in texts[0]))
    scores = [{found["label"]: float(found["score"]) for found in findings} for findings in texts]
    for row in scores:
        if set(row) != set(names):
            raise TaggerError(f"expected a score for each of {names!r:.200}, found {tuple(row)!r:.200}")
    return names, [[[row[name] for name in names]] for row in scores]


PRESETS = {
    "ner-lime": HttpFormat("ner-lime classes", _request, _answer, path="/api/classify"),
    "huggingface": HttpFormat("huggingface classes", _hugging_face_request, _hugging_face_answer),
}
"""``{"texts": [...]}`` to ``{"classes": [...], "probabilities": [[...], ...]}``; Hugging Face's text classification."""


def from_url(
    url: str,
    *,
    classes: Sequence[str] | None = None,
    headers: Mapping[str, str] | None = None,
    format: str | HttpFormat = "ner-lime",
    policy: HttpPolicy | None = None,
    cache: str | Path | None = None,
) -> Classifier:
    """A classifier of the service at an address.

    Parameters
    ----------
    url, headers, policy, cache
        As `HttpTagger` takes them.
    classes : sequence of str, optional
        By default those of the first answer.
    format : "ner-lime", "huggingface" or HttpFormat
        One's own is written for sentences of one "word", the text: ``parse`` gives a (1, K) matrix each.

    Raises
    ------
    InputError, MissingExtraError
        As `HttpTagger`; no such format.
    """
    if not isinstance(format, HttpFormat) and format not in PRESETS:
        raise InputError(f"expected format {' or '.join(map(repr, PRESETS))} or an HttpFormat, found {format!r:.100}")
    chosen = format if isinstance(format, HttpFormat) else PRESETS[format]
    tagger = HttpTagger(url, labels=classes, headers=headers, format=chosen, policy=policy, cache=cache)

    def ask(texts: Sequence[str]) -> FloatArray:
        return np.concatenate(tagger.predict_proba([[text] for text in texts]))

    return Classifier(ask, tagger.labels, batch_size=tagger.batch_size, name=repr(tagger))
