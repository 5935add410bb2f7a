"""A model on a test corpus: scores, confusions, mistakes by kind, and why the model made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ner_lime.corpus.formats import as_corpus
from ner_lime.corpus.mistakes import KINDS, Mistake, confusion, find_mistakes
from ner_lime.corpus.scores import score_tags
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import InputError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation.report import ExplainedMistake, Report
from ner_lime.explanation.targets import Contrast, Target
from ner_lime.taggers.decoding import decode
from ner_lime.types import Progress

BATCH = 128
"""Sentences that are tagged at a time."""


def make_report(
    explainer: NERExplainer,
    sentences: Any,
    *,
    per_kind: int = 50,
    title: str = "Report",
    progress: Progress | None = None,
) -> Report:
    """Tag the corpus and explain up to `per_kind` mistakes of each kind.

    Ctrl-C ends the work: the report then holds what was done, and says so. Before any sentence was tagged that is
    nothing, and `KeyboardInterrupt` goes through. The corpus is anything that `as_corpus` takes.

    Raises
    ------
    InputError
        A sentence without tags, or no sentence at all.
    """
    corpus = as_corpus(sentences)
    scheme = getattr(explainer.tagger, "scheme", None) or corpus.scheme
    sentences = [sentence for sentence in corpus if sentence.tokens]
    if not sentences or any(sentence.tags is None for sentence in sentences):
        raise InputError("expected a corpus of tagged sentences, found one without tags or no sentence at all")
    predicted = _predict(explainer, sentences)
    gold = [sentence.tags or () for sentence in sentences[: len(predicted)]]
    mistakes = find_mistakes(gold, predicted, scheme=scheme)
    complete = len(predicted) == len(sentences)
    n_explained = per_kind if complete else 0
    chosen = [m for kind in KINDS for m in _spread([m for m in mistakes if m.kind == kind], n_explained)]
    explained: list[ExplainedMistake] = []
    try:
        for explanation in _explain(explainer, sentences, predicted, chosen):
            explained.append(explanation)
            if progress is not None:
                progress(len(explained), len(chosen))
    except KeyboardInterrupt:
        complete = False
    counts = Counter(mistake.kind for mistake in mistakes)
    return Report(
        title=title,
        scores=score_tags(gold, predicted, scheme=scheme),
        confusion=confusion(gold, predicted, scheme=scheme),
        counts={kind: counts[kind] for kind in KINDS},
        explained=explained,
        n_sentences=len(sentences),
        n_tagged=len(predicted),
        complete=complete,
    )


def _predict(explainer: NERExplainer, sentences: Sequence[Sentence]) -> list[list[str]]:
    """Tag the sentences; after Ctrl-C there are tags of the first ones only."""
    predicted: list[list[str]] = []
    try:
        for start in range(0, len(sentences), BATCH):
            predicted += decode(explainer.tagger, sentences[start : start + BATCH])
    except KeyboardInterrupt:
        if not predicted:
            raise
    return predicted


def _spread(mistakes: Sequence[Mistake], n: int) -> list[Mistake]:
    """At most `n` of them, evenly over the corpus."""
    if len(mistakes) <= n:
        return list(mistakes)
    return [mistakes[k * len(mistakes) // n] for k in range(n)]


def _explain(
    explainer: NERExplainer,
    sentences: Sequence[Sentence],
    predicted: Sequence[Sequence[str]],
    chosen: Sequence[Mistake],
) -> Iterator[ExplainedMistake]:
    known = set(explainer.tagger.labels)
    for mistake in chosen:
        sentence = sentences[mistake.sentence]
        explanation = explainer.explain(sentence, positions=[mistake.word_index])
        word = explanation[mistake.word_index]
        right = (sentence.tags or ())[mistake.word_index]
        target: Target = word.label
        if right in known and right != word.label:
            target = Contrast(word.label, right)
        yield ExplainedMistake(mistake, sentence, tuple(predicted[mistake.sentence]), word, target)
