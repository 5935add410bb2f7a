"""A service behind HTTP as a tagger, with a cache of its answers and a budget."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from reprlib import repr as repr_short
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.errors import InputError, MissingExtraError, NerLimeError, TaggerError
from ner_lime.taggers.answers import check_probabilities
from ner_lime.taggers.http.cache import AnswerCache, AnswerMemory
from ner_lime.taggers.http.formats import HttpFormat, Parse, Request, ServiceAnswer, resolve_format
from ner_lime.taggers.http.policy import HttpBudget, HttpPolicy, HttpRetry
from ner_lime.taggers.labels import checked_labels, columns
from ner_lime.types import FloatArray, Tagger, Tokens

if TYPE_CHECKING:
    import httpx

    from ner_lime.taggers.subword.aggregation import Aggregation

__all__ = ["HttpBudget", "HttpFormat", "HttpPolicy", "HttpRetry", "HttpTagger"]

_KEY_VERSION = 1
_REPEATS_SECRET = (
    "found a value of headers= or of the address in it, so nothing of it is shown; a label that happens to be such a "
    "value must be among labels=[...]"
)


class HttpTagger:
    """A service that labels tokens. Follows `Tagger`.

    Batches are sent as several requests at once. Where one fails for good, those under way are waited for, their
    answers are cached, and the error is raised; a further call then sends only what is missing. Since a sentence is
    never sent twice, a service whose answers vary is not noticed.

    Parameters
    ----------
    url : str
        The address. What follows "?" is not shown or logged; keys and passwords belong into `headers` all the same.
    labels : sequence of str, optional
        All L labels. Default: those of the first answer, in its order.
    headers : mapping, optional
        Sent with every request, such as ``{"Authorization": "Bearer ..."}``; never shown, logged or stored. They may
        take the place of the content type and the user agent.
    format : str or HttpFormat
        ``"ner-lime"``, ``"huggingface"`` (needs `labels`) or one's own.
    request, parse : callable, optional
        In place of the format's own: ``request(sentences)`` gives what is sent as JSON, ``parse(answer, sentences,
        labels)`` reads what comes back; see `HttpFormat`.
    policy : HttpPolicy
        Batches, rates, time-outs, retries and the budget.
    cache : path, optional
        A file in which answers are kept, so that an interrupted explanation goes on where it was. Its keys are digests
        of the address, the name of the format, `labels` and the words: take another file for another version of the
        service, or where `headers` choose the model. With a `request` or a `parse` of one's own the format must be an
        `HttpFormat`, for its name. Default: they are kept in memory, up to 256 MiB, as long as the tagger lives.

    Raises
    ------
    InputError
        An address, label, header, format or cache that can't be used.
    MissingExtraError
        httpx or tenacity is not installed.

    Examples
    --------
    >>> tagger = HttpTagger("https://example.org/tag?key=secret", labels=["O", "B-PER"])
    >>> tagger, tagger.labels, tagger.calls
    (HttpTagger('https://example.org/tag', format='ner-lime'), ('O', 'B-PER'), 0)
    """

    def __init__(
        self,
        url: str,
        *,
        labels: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        format: str | HttpFormat = "ner-lime",
        request: Request | None = None,
        parse: Parse | None = None,
        policy: HttpPolicy | None = None,
        cache: str | Path | None = None,
    ) -> None:
        self.policy = HttpPolicy() if policy is None else policy
        if not isinstance(self.policy, HttpPolicy):
            raise InputError(f"expected policy=HttpPolicy(...), found {policy!r:.100}")
        self.format = resolve_format(format, request, parse)
        if cache is not None and not (request is None and parse is None):
            raise InputError(
                "expected a name by which cache= knows the answers of one's own request= or parse=: give "
                "format=HttpFormat(name, request, parse) in their place, with another name whenever they change"
            )
        self._given = None if labels is None else checked_labels(labels)
        if self._given is None and self.format.needs_labels:
            raise InputError(
                f"an answer in the format {self.format.name!r} does not name all labels: give labels=[...]"
            )
        self._labels = self._given
        try:
            from ner_lime.taggers.http.client import HttpClient
        except ModuleNotFoundError as error:
            raise MissingExtraError(error.name or "httpx", "http") from error
        self._client = HttpClient(url, headers, self.policy, path=self.format.path)
        self._cache = AnswerMemory() if cache is None else AnswerCache(cache)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        format: str | HttpFormat = "ner-lime",
        tokenizer: str | Path | None = None,
        served_model_name: str | None = None,
        aggregation: Aggregation | None = None,
        draws: int | None = None,
        **options: Any,
    ) -> Tagger:
        """A tagger of an address.

        ``format="vllm"`` makes a `VllmTagger` and needs its `tokenizer`; ``format="openai"`` asks a language model,
        named by `served_model_name`, for `labels`: see `ner_lime.taggers.http.llm`.

        Raises
        ------
        InputError
            An option of one format for another, or one that is missing.
        """
        if format == "openai":
            return cls._of_llm(url, served_model_name, draws or 0, options)
        if draws is not None:
            raise InputError(f"draws= is for format='openai', found format {format!r:.60}")
        own: dict[str, Any] = {
            "tokenizer": tokenizer,
            "served_model_name": served_model_name,
            "aggregation": aggregation,
        }
        given = {name: value for name, value in own.items() if value is not None}
        if format != "vllm":
            if given:
                raise InputError(f"{next(iter(given))}= is for format='vllm', found format {format!r:.60}")
            return cls(url, format=format, **options)
        if tokenizer is None:
            raise InputError("format='vllm' sends subword ids: give tokenizer=, a folder with the tokenizer.json")
        from ner_lime.taggers.http.vllm import VllmTagger

        for name in ("request", "parse", "cache"):
            if name in options:
                raise InputError(f"format='vllm' takes no {name}=")
        return VllmTagger(url, **given, **options)

    @classmethod
    def _of_llm(cls, url: str, name: str | None, draws: int, options: dict[str, Any]) -> HttpTagger:
        from ner_lime.taggers.http.llm import LlmExtraction

        labels = options.get("labels")
        if labels is None or name is None:
            raise InputError("format='openai' asks a language model: give served_model_name= and labels=[...]")
        policy = options.pop("policy", None) or HttpPolicy()
        extraction = LlmExtraction(name, tuple(labels), draws)
        return cls(url, format=extraction.format(), policy=replace(policy, batch_size=1), **options)

    def __repr__(self) -> str:
        return f"HttpTagger({self._client.shown!r}, format={self.format.name!r})"

    @property
    def batch_size(self) -> int:
        """Number of sentences per call that fill all requests that may be under way at once."""
        return self.policy.batch_size * self.policy.concurrency

    @property
    def calls(self) -> int:
        """Requests sent so far, retries among them."""
        return self._client.meter.calls

    @property
    def tokens(self) -> int:
        """Words in them."""
        return self._client.meter.tokens

    @property
    def labels(self) -> tuple[str, ...]:
        """The L labels; the service is asked for a sentence of one word where they are not known yet."""
        if self._labels is None:
            self.predict_proba([["."]])
        return self._labels or ()

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        """For each sentence a (T, L) array. The same sentence is asked for once.

        Raises
        ------
        TaggerError
            The service refused or kept failing, or its answer is not what its format promises.
        BudgetError
            The next request would have exceeded the budget.
        """
        asked = [tuple(str(token) for token in sentence) for sentence in sentences]
        keys = {words: self._key(words) for words in asked if words}
        answers = self._cache.get(list(keys.values()))
        missing = [words for words, key in keys.items() if key not in answers]
        if missing:
            answers |= self._ask(missing)
        matrices = {words: self._matrix(answers[key]) for words, key in keys.items()}
        return [matrices[words] if words else np.zeros((0, len(self.labels))) for words in asked]

    def _ask(self, sentences: Sequence[tuple[str, ...]]) -> dict[str, ServiceAnswer]:
        """All batches, several at once."""
        size = self.policy.batch_size
        batches = [sentences[first : first + size] for first in range(0, len(sentences), size)]
        answers: dict[str, ServiceAnswer] = {}
        stopping = Event()
        faults: list[BaseException] = []
        workers = min(self.policy.concurrency, len(batches))
        with self._client.session() as session, ThreadPoolExecutor(workers) as pool:

            def work(batch: Sequence[tuple[str, ...]]) -> dict[str, ServiceAnswer]:
                try:
                    return self._batch(session, batch, stopping)
                except BaseException as error:
                    faults.append(error)  # before the stop, so the first one is what caused it
                    stopping.set()
                    raise

            try:
                for future in as_completed([pool.submit(work, batch) for batch in batches]):
                    answers |= {} if future.exception() else future.result()
            finally:
                stopping.set()  # an interrupt ends up here: what is under way is waited for, nothing more is sent
        if faults:
            raise faults[0]
        return answers

    def _batch(
        self, session: httpx.Client, sentences: Sequence[tuple[str, ...]], stopping: Event
    ) -> dict[str, ServiceAnswer]:
        """One request; its answers are kept before it counts as done."""
        body = self.format.request(sentences)
        n_words = sum(map(len, sentences))
        found = self._client.post(session, body, n_words, stopping)
        if self.format.used is not None:
            self._client.meter.charge(self.format.used(found) - n_words)
        answers = dict(zip(map(self._key, sentences), self._parse(found, sentences), strict=True))
        self._cache.put(answers)
        return answers

    def _parse(self, found: object, sentences: Sequence[tuple[str, ...]]) -> list[ServiceAnswer]:
        try:
            return self._checked(found, sentences)
        except Exception as error:
            fault = str(error) if isinstance(error, NerLimeError) else f"{type(error).__name__}: {error}"
            start = f"{self._client.shown}: expected an answer in the format {self.format.name!r}: "
            # Looked for in what was not shortened: that may have a part of one.
            if self._client.secrets.within(f"{fault} {found!r}"):
                raise TaggerError(f"{start}{_REPEATS_SECRET}") from None
            raise TaggerError(f"{start}{fault}; found {repr_short(found)}") from error

    def _checked(self, found: object, sentences: Sequence[tuple[str, ...]]) -> list[ServiceAnswer]:
        names, rows = self.format.parse(found, sentences, self._given)
        labels = checked_labels(names)
        if self._client.secrets.within("\n".join(set(labels) - set(self._given or ()))):
            raise TaggerError(_REPEATS_SECRET)
        matrices = list(rows)
        if len(matrices) != len(sentences):
            raise TaggerError(f"expected {len(sentences)} answers, one a sentence, found {len(matrices)}")
        for matrix, words in zip(matrices, sentences, strict=True):
            check_probabilities(matrix, len(words), len(labels), where=f"{words!r:.80}")
        # Cached as they came: the caller renormalises them, and rounding makes a second time differ from the first.
        return [ServiceAnswer(labels, np.array(matrix, dtype=np.float64)) for matrix in matrices]

    def _matrix(self, answer: ServiceAnswer) -> FloatArray:
        """A copy of the answer, with its columns in the order of `labels`."""
        if self._labels is None:
            self._labels = answer.labels
        if answer.labels == self._labels:
            return answer.probabilities.copy()
        matrix = np.zeros((len(answer.probabilities), len(self._labels)))
        matrix[:, columns(answer.labels, self._labels)] = answer.probabilities
        return matrix

    def _key(self, words: tuple[str, ...]) -> str:
        content = json.dumps([_KEY_VERSION, self._client.url, self.format.name, self._given, words])
        return sha256(content.encode("ascii")).hexdigest()
