"""The body of a request: of the right kind, not too long, not too slow, and JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NoReturn

from starlette.requests import Request

from ner_lime.web.limits import Limits
from ner_lime.web.problems import Problem


async def read_json(request: Request, limits: Limits) -> Any:
    """Read what was sent.

    Raises
    ------
    Problem
        415: it is said to be no JSON; 413: too long; 408: too slow; 400: no JSON.
    ClientDisconnect
        The client went away.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "wrong_type", "expected Content-Type: application/json")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limits.max_bytes:
        raise _too_large(limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_timeout):
            async for part in request.stream():
                body += part
                if len(body) > limits.max_bytes:
                    raise _too_large(limits)
    except TimeoutError:
        raise Problem(
            408,
            "body_too_slow",
            f"expected the whole body within {limits.body_timeout:g} seconds",
            headers={"Connection": "close"},
        ) from None
    return parse(bytes(body))


def parse(body: bytes) -> Any:
    """Parse JSON in UTF-8; the names NaN and Infinity are none.

    Raises
    ------
    Problem
        400; the message has the place and none of the words.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        where = f"expected UTF-8, found something else at byte {error.start}"
    except json.JSONDecodeError as error:
        where = f"expected JSON: {error.msg} at character {error.pos}"
    except RecursionError:
        where = "expected JSON that is not nested so deeply"
    except ValueError:
        where = "expected JSON with finite numbers of usual size"
    raise Problem(400, "bad_json", where)


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _too_large(limits: Limits) -> Problem:
    return Problem(413, "body_too_large", f"expected at most {limits.max_bytes} bytes")
