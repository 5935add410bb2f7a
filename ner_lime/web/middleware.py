"""ASGI middleware around the application: access, rate limit, security headers, and errors made responses."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ner_lime.web.access import Access
from ner_lime.web.problems import problem
from ner_lime.web.token_bucket import TokenBucket

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Security headers of every response; a response's own take precedence."""


class SecurityMiddleware:
    """Checks access and rate of every request, adds the security headers, and turns errors into responses.

    Parameters
    ----------
    app : ASGI application
    access : Access
    rate : TokenBucket

    Examples
    --------
    >>> access = Access.to("127.0.0.1", 8765)
    >>> middleware = SecurityMiddleware(app=None, access=access, rate=TokenBucket(100.0))
    >>> middleware.access.cookie
    'ner-lime-8765'
    """

    def __init__(self, app: ASGIApp, access: Access, rate: TokenBucket) -> None:
        self.app = app
        self.access = access
        self.rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; no exception leaves."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self.access.check(Request(scope))
            self.rate.take()
            await self.app(scope, receive, with_headers)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the server goes on
            found = problem(error)
            if not started:
                await found.answer(Request(scope))(scope, receive, with_headers)
