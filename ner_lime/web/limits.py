"""Limits of the service: sizes, times, concurrent work and rate."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ner_lime.errors import InputError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one service; a request beyond one is refused with the status in brackets.

    Attributes
    ----------
    max_bytes : int
        Maximum length of the body of a request (413).
    max_tokens : int
        Maximum number of words of a sentence to explain (422).
    max_batch : int
        Maximum number of words in all sentences that one request wants tagged (422).
    workers : int
        Maximum number of requests that are worked on at once.
    queue : int
        Maximum number of requests that wait for a worker (503).
    timeout : float
        Seconds until an answer must be there, waiting included (504).
    body_timeout : float
        Seconds until the head of a request must have arrived, and then its body (408); a client that hardly reads its
        response for this time is disconnected.
    rate : float
        Requests a second, on average over a few seconds (429).

    Examples
    --------
    >>> Limits(timeout=5.0).max_tokens
    300
    """

    max_bytes: int = 2**20
    max_tokens: int = 300
    max_batch: int = 20_000
    workers: int = 2
    queue: int = 16
    timeout: float = 30.0
    body_timeout: float = 10.0
    rate: float = 100.0

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value, least = getattr(self, name), 0 if name == "queue" else 1
            if name in ("timeout", "body_timeout", "rate"):
                if not 0.0 < value < float("inf"):
                    raise InputError(f"expected {name} above 0, found {value}")
            elif value < least:
                raise InputError(f"expected {name} of at least {least}, found {value}")
