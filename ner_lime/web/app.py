"""The ASGI application: its routes, and the work behind each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ner_lime.taggers import as_tagger
from ner_lime.web.access import Access
from ner_lime.web.body import read_json
from ner_lime.web.jobs import Jobs
from ner_lime.web.limits import Limits
from ner_lime.web.middleware import SecurityMiddleware
from ner_lime.web.openapi import openapi
from ner_lime.web.page import POLICY, page
from ner_lime.web.problems import Problem
from ner_lime.web.schema import EXPLAIN_REQUEST, TAG_REQUEST, VIEW_REQUEST, Schema, check
from ner_lime.web.token_bucket import TokenBucket
from ner_lime.web.workers import Workers

Work = Callable[[Mapping[str, Any], Event], bytes]


def create_app(tagger: Any, access: Access, limits: Limits | None = None) -> Starlette:
    """Make the page and the API of one tagger, as an ASGI application.

    Parameters
    ----------
    tagger
        A `Tagger`, or anything that `ner_lime.as_tagger` accepts. It is asked from several threads.
    access : Access
    limits : Limits, optional
    """
    limits = Limits() if limits is None else limits
    jobs, workers = Jobs(as_tagger(tagger), limits), Workers(limits)
    description = openapi(limits)

    def post(path: str, schema: Schema, work: Work) -> Route:
        async def answer(request: Request) -> Response:
            content = await read_json(request, limits)
            check(content, schema)
            return Response(await workers.run(request, lambda stop: work(content, stop)), media_type="application/json")

        return Route(path, answer, methods=["POST"])

    async def show(_: Request) -> Response:
        response = Response(page(limits), media_type="text/html", headers={"Content-Security-Policy": POLICY})
        access.remember(response)
        return response

    async def describe(_: Request) -> Response:
        return JSONResponse(description)

    async def not_routed(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code, message = {
            404: ("not_found", "expected /, /api/explain, /api/tag or /openapi.json"),
            405: ("wrong_method", "expected another method"),
        }.get(error.status_code, ("refused", error.detail))
        return Problem(error.status_code, code, message, headers=dict(error.headers or {})).answer(request)

    return Starlette(
        routes=[
            Route("/", show),
            Route("/openapi.json", describe),
            post("/view", VIEW_REQUEST, jobs.view),
            post("/api/explain", EXPLAIN_REQUEST, jobs.explain),
            post("/api/tag", TAG_REQUEST, jobs.tag),
        ],
        middleware=[Middleware(SecurityMiddleware, access=access, rate=TokenBucket(limits.rate))],
        exception_handlers={HTTPException: not_routed},
    )
