"""`NERExplainer`: a tagger and a sentence in, an `Explanation` of all its words and labels out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from ner_lime.checks import whole_number
from ner_lime.corpus.labels import label_scheme
from ner_lime.corpus.sentence import Sentence, as_sentence
from ner_lime.errors import InputError, WordIndexError
from ner_lime.explainers.sentence.blocks import single_block
from ner_lime.explainers.sentence.groups import Groups, components
from ner_lime.explainers.sentence.layout import assemble, diagnostics
from ner_lime.explainers.sentence.mask_function import SentenceMasks
from ner_lime.explainers.sentence.masking import Delete, Masking, Replacement, masking_name, resolve
from ner_lime.explainers.sentence.masking_check import masking_agreement
from ner_lime.explainers.sentence.options import Options
from ner_lime.explainers.sentence.request import Answer, Request
from ner_lime.explainers.sentence.session import SentenceSession
from ner_lime.explanation import Explanation, Settings, out_of_range
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import Cosine, UniformCount
from ner_lime.lime.law import Law, as_law
from ner_lime.lime.question import DEFAULT_SAMPLES, Engine, Plan
from ner_lime.lime.shapley import Shapley
from ner_lime.taggers import as_tagger
from ner_lime.taggers.answers import ask, check_repeated
from ner_lime.taggers.decoding import decode
from ner_lime.taggers.text import tagger_tokens, tokenizer_of
from ner_lime.types import Progress, Tagger, Tokens

Method: TypeAlias = Literal["lime", "shapley"]

BYTES = 16
"""Bytes for each weight and its standard error; and for each pair of labels, the covariance and what is left of it."""


class NERExplainer:
    """Explains why a tagger gave each word of a sentence its label.

    Parameters
    ----------
    tagger
        A `Tagger`, or anything that `ner_lime.as_tagger` accepts.
    method : "lime" or "shapley"
        "shapley" is short for ``neighbourhood=Shapley()``.
    neighbourhood : law of masks
        `Bernoulli` (default, keep = 0.7), `Cosine` (lime's), `UniformCount` (eli5's), `Shapley`, or any object with
        ``draw(rng, n, n_components)`` and ``weight(masks)``.
    masking : "auto" or a masking
        "auto" asks the tagger for what is neutral to it, and takes an unknown word where it does not say; else
        `MaskString("UNK")`, `Resample(corpus)`, `Delete()`.
    engine : "auto", "exact" or "sample"
        "auto" is exact where the tagger or the length of the sentence permits it, else it samples.
    n_samples : int or None
        Number of masks that are sampled at most, those on which the fidelity is measured among them; 512 by default.
    random_state : int
        The same call gives the same answer. Without effect where the engine is exact.
    options : Options
        Tolerances and limits.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> explainer = NERExplainer(TriggerTagger([Trigger.all_of("B-PER", 0.75, "Mrs", at=1)]))
    >>> print(explainer.explain(["Mrs", "Smith"])[1].verdict.level)
    trust
    """

    def __init__(
        self,
        tagger: Any,
        *,
        method: Method = "lime",
        neighbourhood: Law | Any | None = None,
        masking: str | Masking = "auto",
        engine: Engine = "auto",
        n_samples: int | None = None,
        random_state: int = 0,
        options: Options | None = None,
    ) -> None:
        if method not in ("lime", "shapley"):
            raise InputError(f'expected method "lime" or "shapley", found {method!r}')
        if engine not in ("auto", "exact", "sample"):
            raise InputError(f'expected engine "auto", "exact" or "sample", found {engine!r}')
        self.tagger: Tagger = as_tagger(tagger)
        self.law = _law(method, neighbourhood)
        self.masking = resolve(masking)
        self.engine: Engine = engine
        self.n_samples = None if n_samples is None else whole_number(n_samples, "n_samples", least=2)
        self.random_state = whole_number(random_state, "random_state", least=0)
        self.options = Options() if options is None else options
        whole_number(self.options.reach, "Options(reach=)", least=0)

    @property
    def method(self) -> str:
        """What the weights are: "lime" or "shapley"."""
        return self.law.method

    @property
    def neighbourhood(self) -> Law:
        """The law of the masks."""
        return self.law

    @classmethod
    def like_lime(
        cls, tagger: Any, *, n_samples: int = 5000, random_state: int = 0, masking: str | Masking = "auto"
    ) -> Self:
        """lime's own settings: cosine kernel of width 0.25, ridge 1, 5,000 samples.

        lime shows ten features, chosen and fitted anew: ``word.contributions(num_features=10, selection="auto")``.
        """
        return cls._linear(tagger, Cosine(), 1.0, n_samples, random_state, masking)

    @classmethod
    def like_eli5(
        cls, tagger: Any, *, n_samples: int = 5000, random_state: int = 0, masking: str | Masking = "auto"
    ) -> Self:
        """Like eli5 as the tutorial sets it: up to 70 % of the words hidden, weighted by similarity, 5,000 samples."""
        return cls._linear(tagger, UniformCount(), 0.0, n_samples, random_state, masking)

    @classmethod
    def _linear(
        cls,
        tagger: Any,
        neighbourhood: Law,
        ridge: float,
        n_samples: int,
        random_state: int,
        masking: str | Masking,
    ) -> Self:
        return cls(
            tagger,
            neighbourhood=neighbourhood,
            masking=masking,
            engine="sample",
            n_samples=n_samples,
            random_state=random_state,
            options=Options(ridge=ridge, half_width=0.0),
        )

    def explain(
        self,
        sentence: str | Sequence[str] | Sentence,
        *,
        positions: Sequence[int] | None = None,
        groups: Groups | None = None,
        context_only: bool = False,
        check_masking: str | Masking | None = None,
        progress: Progress | None = None,
    ) -> Explanation:
        """Explain every word, or those at `positions`.

        Parameters
        ----------
        sentence
            Text, a list of tokens, or a `Sentence`, whose gold tags come along.
        positions : word indices or None
            Explain only these: what makes very long texts affordable.
        groups : "entities", "phrases", "clauses", lists of word indices, a function from tokens to such lists, or None
            Hide and show these words together, as one component; other words stand alone. See
            `ner_lime.explainers.sentence.groups.components`.
        context_only : bool
            Always keep the explained word: its own weight is then 0, the others' are given that it is seen.
        check_masking : masking or None
            Explain under this masking too, and let the verdict say where it ranks the words otherwise.
        progress : callable or None
            Called with (masks done, masks asked for).

        Raises
        ------
        InputError
            An empty or too long sentence, groups that overlap, a result that would not fit (names ``positions=``).
        WordIndexError
            A position outside of the sentence.
        TaggerError
            The tagger's answer is no matrix of probabilities, or changes from call to call.
        """
        parsed = as_sentence(sentence, tokenizer_of(self.tagger))
        tokens = parsed.tokens
        at = self._positions(tokens, positions)
        if isinstance(self.masking, Delete) and not context_only:
            raise InputError("a deleted word has no label: hiding by deletion needs context_only=True")
        words = tagger_tokens(self.tagger, parsed)
        probabilities = ask(self.tagger, [words])[0]
        predicted = tuple(decode(self.tagger, [words], probabilities=[probabilities])[0])
        scheme = getattr(self.tagger, "scheme", None)
        together = components(groups, tokens, predicted, label_scheme(scheme, self.tagger.labels))
        request = self._request(words, at, together, context_only=context_only)
        replacements, rng = request.begin(self.tagger, self.random_state)
        answers, hidden = [], []
        alone = np.full((len(at), len(self.tagger.labels)), np.nan)
        for block, function in request.functions(self.tagger, replacements, progress):
            shown, nothing = function.ends()
            check_repeated(probabilities[block.start : block.end], shown)
            if nothing is not None:
                hidden.append((nothing, predicted[block.start : block.end]))
                alone[list(block.rows)] = nothing[function.rows]
            answers.append(request.answer(block, function, rng))
        explanation = Explanation(
            tokens=tokens,
            text=parsed.raw_text,
            offsets=parsed.places,
            labels=tuple(self.tagger.labels),
            positions=at,
            components=together,
            probabilities=probabilities,
            predicted=predicted,
            gold=parsed.tags,
            **assemble(answers, len(at), len(together)),
            settings=self._settings(answers, replacements, context_only=context_only),
            diagnostics=diagnostics(hidden, self.tagger.labels, scheme),
            scheme=scheme,
            hidden=alone if hidden else None,
            session=SentenceSession.of(self.tagger, request, self.random_state, answers),
        )
        if check_masking is None:
            return explanation
        other = self.with_masking(check_masking)
        kept = context_only or isinstance(other.masking, Delete)
        rival = other.explain(parsed, positions=at, groups=together, context_only=kept, progress=progress)
        return replace(explanation, agreement=masking_agreement(explanation, rival))

    def mask_function(
        self,
        sentence: str | Sequence[str] | Sentence,
        *,
        positions: Sequence[int] | None = None,
        groups: Groups | None = None,
        progress: Progress | None = None,
    ) -> SentenceMasks:
        """The seam between model and core: (n, C) masks of the sentence in, (n, P, K) marginals out.

        For metrics and estimators of one's own: the masks hide words as `explain` does, with the same seed. It also
        knows its components, positions and labels, and counts its calls.

        Parameters
        ----------
        sentence, positions, groups, progress
            As `explain` takes them.

        Raises
        ------
        InputError, WordIndexError
            As `explain`.

        Examples
        --------
        >>> import numpy as np
        >>> from ner_lime.testing import Trigger, TriggerTagger
        >>> explainer = NERExplainer(TriggerTagger([Trigger.all_of("B-PER", 0.5, "Mrs")]))
        >>> masks = explainer.mask_function(["Mrs", "Smith"], positions=[1])
        >>> masks(np.array([[True, True], [False, True]])).tolist()
        [[[0.5, 0.5]], [[1.0, 0.0]]]
        """
        parsed = as_sentence(sentence, tokenizer_of(self.tagger))
        at = self._positions(parsed.tokens, positions)
        words = tagger_tokens(self.tagger, parsed)
        predicted = decode(self.tagger, [words])[0] if isinstance(groups, str) else ()
        request = self._request(words, at, components(groups, parsed.tokens, predicted), context_only=False)
        replacements, _ = request.begin(self.tagger, self.random_state)
        block = single_block(request.positions, request.components, len(words))
        return request.function(self.tagger, replacements, block, progress)

    def replace(self, **settings: Any) -> NERExplainer:
        """The same explainer with other settings, named as the constructor names them."""
        known = {
            "neighbourhood": self.law,
            "masking": self.masking,
            "engine": self.engine,
            "n_samples": self.n_samples,
            "random_state": self.random_state,
            "options": self.options,
        }
        if "method" in settings and "neighbourhood" not in settings:
            del known["neighbourhood"]
        return NERExplainer(settings.pop("tagger", self.tagger), **{**known, **settings})

    def with_masking(self, masking: str | Masking) -> NERExplainer:
        """The same explainer with another way of hiding words."""
        return self.replace(masking=masking)

    def _request(
        self, words: Tokens, at: tuple[int, ...], together: tuple[tuple[int, ...], ...], *, context_only: bool
    ) -> Request:
        plan = Plan(
            self.engine,
            self.n_samples or DEFAULT_SAMPLES,
            self.options.half_width,
            self.options.ridge,
            self.options.tolerance,
        )
        return Request(words, at, together, self.masking, self.law, plan, self.options.reach, context_only)

    def _positions(self, tokens: Sequence[str], positions: Sequence[int] | None) -> tuple[int, ...]:
        limits = self.options
        if not tokens:
            raise InputError("expected a sentence of at least one word, found an empty text")
        if len(tokens) > limits.max_tokens:
            raise InputError(
                f"expected at most {limits.max_tokens} words, found {len(tokens)}: split the text into sentences "
                "or raise Options(max_tokens=...)"
            )
        at = (
            tuple(range(len(tokens)))
            if positions is None
            else tuple(whole_number(position, "a position") for position in positions)
        )
        if not at:
            raise InputError("expected at least one position, found positions=[]")
        for position in at:
            if not 0 <= position < len(tokens):
                raise WordIndexError(out_of_range(position, tokens))
        n_labels = len(self.tagger.labels)
        numbers = len(at) * n_labels * (len(tokens) + n_labels)
        if numbers > limits.max_numbers:
            raise InputError(
                f"{len(at)} words x {n_labels} labels x ({len(tokens)} words + {n_labels} labels) are {numbers} "
                f"numbers, {BYTES * numbers / 1e6:,.0f} MB, the limit is {limits.max_numbers}: explain fewer "
                "with positions=[...], or raise Options(max_numbers=)"
            )
        return at

    def _settings(
        self, answers: Sequence[Answer], replacements: Sequence[Replacement], *, context_only: bool
    ) -> Settings:
        tolerances = [found.estimate.tolerance for found in answers]
        exact = [tolerance for tolerance in tolerances if tolerance is not None]
        sampled = len(exact) < len(tolerances)
        return Settings(
            method=self.law.method,
            neighbourhood=self.law.words,
            masking=masking_name(self.masking, replacements),
            engine="sample" if sampled else "exact",
            estimator="; ".join(dict.fromkeys(found.estimate.estimator for found in answers)),
            n_calls=1 + sum(found.function.n_calls for found in answers),  # 1: the sentence as it stands
            random_state=self.random_state if sampled or len(replacements) > 1 else None,
            tolerance=None if sampled else max(exact),
            context_only=context_only,
        )


def _law(method: str, neighbourhood: Any) -> Law:
    """The law that `method` and `neighbourhood` name together."""
    law = None if neighbourhood is None else as_law(neighbourhood)
    if method != Shapley.method:
        return Bernoulli() if law is None else law
    if law is not None and law.method != Shapley.method:
        raise InputError(f'method="shapley" has a neighbourhood of its own: leave out neighbourhood={neighbourhood!r}')
    return Shapley()
