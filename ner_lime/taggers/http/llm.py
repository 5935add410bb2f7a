"""Label extraction by a language model behind an OpenAI-compatible address (``/v1/chat/completions``).

The words of a sentence are numbered, and the model answers one code letter a word, as a JSON schema asks. A code is
one token of nearly every model, so the log-probabilities of the tokens at its place are those of the labels, given the
codes before it. A service without log-probabilities is asked for several answers, and a label's probability is its
frequency among them: with k draws its standard error is up to 0.5 / sqrt(k), which explanations do not add to theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from string import ascii_letters
from typing import Any

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.errors import InputError, TaggerError
from ner_lime.taggers.http.formats import HttpFormat, Parsed
from ner_lime.taggers.labels import checked_labels
from ner_lime.types import FloatArray, Tokens

TOP = 20
"""Number of alternatives asked for at each token: the maximum that services allow."""

TASK = (
    "Label every word of the sentence. Answer with JSON: the code of each word's label, in the order of the words. "
    "The labels and their codes:"
)


@dataclass(frozen=True, slots=True)
class LlmExtraction:
    """How a language model is asked for the labels of a sentence, one sentence a request.

    Attributes
    ----------
    model : str
        The name of the model at the service.
    labels : tuple of str
        The L labels; O is the label of words that are no part of an entity.
    draws : int
        Number of answers where the service gives no log-probabilities; 0: it must give them.
    guidance : str
        What the labels mean, said to the model before the sentence.

    Raises
    ------
    InputError
        No name of a model, labels that are none or more than 52, or a number of draws that is none.

    Examples
    --------
    >>> LlmExtraction("m", ("O", "B-PER", "I-PER")).request([["Anna", "sings"]])["top_logprobs"]
    20
    """

    model: str
    labels: tuple[str, ...]
    draws: int = 0
    guidance: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.model, str) or not self.model:
            raise InputError(f"expected the name of a model at the service, found {self.model!r:.100}")
        object.__setattr__(self, "labels", checked_labels(self.labels))
        if len(self.labels) > len(ascii_letters):
            raise InputError(f"expected at most {len(ascii_letters)} labels, found {len(self.labels)}")
        whole_number(self.draws, "draws", least=0)

    def format(self) -> HttpFormat:
        """The format for a `HttpTagger`; its name, by which answers are cached, is that of all that is asked."""
        return HttpFormat(
            name=f"openai {json.dumps([self.model, self.draws, self.guidance])}",
            request=self.request,
            parse=self.parse,
            path="/v1/chat/completions",
            used=tokens_used,
        )

    def request(self, sentences: Sequence[Tokens]) -> Any:
        """The body of a request for one sentence."""
        (words,) = sentences
        codes = "\n".join(f"{code} = {label}" for code, label in zip(ascii_letters, self.labels, strict=False))
        numbered = "\n".join(f"{number}: {word}" for number, word in enumerate(words))
        code = {"type": "string", "enum": list(ascii_letters[: len(self.labels)])}
        array = {"type": "array", "items": code, "minItems": len(words), "maxItems": len(words)}
        schema = {
            "type": "object",
            "properties": {"labels": array},
            "required": ["labels"],
            "additionalProperties": False,
        }
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": "\n".join(filter(None, [TASK, codes, self.guidance]))},
                {"role": "user", "content": numbered},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "labels", "strict": True, "schema": schema},
            },
        }
        if self.draws:
            return {**body, "n": self.draws, "temperature": 1.0}
        return {**body, "temperature": 0.0, "logprobs": True, "top_logprobs": TOP}

    def parse(self, answer: Any, sentences: Sequence[Tokens], _labels: tuple[str, ...] | None) -> Parsed:
        """(T, L) probabilities of one sentence.

        Raises
        ------
        TaggerError
            Another number of codes than words, an unknown code, or no log-probabilities and no draws.
        """
        (words,) = sentences
        choices = answer["choices"]
        if self.draws:
            rows = [self._codes(choice["message"]["content"], len(words)) for choice in choices]
            counts = np.zeros((len(words), len(self.labels)))
            for row in rows:
                counts[np.arange(len(words)), [column for column, _ in row]] += 1.0
            return self.labels, [counts / len(rows)]
        content = (choices[0].get("logprobs") or {}).get("content")
        if not content:
            raise TaggerError("expected log-probabilities, found none: ask for several answers with draws=")
        return self.labels, [self._from_logprobs(content, len(words))]

    def _codes(self, text: str, n_words: int) -> list[tuple[int, int]]:
        """The column of each word's label, and where its code stands in the text."""
        start = text.index("[", text.index('"labels"'))
        found = [(match[1], start + match.start(1)) for match in re.finditer(r'"([^"]*)"', text[start:])]
        if len(found) != n_words:
            raise TaggerError(f"expected the codes of {n_words} words, found {len(found)}")
        known = {code: column for column, code in enumerate(ascii_letters[: len(self.labels)])}
        for code, _ in found:
            if code not in known:
                raise TaggerError(f"expected codes out of {''.join(known)}, found {code!r:.20}")
        return [(known[code], place) for code, place in found]

    def _from_logprobs(self, content: Sequence[Any], n_words: int) -> FloatArray:
        """Shares of the codes among the alternatives at each code's token, made to add up to 1."""
        text = "".join(token["token"] for token in content)
        ends = np.cumsum([len(token["token"]) for token in content])
        matrix = np.zeros((n_words, len(self.labels)))
        for word, (column, place) in enumerate(self._codes(text, n_words)):
            token = content[int(np.searchsorted(ends, place, side="right"))]
            for other in token.get("top_logprobs") or [token]:
                code = re.sub(r"[^A-Za-z]", "", other["token"])
                if len(code) == 1 and ascii_letters.index(code) < len(self.labels):
                    matrix[word, ascii_letters.index(code)] += exp(other["logprob"])
            if not matrix[word].any():
                matrix[word, column] = 1.0
        return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def tokens_used(answer: Any) -> int:
    """Tokens that a request and its answer took, as the service counts them; 0 where it does not say."""
    usage = answer.get("usage") if isinstance(answer, dict) else None
    return int((usage or {}).get("total_tokens") or 0)
