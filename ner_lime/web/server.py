"""The service as a process: a port, an address with a token in it, and an orderly end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from uvicorn import Config, Server

from ner_lime.threads import single_blas_thread
from ner_lime.types import Tagger
from ner_lime.web.access import Access
from ner_lime.web.address import Address
from ner_lime.web.app import create_app
from ner_lime.web.jobs import Jobs
from ner_lime.web.limits import Limits
from ner_lime.web.timeouts import http_protocol

_LOG = logging.getLogger("ner_lime")
SHUTDOWN_TIMEOUT = 2
"""Seconds in which requests under way may end when the service is told to stop."""


def serve(tagger: Tagger, address: Address, limits: Limits, announce: Callable[[str], None]) -> None:
    """Serve until a signal comes; it is raised again when all is closed.

    Parameters
    ----------
    tagger : Tagger
    address : Address
    limits : Limits
    announce : callable
        Gets the address, once there is somebody to answer.

    Raises
    ------
    InputError
        The address can't be listened at.
    TaggerError
        The tagger has no probabilities for a text of one word.
    """
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):  # they would log requests and tracebacks
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with address.listen() as listening, single_blas_thread():
        # A tagger that fails is told now, and what is slow to import is there for the first request.
        Jobs(tagger, limits).view({"text": "."}, Event())
        port = listening.getsockname()[1]
        access = Access.to(address.name, port, more=address.more_hosts)
        config = Config(
            create_app(tagger, access, limits),
            http=http_protocol(limits.body_timeout),
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        )
        if not address.is_private:
            _LOG.warning("other machines can reach this service, and what it is sent is not encrypted")
        announce(f"http://{address.seen_as}:{port}/?token={access.token}")
        Server(config).run(sockets=[listening])
