"""A sentence is explained in one block, a very long text in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ner_lime.errors import InputError

MAX_WHOLE = 300
"""Number of words up to which a sentence is explained as a whole."""

BLOCK_WORDS = 64
"""Number of words of a longer text whose positions share a block."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some explained positions and the components that may be hidden for them.

    Attributes
    ----------
    rows : which of the explained positions.
    positions : their word indices.
    columns : which of the sentence's components.
    components : their word indices.
    start, end : the words start..end-1 may be hidden.
    """

    rows: tuple[int, ...]
    positions: tuple[int, ...]
    columns: tuple[int, ...]
    components: tuple[tuple[int, ...], ...]
    start: int
    end: int

    def holds(self, start: int, end: int, n_tokens: int) -> bool:
        """Whether a span and the words beside it (or the text's end) can be hidden here, and one of it is explained.

        A block that is the whole sentence holds every span.
        """
        if self.start == 0 and self.end == n_tokens:
            return True
        explained = any(start <= position < end for position in self.positions)
        within = (self.start < start or start == 0) and (end < self.end or end == n_tokens)
        return explained and within


def split(
    positions: Sequence[int], components: Sequence[tuple[int, ...]], n_tokens: int, reach: int
) -> Iterator[Block]:
    """One block for a sentence; for a longer text, neighbouring positions with the words within `reach` of them.

    Raises
    ------
    InputError
        A group of words leaves its block.
    """
    if n_tokens <= MAX_WHOLE:
        yield single_block(positions, components, n_tokens)
        return
    order = sorted(range(len(positions)), key=lambda row: positions[row])
    while order:
        first = positions[order[0]]
        rows = [row for row in order if positions[row] < first + BLOCK_WORDS]
        order = order[len(rows) :]
        low, high = first - reach, max(positions[row] for row in rows) + reach
        columns = [c for c, words in enumerate(components) if words[0] >= low and words[-1] <= high]
        inside = [components[c] for c in columns]
        words = sorted(word for component in inside for word in component)
        if words != list(range(words[0], words[-1] + 1)):
            raise InputError(f"a group leaves the {reach} words around word {first}: use smaller groups in a long text")
        yield Block(
            tuple(rows), tuple(positions[row] for row in rows), tuple(columns), tuple(inside), words[0], words[-1] + 1
        )


def single_block(positions: Sequence[int], components: Sequence[tuple[int, ...]], n_tokens: int) -> Block:
    """The one block in which every word of the text may be hidden."""
    everything = tuple(range(len(components)))
    return Block(tuple(range(len(positions))), tuple(positions), everything, tuple(components), 0, n_tokens)
