"""A stream of random numbers for each sentence of a corpus, whatever is done in which order by whom."""

from __future__ import annotations

import numpy as np


def sentence_seed(random_state: int, sentence: int) -> int:
    """The `random_state` with which one sentence of a corpus is explained.

    ``NERExplainer(tagger, random_state=sentence_seed(seed, i)).explain(corpus[i])`` gives the numbers of sentence i in
    a run with that seed, bit for bit. Streams of different sentences are independent (numpy's `SeedSequence` with the
    sentence as spawn key).

    Parameters
    ----------
    random_state : int
        Seed of the run.
    sentence : int
        Index of the sentence in the corpus, from 0.

    Examples
    --------
    >>> sentence_seed(0, 7) == sentence_seed(0, 7), sentence_seed(0, 7) == sentence_seed(0, 8)
    (True, False)
    """
    state = np.random.SeedSequence(random_state, spawn_key=(sentence,)).generate_state(1, np.uint64)
    return int(state[0]) >> 1  # 63 bits: every table and JSON reader has them
