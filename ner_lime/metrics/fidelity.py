"""Fidelity of sampled explanations against the number of model calls they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isfinite

from ner_lime.checks import whole_number
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation.fidelity_curve import FidelityCurve


def fidelity_by_calls(
    explainer: NERExplainer,
    sentence: str | Sequence[str] | Sentence,
    *,
    n_calls: Sequence[int] = (64, 128, 256, 512),
    positions: Sequence[int] | None = None,
) -> FidelityCurve:
    """Explain a sentence by sampling, once for each number of calls, and measure how well each predicts the tagger.

    Parameters
    ----------
    explainer : NERExplainer
        With its own settings, except that it samples, whatever its engine, and that it draws all the masks it may.
    sentence
        As `NERExplainer.explain` takes it.
    n_calls
        Numbers of sampled masks, each at least 2; one mask is one call of the tagger.
    positions
        Indices of the words; all by default.

    Raises
    ------
    InputError
        No number of calls, or one below 2; and as `NERExplainer.explain`.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-LOC", 0.5, "in")], labels=("O", "B-LOC"))
    >>> fidelity_by_calls(NERExplainer(tagger), "born in Bern", n_calls=(16, 32)).n_calls
    (16, 32)
    """
    if not n_calls:
        raise InputError("expected at least one number of calls, found n_calls=()")
    sizes = sorted(whole_number(n, "a number of calls (n_calls=)", least=2) for n in n_calls)
    options = replace(explainer.options, half_width=0.0)  # or it would stop early, where the weights are sure enough
    found = [
        explainer.replace(engine="sample", n_samples=n, options=options).explain(sentence, positions=positions)
        for n in sizes
    ]
    return FidelityCurve(
        n_calls=tuple(sizes),
        positions=found[0].positions,
        r2=tuple(_known(word.r2() for word in explanation) for explanation in found),
        top1=tuple(_known(explanation.fidelity.top1.tolist()) for explanation in found),
    )


def _known(figures: Iterable[float]) -> tuple[float | None, ...]:
    return tuple(figure if isfinite(figure) else None for figure in figures)
