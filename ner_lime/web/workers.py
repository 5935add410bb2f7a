"""A thread pool beside the event loop, with a bounded queue and cancellation of work that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from ner_lime.web.limits import Limits
from ner_lime.web.problems import Problem

T = TypeVar("T")


class Workers:
    """Runs functions in threads, a limited number at once.

    A function gets an event that is set when its answer is not wanted any more; it occupies a worker until it returns,
    so that the number of threads stays limited. The threads are daemons: a tagger that hangs does not keep the process
    from ending.

    Examples
    --------
    >>> async def main():
    ...     return type(Workers(Limits(workers=2, queue=4))).__name__
    >>> asyncio.run(main())
    'Workers'
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken_on = 0  # waiting or under way
        self._places = asyncio.Semaphore(limits.workers)

    async def run(self, request: Request, work: Callable[[Event], T]) -> T:
        """Work for a client as long as it is there.

        Raises
        ------
        Problem
            503: too many wait already; 504: it took too long.
        ClientDisconnect
            The client went away.
        """
        if self._taken_on >= self._limits.workers + self._limits.queue:
            raise Problem.later(503, "busy", "expected fewer requests at once: try again", 1)
        self._taken_on += 1
        answer = asyncio.ensure_future(self._in_turn(work))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait({answer, gone}, timeout=self._limits.timeout, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            if gone.done():
                raise ClientDisconnect
            raise Problem(
                504, "too_slow", f"expected an answer within {self._limits.timeout:g} seconds: send less text"
            )
        finally:
            answer.cancel()
            gone.cancel()

    async def _in_turn(self, work: Callable[[Event], T]) -> T:
        try:
            await self._places.acquire()
        except asyncio.CancelledError:
            self._taken_on -= 1
            raise
        stop = Event()
        result = self._start(work, stop)
        try:
            return await result
        finally:
            stop.set()

    def _start(self, work: Callable[[Event], T], stop: Event) -> asyncio.Future[T]:
        """Begin in a thread; the place is free again when the function has returned, waited for or not."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()

        def end(settle: Callable[[Any], None], value: Any) -> None:
            self._places.release()
            self._taken_on -= 1
            if not result.cancelled():
                settle(value)

        def run() -> None:
            try:
                settled: tuple[Callable[[Any], None], Any] = (result.set_result, work(stop))
            except Exception as error:  # noqa: BLE001 - raised again where the result is awaited
                settled = (result.set_exception, error)
            with suppress(RuntimeError):  # the loop is closed: the service has stopped
                loop.call_soon_threadsafe(end, *settled)

        Thread(target=run, name="ner-lime worker", daemon=True).start()
        return result


async def _gone(request: Request) -> None:
    """Return when the client goes away; its request was read to the end."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
