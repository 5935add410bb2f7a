"""Chains with random scores, and their moments by the sum over all masks."""

from __future__ import annotations

import numpy as np
import oracles

from ner_lime.crf.entries import Emissions


def random_chain(window, length, n_labels=3, *, scale=1.5, seed=0):
    rng = np.random.default_rng([seed, window, length])
    table = scale * rng.normal(size=(length, 2 ** (2 * window + 1), n_labels))
    return Emissions(table, scale * rng.normal(size=(n_labels, n_labels)), window)


def true_moments(chain, keep, *, target_kept=False):
    """Mean, effects and second moments of every token."""
    w, length = chain.window, len(chain.table)
    masks = oracles.masks_of(length)
    z = np.pad(oracles.as_array(masks), ((0, 0), (w, w)), constant_values=True)
    number = sum(z[:, k : k + length].astype(int) << (2 * w - k) for k in range(2 * w + 1))
    values = oracles.chain_marginals(chain.table[np.arange(length), number], chain.transitions)
    rows = [oracles.product_moments(masks, values[:, t], keep, t if target_kept else None) for t in range(length)]
    return [np.stack(arrays) for arrays in zip(*rows, strict=True)]
