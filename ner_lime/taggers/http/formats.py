"""Formats of requests and responses: presets by name, and `HttpFormat` for one's own.

``"ner-lime"``: ``{"sentences": [["a", "token", ...], ...]}`` to ``/api/tag`` is answered by ``{"labels": [...],
"probabilities": [[[...], ...], ...]}``, one row a token and one column a label.

``"huggingface"``: ``{"inputs": ["a text", ...]}`` is answered, for each text, by a list of what was found: see
`ner_lime.taggers.http.huggingface`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ner_lime.errors import InputError
from ner_lime.taggers.http.huggingface import huggingface_answer, huggingface_request
from ner_lime.types import FloatArray, Tokens

Parsed: TypeAlias = tuple[Sequence[str], Sequence[Any]]
"""The L labels, and a (T, L) array or nested list for each sentence."""

Request: TypeAlias = Callable[[Sequence[Tokens]], Any]
Parse: TypeAlias = Callable[[Any, Sequence[Tokens], tuple[str, ...] | None], Parsed]


@dataclass(frozen=True, slots=True, eq=False)
class ServiceAnswer:
    """The answer of a service for one sentence: L labels and (T, L) probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> ServiceAnswer(("O", "B-PER"), np.array([[0.25, 0.75]])).labels
    ('O', 'B-PER')
    """

    labels: tuple[str, ...]
    probabilities: FloatArray


@dataclass(frozen=True, slots=True)
class HttpFormat:
    """How a request for some sentences is written, and how its response is read.

    Attributes
    ----------
    name : str
        Answers in a cache are kept apart by it and nothing else of the format: change it whenever `request` or `parse`
        changes. A preset's name is taken.
    request : callable
        Token lists to what is sent as JSON.
    parse : callable
        ``parse(answer, sentences, labels)``: the JSON that came back, what was asked, and the labels that the user gave
        (or None), to the L labels and a (T, L) matrix for each sentence. It may fail in any way on a bad answer.
    path : str
        Where the service listens, if the address says only its host.
    needs_labels : bool
        An answer does not name all labels: the user must.
    used : callable or None
        The tokens that an answer says it took, for the budget; None: the words of the request are counted.

    Examples
    --------
    >>> mine = HttpFormat("mine", lambda sentences: {"texts": sentences}, lambda answer, *_: answer, path="/ner")
    >>> mine.request([["Anna", "sings"]])
    {'texts': [['Anna', 'sings']]}
    """

    name: str
    request: Request
    parse: Parse
    path: str = ""
    needs_labels: bool = False
    used: Callable[[Any], int] | None = None


def resolve_format(chosen: str | HttpFormat, request: Request | None = None, parse: Parse | None = None) -> HttpFormat:
    """A preset by its name, or a format as it is; with a request or a parse of one's own in place of its.

    Raises
    ------
    InputError
        No such preset, or another format with the name of one.
    """
    if not isinstance(chosen, HttpFormat) and chosen not in PRESETS:
        raise InputError(f"expected format {' or '.join(map(repr, PRESETS))} or an HttpFormat, found {chosen!r}")
    if isinstance(chosen, HttpFormat) and PRESETS.get(chosen.name, chosen) != chosen:
        raise InputError(f"expected a name of its own for an HttpFormat, found that of the preset {chosen.name!r}")
    found = chosen if isinstance(chosen, HttpFormat) else PRESETS[chosen]
    if request is None and parse is None:
        return found
    own = [getattr(part, "__qualname__", type(part).__qualname__) for part in (request, parse) if part is not None]
    return HttpFormat(
        name=" ".join([found.name, *own]),
        request=request or found.request,
        parse=parse or found.parse,
        path=found.path if request is None else "",
        needs_labels=found.needs_labels and parse is None,
        used=found.used,
    )


def _ner_lime_request(sentences: Sequence[Tokens]) -> Any:
    return {"sentences": [list(sentence) for sentence in sentences]}


def _ner_lime_answer(answer: Any, _sentences: Sequence[Tokens], _labels: tuple[str, ...] | None) -> Parsed:
    return answer["labels"], answer["probabilities"]


PRESETS = {
    "ner-lime": HttpFormat("ner-lime", _ner_lime_request, _ner_lime_answer, path="/api/tag"),
    "huggingface": HttpFormat("huggingface", huggingface_request, huggingface_answer, needs_labels=True),
}
