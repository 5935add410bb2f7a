"""`ner-lime serve` as a process on loopback: what it answers, whom it refuses, and that it goes on whatever comes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from servers.serving import JSON, Service, answer_on, hold, moody, ner_lime_serve

import ner_lime as nl

pytest.importorskip("starlette", reason="starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")

pytestmark = pytest.mark.extras
TEXT = "6+ years of Web UI/UX design experience"


@pytest.fixture(scope="module")
def model(crf: nl.CRFTagger, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("serve") / "model"
    crf.save(path)
    return str(path)


@pytest.fixture(scope="module")
def service(model: str) -> Iterator[Service]:
    with ner_lime_serve("--model", model, "--max-batch", "2000", "--body-timeout", "1") as running:
        yield running


@pytest.fixture(autouse=True)
def _goes_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test the service still answers."""
    yield
    if "service" in request.fixturenames:
        service = request.getfixturevalue("service")
        assert service.post("/api/tag", {"sentences": [["Java"]]})[0] == 200


# What it answers


def test_tag_is_what_the_tagger_says(service: Service, crf: nl.CRFTagger) -> None:
    sentences = [TEXT.split(), [], ["Java"], ["\ud83d", "a\x00", "", "日本語", "\u202e"]]
    status, answer = service.post("/api/tag", {"sentences": sentences})
    assert (status, tuple(answer["labels"]), set(answer)) == (200, crf.labels, {"labels", "probabilities"})
    for found, sentence in zip(answer["probabilities"], sentences, strict=True):
        assert len(found) == len(sentence)
        if sentence:
            np.testing.assert_allclose(found, crf.predict_proba([sentence])[0], rtol=0, atol=1e-12)


def test_http_tagger_on_it_is_the_tagger_itself(service: Service, crf: nl.CRFTagger, advertisements: nl.Corpus) -> None:
    pytest.importorskip("httpx", reason="httpx is not installed")
    from ner_lime.taggers.http import HttpTagger

    remote = HttpTagger(service.base, headers=service.bearer)
    sentences = [list(sentence.tokens) for sentence in advertisements[:100]]
    assert remote.labels == crf.labels
    for found, own in zip(remote.predict_proba(sentences), crf.predict_proba(sentences), strict=True):
        np.testing.assert_allclose(found, own, rtol=0, atol=1e-12)
    there = nl.NERExplainer(remote, engine="sample", n_samples=64, masking=nl.MaskString("UNK")).explain(TEXT)
    here = nl.NERExplainer(crf, engine="sample", n_samples=64, masking=nl.MaskString("UNK")).explain(TEXT)
    np.testing.assert_allclose(there.weights, here.weights, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "keywords"),
    [
        ({}, {}),
        ({"method": "shapley"}, {"method": "shapley"}),
        ({"keep": 0.4}, {"neighbourhood": nl.Bernoulli(0.4)}),
        ({"mask_string": "UNK"}, {"masking": nl.MaskString("UNK")}),
    ],
)
def test_explain_is_what_the_library_says(
    service: Service, crf: nl.CRFTagger, options: dict[str, Any], keywords: dict[str, Any]
) -> None:
    expected = nl.NERExplainer(crf, **keywords).explain(TEXT)
    status, answer = service.post("/api/explain", {"text": TEXT, "full": True, **options})
    found = nl.Explanation.from_dict(answer["explanation"])
    assert status == 200
    assert found.settings == expected.settings
    np.testing.assert_allclose(found.weights, expected.weights, rtol=0, atol=1e-12)
    for shown, word in zip(answer["words"], expected, strict=True):
        assert (shown["token"], shown["label"], shown["predicted"]) == (word.token, word.label, word.label)
        assert shown["probability"] == pytest.approx(word.probability, abs=1e-12)
        assert shown["verdict"] == {"level": word.verdict.level, "reasons": list(word.verdict.reasons)}
        assert [c["word_index"] for c in shown["contributions"]] == [c.word_index for c in word.contributions()]


def test_explain_some_words_of_tokens_for_a_label(service: Service, crf: nl.CRFTagger) -> None:
    tokens = [*TEXT.split(), "\udc80<b>"]
    asked = {"tokens": tokens, "positions": [4, 1], "label": "B-SKILLS", "num_features": 2, "context_only": True}
    status, answer = service.post("/api/explain", asked)
    expected = nl.NERExplainer(crf).explain(tokens, positions=[4, 1], context_only=True)
    assert (status, answer["tokens"], [word["word_index"] for word in answer["words"]]) == (200, tokens, [4, 1])
    for shown, word in zip(answer["words"], expected, strict=True):
        assert shown["label"] == "B-SKILLS"
        assert shown["probability"] == pytest.approx(word.probability_of("B-SKILLS"), abs=1e-12)
        found = [(c["word_index"], c["weight"]) for c in shown["contributions"]]
        assert found == [
            (c.word_index, pytest.approx(c.weight, abs=1e-12)) for c in word.contributions("B-SKILLS", num_features=2)
        ]


def test_words_that_are_hidden_together(service: Service, crf: nl.CRFTagger) -> None:
    status, answer = service.post("/api/explain", {"text": TEXT, "positions": [4], "groups": "phrases"})
    expected = nl.NERExplainer(crf).explain(TEXT, positions=[4], groups="phrases")
    found = [c["word_indices"] for c in answer["words"][0]["contributions"]]
    assert status == 200
    assert found == [list(c.word_indices) for c in expected[4].contributions()]
    assert max(map(len, found)) > 1


def test_places_of_words_are_counted_as_scripts_count_them(service: Service) -> None:
    text = "👩‍💻 Java\n\ud800 SQL"
    status, answer = service.post("/view", {"text": text})
    units = text.encode("utf-16-le", "surrogatepass")
    found = [units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass") for start, end in answer["places"]]
    assert status == 200
    assert found == list(nl.tokenize(text)[0])


def test_answers_are_as_described(service: Service) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    status, _, content = service.ask("GET", "/openapi.json", headers=service.bearer)
    description = json.loads(content)
    assert (status, description["openapi"]) == (200, "3.1.0")
    for path, body in (
        ("/api/explain", {"text": TEXT, "full": True}),
        ("/api/explain", {"tokens": ["Java"], "label": "O"}),
        ("/api/explain", {"text": TEXT, "label": "nonsense"}),
        ("/api/tag", {"sentences": [TEXT.split(), []]}),
        ("/api/tag", {}),
    ):
        status, answer = service.post(path, body)
        operation = description["paths"][path]["post"]
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**description, **schema}).validate(answer)


# Whom it refuses


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/openapi.json"), ("POST", "/api/tag")])
@pytest.mark.parametrize("how", ["none", "wrong", "prefix", "unicode", "cookie", "query"])
def test_without_the_token_nothing_is_told(service: Service, method: str, path: str, how: str) -> None:
    headers = {
        "none": {},
        "wrong": {"Authorization": f"Bearer {'x' * len(service.token)}"},
        "prefix": {"Authorization": f"Bearer {service.token[:-1]}"},
        "unicode": {"Authorization": "Bearer é\xff"},
        "cookie": {"Cookie": f"ner-lime-{service.host.rpartition(':')[2]}=x"},
        "query": {},
    }[how]
    query = "?token=x" if how == "query" else f"?token={service.token}" if path != "/" else ""
    status, answer, content = service.ask(method, path + query, None, headers)
    assert (status, answer["www-authenticate"]) == (401, "Bearer")
    assert json.loads(content)["error"]["code"] == "no_token"
    assert "set-cookie" not in answer


@pytest.mark.parametrize(("path", "status", "line"), [("/", 401, "open the address"), ("/nowhere", 404, "expected /")])
def test_a_person_is_told_in_a_page(service: Service, path: str, status: int, line: str) -> None:
    headers = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"} | (service.bearer if path != "/" else {})
    found, answer, content = service.ask("GET", path, None, headers)
    assert (found, answer["content-type"]) == (status, "text/html; charset=utf-8")
    assert content.startswith(b"<!doctype html>")
    assert line in content.decode()
    assert "default-src 'none'" in answer["content-security-policy"]


def test_the_page_gives_a_cookie_that_opens_the_rest(service: Service) -> None:
    status, headers, _ = service.ask("GET", f"/?token={service.token}")
    cookie = headers["set-cookie"]
    assert status == 200
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {"httponly", "path=/", "samesite=strict"}
    again = {"Cookie": cookie.partition(";")[0]}
    assert service.ask("GET", "/", headers=again)[0] == 200
    assert service.ask("POST", "/view", {"text": TEXT}, {**JSON, **again, "Origin": service.base})[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""]
)
def test_a_foreign_host_is_refused(service: Service, host: str) -> None:
    named = {"Host": host.format(port=service.host.rpartition(":")[2])}
    status, _, content = service.ask("GET", f"/?token={service.token}", headers=named)
    assert (status, json.loads(content)["error"]["code"]) == (421, "wrong_host")


def test_every_name_of_this_machine_is_right(service: Service) -> None:
    port = service.host.rpartition(":")[2]
    for name in ("localhost", "LocalHost", "127.0.0.1", "[::1]"):
        assert service.ask("GET", f"/?token={service.token}", headers={"Host": f"{name}:{port}"})[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://{host}", "http://localhost:{port}"]
)
def test_a_foreign_page_is_refused(service: Service, origin: str) -> None:
    origin = origin.format(host=service.host, port=service.host.rpartition(":")[2])
    assert service.error("/api/tag", {"sentences": []}, Origin=origin) == (403, "wrong_origin")


def test_two_hosts_are_none(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {service.host}\r\nHost: evil\r\n\r\n".encode())
        assert answer_on(connection)[0] in (400, 421)


def test_other_names_can_be_allowed(model: str) -> None:
    with ner_lime_serve("--model", model, "--allow-host", "Box.lan", "--allow-host", "tunnel:9000") as service:
        port = service.host.rpartition(":")[2]
        for host, status in ((f"box.lan:{port}", 200), ("tunnel:9000", 200), ("box.lan", 421), ("tunnel", 421)):
            assert service.ask("GET", f"/?token={service.token}", headers={"Host": host})[0] == status


@pytest.mark.parametrize("path", ["/", "/api/tag", "/nowhere"])
def test_every_answer_is_locked_down(service: Service, path: str) -> None:
    _, headers, _ = service.ask("GET", path, headers=service.bearer)
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert not {"server", "x-powered-by", "access-control-allow-origin"} & set(headers)


def test_other_addresses_and_methods(service: Service) -> None:
    assert service.error("/nowhere", {}) == (404, "not_found")
    status, headers, content = service.ask("GET", "/api/tag", headers=service.bearer)
    assert (status, json.loads(content)["error"]["code"], headers["allow"]) == (405, "wrong_method", "POST")
    assert service.ask("OPTIONS", "/api/tag", headers=service.bearer)[0] == 405


# Bad input

DEEP = b'{"text": "Java", "tokens": ' + b"[" * 200_000
BAD = [
    (b"", 400, "bad_json"),
    (b"{", 400, "bad_json"),
    (b'"\xff\xfe"', 400, "bad_json"),
    (b"\xef\xbb\xbf{}", 400, "bad_json"),
    ('{"text": "x"}'.encode("utf-16"), 400, "bad_json"),
    (b'{"text": "x", "keep": NaN}', 400, "bad_json"),
    (b'{"text": "x", "keep": -Infinity}', 400, "bad_json"),
    (b'{"text": "x", "keep": 1e999}', 422, "invalid"),
    (b'{"text": "x", "num_features": ' + b"9" * 5000 + b"}", 400, "bad_json"),
    (b'{"text": "x", "num_features": 99999999999999999999999999}', 200, None),
    (DEEP, 400, "bad_json"),
    (b"[]", 422, "invalid"),
    (b"null", 422, "invalid"),
    (b"{}", 422, "invalid"),
    (b'{"text": ""}', 422, "invalid"),
    (b'{"text": " \\n"}', 422, "invalid"),
    (b'{"tokens": []}', 422, "invalid"),
    (b'{"text": 5}', 422, "invalid"),
    (b'{"text": "x", "tokens": ["x"]}', 422, "invalid"),
    (b'{"tokens": ["x", 1]}', 422, "invalid"),
    (b'{"tokens": ["x", ["x"]]}', 422, "invalid"),
    (b'{"text": "x", "nonsense": 1}', 422, "invalid"),
    (b'{"text": "x", "method": "magic"}', 422, "invalid"),
    (b'{"text": "x", "method": ["lime"]}', 422, "invalid"),
    (b'{"text": "x", "keep": 0}', 422, "invalid"),
    (b'{"text": "x", "keep": 1.5}', 422, "invalid"),
    (b'{"text": "x", "keep": true}', 422, "invalid"),
    (b'{"text": "x", "keep": 0.5, "method": "shapley"}', 422, "invalid"),
    (b'{"text": "x", "mask_string": ""}', 422, "invalid"),
    (b'{"text": "x", "mask_string": "' + b"x" * 101 + b'"}', 422, "invalid"),
    (b'{"text": "x", "num_features": 0}', 422, "invalid"),
    (b'{"text": "x", "positions": []}', 422, "invalid"),
    (b'{"text": "x", "positions": [0, 0]}', 422, "invalid"),
    (b'{"text": "x", "positions": [-1]}', 422, "invalid"),
    (b'{"text": "x", "positions": [0.5]}', 422, "invalid"),
    (b'{"text": "x", "positions": [1]}', 422, "unknown_word"),
    (b'{"text": "x", "label": "B-NOTHING"}', 422, "unknown_label"),
    (b'{"text": "x", "label": "\\ud800"}', 422, "unknown_label"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD, ids=[body[:40].decode("latin-1") for body, _, _ in BAD])
def test_bad_input_is_refused(service: Service, body: bytes, status: int, code: str | None) -> None:
    if code is None:
        assert service.post("/api/explain", body)[0] == status
    else:
        assert service.error("/api/explain", body) == (status, code)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_the_wrong_type_is_refused(service: Service, kind: str) -> None:
    assert service.error("/api/explain", b'{"text": "x"}', **{"Content-Type": kind}) == (415, "wrong_type")
    assert (
        service.post("/api/explain", b'{"text": "x"}', **{"Content-Type": "Application/JSON; charset=utf-8"})[0] == 200
    )


def test_too_many_tokens_and_bytes(service: Service) -> None:
    assert service.post("/api/explain", {"tokens": ["x"] * 300, "positions": [7]})[0] == 200
    assert service.error("/api/explain", {"tokens": ["x"] * 301, "positions": [7]}) == (422, "too_many_tokens")
    assert service.error("/api/explain", {"text": "x " * 301}) == (422, "too_many_tokens")
    assert service.error("/api/tag", {"sentences": [["x"] * 1000] * 3}) == (422, "too_many_tokens")
    assert service.error("/api/tag", {"sentences": [["x"] * 200_000]}) == (422, "too_many_tokens")
    assert service.error("/api/tag", {"sentences": [["x"] * 1_000_000]}) == (413, "body_too_large")
    assert service.error("/api/explain", b" " * (2**20 + 1)) == (413, "body_too_large")
    assert service.post("/api/explain", {"text": "x" * 500_000})[0] == 200


def test_a_long_body_without_its_length(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(service.head("/api/tag", 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked"))
        with suppress(ConnectionError):
            for _ in range(40):
                connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        status, _, content = answer_on(connection)
    assert (status, json.loads(content)["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "sent",
    [b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x00\xff" * 20, b"GET / HTTP/1.1\r\nA: " + b"x" * 100_000],
    ids=["garbage", "TLS", "a long head"],
)
def test_no_http(service: Service, sent: bytes) -> None:
    with service.connect() as connection:
        connection.sendall(sent)
        status, _, content = answer_on(connection)
    assert (status, json.loads(content)["error"]["code"]) == (400, "bad_request")


def test_a_slow_body(service: Service) -> None:
    begun = time.monotonic()
    with service.connect() as connection:
        connection.sendall(service.head("/api/tag", 1000))
        for _ in range(4):
            connection.sendall(b" ")
            time.sleep(0.1)
        status, headers, content = answer_on(connection)
    assert (status, json.loads(content)["error"]["code"], headers["connection"]) == (408, "body_too_slow", "close")
    assert 0.9 < time.monotonic() - begun < 10


def test_a_slow_head(service: Service) -> None:
    begun = time.monotonic()
    with service.connect() as connection, service.connect() as silent:
        for part in (b"GET / HTTP/1.1\r\n", b"Host: ", service.host.encode(), b"\r\n"):
            connection.sendall(part)
            time.sleep(0.1)
        status, headers, content = answer_on(connection)
        assert silent.recv(1) == b""  # who says nothing is told nothing
    assert (status, json.loads(content)["error"]["code"], headers["connection"]) == (408, "head_too_slow", "close")
    assert 0.9 < time.monotonic() - begun < 10


def test_who_sends_on_after_the_answer_is_cut_off(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(service.head("/nowhere", 10**9))
        assert answer_on(connection)[0] == 404
        begun = time.monotonic()
        with pytest.raises(ConnectionError):  # noqa: PT012 - any of them may be the one that fails
            while time.monotonic() - begun < 20:
                connection.sendall(b" " * 100)
                time.sleep(0.05)


LARGE = {"tokens": [f"w{i}" for i in range(200)], "full": True}


def asking(service: Service, body: Any) -> socket.socket:
    """A connection with little room for the answer, which has begun to come."""
    sent = json.dumps(body).encode()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**14)
    connection.settimeout(60)
    host, _, port = service.host.rpartition(":")
    connection.connect((host, int(port)))
    connection.sendall(service.head("/api/explain", len(sent)) + sent)
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


def received(connection: socket.socket, pause: float = 0.0) -> int:
    """Read all that comes, with pauses; how much it was."""
    size = 0
    with suppress(ConnectionError):
        while part := connection.recv(2**20):
            size += len(part)
            time.sleep(pause)
    return size


def test_who_does_not_read_the_answer_is_cut_off(service: Service) -> None:
    whole = len(service.ask("POST", "/api/explain", LARGE, {**JSON, **service.bearer})[2])
    assert whole > 8 * 2**20  # more than the system keeps for a connection
    with asking(service, LARGE) as connection:
        time.sleep(4)
        assert received(connection) < whole


def test_who_reads_slowly_gets_the_whole_answer(service: Service) -> None:
    whole = len(service.ask("POST", "/api/explain", LARGE, {**JSON, **service.bearer})[2])
    begun = time.monotonic()
    with asking(service, LARGE) as connection:
        size = received(connection, 0.005)
    assert size > whole
    assert time.monotonic() - begun > 2  # longer than the server waits for one that does not read


def test_several_requests_on_one_connection(service: Service) -> None:
    body = json.dumps({"sentences": [["Java"]]}).encode()
    request = service.head("/api/tag", len(body)) + body
    found = []
    with service.connect() as connection:
        for _ in range(3):
            connection.sendall(request)
            found.append(answer_on(connection)[0])
    assert found == [200] * 3


# Work at once


def test_two_hundred_at_once(service: Service) -> None:
    body = {"text": " ".join([TEXT] * 3), "positions": [4]}

    def ask(_: int) -> tuple[int, str | None, bool]:
        status, headers, content = service.ask("POST", "/api/explain", body, {**JSON, **service.bearer})
        return status, json.loads(content).get("error", {}).get("code"), "retry-after" in headers

    with ThreadPoolExecutor(200) as pool:
        found = Counter(pool.map(ask, range(200)))
    assert set(found) <= {(200, None, False), (503, "busy", True), (429, "too_many_requests", True)}
    assert found[200, None, False] >= 18


def lines(log: Path, word: str) -> int:
    """How often the tagger was asked about this word."""
    return sum(f"'{word}'" in line for line in log.read_text().splitlines())


def begun(log: Path, word: str) -> None:
    """Wait until the tagger is asked about it."""
    end = time.monotonic() + 30
    while not lines(log, word):
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the moody tagger was asked; work on the word "held" is held until `let_go`."""
    hold(tmp_path / "log").touch()
    return tmp_path / "log"


def let_go(log: Path) -> None:
    hold(log).unlink()


SLOW = {"tokens": ["slow", *(f"w{i}" for i in range(19))]}  # several calls of 0.2 s
HELD = {"sentences": [["held"]]}


def test_too_slow_is_given_up_and_stopped(log: Path) -> None:
    with moody(log, timeout=0.3) as service:
        assert service.error("/api/explain", SLOW) == (504, "too_slow")
        time.sleep(1)
        asked = lines(log, "slow")
        time.sleep(0.5)
        assert lines(log, "slow") == asked <= 4
        assert service.post("/api/tag", {"sentences": [["quick"]]})[0] == 200


def test_what_was_given_up_holds_its_place_until_it_ends(log: Path) -> None:
    with moody(log, timeout=0.3, workers=1, queue=0) as service:
        assert service.error("/api/tag", HELD) == (504, "too_slow")
        assert service.error("/api/tag", {"sentences": [["quick"]]}) == (503, "busy")
        let_go(log)
        time.sleep(1)
        assert service.post("/api/tag", {"sentences": [["quick"]]})[0] == 200


def test_more_than_may_wait_come_again_later(log: Path) -> None:
    with moody(log, workers=1, queue=1) as service, ThreadPoolExecutor(6) as pool:
        headers = {**JSON, **service.bearer}
        work = [pool.submit(service.ask, "POST", "/api/tag", HELD, headers) for _ in range(6)]
        refused = [task.result() for task in islice(as_completed(work), 4)]  # one is worked on and one waits
        assert [(status, headers["retry-after"]) for status, headers, _ in refused] == [(503, "1")] * 4
        assert service.ask("GET", f"/?token={service.token}")[0] == 200  # the page is there meanwhile
        let_go(log)
        assert Counter(task.result()[0] for task in work) == {200: 2, 503: 4}


def test_clients_that_went_away_leave_no_work(log: Path) -> None:
    with moody(log, workers=1, queue=20) as service:
        connections = [service.connect() for _ in range(10)]
        for number, connection in enumerate(connections):
            body = json.dumps({"tokens": ["held", f"client{number}", *(f"w{i}" for i in range(19))]}).encode()
            connection.sendall(service.head("/api/explain", len(body)) + body)
            begun(log, "client0")
        for connection in connections:
            connection.close()
        time.sleep(1)
        let_go(log)
        assert service.post("/api/tag", {"sentences": [["quick"]]})[0] == 200
        assert lines(log, "held") == lines(log, "client0") == 1


def test_the_rate_is_kept(log: Path) -> None:
    with moody(log, rate=0.5) as service:
        for _ in range(3):
            assert service.ask("GET", "/openapi.json")[0] == 401  # who has no token takes nothing from it
        statuses = [200]
        while statuses[-1] == 200 and len(statuses) < 10:
            status, headers, _ = service.ask("GET", "/openapi.json", headers=service.bearer)
            statuses.append(status)
        assert statuses[1] == 200
        assert statuses[-1] == 429
        time.sleep(int(headers["retry-after"]))
        assert service.ask("GET", "/openapi.json", headers=service.bearer)[0] == 200


def test_a_fault_is_told_to_the_log_without_the_text(log: Path) -> None:
    with moody(log) as service:
        for path, body in (("/api/tag", {"sentences": [["boom", "private"]]}), ("/view", {"text": "boom private"})):
            status, answer = service.post(path, body)
            assert (status, answer["error"]["code"]) == (500, "tagger_failed")
            assert "secret" not in answer["error"]["message"]
        assert service.post("/api/tag", {"sentences": [["fine"]]})[0] == 200
        _, errors = service.end()
    assert "private" not in errors
    assert "secret" not in errors
    assert [line.partition(" at ")[0] for line in errors.splitlines()[:2]] == ["a request failed: TaggerError"] * 2


# How it begins and ends

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@posix
@pytest.mark.parametrize(
    ("number", "status", "line"),
    [(signal.SIGTERM, 0, "ner-lime: stopped\n"), (signal.SIGINT, 130, "ner-lime: interrupted\n")],
)
def test_a_signal_ends_it_in_order(model: str, number: signal.Signals, status: int, line: str) -> None:
    with ner_lime_serve("--model", model) as service:
        assert service.post("/api/tag", {"sentences": [["Java"]]})[0] == 200
        begun = time.monotonic()
        with service.connect():  # an idle connection does not keep it
            assert service.end(number) == (status, line)
        assert time.monotonic() - begun < 10


@posix
def test_a_signal_lets_work_under_way_end(log: Path) -> None:
    with moody(log) as service, ThreadPoolExecutor(1) as pool:
        work = pool.submit(service.post, "/api/tag", HELD)
        begun(log, "held")
        service.process.send_signal(signal.SIGINT)
        let_go(log)
        assert work.result()[0] == 200


@posix
def test_a_signal_does_not_wait_for_work_without_end(model: str, log: Path) -> None:
    with moody(log) as service, service.connect() as connection:
        body = json.dumps(HELD).encode()
        connection.sendall(service.head("/api/tag", len(body)) + body)
        begun(log, "held")
        asked = time.monotonic()
        service.end(signal.SIGTERM)
        assert time.monotonic() - asked < 15


def run(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ner_lime", "serve", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_a_taken_port_and_a_foreign_address(service: Service, model: str) -> None:
    port = service.host.rpartition(":")[2]
    for options, words in ((["--port", port], f"127.0.0.1:{port}"), (["--host", "192.0.2.1"], "192.0.2.1")):
        status, output, errors = run("--model", model, *options)
        assert (status, output, errors.count("\n")) == (1, "", 1)
        assert errors.startswith("ner-lime: error: can't listen at ")
        assert words in errors


def test_wrong_limits_are_refused(model: str) -> None:
    for option, value in (("--workers", "0"), ("--timeout", "0"), ("--rate", "nan"), ("--max-bytes", "-1")):
        status, output, errors = run("--model", model, option, value)
        assert (status, output) == (1, "")
        assert option.removeprefix("--").replace("-", "_") in errors
    assert run("--port", "70000")[0] == 2


def test_it_listens_to_this_machine_only(service: Service) -> None:
    assert service.base.startswith("http://127.0.0.1:")
    assert len(service.token) >= 43


def test_other_machines_are_warned_of(model: str) -> None:
    with ner_lime_serve("--model", model, "--host", "0.0.0.0") as service:
        assert service.base.startswith("http://127.0.0.1:")
        assert service.ask("GET", f"/?token={service.token}")[0] == 200
        status, errors = service.end()
    assert status == 0
    assert (
        errors.splitlines()[0]
        == "ner-lime: other machines can reach this service, and what it is sent is not encrypted"
    )
