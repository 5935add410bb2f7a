"""The parts of the service by themselves: access, rate, limits, bodies, work, and what becomes of errors."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_lime import NERExplainer
from ner_lime.crf import CRFTagger
from ner_lime.errors import InputError, LabelError, TaggerError, WordIndexError
from ner_lime.testing import Trigger, TriggerTagger
from ner_lime.types import SupportsDecoding, SupportsMasks, SupportsMaskToken

pytest.importorskip("starlette", reason="starlette is not installed")
from starlette.requests import ClientDisconnect, Request

from ner_lime.web import token_bucket as rate_module
from ner_lime.web.access import Access
from ner_lime.web.address import Address
from ner_lime.web.body import parse
from ner_lime.web.interruptible import Interruptible, StoppedError
from ner_lime.web.limits import Limits
from ner_lime.web.problems import Problem, problem
from ner_lime.web.token_bucket import TokenBucket
from ner_lime.web.workers import Workers

pytestmark = pytest.mark.extras
TOKEN = "secret-token"


def request(path: str = "/api/tag", query: str = "", **headers: str) -> Request:
    given = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": given,
            "scheme": "http",
        }
    )


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request(host="127.0.0.1:80", authorization=f"Bearer {TOKEN}"), None),
        (request(host="127.0.0.1", authorization=f"bearer  {TOKEN} "), None),
        (request(host="localhost", cookie=f"a=b; ner-lime-80={TOKEN}"), None),
        (request("/", f"token={TOKEN}", host="localhost"), None),
        (request(host="localhost", origin="http://localhost", authorization=f"Bearer {TOKEN}"), None),
        (request("/api/tag", f"token={TOKEN}", host="localhost"), 401),
        (request(host="localhost"), 401),
        (request(host="localhost", authorization="Bearer"), 401),
        (request(host="localhost", authorization=f"Basic {TOKEN}"), 401),
        (request(host="localhost", authorization="Bearer \xff\xfe"), 401),
        (request(host="localhost", cookie="ner-lime-80="), 401),
        (request(host="localhost:8080", authorization=f"Bearer {TOKEN}"), 421),
        (request(authorization=f"Bearer {TOKEN}"), 421),
        (request(host="localhost", origin="http://127.0.0.1", authorization=f"Bearer {TOKEN}"), 403),
    ],
)
def test_access(asked: Request, status: int | None) -> None:
    access = Access.to("127.0.0.1", 80, token=TOKEN)
    if status is None:
        access.check(asked)
    else:
        with pytest.raises(Problem) as caught:
            access.check(asked)
        assert caught.value.status == status


def test_access_keeps_its_token_to_itself() -> None:
    first, second = Access.to("127.0.0.1", 1), Access.to("127.0.0.1", 1)
    assert first.token != second.token
    assert first.token not in repr(first)


def test_more_names() -> None:
    access = Access.to("[::1]", 8765, more=["Box", "tunnel:9000", "[fe80::1]"])
    own = {"127.0.0.1:8765", "localhost:8765", "[::1]:8765"}
    assert access.hosts == own | {"box:8765", "tunnel:9000", "[fe80::1]:8765"}


def test_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(rate_module, "monotonic", lambda: now[0])
    rate = TokenBucket(5.0)

    def permitted() -> int:
        for count in range(1000):
            try:
                rate.take()
            except Problem:
                return count
        raise AssertionError("no end")

    assert permitted() == 10  # two seconds' worth
    now[0] += 1.0
    assert permitted() == 5
    now[0] += 0.1
    assert permitted() == 0
    now[0] += 0.1  # two halves are one
    assert permitted() == 1
    now[0] += 1000.0
    assert permitted() == 10


def test_a_slow_rate_permits_one_and_tells_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_module, "monotonic", lambda: 0.0)
    rate = TokenBucket(0.1)
    rate.take()
    with pytest.raises(Problem) as caught:
        rate.take()
    assert caught.value.headers == {"Retry-After": "10"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"workers": 0},
        {"queue": -1},
        {"max_bytes": 0},
        {"max_tokens": 0},
        {"max_batch": 0},
        {"timeout": 0.0},
        {"body_timeout": float("inf")},
        {"rate": float("nan")},
    ],
)
def test_limits_refuse_nonsense(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=f"expected {name} "):
        Limits(**wrong)
    assert Limits(queue=0).queue == 0


def _no_number(name: str) -> float:
    raise ValueError(name)


@given(st.binary(max_size=40) | st.text(st.sampled_from('[]{}",:0123456789.eE+-nulNaInfity \\ud8'), max_size=40))
def test_any_body_is_json_or_a_problem(body: bytes | str) -> None:
    sent = body if isinstance(body, bytes) else body.encode()
    try:
        strict = json.loads(sent.decode("utf-8"), parse_constant=_no_number)
    except ValueError:
        with pytest.raises(Problem, match="expected ") as caught:
            parse(sent)
        assert (caught.value.status, caught.value.code) == (400, "bad_json")
    else:
        assert parse(sent) == strict


def test_the_complaint_about_a_body_quotes_nothing() -> None:
    with pytest.raises(Problem) as caught:
        parse(b'{"text": "private" private}')
    assert caught.value.message == "expected JSON: Expecting ',' delimiter at character 19"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InputError("a"), 422, "invalid"),
        (LabelError("a"), 422, "unknown_label"),
        (WordIndexError("a"), 422, "unknown_word"),
        (Problem(418, "teapot", "a"), 418, "teapot"),
    ],
)
def test_what_a_client_can_mend_it_is_told(error: Exception, status: int, code: str) -> None:
    found = problem(error)
    assert (found.status, found.code, found.message) == (status, code, "a")


@pytest.mark.parametrize("kind", [TaggerError, ZeroDivisionError])
def test_what_it_can_not_is_logged_by_its_place(kind: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise kind("private")
    except kind as error:
        with caplog.at_level(logging.DEBUG):
            found = problem(error)
    assert found.status == 500
    assert "private" not in found.message + caplog.text
    assert kind.__name__ in caplog.text
    assert "test_parts.py" in caplog.text


# Work


class Client(Request):
    """A client that goes away when it is told to."""

    def __init__(self) -> None:
        self.leaves = asyncio.Event()
        super().__init__({"type": "http"}, self._receive)

    async def _receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}


class Work:
    """Work that goes on until it is let go, and what it saw."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.stop: threading.Event | None = None

    def __call__(self, stop: threading.Event) -> str:
        self.stop = stop
        self.begun.set()
        assert self.go.wait(10)
        return "done"


def in_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def test_work_is_done_and_errors_come_back() -> None:
    async def test() -> None:
        workers = Workers(Limits(workers=1, queue=0))
        assert await workers.run(Client(), lambda _: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await workers.run(Client(), lambda _: 1 // 0)
        assert await workers.run(Client(), lambda _: 8) == 8

    in_loop(test)


def test_no_more_than_so_much_at_once_and_so_much_waiting() -> None:
    async def test() -> None:
        workers, works = Workers(Limits(workers=2, queue=1)), [Work() for _ in range(9)]
        tasks = [asyncio.ensure_future(workers.run(Client(), work)) for work in works]
        done, _ = await asyncio.wait(tasks, timeout=0.2)  # all at once: nobody slips in between
        refused = [task.exception() for task in tasks if task in done]
        assert [(e.status, e.headers) for e in refused if isinstance(e, Problem)] == [(503, {"Retry-After": "1"})] * 6
        tasks = tasks[:3]
        await until(lambda: works[0].begun.is_set() and works[1].begun.is_set())
        assert not works[2].begun.is_set()
        works[0].go.set()
        await until(works[2].begun.is_set)
        for work in works:
            work.go.set()
        assert await asyncio.gather(*tasks) == ["done"] * 3

    in_loop(test)


def test_who_goes_away_leaves_no_work_behind() -> None:
    async def test() -> None:
        workers, first, second, third = Workers(Limits(workers=1, queue=2)), Work(), Work(), Work()
        clients = Client(), Client()
        running = asyncio.ensure_future(workers.run(clients[0], first))
        waiting = asyncio.ensure_future(workers.run(clients[1], second))
        await until(first.begun.is_set)
        for client, task in zip(clients, (running, waiting), strict=True):
            client.leaves.set()
            with pytest.raises(ClientDisconnect):
                await task
        assert first.stop is not None
        await until(first.stop.is_set)
        last = asyncio.ensure_future(workers.run(Client(), third))
        await asyncio.sleep(0.05)
        assert not third.begun.is_set()  # the first holds its place until it has really ended
        first.go.set()
        await until(third.begun.is_set)
        third.go.set()
        assert await last == "done"
        assert not second.begun.is_set()

    in_loop(test)


def test_what_takes_too_long_is_stopped() -> None:
    async def test() -> None:
        workers, work = Workers(Limits(workers=1, queue=1, timeout=0.05)), Work()
        for _ in range(2):  # the second one does not even begin
            with pytest.raises(Problem) as caught:
                await workers.run(Client(), work)
            assert caught.value.status == 504
        assert work.stop is not None
        assert work.stop.is_set()
        work.go.set()

    in_loop(test)


# The tagger that stops


def test_an_interruptible_tagger_can_do_what_the_tagger_can(crf: CRFTagger) -> None:
    plain = TriggerTagger([Trigger.all_of("B-X", 0.5, "a")])
    for protocol in (SupportsDecoding, SupportsMasks, SupportsMaskToken):
        assert isinstance(Interruptible(crf, threading.Event()), protocol)
        assert not isinstance(Interruptible(plain, threading.Event()), protocol)


@pytest.mark.parametrize("method", ["lime", "shapley"])
def test_an_interruptible_tagger_changes_nothing(crf: CRFTagger, method: Any) -> None:
    words = ["6+", "years", "of", "Web", "UI/UX", "design", "experience", "and", "Java", "or", "C#", "in", "teams"]
    expected = NERExplainer(crf, method=method).explain(words)
    found = NERExplainer(Interruptible(crf, threading.Event()), method=method).explain(words)
    assert np.array_equal(found.weights, expected.weights)
    assert found.settings == expected.settings
    assert found.predicted == expected.predicted
    assert found.entity(0, 2).probability == expected.entity(0, 2).probability


def test_it_stops_between_two_questions(crf: CRFTagger) -> None:
    stop = threading.Event()
    tagger = Interruptible(crf, stop)
    prepared = tagger.under_masks(["a", "b"], ["x", "x"])
    stop.set()
    with pytest.raises(StoppedError):
        tagger.predict_proba([["a"]])
    with pytest.raises(StoppedError):
        tagger.under_masks(["a"], ["x"])
    masks = np.ones((1, 2), dtype=bool)
    for ask in (
        lambda: prepared.marginals(masks),
        lambda: prepared.moments(lambda _level: [(0.5, 1.0)], tolerance=1e-3, positions=[0]),
        lambda: prepared.span_probability(masks, 0, [["O"]], []),
    ):
        with pytest.raises(StoppedError):
            ask()


def test_it_stops_between_two_refinements(crf: CRFTagger) -> None:
    stop, levels = threading.Event(), []
    prepared = Interruptible(crf, stop).under_masks(["a", "b"] * 10, ["x", "x"] * 10)

    def rates(level: int) -> list[tuple[float, float]]:
        levels.append(level)
        if len(levels) == 4:
            stop.set()
        return [(0.5, 1.0)]

    with pytest.raises(StoppedError):
        prepared.moments(rates, tolerance=0.0, positions=[0])
    assert len(levels) == 4


@pytest.mark.parametrize(
    ("host", "name", "seen", "private"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", True),
        ("localhost", "localhost", "localhost", True),
        ("::1", "[::1]", "[::1]", True),
        ("0.0.0.0", "0.0.0.0", "127.0.0.1", False),
        ("::", "[::]", "127.0.0.1", False),
        ("192.0.2.1", "192.0.2.1", "192.0.2.1", False),
    ],
)
def test_places(host: str, name: str, seen: str, private: bool) -> None:
    address = Address(host)
    assert (address.name, address.seen_as, address.is_private) == (name, seen, private)
