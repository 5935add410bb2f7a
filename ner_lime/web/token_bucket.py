"""A bucket of permissions that fills at a steady rate."""

from __future__ import annotations

from time import monotonic

from ner_lime.web.problems import Problem

BURST = 2.0
"""The bucket holds what flows in during so many seconds, and at least one permission."""


class Rate:
    """Permits so many requests a second on average, and a burst now and then."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._most = max(1.0, BURST * per_second)
        self._left = self._most
        self._seen = monotonic()

    def take(self) -> None:
        """Take one permission.

        Raises
        ------
        Problem
            There is none: 429, with the seconds until there is one.
        """
        now = monotonic()
        self._left = min(self._most, self._left + (now - self._seen) * self._per_second)
        self._seen = now
        if self._left < 1.0:
            wait = (1.0 - self._left) / self._per_second
            raise Problem.later(429, "too_many_requests", f"expected {self._per_second:g} requests a second", wait)
        self._left -= 1.0
