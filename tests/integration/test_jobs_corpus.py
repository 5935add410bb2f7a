"""The jobs corpus: large enough, in one scheme, written and not generated; and what a model learns from it."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations, product

import pytest

from ner_lime import CRFTagger, read_iob, spans

TUTORIAL = [
    "6+",
    "years",
    "of",
    "Web",
    "UI/UX",
    "design",
    "experience",
    "Proven",
    "mobile",
    "web",
    "application",
    "design",
    "experience",
]


@pytest.fixture(scope="module")
def train(jobs):
    return read_iob(jobs / "train.tsv")


@pytest.fixture(scope="module")
def test(jobs):
    return read_iob(jobs / "test.tsv")


def skeleton(sentence):
    """The sentence with its entities blanked and without punctuation: what a template would repeat."""
    words = [token.lower() for token in sentence.tokens]
    for start, end, kind in reversed(spans(sentence.tags, "IOB2")):
        words[start:end] = [kind]
    return tuple(word for word in words if any(c.isalnum() for c in word))


def own_words(skeleton):
    """How many words are the sentence's own: a bare list of entities has hardly any, and can't repeat a frame."""
    return sum(word.islower() for word in skeleton)


def likeness(first, second):
    """Share of the words that two skeletons have in common, in order."""
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def near_duplicates(first, second=None, *, limit=0.8):
    """Pairs of skeletons with four words of their own or more that are alike; a cheap bound on the likeness first."""
    ours = [(s, frozenset(s)) for s in first if own_words(s) >= 4]
    theirs = None if second is None else [(s, frozenset(s)) for s in second if own_words(s) >= 4]
    pairs = combinations(ours, 2) if theirs is None else product(ours, theirs)
    return [
        (a, b)
        for (a, in_a), (b, in_b) in pairs
        if 2 * len(in_a & in_b) >= 0.7 * limit * (len(in_a) + len(in_b)) and likeness(a, b) >= limit
    ]


def test_both_parts_are_large_enough(train, test):
    assert (len({s.document for s in train}), len({s.document for s in test})) == (125, 44)
    assert (len(train), len(test)) == (1166, 350)


@pytest.mark.parametrize("part", ["train", "test"])
def test_labels_are_the_four_types_in_iob2(part, request):
    corpus = request.getfixturevalue(part)
    kinds = {"SKILLS", "EXPERIENCE", "DIPLOMA", "DIPLOMA_MAJOR"}
    assert corpus.scheme == "IOB2"
    assert set(corpus.labels) == {"O"} | {f"{prefix}-{kind}" for prefix in "BI" for kind in kinds}


def test_a_third_of_the_sentences_asks_for_nothing(train):
    empty = sum(set(s.tags) == {"O"} for s in train)
    assert 0.25 < empty / len(train) < 0.5


def test_no_two_annotated_sentences_differ_only_in_their_fillers(train, test):
    skeletons = [skeleton(s) for s in (*train, *test) if set(s.tags) != {"O"}]
    counts = Counter(s for s in skeletons if own_words(s) >= 2)
    assert [s for s, n in counts.items() if n > 1] == []


def test_no_two_sentences_are_near_duplicates(train):
    skeletons = [skeleton(s) for s in train]
    assert near_duplicates(skeletons) == []


def test_the_test_part_does_not_resemble_the_training_part(train, test):
    ours, theirs = [skeleton(s) for s in train], [skeleton(s) for s in test]
    assert near_duplicates(theirs, ours) == []
    known = {" ".join(s.tokens).lower() for s in train}
    repeated = [s for s in test if " ".join(s.tokens).lower() in known]
    assert len(repeated) <= 2  # a heading such as "What you bring:" belongs to the trade


def test_no_sentence_is_the_tutorial_s(train, test):
    assert all(likeness(list(s.tokens), TUTORIAL) < 0.6 for s in (*train, *test))


def test_the_model_reaches_the_tutorial_s_f1_and_finds_the_skill(train, test):
    tagger = CRFTagger().fit(train)
    scores = tagger.evaluate(test)
    assert scores.f1 >= 0.75  # strict, by entity; the tutorial's model reached 0.61
    assert tagger.predict([TUTORIAL])[0][3:7] == ["B-SKILLS", "I-SKILLS", "I-SKILLS", "O"]
