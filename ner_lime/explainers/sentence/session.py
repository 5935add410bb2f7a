"""Questions to a fresh explanation that go back to the tagger: entities, interactions, selection, the white box."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import ReferenceType, ref

import numpy as np

from ner_lime.crf.whitebox import SupportsWhiteBox, WhiteBox
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.blocks import Block
from ner_lime.explainers.sentence.entity import explain_entity
from ner_lime.explainers.sentence.mask_function import SentenceMasks
from ner_lime.explainers.sentence.request import Answer, Request
from ner_lime.explanation import Contribution, EntityExplanation, Explanation, Interaction, component_text
from ner_lime.explanation.contributions import ranked
from ner_lime.explanation.targets import Target
from ner_lime.lime.bernoulli import Bernoulli
from ner_lime.lime.draws import Draw
from ner_lime.lime.engine import collect
from ner_lime.lime.interactions import interactions
from ner_lime.lime.selection import Selection, select_from
from ner_lime.types import Tagger

MAX_RECENT = 4
"""Number of explanations whose samples are kept: what is asked of an older one asks the tagger anew."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Workings:
    """The engines' answers about one sentence, with all their samples, and what was drawn from them since."""

    answers: list[Answer]
    draws: dict[int, Draw] = field(default_factory=dict)

    def remembered(self) -> Workings:
        """Keep them while they are among the latest: explanations in a list hold no samples."""
        _RECENT.append(self)
        return self


_RECENT: deque[Workings] = deque(maxlen=MAX_RECENT)


@dataclass(slots=True, eq=False)
class SentenceSession:
    """`ner_lime.explanation.Session` for a sentence under a tagger.

    It knows the request, which has the same answers whenever it is made; those of the latest explanations are still
    there.
    """

    tagger: Tagger
    request: Request
    random_state: int
    _workings: ReferenceType[Workings] | None = None

    def __reduce__(self) -> Any:
        """What leaves the process is None: there is no tagger at the other end."""
        return type(None), ()

    def __copy__(self) -> SentenceSession:
        return self

    def __deepcopy__(self, memo: object) -> SentenceSession:
        return self

    @classmethod
    def of(cls, tagger: Tagger, request: Request, random_state: int, answers: list[Answer]) -> SentenceSession:
        """The session of a fresh explanation, with the answers that it was made from."""
        return cls(tagger, request, random_state, ref(Workings(answers).remembered()))

    def workings(self) -> Workings:
        """The answers: those that are still there, or the same ones again."""
        known = self._recent()
        if known is None:
            replacements, rng = self.request.begin(self.tagger, self.random_state)
            answers = []
            for block, function in self.request.functions(self.tagger, replacements):
                function.ends()
                answers.append(self.request.answer(block, function, rng))
            known = Workings(answers)
            self._workings = ref(known)
        return known.remembered()

    def _recent(self) -> Workings | None:
        return None if self._workings is None else self._workings()

    def _functions(self) -> Iterator[tuple[Block, SentenceMasks]]:
        """The mask functions alone, where nothing else is needed; both ends of each are known."""
        known = self._recent()
        if known is not None:
            yield from ((answer.block, answer.function) for answer in known.answers)
            return
        replacements, _ = self.request.begin(self.tagger, self.random_state)
        for block, function in self.request.functions(self.tagger, replacements):
            function.ends()
            yield block, function

    @property
    def is_cheap(self) -> bool:
        """Whether the model gives chains and moments itself, as a CRF does."""
        return all(function.is_cheap for _, function in self._functions())

    def entity(self, explanation: Explanation, start: int, end: int, kind: str) -> EntityExplanation:
        """The span as one target: the joint probability where the tagger has it, else the product of the words'."""
        n_tokens = len(self.request.tokens)
        for block, function in self._functions():
            if block.holds(start, end, n_tokens):
                span, seed = (start, end, kind), self.random_state
                return explain_entity(explanation, self.request, (block, function), span, random_state=seed)
        raise InputError(
            f"the span {start}..{end} is not within the explained part of the text: add its words to positions=, "
            "or raise Options(reach=) for a span that is longer"
        )

    def interactions(self, explanation: Explanation, position: int, target: Target) -> tuple[Interaction, ...]:
        """All pairs of components under the Bernoulli law, largest absolute weight first.

        The mean of the mixed second difference of the target: from all masks where they were asked or are cheap, else
        from a kernel surrogate in closed form, with its standard error.
        """
        number, row = self._at(position)
        workings = self.workings()
        answer, law = workings.answers[number], self.request.law.product() or Bernoulli()
        question = replace(answer.question, law=law)
        draw = workings.draws.get(number)
        if draw is None:
            samples = answer.estimate.samples
            complete = samples is not None and len(samples.masks) == 2**question.n_components
            known = samples if complete or law == self.request.law else None
            # A stream of its own: that of the explanation would draw its masks again.
            draw = collect(question, self.request.plan, np.random.default_rng([self.random_state, 1]), known)
            workings.draws[number] = draw
        combination = explanation[position].attribution.combination(target)
        weights, std_errors = interactions(question, draw, row, combination)
        first, second = np.triu_indices(question.n_components, k=1)
        components, tokens = answer.block.components, explanation.tokens
        return tuple(
            Interaction(
                components[i][0],
                components[j][0],
                (component_text(components[i], tokens), component_text(components[j], tokens)),
                float(weights[i, j]),
                float(std_errors[i, j]),
            )
            for k in np.argsort(-np.abs(weights[first, second]), kind="stable")
            for i, j in [(first[k], second[k])]
        )

    def select(
        self, explanation: Explanation, position: int, target: Target, num_features: int, selection: Selection
    ) -> tuple[Contribution, ...]:
        """Choose at most `num_features` components on the sampled answers, and fit to them anew where that matters."""
        (answer, row), ridge = self.answer_at(position), self.request.plan.ridge
        combination = explanation[position].attribution.combination(target)
        chosen, weights, errors = select_from(
            answer.question, answer.estimate, row, combination, num_features, selection, ridge=ridge
        )
        components = [answer.block.components[c] for c in chosen]
        return tuple(ranked(components, explanation.tokens, weights, errors))

    def white_box(self, position: int) -> WhiteBox:
        """What a CRF itself adds up at this word."""
        if not isinstance(self.tagger, SupportsWhiteBox):
            raise InputError("the white-box view needs a linear-chain CRF (CRFTagger), this tagger is a black box")
        return self.tagger.white_box(self.request.tokens, position)

    def answer_at(self, position: int) -> tuple[Answer, int]:
        """The answer that explains this position, and which of its rows does."""
        number, row = self._at(position)
        return self.workings().answers[number], row

    def _at(self, position: int) -> tuple[int, int]:
        """Which block explains this position, and which of its rows."""
        for number, answer in enumerate(self.workings().answers):
            if position in answer.block.positions:
                return number, answer.block.positions.index(position)
        raise AssertionError(f"position {position} was checked before")
