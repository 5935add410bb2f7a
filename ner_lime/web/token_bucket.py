"""A token bucket: requests are permitted at a steady average rate, with short bursts."""

from __future__ import annotations

from time import monotonic

from ner_lime.web.problems import Problem

BURST_SECONDS = 2.0
"""Capacity of the bucket: the permissions of this time in seconds, and at least one."""


class TokenBucket:
    """Permits requests at an average rate; an idle bucket fills up, so that a burst may follow.

    Parameters
    ----------
    per_second : float
        Requests a second on average.

    Examples
    --------
    >>> bucket = TokenBucket(0.5)
    >>> bucket.take()  # a second call would raise Problem 429
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._capacity = max(1.0, BURST_SECONDS * per_second)
        self._left = self._capacity
        self._seen = monotonic()

    def take(self) -> None:
        """Take one permission.

        Raises
        ------
        Problem
            There is none: 429, with the seconds until there is one.
        """
        now = monotonic()
        self._left = min(self._capacity, self._left + (now - self._seen) * self._per_second)
        self._seen = now
        if self._left < 1.0:
            wait = (1.0 - self._left) / self._per_second
            raise Problem.later(429, "too_many_requests", f"expected {self._per_second:g} requests a second", wait)
        self._left -= 1.0
