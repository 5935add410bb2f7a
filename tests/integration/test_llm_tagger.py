"""A language model as a tagger: a loopback server that answers as OpenAI-compatible ones do, from a known tagger."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import log
from string import ascii_letters
from typing import Any

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.errors import BudgetError, InputError, TaggerError
from ner_lime.taggers.http import HttpPolicy
from ner_lime.taggers.http.llm import LlmExtraction
from ner_lime.taggers.http.policy import HttpBudget
from ner_lime.testing import Trigger, TriggerTagger

pytest.importorskip("httpx")

LABELS = ("O", "B-PER", "B-LOC")
MODEL = TriggerTagger(
    [Trigger.all_of("B-PER", 0.6, "Anna", at=0), Trigger.any_of("B-LOC", 0.5, "in", "Oslo", at=3)],
    labels=LABELS,
    base=0.05,
)
WORDS = ["Anna", "lives", "in", "Oslo"]


@dataclass
class Server:
    """What the service can do, and what it saw."""

    address: str
    logprobs: bool = True
    spelling: tuple[str, str] = ("", "")
    codes: str | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)


def completion(server: Server, body: dict[str, Any]) -> dict[str, Any]:
    """What the model says of the numbered words of the prompt."""
    words = [line.partition(": ")[2] for line in body["messages"][1]["content"].split("\n")]
    (matrix,) = MODEL.predict_proba([words])
    rng = np.random.default_rng(len(server.seen))
    choices = []
    for index in range(body.get("n", 1)):
        drawn = [rng.choice(len(LABELS), p=row) for row in matrix] if "n" in body else matrix.argmax(axis=1)
        codes = list(server.codes or "".join(ascii_letters[k] for k in drawn))
        before, after = server.spelling
        pieces: list[tuple[str, Any]] = [('{"', None), ("labels", None), ('": ["'.removesuffix(before), None)]
        for number, code in enumerate(codes):
            alternatives = [
                {"token": f"{before}{ascii_letters[k]}{after}", "logprob": log(p)}
                for k, p in enumerate(matrix[number % len(matrix)])
            ]
            pieces.append((f"{before}{code}{after}", [*alternatives, {"token": "Sure", "logprob": -9.0}]))
            last = number + 1 == len(codes)
            pieces.append((('"]' if last else '", "').removeprefix(after).removesuffix("" if last else before), None))
        pieces.append(("}", None))
        choice: dict[str, Any] = {
            "index": index,
            "message": {"role": "assistant", "content": "".join(t for t, _ in pieces)},
        }
        if server.logprobs and body.get("logprobs"):
            choice["logprobs"] = {
                "content": [
                    {"token": t, "logprob": -0.1, "top_logprobs": a or [{"token": t, "logprob": 0.0}]}
                    for t, a in pieces
                ]
            }
        choices.append(choice)
    return {"object": "chat.completion", "choices": choices, "usage": {"total_tokens": 100 + 4 * len(words)}}


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.seen.append(body)
            content = json.dumps(completion(server, body)).encode()
            self.send_response(200 if self.path == "/v1/chat/completions" else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def server(running: Server) -> Server:
    running.logprobs, running.spelling, running.codes = True, ("", ""), None
    running.seen.clear()
    return running


def tagger(server: Server, **options: Any) -> Any:
    return nl.as_tagger(server.address, format="openai", served_model_name="m", labels=LABELS, **options)


@pytest.mark.parametrize("spelling", [("", ""), ('"', ""), ("", '"')])
def test_probabilities_come_from_the_tokens_of_the_codes(server: Server, spelling: tuple[str, str]) -> None:
    """However the model's tokenizer joins a code and its quotes."""
    server.spelling = spelling
    for words in (WORDS, ["Anna"], ["x", "lives"]):
        assert tagger(server).predict_proba([words])[0] == pytest.approx(MODEL.predict_proba([words])[0])


def test_the_request_is_a_schema_of_one_code_a_word(server: Server) -> None:
    tagger(server).predict_proba([WORDS])
    (body,) = server.seen
    schema = body["response_format"]["json_schema"]["schema"]["properties"]["labels"]
    assert (schema["items"]["enum"], schema["minItems"], schema["maxItems"]) == (["a", "b", "c"], 4, 4)
    assert (body["model"], body["temperature"], body["logprobs"]) == ("m", 0.0, True)
    assert "b = B-PER" in body["messages"][0]["content"]
    assert body["messages"][1]["content"] == "0: Anna\n1: lives\n2: in\n3: Oslo"


def test_an_explanation_is_that_of_the_known_model(server: Server) -> None:
    found, expected = (
        nl.NERExplainer(one, masking=nl.MaskString("unk")).explain(WORDS) for one in (tagger(server), MODEL)
    )
    assert found.weights == pytest.approx(expected.weights, abs=1e-6)
    assert max(len(body["messages"]) for body in server.seen) == 2


def test_without_log_probabilities_labels_are_counted(server: Server) -> None:
    server.logprobs = False
    with pytest.raises(TaggerError, match="several answers with draws="):
        tagger(server).predict_proba([WORDS])
    (counted,) = tagger(server, draws=400).predict_proba([WORDS])
    (expected,) = MODEL.predict_proba([WORDS])
    error = np.sqrt(expected * (1 - expected) / 400)
    assert (np.abs(counted - expected) < 4 * error + 1e-9).all()
    assert server.seen[-1]["n"] == 400


@pytest.mark.parametrize(
    ("codes", "words"), [("aa", "codes of 4 words, found 2"), ("abxd", "codes out of abc, found 'x'")]
)
def test_other_answers_are_refused(server: Server, codes: str, words: str) -> None:
    server.codes = codes
    with pytest.raises(TaggerError, match=words):
        tagger(server, draws=1).predict_proba([WORDS])


def test_the_budget_counts_the_service_s_tokens(server: Server) -> None:
    one = tagger(server, policy=HttpPolicy(budget=HttpBudget(tokens=200)))
    one.predict_proba([WORDS])
    assert one.tokens == 116
    one.predict_proba([["Anna"]])
    assert one.tokens == 220
    with pytest.raises(BudgetError, match="budget of 200 tokens"):
        one.predict_proba([["Oslo"]])


def test_what_is_missing_is_named(server: Server) -> None:
    with pytest.raises(InputError, match=r"served_model_name= and labels=\[...\]"):
        nl.as_tagger(server.address, format="openai", labels=LABELS)
    with pytest.raises(InputError, match="draws= is for format='openai'"):
        nl.as_tagger(server.address, draws=3)
    with pytest.raises(InputError, match="name of a model"):
        LlmExtraction("", LABELS)
    with pytest.raises(InputError, match="at most 52 labels, found 60"):
        LlmExtraction("m", tuple(map(str, range(60))))
