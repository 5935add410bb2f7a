"""Which words are hidden together: by hand, by kind, by a function; every word is in exactly one component."""

from __future__ import annotations

import pytest

from ner_lime.errors import InputError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explainers.sentence.groups import components

TEXT = "Proven experience of Web UI/UX design , or a Master 's degree ( in Fine Arts ) ."
TOKENS = tuple(TEXT.split())
TAGS = ["O"] * len(TOKENS)


def words(groups, tags=TAGS):
    return [" ".join(TOKENS[word] for word in group) for group in components(groups, TOKENS, tags) if len(group) > 1]


class TestByHand:
    def test_words_outside_of_groups_stand_alone(self):
        five = ["w"] * 5
        assert components(None, five, five) == ((0,), (1,), (2,), (3,), (4,))
        assert components([], five[:3], five) == ((0,), (1,), (2,))
        assert components([(3, 1)], five, five) == ((0,), (1, 3), (2,), (4,))
        assert components([[4], (0, 1)], five, five) == ((0, 1), (2,), (3,), (4,))

    def test_by_a_function_of_the_tokens(self):
        assert words(lambda tokens: [[i for i, token in enumerate(tokens) if token.istitle()]]) == [
            "Proven Web Master Fine Arts"
        ]

    @pytest.mark.parametrize(
        ("groups", "message"),
        [
            ([(0, 1), (1, 2)], "groups overlap: word 1 is in group 0 and in group 1"),
            ([(2, 2)], "word 2"),
            ([(4, 5)], "group 0 names word 5, expected 0 to 4"),
            ([(0,), (-1,)], "group 1 names word -1, expected 0 to 4"),
            ([(0,), ()], "group 1 empty"),
            ([["a"]], "expected a word of group 0 to be a whole number, found 'a'"),
            ([[1.0, 2.0]], "expected a word of group 0 to be a whole number, found 1.0"),
            ([1, 2], "expected group 0 to be a list of word indices, found 1"),
            (["ab"], "expected group 0 to be a list of word indices, found 'ab'"),
            (3, "expected groups to be lists of word indices, found 3"),
            (lambda tokens: [range(len(tokens) + 1)], "group 0 names word 5"),
            ("nouns", 'expected groups "entities", "phrases", "clauses", lists .* found \'nouns\''),
        ],
    )
    def test_what_is_refused(self, groups, message):
        with pytest.raises(InputError, match=message):
            components(groups, ["w"] * 5, ["O"] * 5)


class TestByKind:
    def test_entities_are_those_that_were_predicted(self):
        tags = list(TAGS)
        tags[3:6], tags[9:10], tags[14:16] = ["B-SKILLS", "I-SKILLS", "I-SKILLS"], ["B-DIPLOMA"], ["I-MAJOR", "I-MAJOR"]
        assert words("entities", tags) == ["Web UI/UX design", "Fine Arts"]
        assert words("entities") == []

    def test_phrases_stand_between_function_words_and_punctuation(self):
        assert words("phrases") == ["Proven experience", "Web UI/UX design", "Fine Arts"]

    def test_clauses_end_with_their_punctuation(self):
        assert words("clauses") == [
            "Proven experience of Web UI/UX design ,",
            "or a Master 's degree",
            "( in Fine Arts ) .",
        ]

    @pytest.mark.parametrize(
        ("text", "clauses"),
        [
            ("R & D in C / C++ - and more", ["R & D in C / C++ - and more"]),
            ("yes ... ! no", ["yes ... !", "no"]),
            ("( ( a ) b )", ["( ( a )", "b )"]),
            (". a", [".", "a"]),
            ("設計 、 開発 。", ["設計 、", "開発 。"]),
        ],
    )
    def test_where_clauses_end(self, text, clauses):
        tokens = text.split()
        assert [" ".join(tokens[i] for i in group) for group in components("clauses", tokens, tokens)] == clauses

    @pytest.mark.parametrize("kind", ["entities", "phrases", "clauses"])
    @pytest.mark.parametrize("tokens", [["a"], ["."], [".", "."], ["Web"], ["the", ",", "of"], ["設計", "の", "。"]])
    def test_every_word_is_somewhere(self, kind, tokens):
        found = components(kind, tokens, ["B-X"] * len(tokens))
        assert sorted(word for group in found for word in group) == list(range(len(tokens)))


@pytest.mark.parametrize("kind", ["entities", "phrases", "clauses"])
def test_an_explanation_by_kind_is_that_of_the_same_groups_by_hand(crf, kind):
    explainer = NERExplainer(crf)
    found = explainer.explain(TOKENS[:12], groups=kind)
    by_hand = components(kind, TOKENS[:12], found.predicted)
    assert any(len(group) > 1 for group in by_hand)
    assert found.components == by_hand
    assert (found.weights == explainer.explain(TOKENS[:12], groups=by_hand).weights).all()
