"""How long a connection may keep the server waiting: for the head of a request, or for its answer to be read."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ner_lime.web.problems import Problem

LEAST = 2**16
"""Bytes of its answer that a client takes in the time that it has; who takes fewer is cut off."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to waiting, and with JSON where no request could be read."""

    seconds = 10.0
    _alarm: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

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
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        for alarm in (self._alarm, self._unread):
            if alarm is not None:
                alarm.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(Problem(400, "bad_request", msg))

    def _watch(self) -> None:
        """What has begun to be late stays so whatever trickles in; a whole head, or the end of a body, is in time."""
        theirs, ours = self.conn.their_state, self.conn.our_state
        late = theirs is h11.IDLE or (theirs is h11.SEND_BODY and ours is h11.DONE)
        if not late and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        elif late and self._alarm is None:
            self._alarm = self.loop.call_later(self.seconds, self._give_up)

    def _must_read(self, left: int) -> None:
        self._unread = self.loop.call_later(self.seconds, self._look_again, left)

    def _look_again(self, left: int) -> None:
        now = self.transport.get_write_buffer_size()
        if left - now < LEAST:
            self.transport.abort()  # closing would wait for what is left to be read
        else:
            self._must_read(now)

    def _give_up(self) -> None:
        self._alarm = None
        if self.transport.is_closing() or self._unread is not None:
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


def patient(seconds: float) -> type[PatientProtocol]:
    """Make the protocol for uvicorn, which wants a class."""
    return type("PatientProtocol", (PatientProtocol,), {"seconds": seconds})
