"""Token classification models that vLLM serves: label scores of subwords, for the ids that a tokenizer here makes.

``vllm serve MODEL`` answers ``{"model", "task": "token_classify", "input": [[ids], ...]}`` at ``/pooling`` by
``{"data": [{"data": [[a score a label], ...]}, ...]}``, one row a subword: probabilities, or logits where the server
was told so. Since ids are sent, a text is the same to the service as to the model's own pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from ner_lime.errors import InputError, MissingExtraError, ModelFileError, TaggerError, in_one_line
from ner_lime.taggers.http.policy import HttpPolicy
from ner_lime.taggers.subword.aggregation import Aggregation
from ner_lime.taggers.subword.config import labels_of, limit_of, read_json
from ner_lime.taggers.subword.fast_tokenizer import fast_vocabulary, special_tokens
from ner_lime.taggers.subword.tagger import SubwordTagger
from ner_lime.types import FloatArray, IntArray

SUM_TOLERANCE = 1e-3
"""Maximum deviation of a row's sum from 1 for it to be taken as probabilities."""


class VllmTagger(SubwordTagger):
    """A token classification model behind vLLM.

    Follows `Tagger`, `SupportsText`, `SupportsMasks`, `SupportsMaskToken`. Masked sentences are sent as subword ids.

    Parameters
    ----------
    url : str
        The address of the service.
    tokenizer : path
        A folder with the model's ``tokenizer.json``; ``tokenizer_config.json`` and ``config.json`` are read where they
        are there.
    labels : sequence of str, optional
        In the order of the scores; by default those of ``config.json``.
    served_model_name : str, optional
        The name under which the service serves the model, where it serves several.
    aggregation : "first", "mean" or "max"
        A word's probabilities from its subwords'.
    headers : mapping, optional
        Sent with every request; never shown, logged or stored.
    policy : HttpPolicy, optional
        Batches, rates, time-outs, retries and the budget, whose tokens are subwords.

    Raises
    ------
    InputError
        An address, header or option that can't be used; no labels.
    ModelFileError
        The tokenizer can't be read.
    MissingExtraError
        httpx, tenacity or tokenizers is not installed.

    Examples
    --------
    >>> VllmTagger("http://localhost:8000", tokenizer="no-such-folder")
    Traceback (most recent call last):
    ner_lime.errors.ModelFileError: no-such-folder/tokenizer.json: expected the model's fast tokenizer, found none
    """

    def __init__(
        self,
        url: str,
        *,
        tokenizer: str | Path,
        labels: Sequence[str] | None = None,
        served_model_name: str | None = None,
        aggregation: Aggregation = "first",
        headers: Mapping[str, str] | None = None,
        policy: HttpPolicy | None = None,
    ) -> None:
        folder = Path(tokenizer)
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise ModelFileError(f"{path}: expected the model's fast tokenizer, found none")
        config, settings = (read_json(folder / name) for name in ("config.json", "tokenizer_config.json"))
        if labels is None and not hasattr(config, "id2label"):
            raise InputError(f"{folder}: expected a config.json that names the labels, found none: give labels=[...]")
        try:
            from tokenizers import Tokenizer

            from ner_lime.taggers.http.client import HttpClient
        except ModuleNotFoundError as error:
            name = str(error.name)
            raise MissingExtraError(name, "onnx" if name == "tokenizers" else "http") from error
        try:
            own = Tokenizer.from_file(str(path))
        except Exception as error:
            raise ModelFileError(f"{path}: the tokenizer could not be read: {in_one_line(error)}") from error
        self.policy = HttpPolicy() if policy is None else policy
        self._client = HttpClient(url, headers, self.policy, path="/pooling")
        self._model = served_model_name
        self._n_labels = len(labels_of(config) if labels is None else labels)
        super().__init__(
            labels_of(config) if labels is None else labels,
            fast_vocabulary(own, special_tokens(settings)),
            self._scores,
            aggregation=aggregation,
            capacity=limit_of(config, settings),
            batch_size=self.policy.batch_size,
        )

    def __repr__(self) -> str:
        return f"VllmTagger({self._client.shown!r}, {len(self.labels)} labels)"

    @property
    def calls(self) -> int:
        """Requests sent so far, retries among them."""
        return self._client.meter.calls

    def _scores(self, ids: IntArray, attention: IntArray) -> FloatArray:
        """(b, W) subword ids to (b, W, L) logits, by one request."""
        lengths = attention.sum(axis=1)
        rows = [row[:length].tolist() for row, length in zip(ids, lengths, strict=True)]
        body: dict[str, Any] = {"input": rows, "task": "token_classify"}
        if self._model is not None:
            body["model"] = self._model
        with self._client.session() as session:
            answer = self._client.post(session, body, int(lengths.sum()), Event())
        logits = np.zeros((*ids.shape, self._n_labels))
        for number, scores in enumerate(self._rows(answer, lengths.tolist())):
            logits[number, : lengths[number]] = scores
        return logits

    def _rows(self, answer: Any, lengths: Sequence[int]) -> list[FloatArray]:
        try:
            found = [np.asarray(item["data"], dtype=float) for item in answer["data"]]
        except (TypeError, KeyError, ValueError) as error:
            raise self._unexpected(in_one_line(error)) from None
        shapes = [scores.shape for scores in found]
        if shapes != [(length, self._n_labels) for length in lengths]:
            raise self._unexpected(
                f"scores of the shapes {shapes!r:.100}, expected {self._n_labels} for each of {lengths!r:.60} subwords"
            )
        return [_logits(scores) for scores in found]

    def _unexpected(self, found: str) -> TaggerError:
        text = self._client.secrets.redact(found)
        return TaggerError(f"{self._client.shown}: expected the scores of vLLM's token_classify, found {text}")


def _logits(scores: FloatArray) -> FloatArray:
    """Logits of a row of scores: the logarithm of probabilities, anything else as it is."""
    sums = scores.sum(axis=1)
    if scores.min(initial=0.0) < 0.0 or np.abs(sums - 1.0).max(initial=0.0) > SUM_TOLERANCE:
        return scores
    return np.asarray(np.log(np.maximum(scores, np.finfo(float).tiny)))
