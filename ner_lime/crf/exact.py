"""Expectations of a CRF's marginals over all 2^T masks, without sampling, by pairs of forward and backward messages.

The messages and how they are merged are in `ner_lime.crf.messages`, what a pair of them says of a word in
`ner_lime.crf.pairing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ner_lime.crf.entries import Emissions, Law
from ner_lime.crf.messages import Passes, StorageExceededError, message_passes
from ner_lime.crf.pairing import meeting, pad, pair
from ner_lime.errors import IntractableError
from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, IntArray

CHUNK_NUMBERS = 200_000
"""Target size of the arrays of one block of positions, in float64 numbers: a block stays in the processor's cache."""

MAX_PRODUCTS = 10_000_000_000
"""Maximum number of multiplications where forward and backward messages are paired: about a minute of one processor."""

COARSE_WIDTH = 4e-3
"""Smallest width at which several laws share the same arrays; finer ones have too many entries for that."""

MAX_CELLS = 512
"""Maximum number of (pass, key) pairs in the same arrays."""


@dataclass(frozen=True, slots=True, eq=False)
class Expectations:
    """P positions, L labels, T tokens.

    Attributes
    ----------
    mean : (P, L)
        E[f].
    effects : (P, L, T)
        E[f | z_j = 1] - E[f | z_j = 0].
    second : (P, L, L)
        E[f_l f_m].
    sizes : (P, L, T + 1)
        Estimated absolute errors of `effects` and, last, of `mean`, by the second-order terms that merging leaves out.
    max_entries : int
        The largest number of entries at one token.
    products : int
        Number of multiplications where the messages were paired.
    """

    mean: FloatArray
    effects: FloatArray
    second: FloatArray
    sizes: FloatArray
    max_entries: int
    products: int


def expectations(
    emissions: Emissions,
    laws: Sequence[Law],
    *,
    positions: IntArray | None = None,
    target_kept: bool = False,
) -> list[Expectations]:
    """All expectations, once for each law.

    Parameters
    ----------
    emissions : Emissions
    laws : sequence of Law
        Coarsely quantised laws are computed in the same arrays: two cost hardly more than one.
    positions : (P,) int or None
        Only these tokens.
    target_kept : bool
        Condition on the explained token itself being kept; its own effect is then 0.

    Raises
    ------
    IntractableError
        A width is too fine for the memory, or for the time; or the scores are too far apart for floating-point numbers.
    """
    length = len(emissions.table)
    wanted = np.arange(length) if positions is None else np.asarray(positions)
    with single_blas_thread():
        found = []
        for group in _batches(laws, emissions.window):
            # Where scores overflow, the result is not finite, and refused.
            with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                parts = _in_parts(emissions, group, wanted, target_kept=target_kept)
            found += [_joined(of_law) for of_law in zip(*parts, strict=True)]
        return found


def _in_parts(
    emissions: Emissions, laws: Sequence[Law], wanted: IntArray, *, target_kept: bool
) -> list[list[Expectations]]:
    """Lists of one `Expectations` a law, for consecutive parts of the wanted tokens: one, if the memory allows."""
    try:
        passes = message_passes(emissions, laws, wanted)
    except StorageExceededError:
        halves = np.array_split(wanted, 2)
        return [part for half in halves for part in _in_parts(emissions, laws, half, target_kept=target_kept)]
    return [
        [
            _pair_messages(emissions, law, wanted, of_law, target_kept=target_kept)
            for law, of_law in zip(laws, passes, strict=True)
        ]
    ]


def _joined(parts: Sequence[Expectations]) -> Expectations:
    """The expectations of all parts of the tokens."""
    if len(parts) == 1:
        return parts[0]
    mean, effects, second, sizes = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("mean", "effects", "second", "sizes")
    )
    most = max(part.max_entries for part in parts)
    return Expectations(mean, effects, second, sizes, most, sum(part.products for part in parts))


def _batches(laws: Sequence[Law], window: int) -> list[list[Law]]:
    """Neighbouring laws in groups whose passes share their arrays."""
    max_laws = max(1, MAX_CELLS // (2 * 4**window))
    groups: list[list[Law]] = []
    for law in laws:
        if groups and len(groups[-1]) < max_laws and min(law.width, groups[-1][-1].width) >= COARSE_WIDTH:
            groups[-1].append(law)
        else:
            groups.append([law])
    return groups


def _pair_messages(
    emissions: Emissions, law: Law, wanted: IntArray, passes: Passes, *, target_kept: bool
) -> Expectations:
    """Pair the forward and backward entries at all wanted positions."""
    chunks, products = _chunks(wanted, passes, emissions)
    if products > MAX_PRODUCTS:
        raise IntractableError(
            f"under different masks the messages of this CRF differ too much to be paired ({products:.1g} products, at "
            f'most {MAX_PRODUCTS:.1g}): use engine="sample"'
        )
    n_keys = emissions.table.shape[1] // 2
    parts = []
    for chunk in chunks:
        left, right = (pad([side[t] for t in chunk], n_keys, law.keep) for side in (passes.left, passes.right))
        at = np.asarray(chunk)
        parts.append(pair(meeting(emissions, law, at, target_kept=target_kept), left, right))
    mean, effects, second, sizes = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if target_kept:
        effects[np.arange(len(wanted)), :, wanted] = 0.0
        sizes[np.arange(len(wanted)), :, wanted] = 0.0
    if not all(np.isfinite(array).all() for array in (effects, second, sizes)):
        raise IntractableError(
            'the scores of this CRF differ by too much for floating-point numbers: use engine="sample"'
        )
    max_entries = max(len(e.cell) for side in (passes.left, passes.right) for e in side.values())
    return Expectations(mean, effects, second, sizes, max_entries, products)


def _chunks(wanted: IntArray, passes: Passes, emissions: Emissions) -> tuple[list[list[int]], int]:
    """Blocks of positions whose products fit into memory together; and the number of products in all blocks."""
    _, n_patterns, n_labels = emissions.table.shape
    chunks: list[list[int]] = [[]]
    ins = outs = lags = 1
    products = 0
    for t in wanted.tolist():
        left, right = passes.left[t], passes.right[t]
        here = int(left.rank.max()) + 1, int(right.rank.max()) + 1, max(left.kept.shape[1], right.kept.shape[1])
        products += n_patterns * here[0] * here[1] * n_labels**2
        ins, outs, lags = max(ins, here[0]), max(outs, here[1]), max(lags, here[2])
        size = 2 * ins * outs * n_labels + (ins + outs) * n_labels * (2 * n_labels + lags)
        if chunks[-1] and (len(chunks[-1]) + 1) * n_patterns * size > CHUNK_NUMBERS:
            chunks.append([])
            ins, outs, lags = here
        chunks[-1].append(t)
    return chunks, products
