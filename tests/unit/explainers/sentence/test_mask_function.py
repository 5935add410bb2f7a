"""One sentence as a function of the mask: what the tagger is asked, and where its answers are laid."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import oracles
import pytest

from ner_lime.explainers.sentence.mask_function import SentenceMasks
from ner_lime.explainers.sentence.masking import Delete
from ner_lime.explanation.targets import spellings

TOKENS = ("a", "b", "c", "d", "e")
UNK = ("UNK",) * 5
SINGLE = tuple((i,) for i in range(5))


class Spelling:
    """What it says of a word follows from the word and the one after it alone."""

    labels = ("O", "B-X", "I-X")

    def __init__(self, batch_size=None):
        self.batch_size = batch_size
        self.calls = []

    def answer(self, sentence):
        codes = [sum(map(ord, word)) % 7 + 1 for word in [*sentence, "."]]
        rows = np.array([[one, two, 3.0] for one, two in pairwise(codes)]).reshape(-1, 3)
        return rows / rows.sum(axis=1, keepdims=True)

    def predict_proba(self, sentences):
        self.calls.append([list(sentence) for sentence in sentences])
        return [self.answer(sentence) for sentence in sentences]


def make(tagger, *, replacements=(UNK,), components=SINGLE, start=0, end=5, **more):
    return SentenceMasks(tagger, TOKENS, replacements, components, start, end, **more)


class TestWhatIsAsked:
    def test_one_sequence_a_mask(self):
        tagger = Spelling()
        masks = oracles.as_array([(1, 1, 1, 1, 1), (0, 1, 0, 0, 1)])
        found = make(tagger)(masks)
        assert tagger.calls == [[["a", "b", "c", "d", "e"], ["UNK", "b", "UNK", "UNK", "e"]]]
        assert found == pytest.approx(np.array([tagger.answer(s) for s in tagger.calls[0]]))

    def test_groups_go_together(self):
        tagger = Spelling()
        make(tagger, components=((0,), (1, 3), (2,), (4,)))(oracles.as_array([(1, 0, 1, 1), (0, 1, 0, 0)]))
        assert tagger.calls == [[["a", "UNK", "c", "UNK", "e"], ["UNK", "b", "UNK", "d", "UNK"]]]

    def test_words_outside_of_the_slice_are_seen(self):
        tagger = Spelling()
        perturbed = make(tagger, components=((1,), (2,)), start=1, end=3)
        found = perturbed(np.zeros((1, 2), dtype=bool))
        assert tagger.calls == [[["a", "UNK", "UNK", "d", "e"]]]
        assert found == pytest.approx(tagger.answer(tagger.calls[0][0])[None, 1:3])

    def test_batches_of_the_size_it_likes_and_the_progress_of_them(self):
        told = []
        tagger = Spelling(batch_size=3)
        perturbed = make(tagger, progress=lambda *pair: told.append(pair))
        masks = oracles.as_array(oracles.masks_of(5))[:8]
        whole = make(Spelling())(masks)
        assert np.array_equal(perturbed(masks), whole)
        assert [len(call) for call in tagger.calls] == [3, 3, 2]
        assert told == [(3, 8), (6, 8), (8, 8)]
        assert perturbed.n_calls == 8

    def test_many_masks_without_a_wish_come_in_bounded_batches(self):
        tagger = Spelling()
        make(tagger)(np.ones((600, 5), dtype=bool))
        assert [len(call) for call in tagger.calls] == [256, 256, 88]

    def test_several_replacements_are_averaged(self):
        tagger = Spelling()
        other = ("v", "w", "x", "y", "z")
        perturbed = make(tagger, replacements=(UNK, other))
        masks = oracles.as_array([(1, 0, 0, 1, 1)])
        expected = (tagger.answer(["a", "UNK", "UNK", "d", "e"]) + tagger.answer(["a", "w", "x", "d", "e"])) / 2
        assert perturbed(masks)[0] == pytest.approx(expected)
        assert perturbed.n_calls == 2


class TestDeletion:
    def test_each_word_s_answer_is_read_at_its_new_place(self):
        tagger = Spelling()
        perturbed = make(tagger, replacements=Delete().replacements(TOKENS, tagger, np.random.default_rng(0)))
        found = perturbed(oracles.as_array([(0, 1, 0, 1, 1), (1, 1, 1, 1, 1), (0, 0, 0, 0, 1)]))
        assert tagger.calls == [[["b", "d", "e"], list(TOKENS), ["e"]]]
        short = tagger.answer(["b", "d", "e"])
        for word, place in ((1, 0), (3, 1), (4, 2)):
            assert found[0, word] == pytest.approx(short[place])
        assert found[1] == pytest.approx(tagger.answer(TOKENS))
        assert found[2, 4] == pytest.approx(tagger.answer(["e"])[0])

    def test_nothing_left_is_not_asked(self):
        tagger = Spelling()
        found = make(tagger, replacements=(("",) * 5,))(np.zeros((2, 5), dtype=bool))
        assert not any(tagger.calls)
        assert found == pytest.approx(np.full((2, 5, 3), 1 / 3))

    def test_a_slice(self):
        tagger = Spelling()
        perturbed = make(tagger, replacements=(("",) * 5,), components=((2,), (3,)), start=2, end=4)
        found = perturbed(oracles.as_array([(0, 1)]))
        assert tagger.calls == [[["a", "b", "d", "e"]]]
        assert found[0, 1] == pytest.approx(tagger.answer(["a", "b", "d", "e"])[2])

    def test_the_crf_s_short_cut_is_not_taken(self, crf):
        perturbed = SentenceMasks(crf, TOKENS, [("",) * 5], SINGLE, 0, 5)
        assert perturbed.prepared is None
        found = perturbed(oracles.as_array([(1, 0, 1, 1, 0)]))
        assert found[0, [0, 2, 3]] == pytest.approx(crf.predict_proba([["a", "c", "d"]])[0])


class TestShortCut:
    def test_a_crf_answers_masks_by_itself(self, crf):
        masks = oracles.as_array(oracles.masks_of(5))
        perturbed = SentenceMasks(crf, TOKENS, [UNK, ("v",) * 5], SINGLE, 0, 5)
        assert len(perturbed.prepared) == 2
        by_hand = [
            [word if bit else other for word, other, bit in zip(TOKENS, replacement, mask, strict=True)]
            for replacement in (UNK, ("v",) * 5)
            for mask in masks
        ]
        answers = np.array(crf.predict_proba(by_hand)).reshape(2, 32, 5, -1)
        assert perturbed(masks) == pytest.approx(answers.mean(axis=0), abs=1e-12)
        assert perturbed.n_calls == 64

    def test_a_tagger_that_can_t_is_asked_one_by_one(self):
        class Unable(Spelling):
            def under_masks(self, _tokens, _replacement, _start, _end):
                return None

        tagger = Unable()
        assert make(tagger).prepared is None
        make(tagger)(np.ones((2, 5), dtype=bool))
        assert len(tagger.calls[0]) == 2


class TestSpans:
    @pytest.mark.parametrize(("start", "end"), [(1, 3), (0, 1), (3, 5), (0, 5)])
    def test_a_black_box_gives_the_product_of_its_words(self, start, end):
        tagger = Spelling()
        masks = oracles.as_array([(1, 0, 1, 1, 1), (1, 1, 1, 1, 1)])
        (found,), how = make(tagger).spans(masks, start, end, spellings("X", end - start, tagger.labels))
        marginals = np.stack([tagger.answer(["a", "UNK", "c", "d", "e"]), tagger.answer(TOKENS)])
        assert how == "independent"
        assert found == pytest.approx(oracles.independent_entity(marginals, tagger.labels, (start, end, "X")))

    @pytest.mark.parametrize(("start", "end"), [(1, 3), (0, 2), (3, 4)])
    def test_a_crf_gives_the_joint_probability(self, crf, start, end):
        perturbed = SentenceMasks(crf, TOKENS[:4], [UNK[:4]], SINGLE[:4], 0, 4)
        masks = oracles.as_array([(1, 1, 1, 1), (1, 0, 1, 0)])
        (found,), how = perturbed.spans(masks, start, end, spellings("SKILLS", end - start, crf.labels))
        scores = oracles.masked_scores(crf, TOKENS[:4], UNK[:4], masks)
        span = (start, end, "SKILLS")
        expected = [oracles.path_entity(one, crf.weights.transitions, crf.labels, span) for one in scores]
        assert how == "joint"
        assert found == pytest.approx(expected, abs=1e-12)


class TestEnds:
    def test_nothing_and_everything_hidden_in_one_call(self):
        tagger = Spelling()
        perturbed = make(tagger)
        shown, hidden = perturbed.ends()
        np.testing.assert_array_equal(shown, perturbed(np.ones((1, len(perturbed.components)), dtype=bool))[0])
        np.testing.assert_array_equal(hidden, perturbed(np.zeros((1, len(perturbed.components)), dtype=bool))[0])
        assert len(tagger.calls) == 1

    def test_they_are_not_asked_again(self):
        tagger, masks = Spelling(), oracles.as_array(oracles.masks_of(5))
        perturbed = make(tagger)
        perturbed.ends()
        np.testing.assert_array_equal(perturbed(masks), make(Spelling())(masks))
        asked = [tuple(sentence) for call in tagger.calls for sentence in call]
        assert len(asked) == len(set(asked)) == perturbed.n_calls == 32

    def test_the_progress_goes_on_from_there(self):
        told = []
        perturbed = make(Spelling(batch_size=20), progress=lambda *pair: told.append(pair))
        perturbed.ends()
        perturbed(oracles.as_array(oracles.masks_of(5)))
        assert told == [(2, 2), (22, 32), (32, 32)]

    def test_nothing_is_left_of_deleted_words(self):
        shown, hidden = make(Spelling(), replacements=(("",) * 5,)).ends()
        assert shown.shape == (len(TOKENS), 3)
        assert hidden is None


class TestPrepared:
    class Preparing(Spelling):
        def under_masks(self, tokens, replacement, *_):
            outer = self

            class Prepared:
                def marginals(self, masks):
                    outer.calls.append(len(masks))
                    rows = [[t if z else r for t, r, z in zip(tokens, replacement, m, strict=True)] for m in masks]
                    return np.stack([outer.answer(row) for row in rows])

            return Prepared()

    @pytest.mark.parametrize(("batch_size", "calls"), [(None, [7]), (3, [3, 3, 1]), (100, [7])])
    def test_batches_of_the_size_that_it_likes_and_progress_after_each(self, batch_size, calls):
        tagger, done = self.Preparing(batch_size), []
        masks = oracles.as_array(oracles.masks_of(5))[:7]
        found = make(tagger, progress=lambda *of: done.append(of))(masks)
        assert tagger.calls == calls
        assert done == [(n, 7) for n in np.cumsum(calls)]
        assert found == pytest.approx(make(Spelling())(masks))
