"""How many sequences go through a model at once: found by trying, halved when memory runs out.

What a pass costs is told by its subwords, whatever their sentences' lengths: too few leave a device idle, too many
fill its memory (a CPU's caches before that). So full passes are timed, and twice as many subwords are tried for as long
as the time per subword falls by a tenth. One CPU thread stops where it began; a GPU goes on.
"""

from __future__ import annotations

import math

FIRST = 1024
"""Subwords per pass to begin with. For 6 layers of 256 on one CPU thread 2,048 took 1 % more time per subword, 4,096
19 %: trying twice as many then costs 0.2 % of 512 sequences."""

MOST = 2**15
"""More are not tried: a GPU is busy long before."""

TRIES = 2
"""Passes of each size of which the faster one counts: the first one of a new size is often slow."""

GAIN = 0.9
"""A larger size must take so much of the time per subword."""

CALL = 128
"""Sequences per call that are welcome at least: enough to sort by length, and to see progress."""

SHORT = 16
"""Subwords of a short sequence: so many sentences are welcome that even these fill a pass."""


class PassSize:
    """Sequences per pass of one model on one device.

    Parameters
    ----------
    asked : int or None
        What the user wants; only memory lowers it. None: find it.
    """

    def __init__(self, asked: int | None = None) -> None:
        self._asked = asked
        self._subwords = FIRST  # per pass, until memory or a trial says otherwise
        self._fits = math.inf  # subwords that memory takes
        self._best = math.inf  # seconds per subword of half as many
        self._seconds: list[float] = []  # per subword, of each try of this size
        self._searching = asked is None

    @property
    def welcome(self) -> int:
        """Sequences that fill a pass."""
        return self._asked or max(CALL, self._subwords // SHORT)

    def rows(self, width: int) -> int:
        """How many sequences of so many subwords go through the model at once."""
        wanted = self._asked or self._subwords // width
        return int(max(1, min(wanted, self._fits // width)))

    def took(self, rows: int, width: int, seconds: float) -> None:
        """Learn from a pass; only full ones count."""
        if not self._searching or rows < self.rows(width):
            return
        self._seconds.append(seconds / (rows * width))
        if len(self._seconds) < TRIES:
            return
        least, self._seconds = min(self._seconds), []
        better = least < GAIN * self._best
        self._searching = better and self._subwords < MOST
        if not better:
            self._subwords //= 2
        elif self._searching:
            self._best = least
            self._subwords *= 2

    def failed(self, rows: int, width: int) -> int:
        """Memory ran out: half of these subwords are the most from now on; so many such sequences go on together."""
        self._searching = False
        self._fits = (rows // 2) * width
        self._subwords = min(self._subwords, int(self._fits))
        return rows // 2
