"""Which labels matter at a word: the metric in which messages are compared.

A message v into a word is read through f(l) = v(l) b(l) / v.b, where b(l), the word's potential times the message from
the other side, depends on the mask. Two messages are alike if they give nearly the same f. What they give at any word
beyond is closer still: the word's label lies between (data processing), so the divergence of the marginals does not
grow along the chain. In second order the Kullback-Leibler divergence of two marginals is sum f (d log v)^2 / 2, the
squared distance of the points 2 arcsin sqrt(f) (Fisher's metric, four times the squared Hellinger distance): a label
counts as much as its share.

The b of a word is described by its mean and its standard deviation in logs over a fixed set of masks. Where b varies,
so does the share; then the sensitivity of a label is the largest within this number of standard deviations. The metric
decides which messages are merged, never what a message is: a poor one costs entries, not truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.types import FloatArray

N_MASKS = 14
"""Number of masks that describe what a message is read by; beside them everything kept, and everything hidden."""

FLOOR = 1e-12
"""Smallest weight of a label, relative to the largest."""

DILATION = 2.0
"""Number of standard deviations of a label's log-weight within which its largest sensitivity is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """What the messages into each token are read by, in each pass and under each key.

    Attributes
    ----------
    weights : (T, passes, 4^w, L)
        Geometric mean of b, the largest of a row is about 1.
    spread : (T, passes, 4^w, L)
        Standard deviation of log b.
    """

    weights: FloatArray
    spread: FloatArray


def references(
    potentials: FloatArray, steps: tuple[FloatArray, FloatArray], window: int, keeps: FloatArray
) -> References:
    """Pass the messages of a fixed set of masks, and describe what stands opposite to those into each token.

    Parameters
    ----------
    potentials : (T, 2, 2^(2w+1), L)
        Of each pattern, read from the left and from the right.
    steps : two (L, L)
        Exponentials of the transitions, in each direction.
    window : int
        w.
    keeps : (N,)
        Keep-rate of each law. Passes are forward under each law, then backward.
    """
    length, _, n_patterns, n_labels = potentials.shape
    w, n_laws = window, len(keeps)
    rng = np.random.default_rng(0)
    uniform = np.concatenate([rng.random((N_MASKS, length)), np.zeros((1, length)), np.ones((1, length))])
    padded = np.ones((n_laws, len(uniform), length + 2 * w), dtype=np.int64)
    padded[..., w : w + length] = uniform < keeps[:, None, None]
    both = np.stack([padded, padded[..., ::-1]])
    pattern = sum(both[..., k : k + length] << (2 * w - k) for k in range(2 * w + 1))
    direction = np.arange(2)[:, None, None, None]
    local = potentials[np.arange(length), direction, pattern].transpose(3, 0, 1, 2, 4)
    passed = np.empty_like(local)
    passed[0] = 1.0 / n_labels
    step = np.stack(steps)[:, None]
    for t in range(1, length):
        message = (passed[t - 1] * local[t - 1]) @ step
        passed[t] = message / message.sum(axis=3, keepdims=True)
    beyond = passed[::-1, ::-1]

    # The potential of the word itself: of the key, with the newest bit of the mask.
    newest = both[..., 2 * w :].transpose(3, 0, 1, 2)[..., None, None] > 0
    halves = potentials.reshape(length, 2, 1, 1, n_patterns // 2, 2, n_labels)
    read_by = np.where(newest, halves[..., 1, :], halves[..., 0, :]) * beyond[:, :, :, :, None, :]
    logs = np.log(np.maximum(read_by / read_by.sum(axis=5, keepdims=True), 1e-30))
    mean = logs[:, :, :, :N_MASKS].mean(axis=3)
    spread = np.sqrt(((logs - mean[:, :, :, None]) ** 2).mean(axis=3))
    weights = np.exp(mean - mean.max(axis=4, keepdims=True)) + FLOOR
    shape = length, 2 * n_laws, n_patterns // 2, n_labels
    return References(weights.reshape(shape), spread.reshape(shape))


def coordinates(shares: FloatArray, spread: FloatArray) -> FloatArray:
    """Points whose distance is that of marginals.

    With x = log odds of a share, 2 arcsin sqrt has the derivative 1 / (2 cosh(x / 2)), which is largest, 1/2, at 0.
    Within `DILATION` standard deviations of 0 that is the derivative here; beyond, that of the nearest x.

    Parameters
    ----------
    shares : (m, L)
        Positive, the rows sum to 1.
    spread : (m, L)
        Standard deviation of the log-weight of each label.
    """
    others = np.maximum(shares.sum(axis=1, keepdims=True) - shares, 1e-16)
    root = np.sqrt(np.maximum(shares, 1e-30) / others)
    half = 0.5 * DILATION * spread
    widened = np.exp(half)
    below, above = np.minimum(root * widened, 1.0), np.maximum(root / widened, 1.0)
    return np.asarray(2.0 * (np.arctan(below) + np.arctan(above)) + np.clip(np.log(root), -half, half))
