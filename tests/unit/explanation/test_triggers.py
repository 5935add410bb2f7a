"""The words that lead astray and the labels that are mixed up, counted by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from ner_lime.batch.report import make_report
from ner_lime.corpus import Corpus
from ner_lime.crf import CRFTagger
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation.report import Report
from ner_lime.explanation.triggers import LEAST, label_pairs, wrong_triggers


@pytest.fixture(scope="module")
def report(crf: CRFTagger, advertisements: Corpus) -> Report:
    return make_report(NERExplainer(crf), advertisements[:60], per_kind=8)


def test_words_that_lead_astray(report: Report) -> None:
    totals: Counter[str] = Counter()
    mistakes: dict[str, set[int]] = {}
    for number, found in enumerate(report.explained):
        for c in found.word.contributions(found.target):
            if c.weight >= LEAST:
                totals[c.token] += c.weight
                mistakes.setdefault(c.token, set()).add(number)
    found = wrong_triggers(report.explained, n=5)
    assert [t.token for t in found] == [token for token, _ in totals.most_common(5)]
    for trigger in found:
        assert set(trigger.mistakes) == mistakes[trigger.token]
        assert trigger.mean * len(trigger.mistakes) == pytest.approx(totals[trigger.token])


def test_labels_that_are_mixed_up(report: Report) -> None:
    counts = Counter(
        (found.sentence.tags[found.mistake.word_index], found.word.label)
        for found in report.explained
        if found.sentence.tags[found.mistake.word_index] != found.word.label
    )
    found = label_pairs(report.explained, n=100)
    assert {(gold, predicted): len(numbers) for gold, predicted, numbers in found} == counts
    assert [len(numbers) for *_, numbers in found] == sorted(counts.values(), reverse=True)


def test_nothing_explained_has_no_causes() -> None:
    assert wrong_triggers([]) == label_pairs([]) == []
