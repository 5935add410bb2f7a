"""The address at which the service listens."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from ner_lime.errors import InputError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port of this machine, and further names under which browsers know it.

    Attributes
    ----------
    host : str
        By default only this machine itself can reach the service.
    port : int
        0: any free one.
    more_hosts : strings
        Further names in a Host header, with the port that browsers see where it is another.

    Examples
    --------
    >>> address = Address("::1", port=8000)
    >>> address.name, address.is_private
    ('[::1]', True)
    """

    host: str = "127.0.0.1"
    port: int = 8765
    more_hosts: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The host as addresses have it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it."""
        return self.name in LOOPBACK

    @property
    def seen_as(self) -> str:
        """The name to ask it under: one that means every address of the machine is none."""
        return LOOPBACK[0] if self.name in ("0.0.0.0", "[::]") else self.name

    def listen(self) -> socket.socket:
        """Open the port.

        Raises
        ------
        InputError
            The host is none of this machine, or the port is taken.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            listening = socket.create_server((self.host, self.port), family=family, backlog=512)
        except OSError as error:
            reason = error.strerror or os.strerror(error.errno or 0)
            raise InputError(
                f"can't listen at {self.name}:{self.port} ({reason}): name another --port, or 0 for any free one"
            ) from error
        # Connections inherit it: else the head of an answer is on its way 40 ms before its body.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
