"""Pair interactions from the answers on all masks."""

from __future__ import annotations

import numpy as np

from ner_lime.types import FloatArray, Masks, Values


def enumerated_interactions(masks: Masks, share: FloatArray, values: Values) -> FloatArray:
    """(C, C, K): E[f | 11] - E[f | 10] - E[f | 01] + E[f | 00] for each pair of components; zero on the diagonal.

    The weighted Banzhaf interaction index (Marichal, Mathonet 2011) when `share` is a product law.

    Parameters
    ----------
    masks : (2^C, C)
    share : (2^C,)
        The law.
    values : (2^C, K)
    """
    kept = masks.astype(float)
    signs = np.where(masks, 1.0, -1.0) / np.where(masks, share @ kept, 1.0 - share @ kept)
    weighted = share[:, None] * values
    pairs = np.stack([(signs * weighted[:, [k]]).T @ signs for k in range(values.shape[1])], axis=2)
    pairs[np.diag_indices(len(pairs))] = 0.0
    return np.asarray(pairs)
