"""Marginals of a linear-chain CRF for many label lattices of the same length at once.

Scaled forward-backward (Rabiner 1989, section V.A) on arrays of shape (T, n, L): every step serves all n lattices,
and each message is normalised, so no sum over paths ever leaves the range of a float.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ner_lime.threads import single_blas_thread
from ner_lime.types import FloatArray, Marginals

MAX_RANGE = 300.0
"""Maximum range of the transition scores (natural logarithms) for sums of probabilities; wider ones are summed in log
space."""


def marginals(emissions: FloatArray, transitions: FloatArray) -> Marginals:
    """P(y_t = l) for every lattice, token and label.

    Parameters
    ----------
    emissions : (n, T, L)
        Log-scores of the labels at each token.
    transitions : (L, L)
        Log-scores of going from a label (row) to the next (column).

    Returns
    -------
    (n, T, L) float64, each row sums to 1.
    """
    if np.ptp(transitions) > MAX_RANGE:
        return _log_marginals(emissions, transitions)
    with single_blas_thread():
        forward, backward, local = messages(emissions, transitions)
        joint = forward * local * backward
        joint /= joint.sum(axis=2, keepdims=True)
    return np.ascontiguousarray(joint.transpose(1, 0, 2))


def _log_marginals(emissions: FloatArray, transitions: FloatArray) -> Marginals:
    """The same in log space: slower, for models whose potentials leave the range of a float."""
    forward, backward = log_messages(emissions, transitions)
    joint = forward + emissions.transpose(1, 0, 2) + backward
    joint = np.exp(joint - joint.max(axis=2, keepdims=True))
    return np.ascontiguousarray((joint / joint.sum(axis=2, keepdims=True)).transpose(1, 0, 2))


def log_messages(emissions: FloatArray, transitions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The logarithms of the messages into each token, from the left and from the right; finite for every model.

    Returns
    -------
    forward, backward : (T, n, L)
        The largest entry of a row is 0.
    """
    n, length, n_labels = emissions.shape
    forward = np.zeros((length, n, n_labels))
    backward = np.zeros((length, n, n_labels))
    for t in range(1, length):
        forward[t] = _log_product(forward[t - 1] + emissions[:, t - 1], transitions)
    for t in range(length - 2, -1, -1):
        backward[t] = _log_product(backward[t + 1] + emissions[:, t + 1], transitions.T)
    return forward, backward


def _log_product(message: FloatArray, transitions: FloatArray) -> FloatArray:
    """(n, L): log of exp(message) times exp(transitions), its largest entry 0."""
    paths = message[:, :, None] + transitions
    peak = paths.max(axis=1, keepdims=True)
    product = peak[:, 0] + np.log(np.exp(paths - peak).sum(axis=1))
    return np.asarray(product - product.max(axis=1, keepdims=True))


def messages(emissions: FloatArray, transitions: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Normalised messages into each token from the left and from the right, and its own potentials.

    Returns
    -------
    forward, backward, local : (T, n, L)
        P(y_t = l) is proportional to their product; each row of `forward` and `backward` sums to 1 and the largest
        entry of a row of `local` is 1.
    """
    n, length, n_labels = emissions.shape
    scores = emissions.transpose(1, 0, 2)
    local = np.exp(scores - scores.max(axis=2, keepdims=True))
    step = np.exp(transitions - transitions.max())
    # Both directions in the same arrays: for few lattices the calls cost more than the sums.
    steps, both = np.stack([step, step.T]), np.stack([local, local[::-1]], axis=1)
    passed = np.full((length, 2, n, n_labels), 1.0 / n_labels)
    for t in range(1, length):
        message = (passed[t - 1] * both[t - 1]) @ steps
        np.divide(message, message.sum(axis=2, keepdims=True), out=passed[t])
    return passed[:, 0], passed[::-1, 1], local


def log_partition(emissions: FloatArray, transitions: FloatArray) -> FloatArray:
    """(n,): log Z, the log-sum over all label sequences of exp(score)."""
    n, length, n_labels = emissions.shape
    if not length:
        return np.zeros(n)
    peak = transitions.max()
    step = np.exp(transitions - peak)
    total = np.zeros(n)
    alpha = np.ones((n, n_labels))
    for t in range(length):
        if t:
            alpha = alpha @ step
            total += peak
        top = emissions[:, t].max(axis=1)
        alpha = alpha * np.exp(emissions[:, t] - top[:, None])
        norm = alpha.sum(axis=1)
        alpha /= norm[:, None]
        total += top + np.log(norm)
    return total


def span_probability(
    emissions: FloatArray,
    transitions: FloatArray,
    start: int,
    labels: Sequence[int | Sequence[int]],
    stop: int | Sequence[int] | None,
) -> FloatArray:
    """Joint probability that a chain of labels stands at `start` and that none of `stop` follows it.

    The constrained forward algorithm of Culotta and McCallum (HLT-NAACL 2004), section 3: the mass of the paths
    through the chain over the mass of all paths.

    Parameters
    ----------
    emissions, transitions
        As in `marginals`.
    start : int
        The first token of the chain.
    labels : sequence of int, or of sequences of int
        Column of the label at start, start + 1, ...; several where any of them will do.
    stop : int, sequence of int or None
        Columns of the labels that would continue the chain; None where every label may follow.

    Returns
    -------
    (n,) float64 in [0, 1].
    """
    with single_blas_thread():
        forward, backward, local = messages(emissions, transitions)
        step = np.exp(transitions - transitions.max())
        length = len(forward)
        end = start + len(labels)
        # Relative to the mass of all paths at `start`, each step multiplies by potential and transition, and the same
        # sum over all labels (the normaliser) keeps numerator and denominator on one scale.
        chain = [np.atleast_1d(np.asarray(columns)) for columns in labels]
        inside = forward[start][:, chain[0]] * local[start][:, chain[0]]
        full = forward[start] * local[start]
        scale = full.sum(axis=1)
        inside, full = inside / scale[:, None], full / scale[:, None]
        for t in range(start + 1, end):
            previous, here = chain[t - 1 - start], chain[t - start]
            inside = (inside @ step[np.ix_(previous, here)]) * local[t][:, here]
            full = (full @ step) * local[t]
            scale = full.sum(axis=1)
            inside, full = inside / scale[:, None], full / scale[:, None]
        last = chain[-1]
        mass = (full * backward[end - 1]).sum(axis=1)
        if stop is None or end == length:
            probability = (inside * backward[end - 1][:, last]).sum(axis=1) / mass
        else:
            follow = (inside @ step[last]) * local[end] * backward[end]
            follow[:, stop] = 0.0
            whole = (full @ step * local[end] * backward[end]).sum(axis=1)
            probability = follow.sum(axis=1) / whole
    return np.asarray(np.clip(probability, 0.0, 1.0))
