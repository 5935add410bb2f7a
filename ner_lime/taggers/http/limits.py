"""What the requests to one service share: their pace, and what they have spent of the budget."""

from __future__ import annotations

from threading import Event, Lock
from time import monotonic

from ner_lime.errors import BudgetError
from ner_lime.taggers.http.policy import HttpBudget

_LONGEST = 3600.0
"""Seconds of waiting at once: systems take no wait without end."""


class Pace:
    """Lets requests begin one after the other, at most so many a minute, and none while the service wants a pause."""

    def __init__(self, per_minute: float | None) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = Lock()

    def wait(self, stopping: Event) -> bool:
        """Wait for one's turn; False where `stopping` was set meanwhile."""
        while not stopping.is_set():
            with self._lock:
                missing = self._next - monotonic()
                if missing <= 0.0:
                    self._next = monotonic() + self._gap
                    return True
            stopping.wait(min(missing, _LONGEST))
        return False

    def hold(self, seconds: float) -> None:
        """Let nothing begin for so long."""
        with self._lock:
            self._next = max(self._next, monotonic() + seconds)


class Meter:
    """Counts what was sent, and stops before the budget is exceeded.

    Attributes
    ----------
    calls, tokens : int
        Requests, and words in them, so far.
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
            most_calls, most_tokens = self._budget.calls, self._budget.tokens
            if most_calls is not None and self.calls + 1 > most_calls:
                raise BudgetError(f"the budget of {most_calls} calls is spent: {_MEND}")
            if most_tokens is not None and self.tokens + tokens > most_tokens:
                raise BudgetError(
                    f"the budget of {most_tokens} tokens is spent ({self.tokens} were sent, the next request has "
                    f"{tokens}): {_MEND}"
                )
            self.calls += 1
            self.tokens += tokens


_MEND = "what was answered is in the cache, if there is one; raise HttpPolicy(budget=...) to go on"
