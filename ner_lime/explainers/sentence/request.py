"""What is asked of an explainer for one sentence, and the engines' answers to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ner_lime.explainers.sentence.blocks import Block, split
from ner_lime.explainers.sentence.mask_function import SentenceMasks
from ner_lime.explainers.sentence.masking import Masking, Replacement
from ner_lime.lime.engine import solve
from ner_lime.lime.law import Law
from ner_lime.lime.question import Estimate, Plan, Question
from ner_lime.taggers.text import in_place_of
from ner_lime.types import Progress, Tagger, Tokens


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What was asked about one block, and what an engine found."""

    block: Block
    question: Question
    estimate: Estimate
    function: SentenceMasks


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One sentence, and which of its words are explained how. The same request has the same answers.

    Attributes
    ----------
    tokens : as the tagger reads them.
    positions : indices of the explained words.
    components : C tuples of word indices.
    masking : how words are hidden.
    law, plan : of the masks, and of the engine.
    reach : in a long text, words farther than this from the explained ones are never hidden.
    context_only : whether the explained word is always kept.
    """

    tokens: Tokens
    positions: tuple[int, ...]
    components: tuple[tuple[int, ...], ...]
    masking: Masking
    law: Law
    plan: Plan
    reach: int
    context_only: bool

    def begin(self, tagger: Tagger, random_state: int) -> tuple[list[Replacement], np.random.Generator]:
        """What stands in place of hidden words, and the stream of random numbers that goes on from there."""
        rng = np.random.default_rng(random_state)
        replacements = self.masking.replacements(self.tokens, tagger, rng)
        return [in_place_of(self.tokens, replacement) for replacement in replacements], rng

    def functions(
        self, tagger: Tagger, replacements: Sequence[Replacement], progress: Progress | None = None
    ) -> Iterator[tuple[Block, SentenceMasks]]:
        """The mask function of each block."""
        for block in split(self.positions, self.components, len(self.tokens), self.reach):
            yield block, self.function(tagger, replacements, block, progress)

    def function(
        self, tagger: Tagger, replacements: Sequence[Replacement], block: Block, progress: Progress | None = None
    ) -> SentenceMasks:
        """The mask function of one block."""
        return SentenceMasks(
            tagger,
            self.tokens,
            replacements,
            block.components,
            block.start,
            block.end,
            progress,
            block.positions,
        )

    def answer(self, block: Block, function: SentenceMasks, rng: np.random.Generator) -> Answer:
        """Ask an engine."""
        question = self.question(block, function)
        estimate = solve(question, self.plan, rng)
        if estimate.samples is not None:
            function.check_noise(estimate.samples.masks, estimate.samples.values)
        return Answer(block, question, estimate, function)

    def question(self, block: Block, function: SentenceMasks) -> Question:
        """What the engines are asked about a block."""
        owner = {word: number for number, words in enumerate(block.components) for word in words}
        nearest = [
            [min(abs(word - position) for word in words) for words in block.components] for position in block.positions
        ]
        return Question(
            function=function,
            n_components=len(block.components),
            law=self.law,
            n_positions=len(block.positions),
            centres=np.asarray([owner[position] for position in block.positions]),
            distance=np.asarray(nearest, dtype=float),
            target_kept=self.context_only,
        )
