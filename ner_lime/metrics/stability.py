"""How much an explanation depends on the seed."""

from __future__ import annotations

from collections.abc import Sequence

from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation.opening import first_word
from ner_lime.explanation.stability import Stability
from ner_lime.explanation.targets import Target


def stability(
    explainer: NERExplainer,
    sentence: str | Sequence[str] | Sentence,
    *,
    seeds: int | Sequence[int] = 10,
    word_index: int | None = None,
    target: Target | None = None,
) -> Stability:
    """Explain one word once a seed.

    Parameters
    ----------
    explainer : NERExplainer
        With its own settings, except for the random state. Where it needs no sample all seeds give the same.
    sentence
        As `NERExplainer.explain` takes it.
    seeds
        The number of seeds (from 0), or the seeds themselves.
    word_index
        The word; by default the first one that is in a predicted entity.
    target
        A label, an `EntityType`, `AnyEntity` or a `Contrast`; the predicted label by default.

    Raises
    ------
    InputError
        No seed; and as `NERExplainer.explain`.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-LOC", 0.5, "in")], labels=("O", "B-LOC"))
    >>> found = stability(NERExplainer(tagger), "born in Bern", seeds=3, word_index=2)
    >>> len(found.weights), found.names, found.overlap()
    (3, ('born', 'in', 'Bern'), 1.0)
    """
    chosen = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    if not chosen:
        raise InputError("expected at least one seed, found none")
    if word_index is None:
        word_index = first_word(explainer.explain(sentence))
    found = [explainer.replace(random_state=seed).explain(sentence, positions=[word_index]) for seed in chosen]
    words = [explanation[word_index] for explanation in found]
    by_seed = [sorted(word.contributions(target), key=lambda c: c.word_index) for word in words]
    return Stability(
        word_index=word_index,
        token=words[0].token,
        target=words[0].label if target is None else target,
        seeds=chosen,
        components=tuple(c.word_indices for c in by_seed[0]),
        names=tuple(c.token for c in by_seed[0]),
        weights=tuple(tuple(c.weight for c in contributions) for contributions in by_seed),
    )
