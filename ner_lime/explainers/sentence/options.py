"""What is rarely changed in an explainer of sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Tolerances and limits.

    Attributes
    ----------
    tolerance : float
        Exact engine for longer sentences: the error of any weight that may be stated.
    half_width : float
        Sampling: stop when the largest half-width of a 95 % interval is at most this, or `n_samples` is reached; 0:
        use all of `n_samples`.
    ridge : float or None
        None: the kernel surrogate where it helps. A number: the plain linear fit with this ridge penalty (lime's is 1).
    reach : int
        In texts of more than 300 words, words farther than this from the explained one are seen as they are.
    max_tokens : int
        Longer input is refused.
    max_numbers : int
        Results of more numbers, P x L x (T + L) with 16 bytes each, are refused.

    Examples
    --------
    >>> Options(half_width=0.01).max_tokens
    200000
    """

    tolerance: float = 1e-3
    half_width: float = 0.005
    ridge: float | None = None
    reach: int = 100
    max_tokens: int = 200_000
    max_numbers: int = 50_000_000
