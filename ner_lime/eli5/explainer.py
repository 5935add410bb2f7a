"""`TokenTextExplainer`: the face of eli5's ``TextExplainer`` on `NERExplainer`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from eli5.formatters import fields, format_as_html

from ner_lime.corpus.sentence import Sentence
from ner_lime.eli5.convert import Names, Top, choose_targets, display_names, to_eli5, weights_only
from ner_lime.eli5.sampler import TokenMaskingSampler
from ner_lime.eli5.texts import MaskedText, as_sentence, masked_texts
from ner_lime.errors import InputError, NotFittedError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explainers.sentence.masking import Masking, MaskString
from ner_lime.explainers.sentence.session import SentenceSession
from ner_lime.explanation import Explanation, TokenExplanation
from ner_lime.explanation.targets import Target
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.counts import UniformCount
from ner_lime.lime.law import Law
from ner_lime.lime.question import Engine
from ner_lime.types import FloatArray, Masks


@dataclass(frozen=True, slots=True)
class Page:
    """HTML that a notebook shows, as ``IPython.display.HTML`` is; `data` is its source."""

    data: str

    def _repr_html_(self) -> str:
        return self.data


class TokenTextExplainer:
    """Explains one word's label in the words of eli5's ``TextExplainer``, on the tagger's own tokens.

    `NERExplainer` does the work, in eli5's neighbourhood (`UniformCount`): exactly where the sentence is short, else on
    samples. The same seed gives the same result however often it is fitted.

    Parameters
    ----------
    n_samples : int
        The most masks that are sampled; an eighth of them, 128 at most, only measures the fidelity.
    sampler : TokenMaskingSampler, optional
        Its replacement, max_replace, keep and tokenizer are used; by default up to 70 % of the tokens are hidden, each
        behind the string that is most neutral to the tagger.
    rbf_sigma : float, optional
        A mask weighs exp(-(1 - similarity)^2 / (2 sigma^2)) instead of its similarity.
    engine : "auto", "exact" or "sample"
        As `NERExplainer`'s.
    random_state : int
        Of the samples.

    Attributes
    ----------
    explanation_ : Explanation
        The result, with all that eli5 has no words for.
    samples_ : list of n texts
        The texts that the local model is fitted to, the original among them.
    X_ : (n, T) bool array
        Which tokens each of them keeps.
    similarity_ : (n,) float64 array
        How much each of them counts.
    y_proba_ : (n, L) float64 array
        What the tagger said of the word in them.
    metrics_ : dict
        ``mean_KL_divergence``, and ``score``: the share of masks on which tagger and local model name the same label.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-LOC", 0.9, "in")], labels=("O", "B-LOC"))
    >>> explainer = TokenTextExplainer().fit("born in Bern", tagger, word_index=2)
    >>> explainer.explain_prediction(top_targets=1).targets[0].target
    'B-LOC'
    """

    def __init__(
        self,
        *,
        n_samples: int = 5000,
        sampler: TokenMaskingSampler | None = None,
        rbf_sigma: float | None = None,
        engine: Engine = "auto",
        random_state: int = 0,
    ) -> None:
        self.n_samples = n_samples
        self.sampler = sampler
        self.rbf_sigma = rbf_sigma
        self.engine: Engine = engine
        self.random_state = random_state

    def fit(self, doc: str | Sequence[str] | Sentence, tagger: Any, word_index: int) -> Self:
        """Explain the label of one word.

        Parameters
        ----------
        doc : str, sequence of str, or Sentence
            The text, or its tokens.
        tagger
            Anything that `ner_lime.as_tagger` accepts.
        word_index : int
            Which token, from 0.

        Raises
        ------
        InputError, WordIndexError, TaggerError
            As `NERExplainer.explain`; or the sampler keeps another word than the explained one.
        """
        sampler = self.sampler
        masking: str | Masking = "auto" if sampler is None else MaskString(sampler.replacement)
        if sampler is not None and sampler.keep not in (None, word_index):
            raise InputError(
                f"the sampler keeps word {sampler.keep}, expected None or the explained word, {word_index}"
            )
        sentence = as_sentence(doc, None if sampler is None else sampler.tokenizer)
        neighbourhood: Law = UniformCount(0.7 if sampler is None else sampler.max_replace, self.rbf_sigma)
        if len(sentence) == 1:
            # Its only neighbour is the hidden token, whose similarity is 0: compare seen and hidden as they are.
            neighbourhood = Bernoulli()
        explanation = NERExplainer(
            tagger,
            neighbourhood=neighbourhood,
            masking=masking,
            engine=self.engine,
            n_samples=self.n_samples,
            random_state=self.random_state,
        ).explain(sentence, positions=[word_index], context_only=sampler is not None and sampler.keep is not None)
        self.doc_ = sentence.raw_text
        self.explanation_ = explanation
        self.samples_, self.X_, self.similarity_, self.y_proba_ = _samples(explanation, neighbourhood)
        fidelity = explanation.fidelity
        self.metrics_ = {"mean_KL_divergence": float(fidelity.kl[0]), "score": float(fidelity.top1[0])}
        return self

    def explain_prediction(
        self,
        *,
        targets: Sequence[Target] | None = None,
        top_targets: int | None = None,
        target_names: Names | None = None,
        top: Top | None = None,
    ) -> Any:
        """Give the ``eli5.base.Explanation``; options as `to_eli5`'s.

        Raises
        ------
        NotFittedError
            `fit` was not called.
        """
        return to_eli5(
            self._word.explanation, targets=targets, top_targets=top_targets, target_names=target_names, top=top
        )

    def show_prediction(
        self,
        *,
        targets: Sequence[Target] | None = None,
        top_targets: int | None = None,
        target_names: Names | None = None,
        top: Top | None = None,
        **format_options: Any,
    ) -> Page:
        """Show `explain_prediction` in a notebook; other options go to ``eli5.format_as_html``."""
        explained = self.explain_prediction(
            targets=targets, top_targets=top_targets, target_names=target_names, top=top
        )
        return _page(explained, format_options)

    def explain_weights(
        self, *, targets: Sequence[Target] | None = None, target_names: Names | None = None, top: Top | None = None
    ) -> Any:
        """Give the local model's weights as an ``eli5.base.Explanation``, without the sentence."""
        word = self._word
        names = display_names(word.explanation.labels, target_names)
        return weights_only(word, choose_targets(word, targets, None), names, top)

    def show_weights(
        self,
        *,
        targets: Sequence[Target] | None = None,
        target_names: Names | None = None,
        top: Top | None = None,
        **format_options: Any,
    ) -> Page:
        """Show `explain_weights` in a notebook; other options go to ``eli5.format_as_html``."""
        return _page(self.explain_weights(targets=targets, target_names=target_names, top=top), format_options)

    @property
    def _word(self) -> TokenExplanation:
        if not hasattr(self, "explanation_"):
            raise NotFittedError("expected an explainer that was fitted: call fit(text, tagger, word_index) first")
        return next(iter(self.explanation_))


def _page(explained: Any, options: dict[str, Any]) -> Page:
    """What eli5 shows in a notebook by default: no description, no table beside a highlighted text."""
    return Page(format_as_html(explained, **{"show": fields.WEIGHTS, "force_weights": False, **options}))


def _samples(explanation: Explanation, neighbourhood: Law) -> tuple[list[MaskedText], Masks, FloatArray, FloatArray]:
    """Texts (n), masks (n, T), weights (n,) and answers (n, L) that belong to the neighbourhood, the original first."""
    session = explanation.session
    assert isinstance(session, SentenceSession)
    found, row = session.answer_at(explanation.positions[0])
    samples = found.estimate.samples
    assert samples is not None  # this law is never summed up without asking for masks
    full = np.asarray(samples.masks.all(axis=1))
    rows = np.flatnonzero(full | (samples.share[:, row] > 0.0))
    rows = rows[np.argsort(~full[rows], kind="stable")]
    masks = np.ones((len(rows), len(explanation.tokens)), dtype=bool)
    masks[:, found.block.start : found.block.end] = found.function.expand(samples.masks[rows])
    sentence = Sentence(explanation.tokens, text=explanation.text, offsets=explanation.offsets)
    texts = masked_texts(sentence, found.function.replacements[0], masks)
    return texts, masks, neighbourhood.weight(samples.masks[rows]), samples.values[rows, row]
