"""How much an explanation gains by more calls, and how much it depends on the seed."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ner_lime.errors import InputError
from ner_lime.explanation import Explanation, component_text
from ner_lime.explanation.targets import Target
from ner_lime.render.page import first_word
from ner_lime.render.plot.canvas import (
    NEGATIVE,
    POSITIVE,
    QUIET,
    axes_or_new,
    checked_features,
    named,
    plain,
    pyplot,
    target_name,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Explainer(Protocol):
    """What is used of a `ner_lime.NERExplainer`."""

    engine: Any
    n_samples: int | None
    random_state: int
    options: Any

    def explain(self, sentence: Any, *, positions: Sequence[int] | None = None) -> Explanation:
        """As `NERExplainer.explain`."""
        ...


def plot_fidelity(
    explainer: Explainer,
    sentence: Any,
    *,
    n_calls: Sequence[int] = (64, 128, 256, 512),
    word_indices: Sequence[int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the fidelity of sampled explanations against the number of calls that they cost, one a mask.

    The sentence is explained once for each number. Lines are medians over the words, bands their middle half.

    Parameters
    ----------
    explainer : NERExplainer
        It samples here, whatever its own engine.
    sentence
        As `NERExplainer.explain` takes it.
    n_calls
        Numbers of calls, each at least 2.
    word_indices
        The words; all by default.
    ax
        Where to draw; a new figure by default.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    InputError
        No number of calls, or one below 2; and as `NERExplainer.explain`.
    """
    pyplot()
    if not n_calls or min(n_calls) < 2:
        raise InputError(f"expected numbers of at least 2 calls, found n_calls={list(n_calls)}")
    sizes = sorted(n_calls)
    found = [sampling(explainer, n_samples=n).explain(sentence, positions=word_indices) for n in sizes]
    figures = {
        "R²": np.array([[word.r2() for word in explanation] for explanation in found]),
        "same best label": np.array([explanation.fidelity.top1 for explanation in found]),
    }
    ax = axes_or_new(ax, 5.6, 3.6)
    for (name, values), colour, line in zip(figures.items(), (POSITIVE, NEGATIVE), ("-", "--"), strict=True):
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=1)
        ax.plot(sizes, middle, line, color=colour, marker="o", markersize=4, label=name)
        if values.shape[1] > 1:
            ax.fill_between(sizes, low, high, color=colour, alpha=0.15, linewidth=0)
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    ax.set_ylim(min(0.0, ax.get_ylim()[0]), 1.02)
    ax.set_xlabel("calls of the tagger")
    ax.set_ylabel("fidelity on fresh masks")
    ax.grid(axis="y", color="#e3e3e3", linewidth=0.6)
    ax.legend(frameon=False, loc="lower right")
    plain(ax)
    return ax


def plot_stability(
    explainer: Explainer,
    sentence: Any,
    *,
    seeds: int | Sequence[int] = 10,
    word_index: int | None = None,
    target: Target | None = None,
    num_features: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw one word's contributions under several seeds, one dot a seed, and the mean as a bar.

    Parameters
    ----------
    explainer : NERExplainer
        With its own settings, except for the random state. Where it needs no sample all dots fall together.
    sentence
        As `NERExplainer.explain` takes it.
    seeds
        How many, or which.
    word_index
        The word; by default the first one that is in an entity.
    target
        A label, an `EntityType`, `AnyEntity` or a `Contrast`; the predicted label by default.
    num_features
        How many contributions, those with the largest means.
    ax
        Where to draw; a new figure by default.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    InputError
        No seed, less than one contribution; and as `NERExplainer.explain`.
    """
    pyplot()
    chosen = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if not chosen:
        raise InputError("expected at least one seed, found none")
    few = checked_features(num_features)
    if word_index is None:
        word_index = first_word(explainer.explain(sentence))
    found = [_changed(explainer, random_state=seed).explain(sentence, positions=[word_index]) for seed in chosen]
    words = [explanation[word_index] for explanation in found]
    by_seed = np.array(
        [[c.weight for c in sorted(word.contributions(target), key=lambda c: c.word_index)] for word in words]
    )
    explanation, mean = found[0], by_seed.mean(axis=0)
    order = np.argsort(-np.abs(mean), kind="stable")[:few]
    names = [_component(explanation, number) for number in order.tolist()]
    at = np.arange(len(order))
    ax = axes_or_new(ax, 6.0, 1.5 + 0.3 * len(order))
    ax.barh(at, mean[order], height=0.62, color=[POSITIVE if m >= 0 else NEGATIVE for m in mean[order]], alpha=0.35)
    offsets = np.linspace(-0.22, 0.22, len(chosen)) if len(chosen) > 1 else np.zeros(1)
    for values, offset in zip(by_seed, offsets, strict=True):
        ax.scatter(values[order], at + offset, s=9, color="black", linewidth=0, zorder=3)
    ax.axvline(0.0, color=QUIET, linewidth=0.8)
    ax.set_yticks(at, names, **text_style())
    ax.invert_yaxis()
    ax.margins(y=0.02)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(f"contribution under {len(chosen)} seeds; the bar is the mean")
    ax.set_title(
        f"{named(words[0].token, word_index)}\n{target_name(words[0], target)}\n{_agreement(by_seed)}",
        loc="left",
        fontsize="small",
        **text_style(),
    )
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.6)
    ax.set_axisbelow(True)
    plain(ax)
    ax.spines["left"].set_visible(False)
    return ax


def sampling(explainer: Explainer, *, n_samples: int) -> Explainer:
    """The explainer, but with exactly so many samples."""
    return _changed(explainer, engine="sample", n_samples=n_samples, options=replace(explainer.options, half_width=0.0))


def _changed(explainer: Explainer, **settings: Any) -> Explainer:
    changed = copy(explainer)
    for name, value in settings.items():
        setattr(changed, name, value)
    return changed


def _component(explanation: Explanation, number: int) -> str:
    indices = sorted(explanation.components)[number]
    return named(component_text(indices, explanation.tokens), indices[0])


def _agreement(by_seed: np.ndarray, most: int = 5) -> str:
    """The share of the largest contributions that two seeds have in common, over all pairs of seeds."""
    size = min(most, by_seed.shape[1])
    best = np.zeros(by_seed.shape)
    np.put_along_axis(best, np.argsort(-np.abs(by_seed), axis=1, kind="stable")[:, :size], 1.0, axis=1)
    n = len(best)
    if n == 1:
        return "one seed"
    shared = best @ best.T
    overlap = (shared.sum() - n * size) / (n * (n - 1) * size)
    return f"two seeds share {overlap:.0%} of the {size} largest"
