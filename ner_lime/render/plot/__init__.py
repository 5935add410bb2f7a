"""Pictures with matplotlib (extra ``plot``): contributions, the matrix of influences, the sentence, and two checks.

Each function draws into ``ax`` where one is given, else into a new figure, and returns the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explanation import Explanation
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType, Target
from ner_lime.render.plot.bars import plot_contributions, plot_features
from ner_lime.render.plot.fidelity import plot_fidelity
from ner_lime.render.plot.matrix import plot_matrix
from ner_lime.render.plot.sentence import plot_sentence
from ner_lime.render.plot.stability import plot_stability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind: TypeAlias = Literal["contributions", "matrix", "sentence"]

__all__ = [
    "Kind",
    "plot",
    "plot_contributions",
    "plot_features",
    "plot_fidelity",
    "plot_matrix",
    "plot_sentence",
    "plot_stability",
]


def plot(
    explanation: Explanation,
    word_index: int | Sequence[int] | None = None,
    *,
    kind: Kind = "contributions",
    target: Target | Sequence[Target] | None = None,
    num_features: int | None = None,
    ax: Axes | Any = None,
) -> Any:
    """Draw an explanation.

    Parameters
    ----------
    explanation
        Any.
    word_index
        The word; several words make a grid of contributions. By default the first explained one that is in an entity.
    kind
        "contributions": signed bars, see `plot_contributions` and `plot_features`; "matrix": what every word adds to
        every other, see `plot_matrix`; "sentence": the shaded words, see `plot_sentence`.
    target
        What is explained; several make a grid of contributions. The predicted label by default.
    num_features
        How many contributions.
    ax
        Where to draw; a new figure by default. For a grid: one axes a cell.

    Returns
    -------
    The Axes, or for a grid an array of them, (words, targets).

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    WordIndexError, LabelError
        A word that was not explained, or an unknown label.
    InputError
        An unknown kind, or several words or targets for one that takes one.
    """
    if kind not in get_args(Kind):
        raise InputError(f"expected a kind of plot out of {', '.join(get_args(Kind))}, found {kind!r}")
    shown: dict[str, Any] = {} if num_features is None else {"num_features": num_features}
    several = word_index is not None and np.ndim(word_index) > 0
    words = None if word_index is None else np.atleast_1d(word_index).tolist()
    one_word = None if words is None or several else words[0]
    if target is None or isinstance(target, (str, EntityType, AnyEntity, Contrast)):
        one_target, targets = target, None if target is None else [target]
    else:
        one_target, targets = None, list(target)
    if several or (targets is not None and one_target is None):
        if kind != "contributions":
            raise InputError(f'expected one word and one target for kind="{kind}": a grid has kind="contributions"')
        return plot_features(explanation, words, targets=targets, axes=ax, **shown)
    if kind == "matrix":
        return plot_matrix(explanation, target=one_target, ax=ax)
    draw = plot_contributions if kind == "contributions" else plot_sentence
    return draw(explanation, one_word, target=one_target, ax=ax, **shown)
