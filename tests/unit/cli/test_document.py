"""`ner-lime explain --task text` through a real service."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import ner_lime as nl
from ner_lime.cli import main

pytest.importorskip("httpx")
TEXT = "more cash for you"


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["texts"]
        p = [0.9 if "cash" in text else 0.2 for text in texts]
        body = json.dumps({"classes": ["ham", "spam"], "probabilities": [[1 - q, q] for q in p]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_text_json_and_page_are_the_library_s(address, capsys, tmp_path):
    expected = nl.TextExplainer(address).explain(TEXT)
    command = ["explain", "--task", "text", "--model", address]
    assert main([*command, TEXT]) == 0
    assert capsys.readouterr().out == expected.to_text()
    assert main([*command, "--format", "json", TEXT]) == 0
    assert nl.DocumentExplanation.from_dict(json.loads(capsys.readouterr().out)) == expected
    assert main([*command, "-o", str(tmp_path / "why.html"), "--label", "ham", TEXT]) == 0
    assert (tmp_path / "why.html").read_text(encoding="utf-8") == expected.to_html(["ham"])


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--word-index", "1"], 2, "--word-index is about the words of a sentence"),
        (["--groups", "clauses"], 2, "--groups"),
        (["--label", "eggs"], 1, "eggs"),
        (["--keep", "7"], 1, "keep-rate"),
    ],
)
def test_what_does_not_fit_gets_one_line(address, capsys, arguments, status, says):
    assert main(["explain", "--task", "text", "--model", address, *arguments, TEXT]) == status
    assert says in capsys.readouterr().err


def test_a_model_is_needed(capsys):
    assert main(["explain", "--task", "text", TEXT]) == 2
    assert "--model" in capsys.readouterr().err


def test_pickles_are_not_read(tmp_path, capsys):
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04.")
    assert main(["explain", "--task", "text", "--model", str(tmp_path / "model.pkl"), TEXT]) == 1
    assert "no model of whole inputs" in capsys.readouterr().err
