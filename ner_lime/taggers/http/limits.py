"""Rate limit and budget that all requests to one service share."""

from __future__ import annotations

from threading import Event, Lock
from time import monotonic

from ner_lime.errors import BudgetError
from ner_lime.taggers.http.policy import HttpBudget

_MAX_WAIT = 3600.0
"""Maximum time of one wait in seconds: operating systems refuse very long ones, so longer waits are repeated."""


class RateLimit:
    """Spaces requests evenly, and holds all of them back while the service wants a pause.

    Parameters
    ----------
    per_minute : float or None
        Maximum number of requests that begin in a minute; None: no limit.

    Examples
    --------
    >>> limit = RateLimit(per_minute=60_000)
    >>> limit.wait(Event())
    True
    """

    def __init__(self, per_minute: float | None) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = Lock()

    def wait(self, stopping: Event) -> bool:
        """Wait until the next request may begin; False where `stopping` was set meanwhile."""
        while not stopping.is_set():
            with self._lock:
                missing = self._next - monotonic()
                if missing <= 0.0:
                    self._next = monotonic() + self._gap
                    return True
            stopping.wait(min(missing, _MAX_WAIT))
        return False

    def hold(self, seconds: float) -> None:
        """Let no request begin for this number of seconds."""
        with self._lock:
            self._next = max(self._next, monotonic() + seconds)


class Meter:
    """Counts requests and words, and refuses the request that would exceed the budget.

    Attributes
    ----------
    calls, tokens : int
        Requests, and words in them, so far.

    Examples
    --------
    >>> meter = Meter(HttpBudget(calls=2))
    >>> meter.spend(10)
    >>> meter.calls, meter.tokens
    (1, 10)
    """

    def __init__(self, budget: HttpBudget) -> None:
        self.calls = 0
        self.tokens = 0
        self._budget = budget
        self._lock = Lock()

    def spend(self, tokens: int) -> None:
        """Count one request.

        Raises
        ------
        BudgetError
            It would exceed the budget; it is not counted.
        """
        with self._lock:
            max_calls, max_tokens = self._budget.calls, self._budget.tokens
            if max_calls is not None and self.calls + 1 > max_calls:
                raise BudgetError(f"the budget of {max_calls} calls is spent: {_MEND}")
            if max_tokens is not None and self.tokens + tokens > max_tokens:
                raise BudgetError(
                    f"the budget of {max_tokens} tokens is spent ({self.tokens} were sent, the next request has "
                    f"{tokens}): {_MEND}"
                )
            self.calls += 1
            self.tokens += tokens

    def charge(self, tokens: int) -> None:
        """Count tokens that a request turned out to take beside those that were counted before."""
        with self._lock:
            self.tokens += max(tokens, 0)


_MEND = "what was answered is in the cache, if there is one; raise HttpPolicy(budget=...) to go on"
