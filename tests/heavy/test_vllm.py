"""vLLM's token classification: a loopback server that answers as vLLM does, from a real model, against that model."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.corpus.sentence import as_sentence
from ner_lime.errors import BudgetError, InputError, TaggerError
from ner_lime.taggers.http import HttpPolicy
from ner_lime.taggers.http.policy import HttpBudget, HttpRetry
from ner_lime.taggers.http.vllm import VllmTagger
from ner_lime.taggers.text import tagger_tokens
from ner_lime.taggers.transformers import TransformersTagger

for library in ("torch", "transformers", "tokenizers", "httpx"):
    pytest.importorskip(library, reason="needs torch, transformers, tokenizers and httpx: scripts/test --all")

pytestmark = pytest.mark.heavy

TEXT = "6+ years of Web UI/UX design experience, (C++)."


@dataclass
class Server:
    """What the service is told to do, and what it saw."""

    address: str
    as_logits: bool = False
    cut: bool = False
    seen: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def running(transformer: Path) -> Iterator[Server]:
    import torch
    from transformers import AutoModelForTokenClassification

    model = AutoModelForTokenClassification.from_pretrained(transformer).eval()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.seen.append(body)
            server.headers.append(dict(self.headers))
            data = []
            for index, ids in enumerate(body["input"]):
                with torch.no_grad():
                    logits = model(torch.tensor([ids])).logits[0]
                scores = logits if server.as_logits else logits.softmax(-1)
                rows = scores.tolist()[:-1] if server.cut else scores.tolist()
                data.append({"index": index, "object": "pooling", "data": rows})
            answer = {"id": "pool-1", "object": "list", "created": 0, "model": "m", "data": data, "usage": {}}
            content = json.dumps(answer).encode()
            self.send_response(200 if self.path == "/pooling" else 404)
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
    running.as_logits = running.cut = False
    running.seen.clear()
    running.headers.clear()
    return running


@pytest.mark.parametrize("as_logits", [False, True])
def test_its_probabilities_are_the_model_s(server: Server, transformer: Path, tagger: Any, as_logits: bool) -> None:
    server.as_logits = as_logits
    remote = nl.as_tagger(server.address, format="vllm", tokenizer=transformer)
    assert isinstance(remote, VllmTagger)
    assert remote.labels == tagger.labels
    for words in (TEXT.split(), tagger_tokens(remote, as_sentence(TEXT, remote.tokenize))):
        assert remote.predict_proba([words])[0] == pytest.approx(tagger.predict_proba([words])[0], abs=1e-5)
    assert remote.tokenize(TEXT) == tagger.tokenize(TEXT)


def test_its_explanation_is_the_model_s(server: Server, transformer: Path, tagger: TransformersTagger) -> None:
    remote = nl.as_tagger(
        server.address, format="vllm", tokenizer=transformer, served_model_name="m", headers={"X-Key": "secret-1"}
    )
    found, expected = (nl.NERExplainer(one, n_samples=32).explain(TEXT) for one in (remote, tagger))
    assert found.tokens == expected.tokens
    assert found.weights == pytest.approx(expected.weights, abs=1e-4)
    assert {(body["task"], body["model"]) for body in server.seen} == {("token_classify", "m")}
    assert all(headers["X-Key"] == "secret-1" for headers in server.headers)
    assert max(len(body["input"]) for body in server.seen) > 1


def test_the_budget_counts_subwords(server: Server, transformer: Path) -> None:
    policy = HttpPolicy(budget=HttpBudget(tokens=20), batch_size=1)
    remote = nl.as_tagger(server.address, format="vllm", tokenizer=transformer, policy=policy)
    remote.predict_proba([["Web", "design"]])
    with pytest.raises(BudgetError, match="budget of 20 tokens"):
        remote.predict_proba([TEXT.split()])


def test_an_answer_of_another_shape_is_refused(server: Server, transformer: Path) -> None:
    server.cut = True
    remote = nl.as_tagger(
        server.address, format="vllm", tokenizer=transformer, policy=HttpPolicy(retry=HttpRetry(times=0))
    )
    with pytest.raises(TaggerError, match=r"expected the scores of vLLM's token_classify, found scores of the shapes"):
        remote.predict_proba([["Web"]])


def test_options_of_the_format(server: Server, transformer: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give tokenizer="):
        nl.as_tagger(server.address, format="vllm")
    with pytest.raises(InputError, match="tokenizer= is for format='vllm'"):
        nl.as_tagger(server.address, tokenizer=transformer)
    with pytest.raises(InputError, match="takes no cache="):
        nl.as_tagger(server.address, format="vllm", tokenizer=transformer, cache=tmp_path / "cache")
    (tmp_path / "tokenizer.json").write_bytes((transformer / "tokenizer.json").read_bytes())
    with pytest.raises(InputError, match="give labels="):
        nl.as_tagger(server.address, format="vllm", tokenizer=tmp_path)


def test_the_command(server: Server, transformer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ner_lime.cli import main

    options = ["--model-option", "format=vllm", "--model-option", f"tokenizer={transformer}"]
    assert main(["tag", "--model", server.address, *options, "Web design"]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["Web", "design", ""]


def test_rows_of_zeros_are_no_probabilities() -> None:
    from ner_lime.taggers.http.vllm import _logits

    assert np.array_equal(_logits(np.zeros((2, 3))), np.zeros((2, 3)))
    assert _logits(np.array([[0.25, 0.75]])) == pytest.approx(np.log([[0.25, 0.75]]))
