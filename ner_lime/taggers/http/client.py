"""One request to a service: rate limit, budget, time-out, retries, and a checked response.

httpx and tenacity are imported here: whoever imports this module translates their absence.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from threading import BoundedSemaphore, Event
from time import monotonic
from typing import Any

import httpx
import tenacity

from ner_lime.errors import InputError, TaggerError
from ner_lime.taggers.http.limits import Meter, RateLimit
from ner_lime.taggers.http.policy import HttpPolicy
from ner_lime.taggers.http.secrets import Secrets

_LOG = logging.getLogger("ner_lime")
_RETRIED = (408, 425, 429)
"""Client errors after which a request is tried again, as after every server error."""
_EXCERPT = 200
"""Maximum number of characters of a response that a message quotes."""
_ERROR_BYTES = 100_000
"""Maximum number of bytes that are read of an error response."""
_HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "ner-lime"}
_LOCAL = ("localhost", "127.0.0.1", "::1")


class _TryAgainError(Exception):
    """A fault that may be gone at the next try."""


class HttpClient:
    """Posts JSON to one URL.

    Parameters
    ----------
    url : str
        Without user and password.
    headers : mapping, optional
    policy : HttpPolicy
    path : str
        Where to post, if the address says only its host.

    Raises
    ------
    InputError
        The address is none, or has a password in it; a header that can't be sent.

    Attributes
    ----------
    url : str
    secrets : Secrets
    shown : str
        The address as messages have it: without what follows "?".
    meter : Meter
        Number of requests and words that were sent.

    Examples
    --------
    >>> client = HttpClient("https://example.org/tag?key=secret", {"Authorization": "Bearer 123"}, HttpPolicy())
    >>> client.shown, client.meter.calls, client.secrets
    ('https://example.org/tag', 0, Secrets(Authorization: ***))
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None, policy: HttpPolicy, *, path: str = "") -> None:
        # Addresses with a password may be no addresses for its sake, and httpx says why.
        shown = re.sub(r":.*@", ":***@", str(url).partition("?")[0])
        try:
            parsed = httpx.URL(url).copy_with(fragment=None)
        except (httpx.InvalidURL, TypeError):
            raise InputError(f"expected an http(s):// address, found {shown!r:.100}") from None
        if parsed.userinfo:
            raise InputError(f"{parsed.host}: expected an address without user and password: give them in headers=")
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise InputError(f"expected an http(s):// address with a host, found {shown!r:.100}")
        if parsed.path in ("", "/") and path:
            parsed = parsed.copy_with(path=path)
        self.url = str(parsed)
        self.shown = str(parsed.copy_with(query=None))
        self.meter = Meter(policy.budget)
        self.secrets = Secrets(headers, parsed.query.decode("ascii"))
        self._policy = policy
        self._rate = RateLimit(policy.per_minute)
        self._slots = BoundedSemaphore(policy.concurrency)
        if self.secrets and parsed.scheme == "http" and parsed.host not in _LOCAL:
            _LOG.warning("%s is not encrypted: everybody on the way can read its headers", self.shown)

    def session(self) -> httpx.Client:
        """Open a pool of connections; close it, or use it in a `with`."""
        return httpx.Client(
            verify=_trust(),
            timeout=self._policy.timeout,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=self._policy.concurrency),
        )

    def post(self, session: httpx.Client, body: Any, n_tokens: int, stopping: Event) -> Any:
        """Post `body` as JSON, and read the JSON that comes back.

        Parameters
        ----------
        session : httpx.Client
            From `session`.
        body : JSON
        n_tokens : int
            Number of words in the request, which the budget counts.
        stopping : Event
            Once it is set, nothing more is sent.

        Raises
        ------
        TaggerError
            The service refused, its answer is no JSON or too long, or it kept failing.
        BudgetError
            Nothing more may be sent.
        """
        retry = self._policy.retry
        jitter = tenacity.wait_random_exponential(multiplier=retry.first_wait, max=retry.longest_wait)

        def note(state: tenacity.RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            _LOG.info("%s: %s; trying again", self.shown, error)

        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            stop=tenacity.stop_after_attempt(retry.times + 1) | tenacity.stop_when_event_set(stopping),
            wait=jitter,
            sleep=tenacity.sleep_using_event(stopping),
            before_sleep=note,
            reraise=True,
        )
        # Escapes keep lone surrogates, which no encoding takes.
        content = json.dumps(body).encode("ascii")
        try:
            return tries(self._once, session, content, n_tokens, stopping)
        except _TryAgainError as error:
            tried = tries.statistics.get("attempt_number", 1)
            raise TaggerError(f"{self.shown}: no answer in {tried} tries, the last time: {error}") from error.__cause__

    def _once(self, session: httpx.Client, content: bytes, n_tokens: int, stopping: Event) -> Any:
        with self._slots:
            if not self._rate.wait(stopping):
                raise _TryAgainError("stopped, because another request failed")
            self.meter.spend(n_tokens)
            headers = httpx.Headers(_HEADERS)
            headers.update(self.secrets.sent())
            deadline = monotonic() + self._policy.timeout
            try:
                with (
                    self.secrets.kept_from_logs(),
                    session.stream("POST", self.url, content=content, headers=headers) as response,
                ):
                    return self._read(response, deadline)
            except httpx.TransportError as error:
                message = f"{type(error).__name__}: {error}"
                # A traceback shows the cause, with what the service sent.
                cause = None if self.secrets.within(message) else error
                message = self.secrets.redact(message)
                if _is_certificate_fault(error):
                    raise TaggerError(f"{self.shown}: the service can't be trusted: {message}") from cause
                raise _TryAgainError(message) from cause

    def _read(self, response: httpx.Response, deadline: float) -> Any:
        """The JSON of a successful response; any other response raises an error."""
        status = self.secrets.redact(f"HTTP {response.status_code} {response.reason_phrase}".strip())[:_EXCERPT]
        if response.is_success:
            body = self._body(response, deadline, self._policy.max_bytes)
            try:
                return json.loads(body)
            except (ValueError, RecursionError) as error:
                raise TaggerError(f"{self.shown}: expected JSON, found {self._excerpt(body)}") from error
        if response.status_code in _RETRIED or response.is_server_error:
            wait, longest = _retry_after(response.headers.get("Retry-After", "")), self._policy.retry.longest_wait
            if wait > longest:
                raise TaggerError(
                    f"{self.shown}: {status}: the service wants a pause of {wait:.1f} s, more than "
                    f"HttpRetry(longest_wait={longest:g}) allows: come back then, or raise it"
                )
            self._rate.hold(wait)
            raise _TryAgainError(status)
        if response.is_redirect:
            raise TaggerError(f"{self.shown}: {status}: redirects are not followed, give the final address")
        body = self._body(response, deadline, _ERROR_BYTES, cut=True)
        hint = " (are the headers= right?)" if response.status_code in (401, 403) else ""
        raise TaggerError(f"{self.shown}: {status}{hint}: {self._excerpt(body)}")

    def _body(self, response: httpx.Response, deadline: float, max_bytes: int, *, cut: bool = False) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise TaggerError(f"{self.shown}: expected an answer that is not compressed, as was asked for")
        found = bytearray()
        for chunk in response.iter_raw():
            found += chunk
            if monotonic() > deadline:
                raise _TryAgainError(f"the answer took more than {self._policy.timeout:g} s")
            if len(found) > max_bytes:
                if cut:
                    break
                raise TaggerError(
                    f"{self.shown}: the answer is longer than {max_bytes} bytes: raise HttpPolicy(max_bytes=...)"
                )
        return bytes(found)

    def _excerpt(self, body: bytes) -> str:
        text = body[:_ERROR_BYTES].decode("utf-8", "replace")
        if len(body) > _ERROR_BYTES:  # it may end in the beginning of a secret
            text = text[: max(len(text) - self.secrets.longest, 0)]
        return repr(self.secrets.redact(text))[:_EXCERPT]


@cache
def _trust() -> ssl.SSLContext:
    """The trusted certificates, read once: that takes longer than a request."""
    return httpx.create_ssl_context()


def _retry_after(value: str) -> float:
    """Seconds, from a number of seconds or a date (RFC 9110, section 10.2.3); 0 where it is neither."""
    if re.fullmatch(r"\s*\d+(\.\d*)?\s*", value, re.ASCII):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        ahead = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)
    except (ValueError, OverflowError):
        return 0
    return max(ahead.total_seconds(), 0)


def _is_certificate_fault(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
