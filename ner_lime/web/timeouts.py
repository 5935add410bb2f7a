"""Time-outs of a connection: until the head of a request has arrived, and while its response is read."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ner_lime.web.problems import Problem

MIN_BYTES_READ = 2**16
"""Minimum number of bytes of the response that a client must read per time-out; a slower one is disconnected."""


class TimeoutProtocol(H11Protocol):
    """HTTP/1.1 with time-outs for slow clients, and JSON where no request could be read.

    Attributes
    ----------
    seconds : float
        The time-out.

    Examples
    --------
    >>> http_protocol(5.0).seconds
    5.0
    """

    seconds = 10.0
    _idle_timer: asyncio.TimerHandle | None = None
    _read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        sending = cast("asyncio.Transport", transport)
        sending.set_write_buffer_limits(0)  # what the client leaves unread is told at the first byte
        super().connection_made(sending)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of this one."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._must_read(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """All is read: wait for the next request."""
        super().resume_writing()
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        for timer in (self._idle_timer, self._read_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(Problem(400, "bad_request", msg))

    def _watch(self) -> None:
        """Start or stop the timer: a trickle of bytes does not restart it, a whole head or a body's end stops it."""
        theirs, ours = self.conn.their_state, self.conn.our_state
        late = theirs is h11.IDLE or (theirs is h11.SEND_BODY and ours is h11.DONE)
        if not late and self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        elif late and self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.seconds, self._give_up)

    def _must_read(self, left: int) -> None:
        self._read_timer = self.loop.call_later(self.seconds, self._check_reading, left)

    def _check_reading(self, left: int) -> None:
        now = self.transport.get_write_buffer_size()
        if left - now < MIN_BYTES_READ:
            self.transport.abort()  # closing would wait for what is left to be read
        else:
            self._must_read(now)

    def _give_up(self) -> None:
        self._idle_timer = None
        if self.transport.is_closing() or self._read_timer is not None:
            return
        begun, _ = self.conn.trailing_data
        if begun and self.conn.our_state is h11.IDLE:
            self._refuse(Problem(408, "head_too_slow", f"expected a request within {self.seconds:g} seconds"))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        body = json.dumps(problem.content()).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Connection", "close")]
        events = (h11.Response(status_code=problem.status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def http_protocol(seconds: float) -> type[TimeoutProtocol]:
    """Make the protocol with a time-out in seconds, as a class: uvicorn makes an instance for each connection."""
    return type("TimeoutProtocol", (TimeoutProtocol,), {"seconds": seconds})
