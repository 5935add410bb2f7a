"""How long a connection may keep the server waiting for the head of a request, or send on after the answer."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ner_lime.web.problems import Problem


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to waiting, and with JSON where no request could be read."""

    seconds = 10.0
    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of this one."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if self._alarm is not None:
            self._alarm.cancel()
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

    def _give_up(self) -> None:
        if self.transport.is_closing():
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
