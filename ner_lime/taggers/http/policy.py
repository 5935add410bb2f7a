"""Limits for the requests to a service: batches, rates, time-outs, retries and the budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ner_lime.checks import whole_number
from ner_lime.errors import InputError

_MAX_SECONDS = 1_000_000
"""Maximum time-out or wait in seconds, some days: operating systems refuse endless ones."""


@dataclass(frozen=True, slots=True)
class HttpRetry:
    """Retries after a service was busy (408, 429, 5xx), did not answer, or dropped the connection.

    Attributes
    ----------
    times : int
        Tries after the first one.
    first_wait, longest_wait : float
        Seconds. The n-th wait is drawn from 0 to ``first_wait * 2 ** n`` (full jitter), never beyond `longest_wait`.
        A Retry-After of the service is waited for by all requests; one longer than `longest_wait` is an error at once.

    Examples
    --------
    >>> HttpRetry(times=2).longest_wait
    60.0
    """

    times: int = 5
    first_wait: float = 0.5
    longest_wait: float = 60.0

    def __post_init__(self) -> None:
        _check_whole(self, times=0)
        _check_real(self, "first_wait", "longest_wait", zero=True)


@dataclass(frozen=True, slots=True)
class HttpBudget:
    """Maximum number of requests and words during the life of a tagger; retries count, cached answers do not.

    Attributes
    ----------
    calls : int or None
        Requests.
    tokens : int or None
        Words in all requests together.

    Examples
    --------
    >>> HttpPolicy(budget=HttpBudget(calls=100)).budget.calls
    100
    """

    calls: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        _check_whole(self, calls=0, tokens=0)


@dataclass(frozen=True, slots=True)
class HttpPolicy:
    """All limits for the requests to a service.

    Attributes
    ----------
    batch_size : int
        Maximum number of sentences in one request.
    concurrency : int
        Maximum number of requests under way at once.
    per_minute : float or None
        Maximum number of requests that begin in a minute; they are evenly spaced.
    timeout : float
        Seconds until the service must have accepted the connection, and until it must have begun and ended its answer.
    max_bytes : int
        Maximum length of a response.
    retry : HttpRetry
    budget : HttpBudget

    Examples
    --------
    >>> HttpPolicy(batch_size=8, per_minute=60).timeout
    30.0
    """

    batch_size: int = 32
    concurrency: int = 4
    per_minute: float | None = None
    timeout: float = 30.0
    max_bytes: int = 64 * 2**20
    retry: HttpRetry = field(default_factory=HttpRetry)
    budget: HttpBudget = field(default_factory=HttpBudget)

    def __post_init__(self) -> None:
        _check_whole(self, batch_size=1, concurrency=1, max_bytes=1)
        _check_real(self, "per_minute", "timeout", zero=False)
        for name, kind in (("retry", HttpRetry), ("budget", HttpBudget)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise InputError(f"HttpPolicy: expected {name}={kind.__name__}(...), found {value!r:.100}")


def _check_whole(policy: Any, **least: int) -> None:
    for name, lowest in least.items():
        value = getattr(policy, name)
        if not _is_left_out(name, value):
            whole_number(value, f"{type(policy).__name__}({name}=)", least=lowest)


def _check_real(policy: Any, *names: str, zero: bool) -> None:
    for name in names:
        value = getattr(policy, name)
        enough = isinstance(value, (int, float)) and (0 < value <= _MAX_SECONDS or (zero and value == 0))
        if not (_is_left_out(name, value) or enough):
            wanted = f"at least 0 and at most {_MAX_SECONDS}" if zero else f"more than 0 and at most {_MAX_SECONDS}"
            raise InputError(f"{type(policy).__name__}: expected {name} {wanted}, found {value!r:.100}")


def _is_left_out(name: str, value: object) -> bool:
    return value is None and name in ("calls", "tokens", "per_minute")
