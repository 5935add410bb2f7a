"""`TextExplainer`: a classifier of texts and a text in, a `DocumentExplanation` of all words and classes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.classifiers import as_classifier
from ner_lime.errors import InputError
from ner_lime.explainers.document.levels import stretches, words_of_the_best
from ner_lime.explainers.document.logistic import fit_logistic
from ner_lime.explainers.document.mask_function import DocumentMasks
from ner_lime.explainers.document.parts import WORD, Groups, Split, grouped, occurrences, word_places
from ner_lime.explainers.whole import (
    Scene,
    SolverOptions,
    assembled,
    checked_options,
    checked_samples,
    explain_all,
    explained,
)
from ner_lime.explanation.document import DocumentExplanation
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.law import Law, as_law
from ner_lime.lime.question import Question
from ner_lime.types import Progress

Words: TypeAlias = Literal["occurrences", "together"]

LONG = 300
"""Number of words from which on a text is explained in two levels, unless groups are named."""


class TextExplainer:
    """Explains why a classifier gave a text its class.

    Parameters
    ----------
    classifier
        A `Classifier`, or anything that `ner_lime.as_classifier` accepts.
    words : "occurrences" or "together"
        Whether every occurrence of a word has a weight of its own, or all occurrences of a word one together.
    hide : "auto", "remove" or str
        "auto": the model's own mask token where it has one, else words are removed; or any string that stands in
        their place.
    neighbourhood : law of masks
        `Bernoulli` (default, keep = 0.7), `Cosine` (lime's), `UniformCount` (eli5's), `Shapley()` and others.
    n_samples : int or None
        Number of masks at most, those on which the fidelity is measured among them; 512 by default. Where all masks
        are no more than that, all are asked, and the answer is exact.
    random_state : int
        The same call gives the same answer.
    options : SolverOptions
        Engine, precision, ridge.

    Examples
    --------
    >>> model = nl.as_classifier(lambda texts: [[0.9, 0.1] if "cash" in t else [0.2, 0.8] for t in texts],
    ...                          classes=["spam", "ham"])
    >>> print(TextExplainer(model).explain("Win cash now").verdict.level)
    trust
    """

    _logistic = False

    def __init__(
        self,
        classifier: Any,
        *,
        words: Words = "occurrences",
        hide: str = "auto",
        neighbourhood: Law | Any | None = None,
        n_samples: int | None = None,
        random_state: int = 0,
        options: SolverOptions | None = None,
    ) -> None:
        if words not in ("occurrences", "together"):
            raise InputError(f'expected words "occurrences" or "together", found {words!r:.60}')
        if not isinstance(hide, str):
            raise InputError(f'expected hide "auto", "remove" or a string, found {hide!r:.60}')
        self.classifier = as_classifier(classifier)
        self.words = words
        self.hidden = self._hidden(hide)
        self.law = Bernoulli() if neighbourhood is None else as_law(neighbourhood)
        self.n_samples = checked_samples(n_samples)
        self.random_state = whole_number(random_state, "random_state", least=0)
        self.options = checked_options(options)

    @classmethod
    def like_lime(cls, classifier: Any, *, n_samples: int = 5000, random_state: int = 0, bow: bool = True) -> Self:
        r"""lime's own settings: words of ``\w+``, cosine kernel of width 0.25, ridge 1, 5,000 samples.

        lime shows ten features, chosen and fitted anew: ``e.contributions(num_features=10, selection="auto")``.

        Parameters
        ----------
        classifier, n_samples, random_state
            As for the class.
        bow : bool
            lime's: all occurrences of a word together, removed; else each alone, in its place ``UNKWORDZ``.
        """
        return cls(
            classifier,
            words="together" if bow else "occurrences",
            hide="remove" if bow else "UNKWORDZ",
            neighbourhood=Cosine(),
            n_samples=n_samples,
            random_state=random_state,
            options=SolverOptions("sample", 0.0, 1.0),
        )

    @classmethod
    def like_eli5(cls, classifier: Any, *, n_samples: int = 5000, random_state: int = 0) -> Self:
        """eli5's own settings: similarity-weighted, penalised logistic regression; weights are log-odds.

        Words as features, without eli5's pairs of neighbouring words.
        """
        made = cls(
            classifier,
            words="together",
            hide="remove",
            neighbourhood=UniformCount(max_replace=1.0),
            n_samples=n_samples,
            random_state=random_state,
            options=SolverOptions("sample", 0.0, 0.0),
        )
        made._logistic = True
        return made

    def explain(
        self,
        text: str,
        *,
        groups: Groups | None = None,
        split: Split = WORD,
        progress: Progress | None = None,
    ) -> DocumentExplanation:
        r"""Explain every word (or group) and every class.

        A text of 300 words or more is explained in two levels unless `groups` are named: stretches of it, then the
        words of those that matter; ``settings.estimator`` and ``settings.n_calls`` say so.

        Parameters
        ----------
        text : str
        groups : "sentences", "lines", "paragraphs", lists of word indices, or None
            Hide and show these words together, as one component.
        split : str or callable
            A regular expression of a word (``\w+`` by default; ``\w+|[^\w\s]`` for punctuation too), or a function
            from the text to (start, end) pairs.
        progress : callable or None
            Called with (done, total) of each batch.

        Raises
        ------
        InputError
            An empty text, or groups that overlap.
        ClassifierError
            The classifier failed, or its answer is no matrix of values or changes from call to call.
        """
        offsets = word_places(text, split)
        words = tuple(text[start:end] for start, end in offsets)
        if groups is not None:
            components = grouped(text, offsets, groups)
        elif len(offsets) >= LONG and not self._logistic and self.options.ridge is None:
            return self._in_two_levels(text, split, progress)
        else:
            components = occurrences(words, together=self.words == "together")
        function = DocumentMasks(self.classifier, text, offsets, components, self.hidden, progress)
        hiding = f"{self.hidden!r} in the place of words" if self.hidden else "removed words"
        unit = groups if isinstance(groups, str) else "words"
        scene = Scene(words, components, unit, hiding)
        plan = self.options.plan(self.n_samples, is_distribution=self.classifier.is_distribution)
        if self._logistic:
            fields = self._by_logistic(function, scene)
        else:
            fields = explained(function, self.classifier, scene, self.law, plan, self.random_state)
        return DocumentExplanation(**fields, text=text, offsets=offsets)

    def explain_many(self, texts: Iterable[str], *, progress: Progress | None = None) -> list[DocumentExplanation]:
        """Explain many texts; ``case`` numbers them from 1."""
        return explain_all(self.explain, texts, progress)

    def mask_function(self, text: str, *, groups: Groups | None = None, split: Split = WORD) -> DocumentMasks:
        """The seam between model and core: (n, C) masks of the text in, (n, 1, K) values out.

        For metrics and estimators of one's own; masks hide words as `explain` does (in one level).
        """
        offsets = word_places(text, split)
        words = [text[start:end] for start, end in offsets]
        together = self.words == "together"
        components = occurrences(words, together=together) if groups is None else grouped(text, offsets, groups)
        return DocumentMasks(self.classifier, text, offsets, components, self.hidden)

    def _hidden(self, hide: str) -> str:
        if hide == "auto":
            return self.classifier.mask_token or ""
        return "" if hide == "remove" else hide

    def _in_two_levels(self, text: str, split: Split, progress: Progress | None) -> DocumentExplanation:
        offsets = word_places(text, split)
        coarse = stretches(text, offsets)
        first = self.explain(text, groups=coarse, split=split, progress=progress)
        components = words_of_the_best(first.attribution.components, first.weights)
        second = self.explain(text, groups=components, split=split, progress=progress)
        settings = second.settings
        words = f"{len(coarse)} stretches first ({first.settings.n_calls} calls); {settings.estimator}"
        return replace(
            second,
            settings=replace(settings, estimator=words, n_calls=first.settings.n_calls + settings.n_calls),
        )

    def _by_logistic(self, function: DocumentMasks, scene: Scene) -> dict[str, Any]:
        if not self.classifier.is_distribution:
            raise InputError("expected a classifier with probabilities: eli5's logistic regression has no other target")
        n_samples = self.n_samples or 5000
        values = function(np.ones((1, function.n_components), dtype=bool))[0, 0]
        estimate = fit_logistic(function, self.law, function.n_components, n_samples, self.random_state)
        question = Question(function, function.n_components, self.law)
        how = (function.n_calls, self.random_state, None)
        return assembled(question, estimate, self.classifier, scene, values, how)
