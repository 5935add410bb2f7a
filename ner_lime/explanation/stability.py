"""One word's contributions under several seeds: plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.explanation.targets import Target


@dataclass(frozen=True, slots=True)
class Stability:
    """The contributions to one target, explained once a seed.

    Attributes
    ----------
    word_index : int
        The explained word.
    token : str
        Its text.
    target : Target
        What was explained; the predicted label where none was asked for.
    seeds : tuple of S int
        The random states.
    components : C tuples of word indices
        What is hidden as one.
    names : C strings
        The components' words.
    weights : S tuples of C floats
        The contributions under each seed, in the order of `components`, in units of probability.

    Examples
    --------
    >>> found = Stability(1, "Bern", "B-LOC", (0, 1), ((0,), (1,)), ("in", "Bern"), ((0.3, 0.1), (0.2, 0.1)))
    >>> found.means
    (0.25, 0.1)
    >>> found.overlap(1)
    1.0
    """

    word_index: int
    token: str
    target: Target
    seeds: tuple[int, ...]
    components: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]

    @property
    def means(self) -> tuple[float, ...]:
        """(C,): mean contribution of each component over the seeds."""
        return tuple(np.mean(self.weights, axis=0).tolist())

    @property
    def deviations(self) -> tuple[float, ...]:
        """(C,): standard deviation of each contribution over the seeds (divisor S)."""
        return tuple(np.std(self.weights, axis=0).tolist())

    def overlap(self, size: int = 5) -> float | None:
        """Share of the `size` largest contributions that two seeds have in common, mean over all pairs of seeds.

        None where there is one seed. Contributions are ranked by absolute value.

        Raises
        ------
        InputError
            A size below 1.
        """
        by_seed = np.abs(np.array(self.weights))
        n_seeds, n_components = by_seed.shape
        size = min(whole_number(size, "size", least=1), n_components)
        if n_seeds == 1:
            return None
        among = np.zeros(by_seed.shape)
        np.put_along_axis(among, np.argsort(-by_seed, axis=1, kind="stable")[:, :size], 1.0, axis=1)
        shared = among @ among.T
        return float((shared.sum() - n_seeds * size) / (n_seeds * (n_seeds - 1) * size))
