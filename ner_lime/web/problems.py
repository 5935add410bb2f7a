"""Error responses: an HTTP status, a code for programs and a line for people."""

from __future__ import annotations

import logging
import traceback
from math import ceil

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ner_lime.errors import InputError, LabelError, NerLimeError, WordIndexError
from ner_lime.render.templating import fill

_LOG = logging.getLogger("ner_lime")


class Problem(Exception):
    """An error that becomes a response.

    Attributes
    ----------
    status : int
        Of HTTP.
    code : str
        The same as a word.
    message : str
        One line.
    headers : dict
        Sent with it.
    """

    def __init__(self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    @classmethod
    def later(cls, status: int, code: str, message: str, seconds: float) -> Problem:
        """Ask the client to try again after this number of seconds."""
        return cls(status, code, message, headers={"Retry-After": str(max(1, ceil(seconds)))})

    def content(self) -> dict[str, dict[str, str]]:
        """The body, ready for JSON."""
        return {"error": {"code": self.code, "message": self.message}}

    def answer(self, request: Request) -> Response:
        """The response: a page for a person's browser, JSON for anything else."""
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(fill("problem.html", message=self.message), self.status, headers=self.headers)
        return JSONResponse(self.content(), self.status, headers=self.headers)


def problem(error: Exception) -> Problem:
    """Translate an error; of what nobody expected the client learns nothing, and the log where it happened.

    The log has no message of the error either: it might quote the text.
    """
    match error:
        case Problem():
            return error
        case LabelError():
            return Problem(422, "unknown_label", str(error))
        case WordIndexError():
            return Problem(422, "unknown_word", str(error))
        case InputError():
            return Problem(422, "invalid", str(error))
    place = traceback.extract_tb(error.__traceback__)[-1]
    _LOG.error("a request failed: %s at %s:%s", type(error).__name__, place.filename, place.lineno)
    if isinstance(error, NerLimeError):
        return Problem(500, "tagger_failed", "the tagger failed on this text")
    return Problem(500, "fault", "this is a fault of ner-lime; its log says where")
