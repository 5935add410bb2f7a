"""`ner-lime serve`, or a service of a tagger that dawdles and fails as it is told, as a process to ask.

Run as a script it serves a `Moody` tagger: ``python serving.py LOG LIMIT=VALUE ...``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
JSON = {"Content-Type": "application/json"}


class Moody:
    """What a call does depends on the words: "slow" takes 0.2 s, "held" as long as a file is there, "boom" fails.

    Each call is a line in another file, so that it can be told when work began and ended.
    """

    labels = ("O", "B-X")

    def __init__(self, log: Path) -> None:
        self.log = log

    def predict_proba(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
        words = {word for sentence in sentences for word in sentence}
        with self.log.open("a") as log:
            log.write(f"{sorted(words)}\n")
        if "slow" in words:
            time.sleep(0.2)
        while "held" in words and hold(self.log).exists():
            time.sleep(0.01)
        if "boom" in words:
            raise ZeroDivisionError(f"secret of {words}")
        return [np.tile([0.25, 0.75], (len(sentence), 1)) for sentence in sentences]


def hold(log: Path) -> Path:
    """The file that holds work."""
    return log.with_suffix(".hold")


@dataclass(frozen=True)
class Service:
    """A running service."""

    process: subprocess.Popen[bytes]
    address: str

    @property
    def base(self) -> str:
        return self.address.partition("/?")[0]

    @property
    def host(self) -> str:
        return self.base.removeprefix("http://")

    @property
    def token(self) -> str:
        return self.address.partition("token=")[2]

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, *, timeout: float = 60
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request exactly as given; strings and bytes are sent as they are, anything else as JSON."""
        connection = HTTPConnection(self.host, timeout=timeout)
        try:
            content = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
            connection.request(method, path, content, headers or {})
            return read(connection.getresponse())
        finally:
            connection.close()

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Ask with the token; the answer is JSON."""
        status, _, content = self.ask("POST", path, body, {**JSON, **self.bearer, **headers})
        return status, json.loads(content)

    def error(self, path: str, body: Any, **headers: str) -> tuple[int, str]:
        """Status and code of a refusal, whose shape is always the same."""
        status, answer = self.post(path, body, **headers)
        assert set(answer) == {"error"}
        assert set(answer["error"]) == {"code", "message"}
        assert "Traceback" not in answer["error"]["message"]
        return status, answer["error"]["code"]

    def connect(self) -> socket.socket:
        """A bare connection."""
        host, _, port = self.host.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=60)

    def head(self, path: str, length: int) -> bytes:
        """The head of a request with the token."""
        lines = [f"POST {path} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in {**JSON, **self.bearer}.items()]
        return "\r\n".join([*lines, "", ""]).encode()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; returns the status of the process and what it printed as errors."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors.decode()


def read(response: HTTPResponse) -> tuple[int, dict[str, str], bytes]:
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def answer_on(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The answer that comes on a bare connection."""
    response = HTTPResponse(connection)
    response.begin()
    return read(response)


@contextmanager
def serving(*command: str) -> Iterator[Service]:
    """Run ``python -m ...`` or a script until the block ends; the first line that it prints is its address."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1"},
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().decode().strip()
        assert address, process.communicate(timeout=30)[1].decode()
        yield Service(process, address)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def ner_lime_serve(*options: str) -> Any:
    """`ner-lime serve` on any free port."""
    return serving("-m", "ner_lime", "serve", "--port", "0", *options)


def moody(log: Path, **limits: float) -> Any:
    """A service of a `Moody` tagger."""
    log.touch()
    return serving(__file__, str(log), *(f"{name}={value}" for name, value in limits.items()))


def main() -> None:
    from ner_lime.web.address import Address
    from ner_lime.web.limits import Limits
    from ner_lime.web.server import serve

    given = dict(item.split("=") for item in sys.argv[2:])
    limits = Limits(**{name: float(value) if "." in value else int(value) for name, value in given.items()})

    def announce(address: str) -> None:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()

    serve(Moody(Path(sys.argv[1])), Address(port=0), limits, announce)


if __name__ == "__main__":
    main()
