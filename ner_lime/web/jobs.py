"""The work for each request, done in a worker's thread: from checked JSON to the bytes of a response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Event
from time import perf_counter
from typing import Any

from ner_lime.corpus import Sentence
from ner_lime.corpus.sentence import as_sentence
from ner_lime.explainers.sentence.parameters import ExplanationParameters
from ner_lime.explanation import Explanation, TokenExplanation
from ner_lime.render.html import MAX_CONTRIBUTIONS, view_html
from ner_lime.taggers.answers import ask
from ner_lime.taggers.text import tokenizer_of
from ner_lime.types import Tagger
from ner_lime.web.interruptible import Interruptible
from ner_lime.web.limits import Limits
from ner_lime.web.problems import Problem

Request = Mapping[str, Any]
"""JSON that `ner_lime.web.schema.check` has let pass."""


REQUESTED = ("method", "keep", "mask_string", "groups", "context_only")
"""Fields of a request that `ExplanationParameters` takes by the same name."""


@dataclass(frozen=True, slots=True, eq=False)
class Jobs:
    """What the service does with its tagger for each kind of request.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> jobs = Jobs(TriggerTagger([Trigger.all_of("X", 1.0, "a")]), Limits())
    >>> jobs.tag({"sentences": [["a"]]}, Event())
    b'{"labels":["O","X"],"probabilities":[[[0.0,1.0]]]}'
    """

    tagger: Tagger
    limits: Limits

    def tag(self, request: Request, stop: Event) -> bytes:
        """Labels, and a (T, L) matrix for each sentence: what `HttpTagger` asks for."""
        sentences = request["sentences"]
        n_words, most = sum(map(len, sentences)), self.limits.max_batch
        if n_words > most:
            raise Problem(422, "too_many_tokens", f"expected at most {most} words in all sentences, found {n_words}")
        tagger = Interruptible(self.tagger, stop)
        filled = iter(ask(tagger, [sentence for sentence in sentences if sentence]))
        rows = [next(filled).tolist() if sentence else [] for sentence in sentences]
        return _json({"labels": list(tagger.labels), "probabilities": rows})

    def explain(self, request: Request, stop: Event) -> bytes:
        """Every word's contributions, largest first."""
        tokens = request.get("tokens")
        explanation = self._explanation(
            self._sentence(request["text"]) if tokens is None else Sentence(tuple(tokens)), request, stop
        )
        label, most = request.get("label"), request.get("num_features")
        answer: dict[str, Any] = {
            "tokens": list(explanation.tokens),
            "labels": list(explanation.labels),
            "words": [_word(word, label, most) for word in explanation],
            "settings": asdict(explanation.settings),
        }
        if request.get("full"):
            answer["explanation"] = explanation.to_dict()
        return _json(answer)

    def view(self, request: Request, stop: Event) -> bytes:
        """The interactive view as HTML, what its script reads, and where the words stand in the text.

        Places are counted in UTF-16 code units, as scripts count them.
        """
        begun = perf_counter()
        explanation = self._explanation(self._sentence(request["text"]), request, stop)
        html, data = view_html(explanation, max_contributions=request.get("num_features") or MAX_CONTRIBUTIONS)
        text = explanation.text
        places = [[_utf16(text[:start]), _utf16(text[:end])] for start, end in explanation.offsets]
        return _json({"html": html, "data": data, "places": places, "seconds": perf_counter() - begun})

    def _sentence(self, text: str) -> Sentence:
        return as_sentence(text, tokenizer_of(self.tagger))

    def _explanation(self, sentence: Sentence, request: Request, stop: Event) -> Explanation:
        n_words, most = len(sentence), self.limits.max_tokens
        if n_words > most:
            raise Problem(422, "too_many_tokens", f"expected at most {most} words, found {n_words}")
        asked = ExplanationParameters(
            **{name: request[name] for name in REQUESTED if name in request},
            max_tokens=most,
        )
        return asked.explain(Interruptible(self.tagger, stop), sentence, positions=request.get("positions"))


def _word(word: TokenExplanation, label: str | None, most: int | None) -> dict[str, Any]:
    verdict = word.verdict_of(label)
    return {
        "word_index": word.word_index,
        "token": word.token,
        "predicted": word.label,
        "label": word.label if label is None else label,
        "probability": word.probability_of(label),
        "bias": word.bias(label),
        "r2": word.r2(label),
        "verdict": {"level": verdict.level, "reasons": list(verdict.reasons)},
        "contributions": [
            {
                "word_index": c.word_index,
                "word_indices": list(c.word_indices),
                "token": c.token,
                "weight": c.weight,
                "std_error": c.std_error,
            }
            for c in word.contributions(label, num_features=most)
        ],
    }


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _json(content: Any) -> bytes:
    """JSON in ASCII: lone surrogates can't be written in UTF-8."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
