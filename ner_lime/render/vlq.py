"""Whole numbers as text, small ones in one character: base64 VLQ, as source maps have it, with runs of zeros counted.

Most of what a word adds to most labels rounds to nothing, so a page of many labels is mostly runs of zeros.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ner_lime.types import FloatArray

ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", dtype=np.uint8)
DIGIT = 5
"""Bits of a number in one character; the sixth says that there are more. The lowest bit of a number is its sign."""


def vlq(numbers: FloatArray) -> str:
    """Write whole numbers of less than 2^29, in the order of their array; after a zero, how many zeros there are."""
    flat = _runs_counted(numbers.ravel().astype(np.int64))
    values = 2 * np.abs(flat) + (flat < 0)
    rest = values[:, None] >> DIGIT * np.arange(7)
    digits = (rest[:, :6] & (2**DIGIT - 1)) | np.where(rest[:, 1:] > 0, 2**DIGIT, 0)
    needed = rest[:, :6] > 0
    needed[:, 0] = True
    return bytes(ALPHABET[digits[needed]]).decode("ascii")


def _runs_counted(flat: NDArray[np.int64]) -> NDArray[np.int64]:
    zero = np.concatenate([[False], flat == 0, [False]])
    begins, ends = zero[1:-1] & ~zero[:-2], zero[1:-1] & ~zero[2:]
    kept = flat[(flat != 0) | begins]
    lengths = np.flatnonzero(ends) - np.flatnonzero(begins) + 1
    return np.insert(kept, np.flatnonzero(kept == 0) + 1, lengths)
