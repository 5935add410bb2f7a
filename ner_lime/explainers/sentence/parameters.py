"""Parameters of an explanation as plain strings and numbers, as a command line or a JSON request has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ner_lime.errors import InputError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explainers.sentence.masking import MaskString
from ner_lime.explainers.sentence.options import Options
from ner_lime.lime.bernoulli import Bernoulli

if TYPE_CHECKING:
    from ner_lime.corpus.sentence import Sentence
    from ner_lime.explainers.sentence.explainer import Method
    from ner_lime.explanation import Explanation
    from ner_lime.lime.question import Engine
    from ner_lime.types import Tagger


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationParameters:
    """Parameters of an explanation by name; each default is that of `NERExplainer`.

    Attributes
    ----------
    method : "lime" or "shapley"
    engine : "auto", "exact" or "sample"
    keep : float or None
        Probability that a word is kept, for the method lime.
    n_samples : int or None
        Maximum number of sampled masks.
    seed : int
    mask_string : str or None
        Hides a word; None: the string that is most neutral to the tagger.
    groups : "entities", "phrases", "clauses" or None
        Words that are hidden together.
    context_only : bool
        Never hide the explained word itself.
    check_masking : str or None
        Another string to hide by, to see whether it ranks the words alike.
    max_tokens : int
        Maximum number of words of a sentence.

    Raises
    ------
    InputError
        A keep-rate for Shapley values, which have no neighbourhood.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-PER", 0.9, "Anna", at=0)])
    >>> explanation = ExplanationParameters(keep=0.5).explain(tagger, ["Anna", "sings"])
    >>> explanation[0].label, explanation.settings.neighbourhood
    ('B-PER', 'Bernoulli(keep=0.5)')
    """

    method: Method = "lime"
    engine: Engine = "auto"
    keep: float | None = None
    n_samples: int | None = None
    seed: int = 0
    mask_string: str | None = None
    groups: Any = None
    context_only: bool = False
    check_masking: str | None = None
    max_tokens: int = Options().max_tokens

    def __post_init__(self) -> None:
        """Refuse what can't go together."""
        if self.keep is not None and self.method == "shapley":
            raise InputError("keep is for the method lime: Shapley values have no neighbourhood")

    def explainer(self, tagger: Tagger) -> NERExplainer:
        """Make the explainer."""
        return NERExplainer(
            tagger,
            method=self.method,
            neighbourhood=None if self.keep is None else Bernoulli(self.keep),
            masking="auto" if self.mask_string is None else MaskString(self.mask_string),
            engine=self.engine,
            n_samples=self.n_samples,
            random_state=self.seed,
            options=Options(max_tokens=self.max_tokens),
        )

    def explain(
        self, tagger: Tagger, sentence: str | Sequence[str] | Sentence, *, positions: Sequence[int] | None = None
    ) -> Explanation:
        """Explain every word of a sentence, or those at `positions`; it fails where `NERExplainer.explain` does."""
        return self.explainer(tagger).explain(
            sentence,
            positions=positions,
            groups=self.groups,
            context_only=self.context_only,
            check_masking=None if self.check_masking is None else MaskString(self.check_masking),
        )
