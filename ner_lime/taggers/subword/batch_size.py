"""The batch size of a model's forward passes: found by timing, halved when memory runs out.

The cost of a pass depends on its number of subwords (sequences x length), whatever the lengths of its sentences: too
few leave a device idle, too many fill its memory (a CPU's caches before that). Full passes are timed, and the number
of subwords is doubled while that lowers the time per subword by at least a tenth. One CPU thread stays at the first
size; a GPU goes on.
"""

from __future__ import annotations

import math

FIRST_SUBWORDS = 1024
"""Number of subwords per pass to begin with. For 6 layers of 256 on one CPU thread 2,048 took 1 % more time per
subword, 4,096 took 19 %; trying 2,048 costs 0.2 % of 512 sequences."""

MAX_SUBWORDS = 2**15
"""Maximum number of subwords per pass that is tried: a GPU is busy long before."""

PASSES_PER_SIZE = 2
"""Number of timed passes of each size, of which the fastest counts: the first one of a new size is often slow."""

MAX_TIME_RATIO = 0.9
"""Maximum ratio of the times per subword of a doubled and the present size, for the doubled one to be kept."""

MIN_SENTENCES = 128
"""Minimum number of sentences per call, so that they can be sorted by length and progress is seen."""

SHORT_LENGTH = 16
"""Number of subwords of a short sentence: a call has enough sentences for these to fill a pass."""


class BatchSize:
    """The number of sequences per forward pass of one model on one device.

    Parameters
    ----------
    asked : int or None
        Sequences per pass that the user wants; only a lack of memory lowers it. None: find it.

    Examples
    --------
    >>> size = BatchSize()
    >>> size.rows(width=16), size.failed(rows=64, width=16), size.rows(width=16)
    (64, 32, 32)
    """

    def __init__(self, asked: int | None = None) -> None:
        self._asked = asked
        self._subwords = FIRST_SUBWORDS  # per pass, until a time or a lack of memory says otherwise
        self._fits = math.inf  # subwords per pass that memory holds
        self._best = math.inf  # seconds per subword at half the present size
        self._seconds: list[float] = []  # per subword, of the passes of the present size
        self._searching = asked is None

    @property
    def sentences(self) -> int:
        """Number of sentences per call that fill a pass."""
        return self._asked or max(MIN_SENTENCES, self._subwords // SHORT_LENGTH)

    def rows(self, width: int) -> int:
        """Number of sequences of `width` subwords in the next pass."""
        wanted = self._asked or self._subwords // width
        return int(max(1, min(wanted, self._fits // width)))

    def took(self, rows: int, width: int, seconds: float) -> None:
        """Take the time of a pass into account; only full ones count."""
        if not self._searching or rows < self.rows(width):
            return
        self._seconds.append(seconds / (rows * width))
        if len(self._seconds) < PASSES_PER_SIZE:
            return
        fastest, self._seconds = min(self._seconds), []
        better = fastest < MAX_TIME_RATIO * self._best
        self._searching = better and self._subwords < MAX_SUBWORDS
        if not better:
            self._subwords //= 2
        elif self._searching:
            self._best = fastest
            self._subwords *= 2

    def failed(self, rows: int, width: int) -> int:
        """Halve the size for good after memory ran out; returns the number of such sequences in the next pass."""
        self._searching = False
        self._fits = (rows // 2) * width
        self._subwords = min(self._subwords, int(self._fits))
        return rows // 2
