"""A tagging service on loopback that misbehaves as it is told, and writes down what it got.

Run as a script it prints its port and serves until its standard input closes. ``POST /control`` sets what the next
requests meet, in order, and forgets what was seen; ``GET /seen`` is what was seen. One step of a plan is a dict:

- ``{"do": "ok"}``, perhaps with ``"seconds"`` to think;
- ``{"do": "status", "status": 503, "headers": {...}, "body": "..."}``;
- ``{"do": "drop"}`` closes the connection, ``{"do": "half"}`` in the middle of the answer;
- ``{"do": "stall", "seconds": s}`` says nothing for so long, then drops;
- ``{"do": "drip", "seconds": s}`` sends a byte now and then for so long;
- ``{"do": "body", "body": "..."}`` answers 200 with these words, ``{"do": "long", "bytes": n}`` with n bytes;
- ``{"do": "echo", "status": 401}`` answers with the headers that it got.

When the plan is used up, ``"always"`` is repeated.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ner_lime.testing import Trigger, TriggerTagger

TRIGGERS = (
    Trigger.all_of("B-X", 0.3, "alpha", "beta", at=1),
    Trigger.any_of("B-X", 0.4, "gamma", "delta", at=1),
    Trigger.all_of("B-Y", 0.2, "omega"),
)


def tagger() -> TriggerTagger:
    """What the service knows."""
    return TriggerTagger(TRIGGERS, labels=("O", "B-X", "B-Y"), base=0.05)


class State:
    """The plan and the log, shared by all requests."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset({})

    def reset(self, control: dict[str, Any]) -> None:
        with self.lock:
            self.plan = list(control.get("plan", []))
            self.always = control.get("always", {"do": "ok"})
            self.seen: list[dict[str, Any]] = []  # a new list: what an older request still does counts no more
            self.under_way = 0
            self.most_under_way = 0

    def begin(self, request: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        with self.lock:
            step = self.plan.pop(0) if self.plan else self.always
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            request |= {"start": time.monotonic(), "answered": False, "do": step["do"], "under_way": True}
            self.seen.append(request)
            return step, request

    def end(self, request: dict[str, Any]) -> None:
        """Before the first byte of the answer: whoever has it may ask again before this thread gets another turn."""
        with self.lock:
            self.under_way -= request["under_way"] and any(request is other for other in self.seen)
            request["under_way"] = False

    def report(self) -> dict[str, Any]:
        with self.lock:
            return {"seen": list(self.seen), "most_under_way": self.most_under_way}


STATE = State()
MODEL = tagger()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    request_seen: dict[str, Any] | None = None

    def do_GET(self) -> None:
        self.answer(200, json.dumps(STATE.report()).encode())

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/control":
            STATE.reset(content)
            self.answer(200, b"{}")
            return
        step, self.request_seen = STATE.begin(
            {"path": self.path, "content": content, "headers": dict(self.headers), "sent": self.headers.items()}
        )
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                self.play(step, self.request_seen, content)
        finally:
            STATE.end(self.request_seen)
            self.request_seen = None

    def play(self, step: dict[str, Any], request: dict[str, Any], content: Any) -> None:
        do = step["do"]
        if do in ("ok", "half"):
            time.sleep(step.get("seconds", 0.0))
            body = json.dumps(tag_texts(content) if self.path == "/hf" else tag(content)).encode()
            if do == "ok":
                request["answered"] = True
                self.answer(200, body)
            else:
                self.head(200, len(body), {})
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
        elif do == "status":
            self.answer(step["status"], step.get("body", "busy").encode(), step.get("headers", {}))
        elif do in ("drop", "stall"):
            time.sleep(step.get("seconds", 0.0))
            self.close_connection = True
        elif do == "drip":
            self.head(200, 1000, {})
            until = time.monotonic() + step["seconds"]
            while time.monotonic() < until:
                self.wfile.write(b" ")
                time.sleep(0.05)
            self.close_connection = True
        elif do == "body":
            self.answer(200, step["body"].encode(), step.get("headers", {}))
        elif do == "long":
            self.answer(200, b" " * step["bytes"])
        elif do == "echo":
            self.answer(step["status"], json.dumps(dict(self.headers)).encode())

    def head(self, status: int, length: int, headers: dict[str, str]) -> None:
        if self.request_seen is not None:
            STATE.end(self.request_seen)
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.head(status, len(body), headers or {})
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def tag(content: Any) -> Any:
    answers = MODEL.predict_proba(content["sentences"])
    return {"labels": list(MODEL.labels), "probabilities": [answer.tolist() for answer in answers]}


def tag_texts(content: Any) -> Any:
    """Each word in two pieces, the second one with another label, as a model of subwords has it."""
    found = []
    for text in content["inputs"]:
        words, start, pieces = text.split(" "), 0, []
        (rows,) = MODEL.predict_proba([words])
        for word, row in zip(words, rows, strict=True):
            best = int(row.argmax())
            middle = start + max(1, len(word) // 2)
            pieces.append({"entity": MODEL.labels[best], "score": float(row[best]), "start": start, "end": middle})
            pieces.append({"entity": "O", "score": 0.5, "start": middle, "end": start + len(word)})
            start += len(word) + 1
        found.append(pieces)
    return found


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
